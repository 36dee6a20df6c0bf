import { IsochronError } from '../../kernel/errors.js';
import type { ChannelLayout } from '../graph/random-integers.js';
import type { GraphView } from '../inspect/graph-view.js';
import { type Blob, blobBytes, littleEndian } from '../schema/blob.js';
import { elementCount } from '../schema/enums.js';
import { complete } from '../schema/spec.js';
import {
  MODEL,
  type Operator,
  type Quantization,
  type QuantizationDraft,
} from '../schema/tables.js';
import { type AffineParameters, affineParameters } from './parameters.js';
import type { Rewriter } from './rewriter.js';
import {
  type ChannelRanges,
  channelRanges,
  floats,
  quantizedBlob,
  totalRange,
  wholeLayout,
} from './weights.js';

/** Where the output channels of an operator's weights lie. */
export interface WeightLayout extends ChannelLayout {
  /** Dimension of the channels in the weights' shape. */
  axis: number;
  /** Whether the engine takes a scale for each channel (dense layers have one for all). */
  perChannel: boolean;
}

/** A constant in integers, with the scales that it was given. */
export interface IntegerConstant {
  index: number;
  /** One for each channel, or one for all. */
  scales: number[];
}

/** @throws IsochronError E_MODEL_UNSUPPORTED for operators that have no weights known here */
export function weightLayout(rewriter: Rewriter, operator: Operator): WeightLayout {
  const type = rewriter.view.operatorName(operator);
  const shape = rewriter.view.tensor(operator.inputs[1] as number).shape;
  const count = elementCount(shape);
  switch (type) {
    case 'CONV_2D':
    case 'TRANSPOSE_CONV': {
      const channels = shape[0] ?? 1;
      return { channels, inner: count / channels, axis: 0, perChannel: true };
    }
    case 'DEPTHWISE_CONV_2D':
      return { channels: shape[3] ?? 1, inner: 1, axis: 3, perChannel: true };
    case 'FULLY_CONNECTED': {
      const channels = shape[0] ?? 1;
      return { channels, inner: count / channels, axis: 0, perChannel: false };
    }
    default:
      throw new IsochronError('E_MODEL_UNSUPPORTED', `The weights of ${type} cannot be quantized.`);
  }
}

/**
 * int8 weights in [-127, 127] with zero point 0, one scale for each channel where the operator allows it.
 *
 * @param leastScales for each channel, below which its bias would not fit (see `leastWeightScales`)
 */
export function symmetricWeights(
  rewriter: Rewriter,
  weights: number,
  layout: WeightLayout,
  leastScales: readonly number[] = [],
): IntegerConstant {
  const data = constantData(rewriter.view, weights);
  const ranges = finiteRanges(rewriter.view, weights, layout);
  const [low, high] = totalRange(ranges);
  const largest = Math.max(-low, high);
  const scales = layout.perChannel
    ? Array.from(ranges.min, (channelLow, c) => {
        const own = Math.max(-channelLow, ranges.max[c] as number);
        return scaleFor(own === 0 ? largest : own, leastScales[c]);
      })
    : [scaleFor(largest, Math.max(0, ...leastScales))];
  const each = layout.perChannel ? scales : Array(layout.channels).fill(scales[0]);
  const index = rewriter.constantLike(weights, quantizedBlob(data, layout, each, 0, -127, 127), {
    type: 'INT8',
    quantization: quantization({
      scale: scales,
      zeroPoint: scales.map(() => 0),
      quantizedDimension: layout.perChannel ? layout.axis : 0,
    }),
  });
  return { index, scales };
}

/** Parameters for uint8 weights: one scale and zero point over their range. */
export function affineWeights(
  rewriter: Rewriter,
  weights: number,
  leastScales: readonly number[] = [],
): IntegerConstant {
  let parameters = affineParameters(constantRange(rewriter.view, weights), 'UINT8');
  const least = Math.fround(Math.max(0, ...leastScales));
  if (least > parameters.scale) parameters = affineParameters([-128 * least, 127 * least], 'UINT8');
  return affineConstant(rewriter, weights, 'UINT8', parameters);
}

/** A constant with one scale and zero point: the operands of additions, products, comparisons. */
export function affineConstant(
  rewriter: Rewriter,
  constant: number,
  type: 'INT8' | 'UINT8',
  { scale, zeroPoint }: AffineParameters = affineParameters(
    constantRange(rewriter.view, constant),
    type,
  ),
): IntegerConstant {
  const data = constantData(rewriter.view, constant);
  const one: ChannelLayout = { channels: 1, inner: data.byteLength / 4 };
  const [low, high] = type === 'INT8' ? [-128, 127] : [0, 255];
  const index = rewriter.constantLike(
    constant,
    quantizedBlob(data, one, [scale], zeroPoint, low, high),
    { type, quantization: quantization({ scale: [scale], zeroPoint: [zeroPoint] }) },
  );
  return { index, scales: [scale] };
}

/** Smallest and largest value of a float constant. */
export function constantRange(view: GraphView, constant: number): [min: number, max: number] {
  const layout = wholeLayout(constantData(view, constant));
  return totalRange(finiteRanges(view, constant, layout));
}

/** The values of a float constant, whatever they are. */
export function constantValues(view: GraphView, constant: number): Float32Array {
  return floats(blobBytes(constantData(view, constant)));
}

/**
 * The smallest scale of each channel's weights with which its bias, in units of input scale times weight scale, stays
 * below 2^30 and so leaves room for the sum of products in 32 bits. It matters for channels with next to no weights.
 */
export function leastWeightScales(rewriter: Rewriter, bias: number, inputScale: number): number[] {
  const values = constantValues(rewriter.view, bias);
  return Array.from(values, (v) => Math.abs(v) / (inputScale * 2 ** 30));
}

/** A bias in 32-bit integers: its scale is that of the products it is added to, input scale times weight scale. */
export function integerBias(
  rewriter: Rewriter,
  bias: number,
  inputScale: number,
  weightScales: readonly number[],
): number {
  const values = constantValues(rewriter.view, bias);
  const scaleOf = (c: number) =>
    inputScale * (weightScales[weightScales.length === 1 ? 0 : c] as number);
  const limit = 2 ** 31 - 1;
  const integers = Int32Array.from(values, (v, c) =>
    Math.max(-limit, Math.min(limit, Math.round(v / scaleOf(c)))),
  );
  const scales = weightScales.map((_, c) => scaleOf(c));
  return rewriter.constantLike(bias, littleEndian(integers), {
    type: 'INT32',
    quantization: quantization({ scale: scales, zeroPoint: scales.map(() => 0) }),
  });
}

export function quantization(draft: QuantizationDraft): Quantization {
  return complete(MODEL.subgraphs.table.tensors.table.quantization.table, draft);
}

/** The smallest normal float32: a scale that the file rounds to 0 would stand for nothing. */
const SMALLEST_SCALE = 2 ** -126;

/** Scales are stored as float32: what is computed from them must start from the same value. */
function scaleFor(largest: number, least = 0): number {
  return Math.fround(Math.max(largest === 0 ? 1 : largest / 127, least, SMALLEST_SCALE));
}

function finiteRanges(view: GraphView, constant: number, layout: ChannelLayout): ChannelRanges {
  const ranges = channelRanges(constantData(view, constant), layout);
  if (!ranges.finite)
    throw new IsochronError(
      'E_MODEL_NOT_FINITE',
      `The constant ${view.tensor(constant).name ?? `tensor ${constant}`} holds values that are NaN or infinite, which no integer stands for.`,
      'Train or convert the model again.',
    );
  return ranges;
}

function constantData(view: GraphView, constant: number): Blob {
  const { buffer, name, type } = view.tensor(constant);
  const data = view.model.buffers[buffer]?.data;
  if (!data || type !== 'FLOAT32')
    throw new IsochronError('E_MODEL_UNSUPPORTED', `The constant ${name} is not in float32.`);
  return data;
}
