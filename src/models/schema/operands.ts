/**
 * What the kernels of TFLite 2.9 can’t do without, by their sources: fewer inputs than these end in a crash or a refusal, which
 * test/models/operands.test.ts holds against the engine.
 */

const LEAST_INPUTS: readonly (readonly [count: number, operators: string])[] = [
  [
    1,
    `ABS ADD_N AVERAGE_POOL_2D BITCAST BUCKETIZE CAST CEIL COMPLEX_ABS CONCATENATION COS DENSIFY DEPTH_TO_SPACE DEQUANTIZE
    ELU EXP FAKE_QUANT FLOOR GELU HARD_SWISH IF IMAG L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LOCAL_RESPONSE_NORMALIZATION
    LOG LOGICAL_NOT LOGISTIC LOG_SOFTMAX MATRIX_DIAG MAX_POOL_2D NEG PACK QUANTIZE RANK READ_VARIABLE REAL RELU RELU6
    RELU_0_TO_1 RELU_N1_TO_1 RESHAPE ROUND RSQRT SHAPE SIGN SIN SOFTMAX SPACE_TO_DEPTH SQRT SQUARE SQUEEZE TANH UNIQUE
    UNPACK WHERE ZEROS_LIKE`,
  ],
  [
    2,
    `ADD ARG_MAX ARG_MIN ASSIGN_VARIABLE ATAN2 BATCH_MATMUL BITWISE_XOR BROADCAST_ARGS BROADCAST_TO CONV_2D CONV_3D CUMSUM
    DEPTHWISE_CONV_2D DIV EMBEDDING_LOOKUP EQUAL EXPAND_DIMS FILL FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GATHER_ND
    GREATER GREATER_EQUAL LESS LESS_EQUAL LOGICAL_AND LOGICAL_OR MATRIX_SET_DIAG MAXIMUM MEAN MINIMUM MIRROR_PAD MUL
    NOT_EQUAL PAD POW PRELU REDUCE_ALL REDUCE_ANY REDUCE_MAX REDUCE_MIN REDUCE_PROD RESIZE_BILINEAR
    RESIZE_NEAREST_NEIGHBOR REVERSE_SEQUENCE REVERSE_V2 RFFT2D RIGHT_SHIFT SEGMENT_SUM SPLIT SQUARED_DIFFERENCE SUB SUM
    TILE TOPK_V2 TRANSPOSE`,
  ],
  [
    3,
    `BATCH_TO_SPACE_ND CONV_3D_TRANSPOSE DYNAMIC_UPDATE_SLICE HASHTABLE_FIND HASHTABLE_LOOKUP PADV2 RANGE SCATTER_ND SELECT
    SELECT_V2 SLICE SPACE_TO_BATCH_ND SPLIT_V TRANSPOSE_CONV`,
  ],
  [4, 'ONE_HOT SPARSE_TO_DENSE STRIDED_SLICE'],
];

/** These may have none: they act on variables, or hand on what a graph of theirs puts out. */
const NO_OUTPUT = new Set(
  'ASSIGN_VARIABLE CALL CALL_ONCE CUSTOM DELEGATE HASHTABLE_IMPORT IF WHILE'.split(' '),
);

const inputs = new Map(
  LEAST_INPUTS.flatMap(([count, names]) => names.split(/\s+/).map((name) => [name, count])),
);

/** How many leading inputs an operator needs (none of them left out), and whether it must have an output. */
export function leastOperands(type: string): { inputs: number; outputs: 0 | 1 } {
  const least = inputs.get(type);
  // Of operators that are not listed nothing is known.
  if (least === undefined) return { inputs: 0, outputs: 0 };
  return { inputs: least, outputs: NO_OUTPUT.has(type) ? 0 : 1 };
}
