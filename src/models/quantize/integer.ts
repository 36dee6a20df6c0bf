import { IsochronError } from '../../errors.js';
import type { Model, Operator } from '../schema/tables.js';
import { ActivationParameters, type Ranges, SAME_SCALE } from './activation-parameters.js';
import {
  affineConstant,
  integerBias,
  quantization,
  symmetricWeights,
  weightLayout,
} from './integer-weights.js';
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
}

/** Operators with an integer kernel that we know how to feed, and the version of their int8 form (uint8 is version 1). */
const INT8_VERSIONS: Record<string, number> = {
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 3,
  FULLY_CONNECTED: 4,
  ADD: 2,
  SUB: 2,
  MUL: 2,
  MEAN: 2,
  RELU: 2,
  RELU6: 2,
  LEAKY_RELU: 2,
  HARD_SWISH: 1,
  SOFTMAX: 2,
  LOGISTIC: 2,
  TANH: 2,
  RESHAPE: 1,
  SQUEEZE: 1,
  EXPAND_DIMS: 1,
  TRANSPOSE: 2,
  PAD: 2,
  MAX_POOL_2D: 2,
  AVERAGE_POOL_2D: 2,
  RESIZE_NEAREST_NEIGHBOR: 2,
  RESIZE_BILINEAR: 2,
  REDUCE_MAX: 2,
  CONCATENATION: 2,
  SLICE: 2,
  STRIDED_SLICE: 2,
};

const WEIGHTED = new Set(['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED']);

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
export function floatOnlyOperators(model: Model): string[] {
  const rewriter = new Rewriter(model);
  const names = rewriter.view.graph.operators
    .filter((operator) => !isIntegerOperator(rewriter, operator))
    .map((operator) => rewriter.view.operatorName(operator));
  return [...new Set(names)];
}

function isIntegerOperator({ view }: Rewriter, operator: Operator): boolean {
  const name = view.operatorName(operator);
  if (INT8_VERSIONS[name] === undefined || operator.outputs.length !== 1) return false;
  if (WEIGHTED.has(name) && !view.isConstant(operator.inputs[1] as number)) return false;
  return view.tensor(operator.outputs[0] as number).type === 'FLOAT32';
}

class IntegerRewriting {
  private readonly rewriter: Rewriter;
  private readonly type: 'INT8' | 'UINT8';
  private readonly parameters: ActivationParameters;
  /** Where an original tensor now is, in each form. */
  private readonly integers = new Map<number, number>();
  private readonly floats = new Map<number, number>();

  constructor(
    private readonly model: Model,
    private readonly options: IntegerOptions,
  ) {
    this.rewriter = new Rewriter(model);
    this.type = options.precision === 'int8' ? 'INT8' : 'UINT8';
    this.parameters = new ActivationParameters(
      this.rewriter.view,
      options.ranges,
      this.type,
      (operator) => isIntegerOperator(this.rewriter, operator),
    );
  }

  run(): Model {
    const { rewriter } = this;
    const { graph } = rewriter.view;
    const moved = new Map<number, number>();
    for (const input of graph.inputs) {
      if (this.isFloat(input) && this.options.io !== 'float') {
        const index = this.integerTensor(input);
        this.integers.set(input, index);
        moved.set(input, index);
      } else {
        this.floats.set(input, input);
      }
    }
    for (const operator of graph.operators) {
      if (isIntegerOperator(rewriter, operator)) this.integerOperator(operator);
      else this.floatOperator(operator);
    }
    for (const output of graph.outputs)
      if (this.isFloat(output))
        moved.set(output, this.options.io === 'float' ? this.float(output) : this.integer(output));
    return rewriter.finish(this.model.description, moved);
  }

  private integerOperator(operator: Operator): void {
    const { rewriter } = this;
    const name = rewriter.view.operatorName(operator);
    const output = operator.outputs[0] as number;
    const inputs = WEIGHTED.has(name)
      ? this.weightedInputs(operator)
      : operator.inputs.map((input) => {
          if (input === -1 || !this.isFloat(input)) return input;
          return this.integer(input, SAME_SCALE.has(name) ? this.parameters.of(output) : undefined);
        });
    const index = this.integerTensor(output);
    this.integers.set(output, index);
    const version = this.type === 'INT8' ? INT8_VERSIONS[name] : 1;
    rewriter.operatorLike(operator, inputs, [index], version);
  }

  /** Input, weights, bias. */
  private weightedInputs(operator: Operator): number[] {
    const [x, weights, bias] = operator.inputs as [number, number, number | undefined];
    const { rewriter } = this;
    const packed =
      this.type === 'INT8'
        ? symmetricWeights(rewriter, weights, weightLayout(rewriter, operator))
        : affineConstant(rewriter, weights, 'UINT8');
    const inputs = [this.integer(x), packed.index];
    if (bias !== undefined && bias !== -1)
      inputs.push(integerBias(rewriter, bias, this.parameters.of(x).scale, packed.scales));
    return inputs;
  }

  private floatOperator(operator: Operator): void {
    const { rewriter, options } = this;
    const name = rewriter.view.operatorName(operator);
    if (!options.floatFallback)
      throw new IsochronError(
        'E_MODEL_UNSUPPORTED',
        `The operator ${name} cannot be quantized to ${options.precision}.`,
        'Use fp16 or dynamic, which leave operators in float.',
      );
    rewriter.operatorLike(
      operator,
      operator.inputs.map((input) =>
        input === -1 || !this.isFloat(input) ? input : this.float(input),
      ),
      operator.outputs,
    );
    for (const output of operator.outputs) this.floats.set(output, output);
  }

  /** The integer form of a tensor, converted where only the float form is there, rescaled where `wanted` differs. */
  private integer(tensor: number, wanted?: AffineParameters): number {
    const { rewriter } = this;
    let index = this.integers.get(tensor);
    if (index === undefined) {
      if (rewriter.view.isConstant(tensor)) {
        index = affineConstant(rewriter, tensor, this.type).index;
      } else {
        index = this.integerTensor(tensor, '/quantized');
        rewriter.operator('QUANTIZE', 1, [this.float(tensor)], [index], QUANTIZE);
      }
      this.integers.set(tensor, index);
    }
    if (
      !wanted ||
      rewriter.view.isConstant(tensor) ||
      equalParameters(wanted, this.parameters.of(tensor))
    )
      return index;
    const rescaled = this.integerTensor(tensor, '/rescaled', wanted);
    rewriter.operator('QUANTIZE', 2, [index], [rescaled], QUANTIZE);
    return rescaled;
  }

  /** The float form of a tensor, converted where only the integer form is there. */
  private float(tensor: number): number {
    const { rewriter } = this;
    if (rewriter.view.isConstant(tensor)) return tensor;
    let index = this.floats.get(tensor);
    if (index === undefined) {
      const source = this.integers.get(tensor);
      if (source === undefined)
        throw new RangeError(`tensor ${tensor} is read before it is written`);
      index = rewriter.tensorLike(tensor, {});
      rewriter.operator('DEQUANTIZE', this.type === 'INT8' ? 2 : 1, [source], [index], DEQUANTIZE);
      this.floats.set(tensor, index);
    }
    return index;
  }

  private integerTensor(
    tensor: number,
    suffix = '',
    { scale, zeroPoint }: AffineParameters = this.parameters.of(tensor),
  ): number {
    return this.rewriter.tensorLike(tensor, {
      type: this.type,
      name: `${this.rewriter.view.tensor(tensor).name ?? ''}${suffix}`,
      quantization: quantization({ scale: [scale], zeroPoint: [zeroPoint] }),
    });
  }

  private isFloat(tensor: number): boolean {
    return this.rewriter.view.tensor(tensor).type === 'FLOAT32';
  }
}

const QUANTIZE = { type: 'QuantizeOptions', value: {} } as const;
const DEQUANTIZE = { type: 'DequantizeOptions', value: {} } as const;
