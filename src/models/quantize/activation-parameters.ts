import { IsochronError } from '../../errors.js';
import type { GraphView } from '../inspect/graph-view.js';
import { constantRange } from './integer-weights.js';
import { integerForm } from './operators.js';
import { type AffineParameters, affineParameters, fixedParameters } from './parameters.js';

/** Smallest and largest value of each float activation, by tensor index. */
export type Ranges = ReadonlyMap<number, readonly [min: number, max: number]>;

const BOUNDING = new Set(['MINIMUM', 'MAXIMUM']);
/** How much wider a bounded input may be than its output before it gets a scale of its own: two bits. */
const WIDER = 4;

/**
 * Chooses scale and zero point of every activation that an integer operator touches. Tensors joined by same-scale
 * operators share them, over the union of their ranges; outputs that kernels fix keep theirs, and what passes on from them.
 *
 * @throws IsochronError E_RANGE_MISSING for an activation without a range
 */
export class ActivationParameters {
  private readonly parents = new Map<number, number>();
  private readonly fixed = new Map<number, AffineParameters>();
  private readonly known = new Map<number, AffineParameters>();
  private readonly members = new Map<number, number[]>();
  /** Activations whose values all come from others of their group: percentiles of fewer values would only be coarser. */
  private readonly derived = new Set<number>();
  /** Constants that share the scale of an activation. */
  private readonly constants = new Map<number, number[]>();

  constructor(
    private readonly view: GraphView,
    private readonly ranges: Ranges,
    private readonly type: 'INT8' | 'UINT8',
  ) {
    for (const operator of view.graph.operators) {
      const form = integerForm(view, operator, type);
      const [output, ...others] = operator.outputs.filter((o) => view.tensor(o).type === 'FLOAT32');
      if (!form || output === undefined) continue;
      const name = view.operatorName(operator);
      const fixed = fixedParameters(name, type);
      if (fixed) this.fixed.set(output, fixed);
      if (form.scales !== 'same') continue;
      for (const other of others) this.join(output, other);
      let rescaled = false;
      const inputs = operator.inputs.filter((i) => i !== -1 && view.tensor(i).type === 'FLOAT32');
      for (const input of inputs) {
        // The value that fills a padding may lie anywhere, as a stand-in for infinity: it is cut to the range.
        if (name === 'PADV2' && input !== inputs[0]) continue;
        if (BOUNDING.has(name) && inputs.some((i) => view.isConstant(i))) {
          // A bound beyond the range is never met: cut to it, it says the same.
          if (view.isConstant(input)) continue;
          // Much of the input's range may be cut off. Its scale would leave the rest few steps, so it is rescaled, which cuts.
          if (this.span(input) > WIDER * this.span(output)) {
            rescaled = true;
            continue;
          }
        }
        if (view.isConstant(input)) {
          // Constants are stored anew for each consumer, so they widen its range but join nothing.
          this.constants.set(output, [...(this.constants.get(output) ?? []), input]);
          continue;
        }
        // Of several inputs, one may come from a fixed scale; it is rescaled on the way in.
        if (inputs.length > 1 && this.fixed.has(this.root(input))) rescaled = true;
        else this.join(input, output);
      }
      if (!rescaled) for (const o of [output, ...others]) this.derived.add(o);
    }
    for (const tensor of [...this.parents.keys()]) {
      const root = this.root(tensor);
      this.members.set(root, [...(this.members.get(root) ?? []), tensor]);
    }
  }

  /** The parameters of an activation. */
  of(tensor: number): AffineParameters {
    const root = this.root(tensor);
    let parameters = this.fixed.get(root) ?? this.known.get(root);
    if (!parameters) {
      const group = this.members.get(root) ?? [tensor];
      const ranges = group
        .flatMap((t) => [...(this.derived.has(t) ? [] : [t]), ...(this.constants.get(t) ?? [])])
        .map((t) => this.rangeOf(t));
      parameters = affineParameters(
        [Math.min(...ranges.map((r) => r[0])), Math.max(...ranges.map((r) => r[1]))],
        this.type,
      );
      this.known.set(root, parameters);
    }
    return parameters;
  }

  /** Width of a range, 0 where it is not known. */
  private span(tensor: number): number {
    const [low, high] = this.ranges.get(tensor) ?? [0, 0];
    return Math.max(high, 0) - Math.min(low, 0);
  }

  private rangeOf(tensor: number): readonly [number, number] {
    const range = this.view.isConstant(tensor)
      ? constantRange(this.view, tensor)
      : this.ranges.get(tensor);
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
