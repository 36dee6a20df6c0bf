import type { Operator } from '../schema/tables.js';
import type { GraphView } from './graph-view.js';

/** Operators that the delegate of TFLite 2.9 takes in float (its documentation, checked against the library). */
const FLOAT = new Set(
  `ABS ADD AVERAGE_POOL_2D CEIL CONV_2D DEPTH_TO_SPACE DEPTHWISE_CONV_2D DEQUANTIZE DIV ELU FLOOR FULLY_CONNECTED HARD_SWISH
  LEAKY_RELU LOGISTIC MAX_POOL_2D MAXIMUM MEAN MINIMUM MUL NEG PAD PRELU RELU RELU6 RELU_N1_TO_1 RESHAPE RESIZE_BILINEAR ROUND
  SOFTMAX SPLIT SQRT SQUARE SQUARED_DIFFERENCE SUB TRANSPOSE TRANSPOSE_CONV`.split(/\s+/),
);

/** And in int8, when its flag QS8 is set. */
const QUANTIZED = new Set(
  `ADD CONV_2D DEPTHWISE_CONV_2D DEQUANTIZE ELU FULLY_CONNECTED LOGISTIC MAX_POOL_2D MEAN MUL PAD QUANTIZE RESIZE_BILINEAR
  SPLIT SUB TRANSPOSE TRANSPOSE_CONV`.split(/\s+/),
);

/**
 * Whether XNNPACK would take an operator: null for yes, otherwise why not. A forecast from the documented rules; what a
 * run reports is what really happened.
 */
export function xnnpackTakes(view: GraphView, operator: Operator): string | null {
  const type = view.operatorName(operator);
  const output = operator.outputs[0];
  if (output === undefined) return 'it has no output';
  const outputType = view.tensor(output).type;
  const input = operator.inputs[0];
  const work = type === 'DEQUANTIZE' && input !== undefined ? view.tensor(input).type : outputType;
  if (work === 'FLOAT32' || work === 'FLOAT16') {
    if (!FLOAT.has(type)) return `${type} is not among its operators`;
  } else if (work === 'INT8') {
    if (!QUANTIZED.has(type))
      return FLOAT.has(type)
        ? `${type} is taken in float only`
        : `${type} is not among its operators`;
  } else if (work === 'UINT8') {
    // The delegate lists them, then fails to make them: this XNNPACK is built without uint8 kernels.
    return 'the default library is built without its uint8 operators';
  } else {
    return `it does not work on ${work.toLowerCase()}`;
  }
  return weightsVerdict(view, operator, type) ?? shapeVerdict(view, operator, type);
}

function weightsVerdict(view: GraphView, operator: Operator, type: string): string | null {
  if (!['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED'].includes(type)) return null;
  const [input, weights, bias] = operator.inputs;
  if (input === undefined || weights === undefined) return 'it has no weights';
  if (view.storedConstant(weights) === null) return 'its weights are not constant';
  if (bias !== undefined && bias !== -1 && view.storedConstant(bias) === null)
    return 'its bias is not constant';
  const [x, w] = [view.tensor(input), view.tensor(weights)];
  if (x.type === 'FLOAT32' && w.type !== 'FLOAT32' && w.type !== 'FLOAT16')
    return `its weights are ${w.type.toLowerCase()} and its activations float32`;
  const channelwise = (w.quantization?.scale.length ?? 0) > 1;
  if (channelwise && type === 'FULLY_CONNECTED')
    return 'its weights are quantized for each channel';
  return null;
}

function shapeVerdict(view: GraphView, operator: Operator, type: string): string | null {
  const rank = (position: number) => view.tensor(operator.inputs[position] as number).shape.length;
  if (type === 'MEAN' && rank(0) !== 4) return 'it is no mean over a feature map';
  if (operator.options?.type === 'Pool2DOptions') {
    const { filterHeight, filterWidth, strideH, strideW } = operator.options.value;
    if (strideH > filterHeight || strideW > filterWidth)
      return 'its window moves by more than its own size';
  }
  if (type === 'PAD' && rank(0) > 6) return 'it has more than 6 dimensions';
  return null;
}
