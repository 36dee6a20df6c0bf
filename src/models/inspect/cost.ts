import { calledGraphs } from '../check-model.js';
import { elementCount } from '../schema/enums.js';
import type { Model, Operator } from '../schema/tables.js';
import { GraphView } from './graph-view.js';

/** What one inference asks of one operator. */
export interface Cost {
  /** Multiply-accumulates of convolutions and matrix products; padding counts as data, as in the literature. */
  macs: number;
  /** Trained constants: weights, biases, factors of batch norms. Shapes and axes are none. */
  parameters: number;
  /** Bytes of these constants as the file stores them. */
  weightBytes: number;
  /** Bytes read and written as activations. */
  activationBytes: number;
}

/** Operators whose integer constants are weights or biases; those of the others are axes and shapes. */
const WEIGHTED = new Set([
  'CONV_2D',
  'DEPTHWISE_CONV_2D',
  'FULLY_CONNECTED',
  'TRANSPOSE_CONV',
  'CONV_3D',
  'CONV_3D_TRANSPOSE',
  'BATCH_MATMUL',
  ...['LSTM', 'RNN', 'SVDF', 'UNIDIRECTIONAL_SEQUENCE_LSTM', 'UNIDIRECTIONAL_SEQUENCE_RNN'],
  ...['BIDIRECTIONAL_SEQUENCE_LSTM', 'BIDIRECTIONAL_SEQUENCE_RNN'],
]);

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/**
 * Which inputs of a recurrent operator are matrices, as its kernel in TFLite 2.9 numbers them: each element meets one value
 * for each step of each sequence. What works along a vector (peepholes, layer norms) is no product of matrices.
 */
const MATRICES = new Map<string, readonly number[]>([
  ['RNN', [1, 2]],
  ['SVDF', [1, 2]],
  ['UNIDIRECTIONAL_SEQUENCE_RNN', [1, 2]],
  ['BIDIRECTIONAL_SEQUENCE_RNN', [1, 2, 5, 6, 10, 11]],
  ['LSTM', [...range(1, 8), 16]],
  ['UNIDIRECTIONAL_SEQUENCE_LSTM', [...range(1, 8), 16]],
  ['BIDIRECTIONAL_SEQUENCE_LSTM', [...range(1, 8), 16, ...range(18, 25), 33, ...range(40, 47)]],
]);
/** Inputs of an LSTM in its basic form, whose one matrix holds those of all gates. */
const BASIC_LSTM_INPUTS = 5;

/** Operators that do much arithmetic that is no product of matrices, or that nothing is known of. */
export function isUncounted(view: GraphView, operator: Operator): boolean {
  const type = view.operatorName(operator);
  if (type === 'STABLEHLO_COMPOSITE') return calledGraphs(view.model, operator).length === 0;
  return view.isCustom(operator) || type.startsWith('BUILTIN_') || NOT_COUNTED.has(type);
}
const NOT_COUNTED = new Set([
  ...['RFFT2D', 'LSH_PROJECTION', 'EMBEDDING_LOOKUP_SPARSE', 'SKIP_GRAM'],
  ...['STABLEHLO_CONVOLUTION', 'STABLEHLO_DOT_GENERAL', 'STABLEHLO_CUSTOM_CALL'],
]);

/**
 * @param counted constants that an earlier operator has been charged for; this operator's are added
 * @param elsewhere buffers that an operator of another graph has been charged for
 */
export function costOf(
  view: GraphView,
  operator: Operator,
  counted: Set<number>,
  elsewhere: ReadonlySet<number> = new Set(),
): Cost {
  const cost: Cost = {
    macs: macsOf(view, operator) + macsOfCalled(view, operator),
    parameters: 0,
    weightBytes: 0,
    activationBytes: 0,
  };
  if (view.unpacksConstant(operator)) return cost;
  const weighted = WEIGHTED.has(view.operatorName(operator));
  operator.inputs.forEach((input, position) => {
    if (input === -1) return;
    const constant = view.storedConstant(input);
    if (constant === null) {
      cost.activationBytes += view.bytes(input);
      return;
    }
    if (counted.has(constant) || !isTrained(view, operator, position, constant, weighted)) return;
    counted.add(constant);
    if (elsewhere.has(view.tensor(constant).buffer)) return;
    cost.parameters += elementCount(view.tensor(constant).shape);
    cost.weightBytes += view.storedBytes(constant);
  });
  for (const output of operator.outputs) cost.activationBytes += view.bytes(output);
  return cost;
}

function isTrained(
  view: GraphView,
  operator: Operator,
  position: number,
  constant: number,
  weighted: boolean,
): boolean {
  const { type } = view.tensor(constant);
  if (type !== 'INT32' && type !== 'INT64') return true;
  // The first input of a transposed convolution is its output's shape.
  return weighted && !(TRANSPOSED.has(view.operatorName(operator)) && position === 0);
}
const TRANSPOSED = new Set(['TRANSPOSE_CONV', 'CONV_3D_TRANSPOSE']);

/** Multiply-accumulates of one operator, without the graphs that it runs. A dimension that is not known counts as 1. */
export function macsOf(view: GraphView, operator: Operator): number {
  const shape = (index: number | undefined) =>
    index === undefined || index === -1
      ? []
      : view.tensor(index).shape.map((d) => (d === -1 ? 1 : d));
  const matrices = MATRICES.get(view.operatorName(operator));
  if (matrices) {
    const steps = elementCount(shape(operator.inputs[0]).slice(0, -1));
    const basic =
      view.operatorName(operator) === 'LSTM' && operator.inputs.length === BASIC_LSTM_INPUTS;
    return (basic ? [2] : matrices).reduce((total, position) => {
      const index = operator.inputs[position] ?? -1;
      return index === -1 ? total : total + steps * elementCount(shape(index));
    }, 0);
  }
  const [first, second, third] = operator.inputs;
  const output = elementCount(shape(operator.outputs[0]));
  const weights = shape(second);
  switch (view.operatorName(operator)) {
    case 'CONV_2D': // [out, height, width, in]
      return output * elementCount(weights.slice(1));
    case 'DEPTHWISE_CONV_2D': // [1, height, width, out]
      return output * elementCount(weights.slice(1, 3));
    case 'CONV_3D': // [depth, height, width, in, out]
      return output * elementCount(weights.slice(0, 4));
    case 'FULLY_CONNECTED': // [out, in]
      return output * (weights.at(-1) ?? 0);
    case 'TRANSPOSE_CONV': // [out, height, width, in], every input element meets every tap
      return elementCount(shape(third)) * elementCount(weights.slice(0, 3));
    case 'CONV_3D_TRANSPOSE': // [depth, height, width, out, in]
      return elementCount(shape(third)) * elementCount(weights.slice(0, 4));
    case 'BATCH_MATMUL': {
      const left = shape(first);
      const options =
        operator.options?.type === 'BatchMatMulOptions' ? operator.options.value : null;
      return output * ((options?.adjX ? left.at(-2) : left.at(-1)) ?? 0);
    }
    default:
      return 0;
  }
}

/**
 * Multiply-accumulates of the graphs that an operator runs. A loop counts as one pass of its condition and its body, since
 * how many there are is not in the file; of the branches of an IF the dearer one counts; what runs once at the start does not.
 */
function macsOfCalled(view: GraphView, operator: Operator): number {
  let [most, sum] = [0, 0];
  for (const { role, graph } of calledGraphs(view.model, operator)) {
    if (role === 'initialisation') continue;
    const macs = macsOfGraph(view.model, graph);
    if (role === 'then' || role === 'else') most = Math.max(most, macs);
    else sum += macs;
  }
  return most + sum;
}

/** Of a whole graph with what it runs. A graph that several operators run is added up once. */
function macsOfGraph(model: Model, index: number): number {
  let known = graphMacs.get(model);
  if (!known) {
    known = new Map();
    graphMacs.set(model, known);
  }
  let macs = known.get(index);
  if (macs === undefined) {
    const view = new GraphView(model, index);
    macs = view.graph.operators.reduce(
      (total, o) => total + macsOf(view, o) + macsOfCalled(view, o),
      0,
    );
    known.set(index, macs);
  }
  return macs;
}
const graphMacs = new WeakMap<Model, Map<number, number>>();

/**
 * The largest sum of activations that are alive at once: a lower bound of the engine's arena. A tensor lives from the
 * operator that writes it to the last one that reads it; inputs from the start, outputs to the end.
 */
export function peakActivationBytes(view: GraphView): number {
  const { graph } = view;
  const lastUse = new Map<number, number>();
  graph.operators.forEach((operator, step) => {
    for (const index of [...operator.inputs, ...operator.outputs]) lastUse.set(index, step);
  });
  for (const index of graph.outputs) lastUse.set(index, Number.POSITIVE_INFINITY);
  const size = (index: number) =>
    index === -1 || view.storedConstant(index) !== null ? 0 : view.bytes(index);
  let live = graph.inputs.reduce((total, index) => total + size(index), 0);
  let peak = live;
  graph.operators.forEach((operator, step) => {
    for (const output of operator.outputs) live += size(output);
    peak = Math.max(peak, live);
    for (const index of new Set([...operator.inputs, ...operator.outputs]))
      if (lastUse.get(index) === step) live -= size(index);
  });
  return peak;
}
