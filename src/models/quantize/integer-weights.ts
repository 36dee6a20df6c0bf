import { IsochronError } from '../../errors.js';
import { type ChannelLayout, RandomWeights } from '../graph/random.js';
import { type Blob, blobBytes, littleEndian } from '../schema/blob.js';
import { elementCount } from '../schema/enums.js';
import { complete } from '../schema/spec.js';
import {
  MODEL,
  type Operator,
  type Quantization,
  type QuantizationDraft,
} from '../schema/tables.js';
import { affineParameters } from './parameters.js';
import type { Rewriter } from './rewriter.js';
import { channelRanges, floats, quantizedBlob, totalRange } from './weights.js';

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
    case 'CONV_2D': {
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

/** int8 weights in [-127, 127] with zero point 0, one scale for each channel where the operator allows it. */
export function symmetricWeights(
  rewriter: Rewriter,
  weights: number,
  layout: WeightLayout,
): IntegerConstant {
  const data = dataOf(rewriter, weights);
  const { min, max } = channelRanges(data, layout);
  let scales = Array.from(min, (low, c) => scaleFor(Math.max(-low, max[c] as number)));
  if (!layout.perChannel) {
    const [low, high] = totalRange({ min, max });
    scales = [scaleFor(Math.max(-low, high))];
  }
  const each = scales.length === layout.channels ? scales : Array(layout.channels).fill(scales[0]);
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

/** A constant with one scale and zero point over its range: uint8 weights, and the operands of additions and products. */
export function affineConstant(
  rewriter: Rewriter,
  constant: number,
  type: 'INT8' | 'UINT8',
): IntegerConstant {
  const data = dataOf(rewriter, constant);
  const one: ChannelLayout = { channels: 1, inner: data.byteLength / 4 };
  const layout = data instanceof RandomWeights ? data.layout : one;
  const { scale, zeroPoint } = affineParameters(totalRange(channelRanges(data, layout)), type);
  const [low, high] = type === 'INT8' ? [-128, 127] : [0, 255];
  const index = rewriter.constantLike(
    constant,
    quantizedBlob(data, one, [scale], zeroPoint, low, high),
    { type, quantization: quantization({ scale: [scale], zeroPoint: [zeroPoint] }) },
  );
  return { index, scales: [scale] };
}

/** A bias in 32-bit integers: its scale is that of the products it is added to, input scale times weight scale. */
export function integerBias(
  rewriter: Rewriter,
  bias: number,
  inputScale: number,
  weightScales: readonly number[],
): number {
  const values = floats(blobBytes(dataOf(rewriter, bias)));
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

/** Scales are stored as float32: what is computed from them must start from the same value. */
function scaleFor(largest: number): number {
  return Math.fround(Math.max(largest, 1e-9) / 127);
}

function dataOf(rewriter: Rewriter, constant: number): Blob {
  const { buffer, name, type } = rewriter.view.tensor(constant);
  const data = rewriter.source.buffers[buffer]?.data;
  if (!data || type !== 'FLOAT32')
    throw new IsochronError('E_MODEL_UNSUPPORTED', `The constant ${name} is not in float32.`);
  return data;
}
