/** Which operators TensorFlow Lite computes in 8-bit integers, and what their kernels ask of scales. */
import type { GraphView } from '../inspect/graph-view.js';
import type { Operator } from '../schema/tables.js';

/**
 * How the scales of an operator's tensors hang together:
 * `own`: each tensor has its own; `same`: it only moves or chooses values, and wants one scale on all sides; `weights`: the
 * second input is a constant that is packed for its channels; `fixed`: the kernel prescribes the output's (parameters.ts);
 * `none`: it reads 8-bit values and puts out something else (a shape, an index, a truth value).
 */
export type Scales = 'own' | 'same' | 'weights' | 'fixed' | 'none';

export interface IntegerForm {
  scales: Scales;
  /** Version of the operator's definition that has an int8 kernel; null for none. */
  int8: number | null;
  uint8: number | null;
  /** For `weights`: which input is what. */
  operands: Operands;
}

export interface Operands {
  data: number;
  weights: number;
  bias: number;
}

const form = (
  scales: Scales,
  int8: number | null,
  uint8: number | null = 1,
  operands: Operands = { data: 0, weights: 1, bias: 2 },
): IntegerForm => ({ scales, int8, uint8, operands });

/**
 * As the kernels of TFLite 2.9 check them. test/models/integer-kernels.test.ts tries every operator that might be here in the
 * engine, and quantize-operators.test.ts what the quantizer makes of these. Some run but are not here, because they compute
 * something else: SCATTER_ND and MATRIX_DIAG fill up with a stored 0, which is no 0 where the zero point is another. SUM
 * is right for some ranges only (else 8 dB and less).
 */
const FORMS: Record<string, IntegerForm> = {
  CONV_2D: form('weights', 3),
  DEPTHWISE_CONV_2D: form('weights', 3),
  FULLY_CONNECTED: form('weights', 4),
  TRANSPOSE_CONV: form('weights', 3, 3, { data: 2, weights: 1, bias: 3 }),

  ADD: form('own', 2),
  SUB: form('own', 2),
  MUL: form('own', 2),
  MEAN: form('own', 2),
  REDUCE_PROD: form('own', 2, null),
  DIV: form('own', null, 2),
  ABS: form('own', 2, null),
  RSQRT: form('own', 2, null),
  GELU: form('own', 2, 2),
  RELU: form('own', 2),
  RELU6: form('own', 2),
  RELU_N1_TO_1: form('own', 1),
  LEAKY_RELU: form('own', 2),
  PRELU: form('own', 1),
  ELU: form('own', 1, null),
  HARD_SWISH: form('own', 1),
  SQUARED_DIFFERENCE: form('own', 2, null),
  BATCH_MATMUL: form('own', 2, null),

  SOFTMAX: form('fixed', 2),
  LOG_SOFTMAX: form('fixed', 2),
  LOGISTIC: form('fixed', 2),
  TANH: form('fixed', 2),
  L2_NORMALIZATION: form('fixed', 2),

  RESHAPE: form('same', 1),
  SQUEEZE: form('same', 1),
  EXPAND_DIMS: form('same', 1),
  TRANSPOSE: form('same', 2),
  PAD: form('same', 2),
  PADV2: form('same', 2),
  MIRROR_PAD: form('same', 2),
  MAX_POOL_2D: form('same', 2),
  AVERAGE_POOL_2D: form('same', 2),
  RESIZE_NEAREST_NEIGHBOR: form('same', 2),
  RESIZE_BILINEAR: form('same', 2),
  REDUCE_MAX: form('same', 2),
  REDUCE_MIN: form('same', 2),
  MAXIMUM: form('same', 2),
  MINIMUM: form('same', 2),
  CONCATENATION: form('same', 2),
  PACK: form('same', 2),
  UNPACK: form('same', 2),
  SPLIT: form('same', 2),
  SPLIT_V: form('same', 2),
  SLICE: form('same', 2),
  STRIDED_SLICE: form('same', 2),
  GATHER: form('same', 2),
  GATHER_ND: form('same', 1),
  TILE: form('same', 1),
  BROADCAST_TO: form('same', 3, 2),
  REVERSE_V2: form('same', 1),
  REVERSE_SEQUENCE: form('same', null),
  TOPK_V2: form('same', 2),
  SELECT: form('same', 2),
  SELECT_V2: form('same', 1),
  MATRIX_SET_DIAG: form('same', 1),
  DYNAMIC_UPDATE_SLICE: form('same', 1, null),
  FILL: form('same', 3, null),
  DEPTH_TO_SPACE: form('same', 1),
  SPACE_TO_DEPTH: form('same', 2),
  BATCH_TO_SPACE_ND: form('same', 2),
  SPACE_TO_BATCH_ND: form('same', 2),

  SHAPE: form('none', 1),
  ARG_MAX: form('none', 2),
  ARG_MIN: form('none', 2),
  EQUAL: form('none', 2),
  NOT_EQUAL: form('none', 2),
  GREATER: form('none', 2),
  GREATER_EQUAL: form('none', 2),
  LESS: form('none', 2),
  LESS_EQUAL: form('none', 2),
};

/** A map, because a custom operator may be called like a member that every object has. */
const FORM_OF = new Map(Object.entries(FORMS));

/** Operators that have an integer form and no weights. */
export const INTEGER_OPERATORS: readonly string[] = [...FORM_OF]
  .filter(([, { scales }]) => scales !== 'weights')
  .map(([name]) => name);

/** Whether an operator has floats to be made integers at all; the others (arithmetic on shapes) stay as they are. */
export function touchesFloats(view: GraphView, operator: Operator): boolean {
  return [...operator.inputs, ...operator.outputs].some(
    (t) => t !== -1 && view.tensor(t).type === 'FLOAT32',
  );
}

/**
 * How an operator is computed in integers, or null where it can't be.
 *
 * @returns also null for weights or biases that are computed at run time: they cannot be packed
 */
export function integerForm(
  view: GraphView,
  operator: Operator,
  type: 'INT8' | 'UINT8',
): IntegerForm | null {
  const known = FORM_OF.get(view.operatorName(operator));
  if (!known || (type === 'INT8' ? known.int8 : known.uint8) === null) return null;
  if (known.scales !== 'weights') return known;
  const { weights, bias } = known.operands;
  const packed = [operator.inputs[weights], operator.inputs[bias]];
  return packed.every((t) => t === undefined || t === -1 || view.isConstant(t)) ? known : null;
}
