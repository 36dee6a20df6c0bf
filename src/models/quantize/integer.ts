import { IsochronError } from '../../kernel/errors.js';
import { printable } from '../../kernel/printable.js';
import type { Model, Operator } from '../schema/tables.js';
import { ActivationParameters, type Ranges } from './activation-parameters.js';
import {
  affineConstant,
  affineWeights,
  integerBias,
  leastWeightScales,
  quantization,
  symmetricWeights,
  weightLayout,
} from './integer-weights.js';
import { type IntegerForm, integerForm, type Operands, touchesFloats } from './operators.js';
import { type AffineParameters, equalParameters } from './parameters.js';
import { Rewriter } from './rewriter.js';

export type { Ranges } from './activation-parameters.js';

export interface IntegerOptions {
  precision: 'int8' | 'uint8';
  /** Smallest and largest value of each float activation, by tensor index of the original graph. */
  ranges: Ranges;
  /** Types of the model's inputs and outputs: integers, or float with conversions inside. Default integer. */
  io?: 'integer' | 'float';
  /** Whether operators without an integer kernel may stay in float, between conversions. Default false. */
  floatFallback?: boolean;
  /** Told of what costs accuracy. */
  note?: (text: string) => void;
}

/**
 * Rewrites a float model to integer arithmetic, as TFLite's converter does: int8 with a scale for each weight channel, or
 * uint8 with one scale for each tensor; biases in 32 bits; activations by their ranges.
 *
 * @throws IsochronError E_MODEL_UNSUPPORTED naming an operator or constant that cannot be quantized; E_RANGE_MISSING
 */
export function toInteger(model: Model, options: IntegerOptions): Model {
  return new IntegerRewriting(model, options).run();
}

/** Operators of a model that would stay in float, by name. */
export function floatOnlyOperators(model: Model, precision: 'int8' | 'uint8' = 'int8'): string[] {
  const { view } = new Rewriter(model);
  const type = precision === 'int8' ? 'INT8' : 'UINT8';
  const names = view.graph.operators
    .filter((operator) => touchesFloats(view, operator) && !integerForm(view, operator, type))
    .map((operator) => view.operatorName(operator));
  return [...new Set(names)];
}

/** The error that says that an operator has no integer form. */
export function unsupportedOperator(name: string, precision: 'int8' | 'uint8'): IsochronError {
  return new IsochronError(
    'E_MODEL_UNSUPPORTED',
    `The operator ${name} cannot be quantized to ${precision}.`,
    'Operators can stay in float (--allow-float); fp16 and dynamic leave all of them in float.',
  );
}

class IntegerRewriting {
  readonly #rewriter: Rewriter;
  readonly #type: 'INT8' | 'UINT8';
  readonly #parameters: ActivationParameters;
  /** Where an original tensor now is, in each form. */
  readonly #integers = new Map<number, number>();
  readonly #floats = new Map<number, number>();
  readonly #constants = new Map<string, number>();

  readonly #model: Model;
  readonly #options: IntegerOptions;

  constructor(model: Model, options: IntegerOptions) {
    this.#model = model;
    this.#options = options;
    this.#rewriter = new Rewriter(model);
    this.#type = options.precision === 'int8' ? 'INT8' : 'UINT8';
    this.#parameters = new ActivationParameters(
      this.#rewriter.view,
      options.ranges,
      this.#type,
      options.note,
    );
  }

  run(): Model {
    const rewriter = this.#rewriter;
    const { graph } = rewriter.view;
    const moved = new Map<number, number>();
    for (const input of graph.inputs) {
      if (this.#isFloat(input) && this.#options.io !== 'float') {
        const index = this.#integerTensor(input);
        this.#integers.set(input, index);
        moved.set(input, index);
      } else {
        this.#floats.set(input, input);
      }
    }
    for (const operator of graph.operators) {
      const form = integerForm(rewriter.view, operator, this.#type);
      if (!touchesFloats(rewriter.view, operator))
        rewriter.operatorLike(operator, operator.inputs, operator.outputs);
      else if (form) this.#integerOperator(operator, form);
      else this.#floatOperator(operator);
    }
    for (const output of graph.outputs)
      if (this.#isFloat(output))
        moved.set(
          output,
          this.#options.io === 'float' ? this.#float(output) : this.#integer(output),
        );
    return rewriter.finish(this.#model.description, moved);
  }

  #integerOperator(operator: Operator, form: IntegerForm): void {
    const rewriter = this.#rewriter;
    const inputs =
      form.scales === 'weights'
        ? this.#weightedInputs(operator, form.operands)
        : operator.inputs.map((input) => {
            if (input === -1 || !this.#isFloat(input)) return input;
            const output = operator.outputs[0] as number;
            return this.#integer(
              input,
              form.scales === 'same' ? this.#parameters.of(output) : undefined,
            );
          });
    const outputs = operator.outputs.map((output) => {
      if (!this.#isFloat(output)) return output;
      const index = this.#integerTensor(output);
      this.#integers.set(output, index);
      return index;
    });
    const version = this.#type === 'INT8' ? form.int8 : form.uint8;
    rewriter.operatorLike(operator, inputs, outputs, version ?? undefined);
  }

  #weightedInputs(operator: Operator, at: Operands): number[] {
    const rewriter = this.#rewriter;
    const inputs = [...operator.inputs];
    const data = operator.inputs[at.data] as number;
    const weights = operator.inputs[at.weights] as number;
    const bias = operator.inputs[at.bias] ?? -1;
    const inputScale = this.#parameters.of(data).scale;
    const least = bias === -1 ? [] : leastWeightScales(rewriter, bias, inputScale);
    const packed =
      this.#type === 'INT8'
        ? symmetricWeights(rewriter, weights, weightLayout(rewriter, operator), least)
        : affineWeights(rewriter, weights, least);
    inputs[at.data] = this.#integer(data);
    inputs[at.weights] = packed.index;
    if (bias !== -1) inputs[at.bias] = integerBias(rewriter, bias, inputScale, packed.scales);
    return inputs;
  }

  #floatOperator(operator: Operator): void {
    const rewriter = this.#rewriter;
    const options = this.#options;
    const name = rewriter.view.operatorName(operator);
    if (!options.floatFallback) throw unsupportedOperator(name, options.precision);
    rewriter.operatorLike(
      operator,
      operator.inputs.map((input) =>
        input === -1 || !this.#isFloat(input) ? input : this.#float(input),
      ),
      operator.outputs,
    );
    for (const output of operator.outputs) this.#floats.set(output, output);
  }

  /** The integer form of a tensor, converted where only the float form is there, rescaled where `wanted` differs. */
  #integer(tensor: number, wanted?: AffineParameters): number {
    const rewriter = this.#rewriter;
    if (rewriter.view.isConstant(tensor)) return this.#constant(tensor, wanted);
    let index = this.#integers.get(tensor);
    if (index === undefined) {
      index = this.#integerTensor(tensor, '/quantized');
      rewriter.operator('QUANTIZE', 1, [this.#float(tensor)], [index], QUANTIZE);
      this.#integers.set(tensor, index);
    }
    if (!wanted || equalParameters(wanted, this.#parameters.of(tensor))) return index;
    const rescaled = this.#integerTensor(tensor, '/rescaled', wanted);
    rewriter.operator('QUANTIZE', 2, [index], [rescaled], QUANTIZE);
    return rescaled;
  }

  /** A constant in integers: once over its own range, and once for each scale that a consumer wants. */
  #constant(tensor: number, wanted: AffineParameters | undefined): number {
    const key = `${tensor} ${wanted?.scale} ${wanted?.zeroPoint}`;
    let index = this.#constants.get(key);
    if (index === undefined) {
      ({ index } = affineConstant(this.#rewriter, tensor, this.#type, wanted));
      this.#constants.set(key, index);
    }
    return index;
  }

  /** The float form of a tensor, converted where only the integer form is there. */
  #float(tensor: number): number {
    const rewriter = this.#rewriter;
    if (rewriter.view.isConstant(tensor)) return tensor;
    let index = this.#floats.get(tensor);
    if (index === undefined) {
      const source = this.#integers.get(tensor);
      if (source === undefined)
        throw new IsochronError(
          'E_MODEL_UNSUPPORTED',
          `The tensor ${printable(rewriter.view.tensor(tensor).name ?? String(tensor))} is read, and no operator writes it, so it cannot be quantized.`,
        );
      index = rewriter.tensorLike(tensor, {});
      rewriter.operator('DEQUANTIZE', this.#type === 'INT8' ? 2 : 1, [source], [index], DEQUANTIZE);
      this.#floats.set(tensor, index);
    }
    return index;
  }

  #integerTensor(
    tensor: number,
    suffix = '',
    { scale, zeroPoint }: AffineParameters = this.#parameters.of(tensor),
  ): number {
    return this.#rewriter.tensorLike(tensor, {
      type: this.#type,
      name: `${this.#rewriter.view.tensor(tensor).name ?? ''}${suffix}`,
      quantization: quantization({ scale: [scale], zeroPoint: [zeroPoint] }),
    });
  }

  #isFloat(tensor: number): boolean {
    return this.#rewriter.view.tensor(tensor).type === 'FLOAT32';
  }
}

const QUANTIZE = { type: 'QuantizeOptions', value: {} } as const;
const DEQUANTIZE = { type: 'DequantizeOptions', value: {} } as const;
