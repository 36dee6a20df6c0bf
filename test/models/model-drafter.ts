/** Models put together operator by operator, to feed what the layer vocabulary does not have. */
import { littleEndian } from '../../src/models/schema/blob.js';
import { elementCount, operatorCodeOf, type TensorType } from '../../src/models/schema/enums.js';
import { complete } from '../../src/models/schema/spec.js';
import {
  MODEL,
  type Model,
  type ModelDraft,
  type OptionsDraft,
} from '../../src/models/schema/tables.js';

type Graph = NonNullable<ModelDraft['subgraphs']>[number];

/** A graph over one input of [1, 4, 4, 8] values. */
export class ModelDrafter {
  readonly #tensors: NonNullable<Graph['tensors']>[number][] = [];
  readonly #buffers: NonNullable<ModelDraft['buffers']>[number][] = [{}];
  readonly #operators: NonNullable<Graph['operators']>[number][] = [];
  readonly #codes: { name: string; version: number }[] = [];
  readonly #outputs: number[] = [];
  readonly input = this.#tensor('FLOAT32', [1, 4, 4, 8]);
  /** All inputs, `input` first. */
  readonly inputs: number[];
  /** A second activation with a range of its own: the input times 3. */
  readonly other: number;
  /** Six values per sample that differ by more than 8 bits round away: 0, 1, … 5. */
  readonly steps: number;

  /** @param more types of further inputs of the same shape */
  constructor(more: readonly TensorType[] = []) {
    this.inputs = [this.input, ...more.map((type) => this.#tensor(type, [1, 4, 4, 8]))];
    [this.other = -1] = this.operator('MUL', [this.input, this.floats([], [3])], [[1, 4, 4, 8]], {
      type: 'MulOptions',
      value: {},
    });
    // computed, not constant: an input times 0, plus the steps
    const [corner = -1] = this.operator(
      'SLICE',
      [this.input, this.integers([0, 0, 0, 0]), this.integers([1, 1, 1, 6])],
      [[1, 1, 1, 6]],
    );
    const [flat = -1] = this.operator('RESHAPE', [corner, this.integers([1, 6])], [[1, 6]]);
    const [zeros = -1] = this.operator('MUL', [flat, this.floats([], [0])], [[1, 6]], {
      type: 'MulOptions',
      value: {},
    });
    const steps = this.floats([6], [0, 1, 2, 3, 4, 5]);
    [this.steps = -1] = this.operator('ADD', [zeros, steps], [[1, 6]], {
      type: 'AddOptions',
      value: {},
    });
  }

  shapeOf(tensor: number): readonly number[] {
    return this.#tensors[tensor]?.shape ?? [];
  }

  /** Adds an operator with float outputs of these shapes; returns their tensors. */
  operator(
    type: string,
    inputs: readonly number[],
    shapes: readonly (readonly number[])[],
    options: OptionsDraft | null = null,
    version = 1,
  ): number[] {
    const outputs = shapes.map((shape) => this.#tensor('FLOAT32', shape));
    this.#push(type, version, inputs, outputs, options);
    return outputs;
  }

  /** Adds an operator whose output is no float. */
  computed(
    type: string,
    inputs: readonly number[],
    shape: readonly number[],
    of: TensorType,
    options: OptionsDraft | null = null,
  ): number[] {
    const output = this.#tensor(of, shape);
    this.#push(type, 1, inputs, [output], options);
    return [output];
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): number {
    return this.#constant('INT32', shape, Int32Array.from(values));
  }

  floats(shape: readonly number[], values: readonly number[]): number {
    return this.#constant('FLOAT32', shape, Float32Array.from(values));
  }

  /** A constant that swings between -size and size. */
  wave(shape: readonly number[], size: number): number {
    const count = elementCount(shape);
    return this.floats(
      shape,
      Array.from({ length: count }, (_, i) => size * Math.sin(1 + 2.4 * i)),
    );
  }

  output(tensor: number): void {
    this.#outputs.push(tensor);
  }

  finish(): Model {
    return complete(MODEL, {
      version: 3,
      operatorCodes: this.#codes.map(({ name, version }) => ({ ...operatorCodeOf(name), version })),
      subgraphs: [
        {
          tensors: this.#tensors,
          inputs: this.inputs,
          outputs: this.#outputs,
          operators: this.#operators,
          name: 'main',
        },
      ],
      description: 'drafted by a test',
      buffers: this.#buffers,
    });
  }

  #push(
    name: string,
    version: number,
    inputs: readonly number[],
    outputs: readonly number[],
    options: OptionsDraft | null,
  ): void {
    let opcodeIndex = this.#codes.findIndex((c) => c.name === name && c.version === version);
    if (opcodeIndex < 0) opcodeIndex = this.#codes.push({ name, version }) - 1;
    this.#operators.push({ opcodeIndex, inputs, outputs, options });
  }

  #constant(type: TensorType, shape: readonly number[], values: Float32Array | Int32Array): number {
    this.#buffers.push({ data: littleEndian(values) });
    return this.#tensor(type, shape, this.#buffers.length - 1);
  }

  #tensor(type: TensorType, shape: readonly number[], buffer = 0): number {
    this.#tensors.push({ name: `t${this.#tensors.length}`, type, shape, buffer });
    return this.#tensors.length - 1;
  }
}
