import { IsochronError } from '../../kernel/errors.js';
import { printable } from '../../kernel/printable.js';
import { graphRoles } from '../inspect/graph-roles.js';
import { GraphView } from '../inspect/graph-view.js';
import type { Blob } from '../schema/blob.js';
import { operatorCodeOf } from '../schema/enums.js';
import { complete } from '../schema/spec.js';
import {
  MODEL,
  type Model,
  type Operator,
  type OperatorDraft,
  type OptionsDraft,
  type Tensor,
} from '../schema/tables.js';

/**
 * Rewrites a model's only graph operator by operator. Tensors of the original keep their indices until `finish` drops
 * what is no longer used; the original model is left as it is.
 */
export class Rewriter {
  readonly view: GraphView;
  readonly #tensors: Tensor[];
  readonly #buffers: Model['buffers'];
  readonly #operators: Operator[] = [];
  readonly #codes: Model['operatorCodes'] = [];
  readonly #codeIndex = new Map<string, number>();

  /** @throws IsochronError E_MODEL_UNSUPPORTED for models with more than one graph */
  constructor(readonly source: Model) {
    requireOneGraph(source);
    this.view = new GraphView(source);
    this.#tensors = [...this.view.graph.tensors];
    this.#buffers = [...source.buffers];
  }

  /** Adds a tensor like another one, with changes; returns its index. */
  tensorLike(index: number, change: Partial<Tensor>): number {
    const original = this.view.tensor(index);
    this.#tensors.push({ ...original, buffer: 0, quantization: null, ...change });
    return this.#tensors.length - 1;
  }

  /** Adds a constant with the shape of another tensor. */
  constantLike(index: number, data: Blob, change: Partial<Tensor>): number {
    this.#buffers.push({ data, offset: 0, size: 0 });
    return this.tensorLike(index, { ...change, buffer: this.#buffers.length - 1 });
  }

  /** Adds an operator of a builtin type. */
  operator(
    type: string,
    version: number,
    inputs: number[],
    outputs: number[],
    options: OptionsDraft | null = null,
  ): void {
    this.#push({ inputs, outputs, options }, `${type} ${version}`, {
      ...operatorCodeOf(type),
      version,
    });
  }

  /** Adds an operator of the original with other tensors, and with another version where given. */
  operatorLike(operator: Operator, inputs: number[], outputs: number[], version?: number): void {
    const code = this.source.operatorCodes[operator.opcodeIndex];
    if (!code) throw new RangeError(`there is no operator code ${operator.opcodeIndex}`);
    const changed = { ...code, version: version ?? code.version };
    this.#push(
      { ...operator, inputs, outputs },
      `${this.view.isCustom(operator) ? 'custom ' : ''}${this.view.operatorName(operator)} ${changed.version}`,
      changed,
    );
  }

  /** The rewritten model. `moved` tells where tensors that others refer to (inputs, outputs, signatures) have gone. */
  finish(description: string | null, moved: ReadonlyMap<number, number> = new Map()): Model {
    const { graph } = this.view;
    const now = (index: number) => moved.get(index) ?? index;
    const inputs = graph.inputs.map(now);
    const outputs = graph.outputs.map(now);
    const used = new Set([...inputs, ...outputs]);
    for (const { inputs: i, outputs: o } of this.#operators)
      for (const t of [...i, ...o]) used.add(t);
    used.delete(-1);
    const order = [...used].sort((a, b) => a - b);
    const place = new Map(order.map((tensor, i) => [tensor, i]));
    const renumbered = (list: number[]) =>
      list.map((t) => (t === -1 ? -1 : (place.get(t) as number)));

    const buffers: Model['buffers'] = [{ data: null, offset: 0, size: 0 }];
    const bufferPlace = new Map<number, number>([[0, 0]]);
    const keepBuffer = (index: number): number => {
      let to = bufferPlace.get(index);
      if (to === undefined) {
        to = buffers.length;
        buffers.push(this.#buffers[index] as Model['buffers'][0]);
        bufferPlace.set(index, to);
      }
      return to;
    };
    return {
      ...this.source,
      description,
      operatorCodes: this.#codes,
      subgraphs: [
        {
          ...graph,
          tensors: order.map((t) => {
            const tensor = this.#tensors[t] as Tensor;
            return { ...tensor, buffer: keepBuffer(tensor.buffer) };
          }),
          inputs: renumbered(inputs),
          outputs: renumbered(outputs),
          operators: this.#operators.map((o) => ({
            ...o,
            inputs: renumbered(o.inputs),
            outputs: renumbered(o.outputs),
          })),
        },
      ],
      metadata: this.source.metadata.map((m) => ({ ...m, buffer: keepBuffer(m.buffer) })),
      metadataBuffer: this.source.metadataBuffer.map(keepBuffer),
      signatureDefs: this.source.signatureDefs.map((signature) => {
        const tensorsOf = (list: typeof signature.inputs) =>
          list.map((m) => ({ ...m, tensorIndex: place.get(now(m.tensorIndex)) ?? 0 }));
        return {
          ...signature,
          inputs: tensorsOf(signature.inputs),
          outputs: tensorsOf(signature.outputs),
        };
      }),
      buffers,
    };
  }

  #push(operator: OperatorDraft, key: string, code: Model['operatorCodes'][0] | object): void {
    let index = this.#codeIndex.get(key);
    if (index === undefined) {
      index = this.#codes.length;
      this.#codes.push(complete(MODEL.operatorCodes.table, code));
      this.#codeIndex.set(key, index);
    }
    this.#operators.push(complete(OPERATOR, { ...operator, opcodeIndex: index }));
  }
}

/**
 * Says which graph stands in the way, and whether it is control flow or a signature of its own.
 *
 * @param name of the model, for the message
 * @throws IsochronError E_MODEL_UNSUPPORTED
 */
export function requireOneGraph(model: Model, name = 'The model'): void {
  const count = model.subgraphs.length;
  if (count === 1) return;
  const roles = graphRoles(model);
  const others = model.subgraphs
    .slice(1)
    .map(
      (_, i) =>
        `graph ${i + 1} is ${roles.get(i + 1)?.join(' and ') ?? 'run by nothing that is known here'}`,
    );
  const shown = [...others.slice(0, 3), ...(others.length > 3 ? ['…'] : [])].join('; ');
  throw new IsochronError(
    'E_MODEL_UNSUPPORTED',
    `${name} has ${count} graphs, and only models of one can be rewritten: ${printable(shown)}.`,
    [...roles.values()].flat().some((role) => !role.startsWith('signature'))
      ? 'Graphs that operators run cannot be quantized here: quantize when converting the model.'
      : 'Convert the model with one signature.',
  );
}

const OPERATOR = MODEL.subgraphs.table.operators.table;
