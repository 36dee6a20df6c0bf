import { checkGraph } from './check-graph.js';
import { checkTensor } from './check-tensor.js';
import { FormatError } from './schema/decode.js';
import type { ByteSource } from './schema/source.js';
import type { Model } from './schema/tables.js';

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
          true,
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

/** Graphs that an operator runs, by what the operator calls them. */
export function calledGraphs(
  operator: Model['subgraphs'][0]['operators'][0],
): { role: string; graph: number }[] {
  switch (operator.options?.type) {
    case 'WhileOptions': {
      const { condSubgraphIndex, bodySubgraphIndex } = operator.options.value;
      return [
        { role: 'condition', graph: condSubgraphIndex },
        { role: 'body', graph: bodySubgraphIndex },
      ];
    }
    case 'IfOptions': {
      const { thenSubgraphIndex, elseSubgraphIndex } = operator.options.value;
      return [
        { role: 'then', graph: thenSubgraphIndex },
        { role: 'else', graph: elseSubgraphIndex },
      ];
    }
    case 'CallOnceOptions':
      return [{ role: 'initialisation', graph: operator.options.value.initSubgraphIndex }];
    case 'CallOptions':
      return [{ role: 'called', graph: operator.options.value.subgraph }];
    default:
      return [];
  }
}

/** Every graph that a graph calls exists, and none is called while it runs: the engine would run out of stack. */
function checkCalls(model: Model): void {
  const calls = model.subgraphs.map((graph) => {
    const called = graph.operators.flatMap(calledGraphs).map((c) => c.graph);
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

export function within(index: number, count: number, who: string, what: string): void {
  if (index < 0 || index >= count)
    throw new FormatError(`${who} refers to ${what} ${index}, and there are ${count}`);
}
