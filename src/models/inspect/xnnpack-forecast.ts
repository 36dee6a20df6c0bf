/**
 * What the XNNPACK delegate of TFLite 2.9 takes: its rules as facts, held against the library itself by
 * test/models/xnnpack-forecast.test.ts over operators, types and shapes. What a run reports is what really happened.
 */
import { blobBytes } from '../schema/blob.js';
import type { Model, Operator } from '../schema/tables.js';
import { GraphView } from './graph-view.js';
import { badScale } from './xnnpack-scales.js';

/** Operators that it takes in float. */
const FLOAT = new Set(
  `ABS ADD AVERAGE_POOL_2D CEIL CONV_2D DEPTH_TO_SPACE DEPTHWISE_CONV_2D DEQUANTIZE DIV ELU FLOOR FULLY_CONNECTED HARD_SWISH
  LEAKY_RELU LOGISTIC MAX_POOL_2D MAXIMUM MEAN MINIMUM MUL NEG PAD PRELU RELU RELU6 RELU_N1_TO_1 RESHAPE RESIZE_BILINEAR ROUND
  SOFTMAX SQRT SQUARE SQUARED_DIFFERENCE SUB TRANSPOSE_CONV`.split(/\s+/),
);

/** And in int8, when its flag QS8 is set. */
const INT8 = new Set(
  `ADD CONV_2D DEPTHWISE_CONV_2D DEQUANTIZE ELU FULLY_CONNECTED LOGISTIC MAX_POOL_2D MEAN MUL PAD QUANTIZE RESIZE_BILINEAR SUB
  TRANSPOSE_CONV`.split(/\s+/),
);

/** In uint8 it offers to take these (flag QU8), but the default library can make the last two only. */
const UINT8_OFFERED = new Set([...INT8].filter((type) => type !== 'ELU'));
const UINT8_MADE = new Set(['QUANTIZE', 'DEQUANTIZE']);

/** Whether XNNPACK would take an operator: null for yes, otherwise why not. */
export function xnnpackTakes(view: GraphView, operator: Operator): string | null {
  const reason = offers(view, operator);
  if (reason !== null) return reason;
  const { signed, unsigned } = refusalsOf(view.model);
  const types = typesOf(view, operator);
  if (signed !== null && types.includes('INT8')) return signed;
  return unsigned !== null && types.includes('UINT8') ? unsigned : null;
}

interface Refusals {
  /** Why no operator in int8 is taken, and why none in uint8; null where they are. */
  signed: string | null;
  unsigned: string | null;
}

const known = new WeakMap<Model, Refusals>();

/**
 * An operator that the delegate offered to take and then can't make costs the whole model its kind of 8-bit operators:
 * the engine refuses the graph, and it is tried again without them.
 */
function refusalsOf(model: Model): Refusals {
  const before = known.get(model);
  if (before) return before;
  const refusals: Refusals = { signed: null, unsigned: null };
  model.subgraphs.forEach((graph, i) => {
    const view = new GraphView(model, i);
    graph.operators.forEach((operator, index) => {
      const types = typesOf(view, operator);
      if (offers(view, operator) !== null || !types.some((t) => t === 'INT8' || t === 'UINT8'))
        return;
      const type = view.operatorName(operator);
      const which = `${type} (operator ${index}${model.subgraphs.length > 1 ? ` of graph ${i}` : ''})`;
      if (types.includes('UINT8') && !UINT8_MADE.has(type))
        refusals.unsigned ??= `the default library is built without its uint8 operators, and ${which} makes it refuse all of them`;
      const bad = types.includes('INT8') ? badScale(view, operator) : null;
      if (bad !== null) refusals.signed ??= `${bad} of ${which} makes it refuse all int8 operators`;
    });
  });
  known.set(model, refusals);
  return refusals;
}

/** Types of what is read and written as activations. */
function typesOf(view: GraphView, operator: Operator): string[] {
  return [operator.inputs[0], operator.outputs[0]].flatMap((index) =>
    index === undefined || index === -1 ? [] : [view.tensor(index).type],
  );
}

/** Whether the delegate offers to take an operator by itself: null for yes, otherwise why not. */
function offers(view: GraphView, operator: Operator): string | null {
  const type = view.operatorName(operator);
  const output = operator.outputs[0];
  if (output === undefined) return 'it has no output';
  if (type === 'DEQUANTIZE' || type === 'QUANTIZE' || type === 'DENSIFY')
    return conversionVerdict(view, operator, type);
  const work = view.tensor(output).type;
  const set = { FLOAT32: FLOAT, INT8, UINT8: UINT8_OFFERED }[work as string];
  if (set === undefined) return `it does not work on ${work.toLowerCase()}`;
  if (!set.has(type)) {
    if (FLOAT.has(type)) return `${type} is taken in float only`;
    return `${type} is not among its operators`;
  }
  return (
    weightsVerdict(view, operator, type) ??
    optionsVerdict(operator, type) ??
    shapeVerdict(view, operator, type)
  );
}

function conversionVerdict(view: GraphView, operator: Operator, type: string): string | null {
  const [input] = operator.inputs;
  const [output] = operator.outputs;
  if (input === undefined || input === -1 || output === undefined) return 'it has no input';
  const [from, to] = [view.tensor(input).type, view.tensor(output).type];
  if (type === 'DENSIFY')
    return view.isConstant(input) ? null : 'it unpacks something that is computed';
  const eightBit = (t: string) => t === 'INT8' || t === 'UINT8';
  if (type === 'QUANTIZE') {
    if (!eightBit(to)) return `it does not work on ${to.toLowerCase()}`;
    return from === 'FLOAT32' ? null : 'it goes from one quantized type to another';
  }
  if (from === 'FLOAT16')
    return view.storedConstant(input) === null ? 'its float16 values are computed' : null;
  return eightBit(from) ? null : `it does not work on ${from.toLowerCase()}`;
}

const WEIGHTED = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'];

function weightsVerdict(view: GraphView, operator: Operator, type: string): string | null {
  if (!WEIGHTED.includes(type)) return null;
  const transposed = type === 'TRANSPOSE_CONV';
  const [input, weights, bias] = transposed
    ? [operator.inputs[2], operator.inputs[1], operator.inputs[3]]
    : operator.inputs;
  if (input === undefined || weights === undefined) return 'it has no weights';
  if (view.storedConstant(weights) === null) return 'its weights are not constant';
  const noBias = bias === undefined || bias === -1;
  if (noBias && type.endsWith('CONV_2D')) return 'it has no bias';
  if (!noBias && view.storedConstant(bias) === null) return 'its bias is not constant';
  const [x, w] = [view.tensor(input), view.tensor(weights)];
  if (x.type === 'FLOAT32' && w.type !== 'FLOAT32')
    return `its weights are ${w.type.toLowerCase()} and its activations float32`;
  const channelwise = (w.quantization?.scale.length ?? 0) > 1;
  if (channelwise && (type === 'FULLY_CONNECTED' || transposed))
    return 'its weights are quantized for each channel';
  return null;
}

function optionsVerdict({ options }: Operator, type: string): string | null {
  const value = options?.value as { fusedActivationFunction?: string } | undefined;
  const activation = value?.fusedActivationFunction;
  if (activation === 'TANH' || activation === 'SIGN_BIT')
    return `its fused ${activation} is not among XNNPACK's activations`;
  if (type === 'SOFTMAX' && options?.type === 'SoftmaxOptions' && options.value.beta !== 1)
    return 'its beta is not 1';
  if (options?.type === 'Pool2DOptions') {
    const { filterHeight, filterWidth, strideH, strideW } = options.value;
    if (strideH > filterHeight || strideW > filterWidth)
      return 'its window moves by more than its own size';
  }
  return null;
}

function shapeVerdict(view: GraphView, operator: Operator, type: string): string | null {
  const shape = (position: number) => view.tensor(operator.inputs[position] as number).shape;
  const stored = (position: number) => {
    const index = operator.inputs[position];
    return index !== undefined && index !== -1 && view.isConstant(index);
  };
  switch (type) {
    case 'MEAN': {
      const axes = stored(1) ? integersOf(view, operator.inputs[1] as number) : null;
      const spatial = axes?.toSorted().join() === '1,2';
      return shape(0).length === 4 && spatial ? null : 'it is no mean over a feature map';
    }
    case 'PAD':
      if (!stored(1)) return 'its paddings are not constant';
      return shape(0).length > 6 ? 'it has more than 6 dimensions' : null;
    case 'RESIZE_BILINEAR':
      return stored(1) ? null : 'its size is not constant';
    case 'RESHAPE':
      return operator.inputs[1] === undefined || stored(1) ? null : 'its shape is not constant';
    case 'PRELU': {
      if (view.storedConstant(operator.inputs[1] as number) === null)
        return 'its slope is not constant';
      return shape(1)
        .slice(0, -1)
        .every((d) => d === 1)
        ? null
        : 'its slope is not one for each channel';
    }
    default:
      return null;
  }
}

/** Values of a small int32 constant, such as axes. */
function integersOf(view: GraphView, index: number): number[] {
  const data = view.model.buffers[view.tensor(index).buffer]?.data;
  if (!data || data.byteLength % 4 !== 0) return [];
  return [...new Int32Array(blobBytes(data).buffer)];
}
