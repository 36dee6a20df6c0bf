import { type Blob, littleEndian } from '../schema/blob.js';
import { elementCount, operatorCodeOf, type TensorType } from '../schema/enums.js';
import { complete } from '../schema/spec.js';
import { MODEL, type Model, type ModelDraft, type OptionsDraft } from '../schema/tables.js';
import type { Moments } from './moments.js';

/** A tensor that flows through the network. */
export interface Activation {
  readonly index: number;
  readonly shape: readonly number[];
  readonly moments: Moments;
}

type List<K extends keyof ModelDraft> = Mutable<NonNullable<ModelDraft[K]>>;
type Mutable<T> = T extends readonly (infer E)[] ? E[] : never;
type GraphDraft = List<'subgraphs'>[number];
type TensorList = Mutable<NonNullable<GraphDraft['tensors']>>;
type OperatorList = Mutable<NonNullable<GraphDraft['operators']>>;

/** Collects tensors, constants and operators in execution order. Knows nothing of layers; `Network` does. */
export class GraphBuilder {
  readonly #tensors: TensorList = [];
  readonly #buffers: List<'buffers'> = [{}];
  readonly #operators: OperatorList = [];
  readonly #codes: List<'operatorCodes'> = [];
  readonly #codeIndex = new Map<string, number>();
  readonly #names = new Map<string, number>();
  readonly #inputs: number[] = [];
  /** Moments of every activation, by tensor index. */
  readonly moments = new Map<number, Moments>();

  input(name: string, shape: readonly number[], moments: Moments): Activation {
    const activation = this.#activation(name, shape, moments);
    this.#inputs.push(activation.index);
    return activation;
  }

  constant(name: string, type: TensorType, shape: readonly number[], data: Blob): number {
    this.#buffers.push({ data });
    return this.#tensor(name, type, shape, this.#buffers.length - 1);
  }

  /** A constant of 32-bit integers: axes, shapes, paddings. */
  integers(name: string, shape: readonly number[], values: readonly number[]): number {
    return this.constant(name, 'INT32', shape, littleEndian(Int32Array.from(values)));
  }

  /** A constant of floats that a formula gives (trained-like weights come from random.ts). */
  floats(name: string, shape: readonly number[], value: (i: number) => number): number {
    const values = Float32Array.from({ length: elementCount(shape) }, (_, i) => value(i));
    return this.constant(name, 'FLOAT32', shape, littleEndian(values));
  }

  /**
   * @param inputs tensor indices; -1 for an optional input that is not there
   * @param version of the operator's definition, as the TFLite converter would write it
   */
  operator(
    type: string,
    name: string,
    inputs: readonly number[],
    output: { shape: readonly number[]; moments: Moments },
    options: OptionsDraft | null = null,
    version = 1,
  ): Activation {
    const activation = this.#activation(name, output.shape, output.moments);
    this.#operators.push({
      opcodeIndex: this.#code(type, version),
      inputs,
      outputs: [activation.index],
      options,
    });
    return activation;
  }

  /** The same activation, known better: after a fused nonlinearity. */
  changeMoments(x: Activation, moments: Moments): Activation {
    this.moments.set(x.index, moments);
    return { ...x, moments };
  }

  /** A name that no tensor has yet: the given one, or with a number behind it. */
  unique(name: string): string {
    const count = this.#names.get(name) ?? 0;
    this.#names.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }

  finish(outputs: readonly Activation[], description: string): Model {
    return complete(MODEL, {
      version: 3,
      operatorCodes: this.#codes,
      subgraphs: [
        {
          tensors: this.#tensors,
          inputs: this.#inputs,
          outputs: outputs.map((o) => o.index),
          operators: this.#operators,
          name: 'main',
        },
      ],
      description,
      buffers: this.#buffers,
    });
  }

  #activation(name: string, shape: readonly number[], moments: Moments): Activation {
    if (shape.some((d) => !Number.isInteger(d) || d < 1))
      throw new RangeError(`${name} would have the shape ${shape.join('×')}`);
    const index = this.#tensor(name, 'FLOAT32', shape, 0);
    this.moments.set(index, moments);
    return { index, shape, moments };
  }

  #tensor(name: string, type: TensorType, shape: readonly number[], buffer: number): number {
    this.#tensors.push({ name, type, shape, buffer });
    return this.#tensors.length - 1;
  }

  #code(type: string, version: number): number {
    const key = `${type} ${version}`;
    let index = this.#codeIndex.get(key);
    if (index === undefined) {
      index = this.#codes.length;
      this.#codes.push({ ...operatorCodeOf(type), version });
      this.#codeIndex.set(key, index);
    }
    return index;
  }
}
