import { IsochronError } from '../../kernel/errors.js';
import { printable } from '../../kernel/printable.js';
import type { GraphView } from '../inspect/graph-view.js';
import { constantRange, constantValues } from './integer-weights.js';
import { integerForm } from './operators.js';
import { type AffineParameters, affineParameters, fixedParameters } from './parameters.js';

/** Smallest and largest value of each float activation, by tensor index. */
export type Ranges = ReadonlyMap<number, readonly [min: number, max: number]>;

const BOUNDING = new Set(['MINIMUM', 'MAXIMUM']);
/** They put values of several tensors side by side. */
const JOINING = new Set([
  'CONCATENATION',
  'PACK',
  'SELECT',
  'SELECT_V2',
  'MATRIX_SET_DIAG',
  'DYNAMIC_UPDATE_SLICE',
]);
/** How much wider a bounded input may be than its output before it gets a scale of its own: two bits. */
const WIDER = 4;
/** Where a constant is so much larger than an activation that fewer than 16 of 256 steps are left for it, it is said. */
const COARSE = 16;

/**
 * Chooses scale and zero point of every activation that an integer operator touches. Tensors joined by same-scale
 * operators share them, over the union of their ranges; outputs that kernels fix keep theirs, and what passes on from them.
 *
 * @throws IsochronError E_RANGE_MISSING for an activation without a range
 */
export class ActivationParameters {
  readonly #parents = new Map<number, number>();
  readonly #fixed = new Map<number, AffineParameters>();
  readonly #known = new Map<number, AffineParameters>();
  readonly #members = new Map<number, number[]>();
  /** Activations whose values all come from others of their group: percentiles of fewer values would only be coarser. */
  readonly #derived = new Set<number>();
  /** Constants that share the scale of an activation. */
  readonly #constants = new Map<number, number[]>();

  readonly #view: GraphView;
  readonly #ranges: Ranges;
  readonly #type: 'INT8' | 'UINT8';
  readonly #note: (text: string) => void = () => {};

  constructor(
    view: GraphView,
    ranges: Ranges,
    type: 'INT8' | 'UINT8',
    note: (text: string) => void = () => {},
  ) {
    this.#view = view;
    this.#ranges = ranges;
    this.#type = type;
    this.#note = note;
    for (const operator of view.graph.operators) {
      const form = integerForm(view, operator, type);
      const [output, ...others] = operator.outputs.filter((o) => view.tensor(o).type === 'FLOAT32');
      if (!form || output === undefined) continue;
      const name = view.operatorName(operator);
      const fixed = fixedParameters(name, type);
      if (fixed) this.#fixed.set(output, fixed);
      const inputs = operator.inputs.filter((i) => i !== -1 && view.tensor(i).type === 'FLOAT32');
      if (name === 'ADD' || name === 'SUB') this.#noteSwamped(name, inputs, output);
      if (form.scales !== 'same') continue;
      for (const other of others) this.#join(output, other);
      let rescaled = false;
      const constants = inputs.filter((i) => view.isConstant(i));
      const bounded = BOUNDING.has(name) && constants.length > 0;
      // What a bound puts in place of values lies in the output's range alone.
      if (bounded) rescaled = true;
      if (JOINING.has(name)) this.#noteSwamped(name, inputs, output);
      const cut = name === 'PADV2' && this.#cutsFiller(inputs, output);
      for (const input of inputs) {
        if (name === 'PADV2' && input !== inputs[0]) continue;
        if (bounded) {
          // A bound beyond the range is never met: cut to it, it says the same.
          if (view.isConstant(input)) continue;
          // Much of the input's range may be cut off, or it may be small beside the bound. One scale would leave the
          // narrower of the two few steps, so the input is rescaled, which cuts.
          const [before, after] = [this.#span([input]), this.#span([output])];
          if (before > WIDER * after || after > WIDER * before) continue;
        }
        if (view.isConstant(input)) {
          // Constants are stored anew for each consumer, so they widen its range but join nothing.
          this.#constants.set(output, [...(this.#constants.get(output) ?? []), input]);
          continue;
        }
        // Beside a large constant, an input keeps a scale of its own for whatever else reads it.
        const beside = JOINING.has(name) && this.#span(constants) > WIDER * this.#span([input]);
        // Of several inputs, one may come from a fixed scale. Either is rescaled on the way in.
        if (beside || (inputs.length > 1 && !cut && this.#fixed.has(this.#root(input))))
          rescaled = true;
        else this.#join(input, output);
      }
      if (!rescaled) for (const o of [output, ...others]) this.#derived.add(o);
    }
    for (const tensor of [...this.#parents.keys()]) {
      const root = this.#root(tensor);
      this.#members.set(root, [...(this.#members.get(root) ?? []), tensor]);
    }
  }

  /** The parameters of an activation. */
  of(tensor: number): AffineParameters {
    const root = this.#root(tensor);
    let parameters = this.#fixed.get(root) ?? this.#known.get(root);
    if (!parameters) {
      const group = this.#members.get(root) ?? [tensor];
      const ranges = group
        .flatMap((t) => [...(this.#derived.has(t) ? [] : [t]), ...(this.#constants.get(t) ?? [])])
        .map((t) => this.#rangeOf(t));
      parameters = affineParameters(
        [Math.min(...ranges.map((r) => r[0])), Math.max(...ranges.map((r) => r[1]))],
        this.#type,
      );
      this.#known.set(root, parameters);
    }
    return parameters;
  }

  /** Width of the range of tensors, together and with 0; 0 where it is not known. */
  #span(tensors: readonly number[]): number {
    let [low, high] = [0, 0];
    for (const tensor of tensors) {
      const range = this.#view.isConstant(tensor)
        ? constantRange(this.#view, tensor)
        : this.#ranges.get(tensor);
      low = Math.min(low, range?.[0] ?? 0);
      high = Math.max(high, range?.[1] ?? 0);
    }
    return high - low;
  }

  /**
   * What fills a padding counts where that leaves steps enough for what is padded. Otherwise it is a stand-in for infinity,
   * and cut to the range.
   */
  #cutsFiller([data = -1, filler = -1]: readonly number[], output: number): boolean {
    if (filler === -1 || !this.#view.isConstant(filler)) return false;
    const value = constantValues(this.#view, filler)[0] ?? 0;
    const [low, high] = this.#ranges.get(data) ?? [0, 0];
    if (Math.max(high, value, 0) - Math.min(low, value, 0) <= COARSE * this.#span([data])) {
      this.#constants.set(output, [...(this.#constants.get(output) ?? []), filler]);
      return false;
    }
    this.#note(
      `the padding of ${this.#nameOf(data)}, ${value.toPrecision(3)}, is cut to the range of what it pads`,
    );
    return true;
  }

  /** Says where a constant is so large that the activations beside it have next to no steps left. */
  #noteSwamped(operator: string, inputs: readonly number[], output: number): void {
    const constant = inputs.find(
      (i) => this.#view.isConstant(i) && 2 * this.#span([i]) > this.#span([output]),
    );
    if (constant === undefined) return;
    for (const input of inputs) {
      const share = this.#span([input]) / this.#span([output]);
      if (this.#view.isConstant(input) || share === 0 || share * COARSE >= 1) continue;
      this.#note(
        `beside the constant ${this.#nameOf(constant)}, ${operator} leaves ${this.#nameOf(input)} ${Math.max(1, Math.round(256 * share))} of 256 steps`,
      );
    }
  }

  #nameOf(tensor: number): string {
    return printable(this.#view.tensor(tensor).name ?? `tensor ${tensor}`);
  }

  #rangeOf(tensor: number): readonly [number, number] {
    const range = this.#view.isConstant(tensor)
      ? constantRange(this.#view, tensor)
      : this.#ranges.get(tensor);
    if (!range?.every(Number.isFinite))
      throw new IsochronError(
        'E_RANGE_MISSING',
        `The range of ${this.#nameOf(tensor)} is not known, so it cannot be quantized.`,
      );
    return range;
  }

  #root(tensor: number): number {
    let root = tensor;
    for (let parent = this.#parents.get(root); parent !== undefined && parent !== root; ) {
      root = parent;
      parent = this.#parents.get(root);
    }
    return root;
  }

  #join(input: number, output: number): void {
    const [a, b] = [this.#root(input), this.#root(output)];
    for (const tensor of [input, output, a, b])
      if (!this.#parents.has(tensor)) this.#parents.set(tensor, tensor);
    if (a === b) return;
    this.#parents.set(b, a);
    const fixed = this.#fixed.get(b);
    if (fixed && !this.#fixed.has(a)) this.#fixed.set(a, fixed);
  }
}
