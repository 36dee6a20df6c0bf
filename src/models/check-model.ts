import { checkGraph, within } from './check-graph.js';
import { checkTensor } from './check-tensor.js';
import { FormatError } from './schema/decode.js';
import { operatorNameOf } from './schema/enums.js';
import type { ByteSource } from './schema/source.js';
import type { Model, Operator, OperatorCode } from './schema/tables.js';

/**
 * Checks once, for all that follow, what the parts of a model say about one another: indices in range, constants as long
 * as their shapes ask, scales that fit their tensors, operators that have what they work on and come after those that write
 * it, graphs that do not call one another in a circle. Data that lie outside of the FlatBuffer (files beyond 2 GB) become
 * ordinary blobs.
 *
 * What is refused is what the engine refuses, breaks down over, or computes from memory that nothing has written.
 *
 * @throws FormatError
 */
export function checkModel(model: Model, source: ByteSource): void {
  if (model.version !== 3) throw new FormatError(`its schema version is ${model.version}, not 3`);
  if (model.subgraphs.length === 0) throw new FormatError('it holds no graph');
  findFarData(model, source);
  for (const graph of model.subgraphs)
    graph.tensors.forEach((tensor, i) => {
      checkTensor(model, tensor, tensor.name ?? `tensor ${i}`);
    });
  model.subgraphs.forEach((graph, i) => {
    checkGraph(model, graph, model.subgraphs.length === 1 ? '' : ` of graph ${i}`);
  });
  checkCalls(model);
  checkMetadata(model);
}

function findFarData(model: Model, source: ByteSource): void {
  for (const buffer of model.buffers)
    if (buffer.offset > 1) {
      if (buffer.offset + buffer.size > source.size)
        throw new FormatError(
          `it refers to byte ${buffer.offset + buffer.size - 1}, but ends after ${source.size} bytes`,
          'truncated',
        );
      buffer.data = source.blob(buffer.offset, buffer.size);
      buffer.offset = 0;
      buffer.size = 0;
    }
}

function checkMetadata(model: Model): void {
  for (const { name, buffer } of model.metadata)
    within(buffer, model.buffers.length, `the metadata ${name}`, 'buffer');
  for (const buffer of model.metadataBuffer)
    within(buffer, model.buffers.length, 'the list of metadata', 'buffer');
  for (const { subgraphIndex, inputs, outputs, signatureKey } of model.signatureDefs) {
    if (signatureKey === null) throw new FormatError('a signature has no name');
    within(subgraphIndex, model.subgraphs.length, 'a signature', 'graph');
    const tensors = model.subgraphs[subgraphIndex]?.tensors.length ?? 0;
    for (const { tensorIndex } of [...inputs, ...outputs])
      within(tensorIndex, tensors, 'a signature', 'tensor');
  }
}

/**
 * Graphs that an operator runs, by what the operator calls them. Engines read the options of the operator's own kind, take
 * missing ones for 0, and leave those of another kind alone.
 */
export function calledGraphs(model: Model, operator: Operator): CalledGraph[] {
  const { options } = operator;
  const type = operatorNameOf(model.operatorCodes[operator.opcodeIndex] as OperatorCode);
  switch (type) {
    case 'WHILE': {
      const own = options?.type === 'WhileOptions' ? options.value : null;
      return [
        { role: 'condition', graph: own?.condSubgraphIndex ?? 0 },
        { role: 'body', graph: own?.bodySubgraphIndex ?? 0 },
      ];
    }
    case 'IF': {
      const own = options?.type === 'IfOptions' ? options.value : null;
      return [
        { role: 'then', graph: own?.thenSubgraphIndex ?? 0 },
        { role: 'else', graph: own?.elseSubgraphIndex ?? 0 },
      ];
    }
    case 'CALL_ONCE': {
      const own = options?.type === 'CallOnceOptions' ? options.value : null;
      return [{ role: 'initialisation', graph: own?.initSubgraphIndex ?? 0 }];
    }
    case 'CALL':
      return options?.type === 'CallOptions'
        ? [{ role: 'called', graph: options.value.subgraph }]
        : [];
    default:
      return type.startsWith('STABLEHLO_') ? calledByOptions2(operator) : [];
  }
}

interface CalledGraph {
  role: string;
  graph: number;
}

/** Of operators that TFLite 2.9 does not have. */
function calledByOptions2({ options2 }: Operator): CalledGraph[] {
  switch (options2?.type) {
    case 'StableHLOCompositeOptions':
      return [{ role: 'decomposition', graph: options2.value.decompositionSubgraphIndex }];
    case 'StablehloWhileOptions': {
      const { condSubgraphIndex, bodySubgraphIndex } = options2.value;
      return [
        { role: 'condition', graph: condSubgraphIndex },
        { role: 'body', graph: bodySubgraphIndex },
      ];
    }
    case 'StablehloReduceOptions':
    case 'StablehloReduceWindowOptions':
      return [{ role: 'reduction', graph: options2.value.bodySubgraphIndex }];
    case 'StablehloScatterOptions':
      return [{ role: 'update', graph: options2.value.updateComputationSubgraphIndex }];
    case 'StablehloSortOptions':
      return [{ role: 'comparison', graph: options2.value.comparatorSubgraphIndex }];
    case 'StablehloCustomCallOptions':
      return options2.value.calledComputations.map((graph) => ({ role: 'called', graph }));
    default:
      return [];
  }
}

/** Every graph that a graph calls exists, and none is called while it runs: the engine would run out of stack. */
function checkCalls(model: Model): void {
  const calls = model.subgraphs.map((graph) => {
    const called = graph.operators.flatMap((o) => calledGraphs(model, o)).map((c) => c.graph);
    for (const index of called) within(index, model.subgraphs.length, 'an operator', 'graph');
    return new Set(called);
  });
  // Kahn's order: what is left over at the end lies on, or behind, a circle.
  const callers = calls.map(() => 0);
  for (const called of calls) for (const c of called) callers[c] = (callers[c] as number) + 1;
  const free = calls.map((_, i) => i).filter((i) => callers[i] === 0);
  const depth = calls.map(() => 1);
  let done = 0;
  for (let at = free.pop(); at !== undefined; at = free.pop()) {
    done++;
    if ((depth[at] as number) > DEEPEST)
      throw new FormatError(`its graphs call one another more than ${DEEPEST} deep`);
    for (const c of calls[at] as Set<number>) {
      depth[c] = Math.max(depth[c] as number, (depth[at] as number) + 1);
      callers[c] = (callers[c] as number) - 1;
      if (callers[c] === 0) free.push(c);
    }
  }
  if (done < calls.length) throw new FormatError('its graphs call one another in a circle');
}

/** Whoever follows calls takes stack for each. Real models nest loops in loops, a few deep. */
const DEEPEST = 200;
