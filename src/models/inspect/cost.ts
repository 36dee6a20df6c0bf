import { elementCount } from '../schema/enums.js';
import type { Operator } from '../schema/tables.js';
import type { GraphView } from './graph-view.js';

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
  'BATCH_MATMUL',
]);

/**
 * @param counted constants that an earlier operator has been charged for; this operator's are added
 */
export function costOf(view: GraphView, operator: Operator, counted: Set<number>): Cost {
  const cost: Cost = {
    macs: macsOf(view, operator),
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
  return weighted && !(view.operatorName(operator) === 'TRANSPOSE_CONV' && position === 0);
}

/** Multiply-accumulates of one operator. */
export function macsOf(view: GraphView, operator: Operator): number {
  const shape = (index: number | undefined) =>
    index === undefined || index === -1 ? [] : view.tensor(index).shape;
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
