/** One model for each operator that an engine might compute in 8 bits, weights aside: in float, to be made integers. */
import { elementCount } from '../../src/models/schema/enums.js';
import type { OptionsDraft } from '../../src/models/schema/tables.js';
import type { OperatorChoice, TensorChoice } from './one-operator.js';

type Shape = readonly number[];
const X: Shape = [1, 4, 4, 8];

const f = (shape: Shape): TensorChoice => ({ type: 'FLOAT32', shape });
const i = (values: readonly number[], shape: Shape = [values.length]): TensorChoice => ({
  type: 'INT32',
  shape,
  constant: values,
});
/** Constant steps of 1/64, as the samples have them. */
const c = (shape: Shape, value: (k: number) => number = (k) => (((k * 37) % 255) - 63) / 64) => ({
  ...f(shape),
  constant: Array.from({ length: elementCount(shape) }, (_, k) => value(k)),
});
const o = (type: OptionsDraft['type'], value: object = {}): OptionsDraft =>
  ({ type, value }) as OptionsDraft;

function one(
  type: string,
  more: readonly (TensorChoice | null)[],
  outputs: readonly (Shape | TensorChoice)[],
  options: OptionsDraft | null = null,
  x: Shape = X,
): OperatorChoice {
  return {
    type,
    inputs: [f(x), ...more],
    outputs: outputs.map((s) => ('type' in s ? s : f(s))),
    options,
  };
}

const unary = (types: string) => types.split(/\s+/).map((type) => one(type, [], [X]));
const reducers = (types: string) =>
  types
    .split(' ')
    .map((type) => one(type, [i([1, 2])], [[1, 8]], o('ReducerOptions', { keepDims: false })));
const PADS = i([0, 0, 1, 1, 1, 1, 0, 0], [4, 2]);
const POOL = { strideW: 2, strideH: 2, filterWidth: 2, filterHeight: 2 };
const index: TensorChoice = { type: 'INT32', shape: [1, 4, 4] };
const truth: TensorChoice = { type: 'BOOL', shape: X };

export const CANDIDATES: readonly OperatorChoice[] = [
  ...unary('ABS NEG FLOOR CEIL ROUND SQUARE SQRT RSQRT EXP LOG SIN COS RELU RELU6 RELU_N1_TO_1'),
  ...unary('ELU HARD_SWISH LOGISTIC TANH LOG_SOFTMAX'),
  one('GELU', [], [X], o('GeluOptions', { approximate: false })),
  one('L2_NORMALIZATION', [], [X], o('L2NormOptions')),
  one('LEAKY_RELU', [], [X], o('LeakyReluOptions', { alpha: 0.1 })),
  one('SOFTMAX', [], [X], o('SoftmaxOptions', { beta: 1 })),
  one('PRELU', [c([1, 1, 8])], [X]),
  one(
    'LOCAL_RESPONSE_NORMALIZATION',
    [],
    [X],
    o('LocalResponseNormalizationOptions', { radius: 2, bias: 1, alpha: 0.1, beta: 0.5 }),
  ),
  ...reducers('SUM MEAN REDUCE_PROD REDUCE_MAX REDUCE_MIN'),
  one('SUM', [i([3])], [[1, 4, 4, 1]], o('ReducerOptions', { keepDims: true })),
  one('SUM', [i([0, 1, 2, 3])], [[]], o('ReducerOptions', { keepDims: false })),
  one('MEAN', [i([3])], [[1, 4, 4, 1]], o('ReducerOptions', { keepDims: true })),
  one('CUMSUM', [i([3], [])], [X], o('CumsumOptions')),

  one('ADD', [c([8])], [X], o('AddOptions')),
  one('SUB', [c([8])], [X], o('SubOptions')),
  one('MUL', [c([8])], [X], o('MulOptions')),
  one('DIV', [c([8], (k) => 0.5 + k / 8)], [X], o('DivOptions')),
  one('MAXIMUM', [c([8])], [X]),
  one('MINIMUM', [c([8])], [X]),
  one('SQUARED_DIFFERENCE', [c([8])], [X]),
  one('POW', [c([8], (k) => 0.5 + k / 8)], [X]),
  one('FLOOR_DIV', [c([8], (k) => 0.5 + k / 8)], [X]),
  one('FLOOR_MOD', [c([8], (k) => 0.5 + k / 8)], [X]),
  one('ADD_N', [c(X)], [X]),
  one('BATCH_MATMUL', [c([1, 4, 8, 3])], [[1, 4, 4, 3]], o('BatchMatMulOptions')),

  one('RESHAPE', [i([2, 64])], [[2, 64]]),
  one('SQUEEZE', [], [[4, 4, 8]], o('SqueezeOptions', { squeezeDims: [0] })),
  one('EXPAND_DIMS', [i([1])], [[1, 1, 4, 4, 8]]),
  one('TRANSPOSE', [i([0, 3, 1, 2])], [[1, 8, 4, 4]]),
  one('PAD', [PADS], [[1, 6, 6, 8]]),
  one('PADV2', [PADS, c([], () => 0.5)], [[1, 6, 6, 8]]),
  one('MIRROR_PAD', [PADS], [[1, 6, 6, 8]], o('MirrorPadOptions', { mode: 0 })),
  one('MAX_POOL_2D', [], [[1, 2, 2, 8]], o('Pool2DOptions', POOL)),
  one('AVERAGE_POOL_2D', [], [[1, 2, 2, 8]], o('Pool2DOptions', POOL)),
  one('L2_POOL_2D', [], [[1, 2, 2, 8]], o('Pool2DOptions', POOL)),
  one('RESIZE_NEAREST_NEIGHBOR', [i([8, 8])], [[1, 8, 8, 8]], o('ResizeNearestNeighborOptions')),
  one('RESIZE_BILINEAR', [i([7, 7])], [[1, 7, 7, 8]], o('ResizeBilinearOptions')),
  one('CONCATENATION', [c(X)], [[1, 4, 4, 16]], o('ConcatenationOptions', { axis: 3 })),
  one('PACK', [c(X)], [[2, ...X]], o('PackOptions', { valuesCount: 2, axis: 0 })),
  one('UNPACK', [], Array(4).fill([1, 4, 8]), o('UnpackOptions', { num: 4, axis: 1 })),
  {
    type: 'SPLIT',
    inputs: [i([3], []), f(X)],
    outputs: [f([1, 4, 4, 4]), f([1, 4, 4, 4])],
    options: o('SplitOptions', { numSplits: 2 }),
  },
  one(
    'SPLIT_V',
    [i([3, 5]), i([3], [])],
    [
      [1, 4, 4, 3],
      [1, 4, 4, 5],
    ],
    o('SplitVOptions', { numSplits: 2 }),
  ),
  one('SLICE', [i([0, 1, 1, 0]), i([1, 2, 2, 8])], [[1, 2, 2, 8]]),
  one(
    'STRIDED_SLICE',
    [i([0, 0, 0, 0]), i(X), i([1, 2, 2, 1])],
    [[1, 2, 2, 8]],
    o('StridedSliceOptions'),
  ),
  one('GATHER', [i([7, 0, 3])], [[1, 4, 4, 3]], o('GatherOptions', { axis: 3 })),
  one('GATHER_ND', [i([0, 1, 0, 3], [2, 2])], [[2, 4, 8]]),
  one('TILE', [i([1, 2, 1, 1])], [[1, 8, 4, 8]]),
  one('REVERSE_V2', [i([2])], [X]),
  one('REVERSE_SEQUENCE', [i([3])], [X], o('ReverseSequenceOptions', { seqDim: 1, batchDim: 0 })),
  { ...one('BROADCAST_TO', [i([2, 4, 4, 8])], [[2, 4, 4, 8]]), version: 2 },
  one('DEPTH_TO_SPACE', [], [[1, 8, 8, 2]], o('DepthToSpaceOptions', { blockSize: 2 })),
  one('SPACE_TO_DEPTH', [], [[1, 2, 2, 32]], o('SpaceToDepthOptions', { blockSize: 2 })),
  one('SPACE_TO_BATCH_ND', [i([2, 2]), i([0, 0, 0, 0], [2, 2])], [[4, 2, 2, 8]]),
  one(
    'BATCH_TO_SPACE_ND',
    [i([2, 2]), i([0, 0, 0, 0], [2, 2])],
    [[1, 4, 4, 8]],
    null,
    [4, 2, 2, 8],
  ),
  one('MATRIX_DIAG', [], [[4, 8, 8]], null, [4, 8]),
  one('MATRIX_SET_DIAG', [c([2, 4])], [[2, 4, 4]], null, [2, 4, 4]),
  one(
    'TOPK_V2',
    [i([3], [])],
    [[4, 3], { type: 'INT32', shape: [4, 3] }],
    o('TopKV2Options'),
    [4, 8],
  ),
  one('DYNAMIC_UPDATE_SLICE', [c([1, 2, 2, 8]), i([0, 1, 1, 0])], [X]),
  ...['SELECT', 'SELECT_V2'].map((type) => ({
    type,
    inputs: [
      { type: 'BOOL' as const, shape: X, constant: Array.from({ length: 128 }, (_, k) => k % 2) },
      f(X),
      c(X),
    ],
    outputs: [f(X)],
  })),
  {
    type: 'SCATTER_ND',
    inputs: [i([2, 0], [2, 1]), f([2, 8]), i([4, 8])],
    outputs: [f([4, 8])],
  },
  { type: 'FILL', inputs: [i([3, 3]), f([])], outputs: [f([3, 3])] },

  one('SHAPE', [], [{ type: 'INT32', shape: [4] }], o('ShapeOptions', { outType: 'INT32' })),
  one('ARG_MAX', [i([3], [])], [index], o('ArgMaxOptions', { outputType: 'INT32' })),
  one('ARG_MIN', [i([3], [])], [index], o('ArgMinOptions', { outputType: 'INT32' })),
  // 0 is met by some values, and exactly so in 8 bits; alone it would have a scale of 1, at which the engine gives up
  ...['EQUAL', 'NOT_EQUAL'].map((type) =>
    one(type, [c([8], (k) => (k % 2 ? 0 : 0.5 + 1 / 128))], [truth]),
  ),
  // between two steps of the values
  ...['GREATER', 'GREATER_EQUAL', 'LESS', 'LESS_EQUAL'].map((type) =>
    one(type, [c([], () => 0.5 + 1 / 128)], [truth]),
  ),
];
