import { IsochronError } from '../../errors.js';
import type { GraphView } from '../inspect/graph-view.js';
import { type AffineParameters, affineParameters, fixedParameters } from './parameters.js';

/** Smallest and largest value of each float activation, by tensor index. */
export type Ranges = ReadonlyMap<number, readonly [min: number, max: number]>;

/** Operators that only move or choose values: their kernels want inputs and output in the same scale. */
export const SAME_SCALE = new Set([
  'RESHAPE',
  'SQUEEZE',
  'EXPAND_DIMS',
  'TRANSPOSE',
  'PAD',
  'MAX_POOL_2D',
  'AVERAGE_POOL_2D',
  'RESIZE_NEAREST_NEIGHBOR',
  'RESIZE_BILINEAR',
  'REDUCE_MAX',
  'CONCATENATION',
  'SLICE',
  'STRIDED_SLICE',
]);

/**
 * Chooses scale and zero point of every activation that an integer operator touches. Tensors joined by same-scale
 * operators share them, over the union of their ranges; outputs that kernels fix keep theirs, and what passes on from them.
 *
 * @param integer whether an operator will work in integers
 * @throws IsochronError E_RANGE_MISSING for an activation without a range
 */
export class ActivationParameters {
  private readonly parents = new Map<number, number>();
  private readonly fixed = new Map<number, AffineParameters>();
  private readonly known = new Map<number, AffineParameters>();
  private readonly members = new Map<number, number[]>();

  constructor(
    private readonly view: GraphView,
    private readonly ranges: Ranges,
    private readonly type: 'INT8' | 'UINT8',
    integer: (operator: GraphView['graph']['operators'][0]) => boolean,
  ) {
    for (const operator of view.graph.operators) {
      if (!integer(operator)) continue;
      const name = view.operatorName(operator);
      const output = operator.outputs[0] as number;
      const fixed = fixedParameters(name, type);
      if (fixed) this.fixed.set(output, fixed);
      if (!SAME_SCALE.has(name)) continue;
      for (const input of operator.inputs) {
        if (input === -1 || view.tensor(input).type !== 'FLOAT32' || view.isConstant(input))
          continue;
        // Joined parts may come from fixed scales of their own; those are rescaled on the way in.
        if (name === 'CONCATENATION' && this.fixed.has(this.root(input))) continue;
        this.join(input, output);
      }
    }
    for (const tensor of [...this.parents.keys()]) {
      const root = this.root(tensor);
      this.members.set(root, [...(this.members.get(root) ?? []), tensor]);
    }
  }

  of(tensor: number): AffineParameters {
    const root = this.root(tensor);
    let parameters = this.fixed.get(root) ?? this.known.get(root);
    if (!parameters) {
      const group = this.members.get(root) ?? [tensor];
      const ranges = group.map((t) => this.rangeOf(t));
      parameters = affineParameters(
        [Math.min(...ranges.map((r) => r[0])), Math.max(...ranges.map((r) => r[1]))],
        this.type,
      );
      this.known.set(root, parameters);
    }
    return parameters;
  }

  private rangeOf(tensor: number): readonly [number, number] {
    const range = this.ranges.get(tensor);
    if (!range?.every(Number.isFinite))
      throw new IsochronError(
        'E_RANGE_MISSING',
        `The range of ${this.view.tensor(tensor).name} is not known, so it cannot be quantized.`,
      );
    return range;
  }

  private root(tensor: number): number {
    let root = tensor;
    for (let parent = this.parents.get(root); parent !== undefined && parent !== root; ) {
      root = parent;
      parent = this.parents.get(root);
    }
    return root;
  }

  private join(input: number, output: number): void {
    const [a, b] = [this.root(input), this.root(output)];
    for (const tensor of [input, output, a, b])
      if (!this.parents.has(tensor)) this.parents.set(tensor, tensor);
    if (a === b) return;
    this.parents.set(b, a);
    const fixed = this.fixed.get(b);
    if (fixed && !this.fixed.has(a)) this.fixed.set(a, fixed);
  }
}
