/** Operators × types × shapes, as models of one operator, over which XNNPACK's forecast and the engine must agree. */
import type { TensorType } from '../../src/models/schema/enums.js';
import type { OptionsDraft } from '../../src/models/schema/tables.js';
import { type OperatorChoice, SPARSE, type TensorChoice } from './one-operator.js';

export interface Case extends OperatorChoice {
  /** What sets it apart from the others of its operator. */
  name: string;
}

const TYPES = ['FLOAT32', 'INT8', 'UINT8'] as const;
type Work = (typeof TYPES)[number];
const SHAPES: readonly (readonly number[])[] = [
  [8],
  [2, 6],
  [1, 4, 8],
  [1, 4, 4, 8],
  [1, 2, 3, 4, 5],
];

/** A tensor with the parameters that its type needs. */
function tensor(
  type: TensorType,
  shape: readonly number[],
  more: Partial<TensorChoice> = {},
): TensorChoice {
  const quantized =
    type === 'INT8'
      ? { scale: 0.05, zeroPoint: 0 }
      : type === 'UINT8'
        ? { scale: 0.05, zeroPoint: 128 }
        : {};
  return { type, shape, ...quantized, ...more };
}
const ints = (...values: number[]): TensorChoice => ({
  type: 'INT32',
  shape: [values.length],
  constant: values,
});
const options = (type: OptionsDraft['type'], value: object): OptionsDraft =>
  ({ type, value }) as OptionsDraft;

function* elementwise(): Generator<Case> {
  const plain: Record<string, OptionsDraft | null> = {};
  for (const type of [
    'ABS',
    'CEIL',
    'ELU',
    'FLOOR',
    'HARD_SWISH',
    'LOGISTIC',
    'NEG',
    'RELU',
    'RELU6',
    'RELU_N1_TO_1',
    'ROUND',
    'SQRT',
    'RSQRT',
    'SQUARE',
    'TANH',
    'EXP',
    'LOG',
    'SIN',
    'COS',
    'LOG_SOFTMAX',
    'GELU',
  ])
    plain[type] = null;
  plain.LEAKY_RELU = options('LeakyReluOptions', { alpha: 0.2 });
  plain.SOFTMAX = options('SoftmaxOptions', { beta: 1 });
  for (const [type, own] of Object.entries(plain))
    for (const work of TYPES)
      for (const shape of SHAPES) {
        // the engine fixes what these give in 8 bits
        const fixed =
          ['LOGISTIC', 'SOFTMAX'].includes(type) && work !== 'FLOAT32'
            ? { scale: 1 / 256, zeroPoint: work === 'INT8' ? -128 : 0 }
            : type === 'TANH' && work !== 'FLOAT32'
              ? { scale: 1 / 128, zeroPoint: work === 'INT8' ? 0 : 128 }
              : {};
        yield {
          type,
          name: `${work} ${shape}`,
          version: work === 'INT8' ? 2 : 1,
          inputs: [tensor(work, shape)],
          outputs: [tensor(work, shape, fixed)],
          options: own,
        };
      }
  yield {
    type: 'SOFTMAX',
    name: 'beta 0.5',
    inputs: [tensor('FLOAT32', [2, 6])],
    outputs: [tensor('FLOAT32', [2, 6])],
    options: options('SoftmaxOptions', { beta: 0.5 }),
  };
  const binary: Record<string, OptionsDraft['type'] | null> = {
    ADD: 'AddOptions',
    SUB: 'SubOptions',
    MUL: 'MulOptions',
    DIV: 'DivOptions',
    MAXIMUM: null,
    MINIMUM: null,
    SQUARED_DIFFERENCE: null,
    POW: null,
    FLOOR_DIV: null,
  };
  for (const [type, own] of Object.entries(binary))
    for (const work of TYPES) {
      for (const shape of SHAPES)
        for (const second of ['other', 'constant', 'scalar', 'row'] as const) {
          const b = second === 'scalar' ? [] : second === 'row' ? shape.slice(-1) : shape;
          yield {
            type,
            name: `${work} ${shape} ${second}`,
            version: work === 'INT8' ? 2 : 1,
            inputs: [
              tensor(work, shape),
              tensor(work, b, second === 'constant' ? { constant: true } : {}),
            ],
            outputs: [tensor(work, shape)],
            options: own && options(own, {}),
          };
        }
      if (own !== null)
        for (const activation of ['RELU', 'RELU6', 'RELU_N1_TO_1', 'TANH', 'SIGN_BIT'])
          yield {
            type,
            name: `${work} ${activation}`,
            version: work === 'INT8' ? 2 : 1,
            inputs: [tensor(work, [2, 6]), tensor(work, [2, 6])],
            outputs: [tensor(work, [2, 6])],
            options: options(own, { fusedActivationFunction: activation }),
          };
    }
  for (const ratio of [2 ** -17, 2 ** -15, 2 ** -11, 2 ** -9, 2 ** 7, 2 ** 9])
    for (const type of ['ADD', 'SUB', 'MUL'])
      yield {
        type,
        name: `INT8 ratio ${ratio}`,
        version: 2,
        inputs: [
          tensor('INT8', [2, 6], { scale: 0.5 * ratio }),
          tensor('INT8', [2, 6], { scale: type === 'MUL' ? 1 : 0.5 }),
        ],
        outputs: [tensor('INT8', [2, 6], { scale: 0.5 })],
        options: options(binary[type] as OptionsDraft['type'], {}),
      };
  for (const [a, out] of [
    [10, 0.05],
    [0.05, 30],
    [0.00001, 0.05],
    [0.05, 0.00001],
  ] as const)
    for (const type of ['ADD', 'SUB', 'MUL'])
      yield {
        type,
        name: `INT8 scales ${a} to ${out}`,
        version: 2,
        inputs: [tensor('INT8', [2, 6], { scale: a }), tensor('INT8', [2, 6])],
        outputs: [tensor('INT8', [2, 6], { scale: out })],
        options: options(binary[type] as OptionsDraft['type'], {}),
      };
}

function* pools(): Generator<Case> {
  for (const type of ['AVERAGE_POOL_2D', 'MAX_POOL_2D', 'L2_POOL_2D'])
    for (const work of TYPES)
      for (const [filter, stride] of [
        [2, 2],
        [2, 1],
        [1, 1],
        [1, 2],
        [2, 3],
      ] as const)
        for (const padding of ['SAME', 'VALID'])
          for (const fusedActivationFunction of ['NONE', 'RELU', 'TANH'])
            yield {
              type,
              name: `${work} ${filter}/${stride} ${padding} ${fusedActivationFunction}`,
              version: work === 'INT8' ? 2 : 1,
              inputs: [tensor(work, [1, 6, 6, 4])],
              outputs: [tensor(work, [1, 3, 3, 4])],
              options: options('Pool2DOptions', {
                padding,
                strideH: stride,
                strideW: stride,
                filterHeight: filter,
                filterWidth: filter,
                fusedActivationFunction,
              }),
            };
}

function* weighted(): Generator<Case> {
  const biasOf = (work: Work, channels: number, scale: number | number[]): TensorChoice =>
    work === 'FLOAT32'
      ? tensor('FLOAT32', [channels], { constant: true })
      : { type: 'INT32', shape: [channels], constant: true, scale };
  const conv = options('Conv2DOptions', { padding: 'SAME', strideW: 1, strideH: 1 });
  const depthwise = options('DepthwiseConv2DOptions', {
    padding: 'SAME',
    strideW: 1,
    strideH: 1,
    depthMultiplier: 1,
  });
  const dense = options('FullyConnectedOptions', {});
  const upward = options('TransposeConvOptions', { padding: 'SAME', strideW: 2, strideH: 2 });
  const channels = 4;
  const many = Array.from({ length: channels }, () => 0.01);
  for (const work of TYPES)
    for (const weights of [
      'constant',
      'computed',
      'by channel',
      'int8',
      'float16',
      'zero point',
    ] as const)
      for (const bias of ['constant', 'computed', 'none', 'absent'] as const) {
        if (weights === 'by channel' && work !== 'INT8') continue;
        if (['int8', 'float16'].includes(weights) && work !== 'FLOAT32') continue;
        if (weights === 'zero point' && work === 'FLOAT32') continue;
        const scale = weights === 'by channel' ? many : 0.01;
        const w = (shape: number[], axis: number): TensorChoice => ({
          type: weights === 'int8' ? 'INT8' : weights === 'float16' ? 'FLOAT16' : work,
          shape,
          ...(work === 'FLOAT32' && weights !== 'int8'
            ? {}
            : {
                scale,
                axis,
                zeroPoint: work === 'UINT8' ? 128 : weights === 'zero point' ? 3 : 0,
              }),
          ...(weights === 'computed' ? {} : { constant: true as const }),
        });
        const b = biasOf(
          work,
          channels,
          typeof scale === 'number' ? scale * 0.05 : scale.map((s) => s * 0.05),
        );
        if (bias === 'computed') delete b.constant;
        const tail = bias === 'none' ? [null] : bias === 'absent' ? [] : [b];
        const name = `${work} weights ${weights}, bias ${bias}`;
        const version = weights === 'by channel' || work === 'INT8' || weights === 'int8' ? 3 : 1;
        yield {
          type: 'CONV_2D',
          name,
          version,
          inputs: [tensor(work, [1, 6, 6, 3]), w([channels, 3, 3, 3], 0), ...tail],
          outputs: [tensor(work, [1, 6, 6, channels])],
          options: conv,
        };
        yield {
          type: 'DEPTHWISE_CONV_2D',
          name,
          version,
          inputs: [tensor(work, [1, 6, 6, channels]), w([1, 3, 3, channels], 3), ...tail],
          outputs: [tensor(work, [1, 6, 6, channels])],
          options: depthwise,
        };
        yield {
          type: 'FULLY_CONNECTED',
          name,
          version: work === 'INT8' ? 4 : weights === 'int8' ? 3 : 1,
          inputs: [tensor(work, [2, 6]), w([channels, 6], 0), ...tail],
          outputs: [tensor(work, [2, channels])],
          options: dense,
        };
        yield {
          type: 'TRANSPOSE_CONV',
          name,
          version: 3,
          inputs: [
            ints(1, 6, 6, channels),
            w([channels, 3, 3, 3], 0),
            tensor(work, [1, 3, 3, 3]),
            ...tail,
          ],
          outputs: [tensor(work, [1, 6, 6, channels])],
          options: upward,
        };
      }
  for (const fusedActivationFunction of ['RELU6', 'TANH'])
    for (const work of ['FLOAT32', 'INT8'] as const)
      yield {
        type: 'FULLY_CONNECTED',
        name: `${work} ${fusedActivationFunction}`,
        version: 4,
        inputs: [
          tensor(work, [2, 6]),
          tensor(work, [4, 6], { constant: true }),
          biasOf(work, 4, 0.0025),
        ],
        outputs: [tensor(work, [2, 4])],
        options: options('FullyConnectedOptions', { fusedActivationFunction }),
      };
  for (const keepNumDims of [true, false])
    yield {
      type: 'FULLY_CONNECTED',
      name: `over ranks, kept: ${keepNumDims}`,
      version: 5,
      inputs: [
        tensor('FLOAT32', [1, 2, 3, 6]),
        tensor('FLOAT32', [4, 6], { constant: true }),
        biasOf('FLOAT32', 4, 1),
      ],
      outputs: [tensor('FLOAT32', keepNumDims ? [1, 2, 3, 4] : [6, 4])],
      options: options('FullyConnectedOptions', { keepNumDims }),
    };
  for (const depthMultiplier of [1, 2])
    yield {
      type: 'DEPTHWISE_CONV_2D',
      name: `multiplier ${depthMultiplier}, dilated`,
      version: 2,
      inputs: [
        tensor('FLOAT32', [1, 6, 6, 4]),
        tensor('FLOAT32', [1, 3, 3, 4 * depthMultiplier], { constant: true }),
        biasOf('FLOAT32', 4 * depthMultiplier, 1),
      ],
      outputs: [tensor('FLOAT32', [1, 6, 6, 4 * depthMultiplier])],
      options: options('DepthwiseConv2DOptions', {
        padding: 'SAME',
        strideW: 1,
        strideH: 1,
        depthMultiplier,
        dilationWFactor: 2,
        dilationHFactor: 2,
      }),
    };
}

/** Ratios of scales on both sides of what fixed point has room for. */
function* scaled(): Generator<Case> {
  for (const ratio of [2 ** -35, 2 ** -31, 2 ** -17, 2 ** -9, 2 ** -7, 2 ** 7, 2 ** 9]) {
    const weights = (shape: number[]): TensorChoice => ({
      type: 'INT8',
      shape,
      constant: true,
      scale: ratio,
    });
    const bias: TensorChoice = { type: 'INT32', shape: [4], constant: true, scale: ratio };
    const one = (shape: number[]) => tensor('INT8', shape, { scale: 1 });
    const name = `INT8 ratio ${ratio}`;
    yield {
      type: 'CONV_2D',
      name,
      version: 3,
      inputs: [one([1, 6, 6, 3]), weights([4, 3, 3, 3]), bias],
      outputs: [one([1, 6, 6, 4])],
      options: options('Conv2DOptions', { padding: 'SAME', strideW: 1, strideH: 1 }),
    };
    yield {
      type: 'FULLY_CONNECTED',
      name,
      version: 4,
      inputs: [one([2, 6]), weights([4, 6]), bias],
      outputs: [one([2, 4])],
      options: options('FullyConnectedOptions', {}),
    };
    yield {
      type: 'TRANSPOSE_CONV',
      name,
      version: 3,
      inputs: [ints(1, 6, 6, 4), weights([4, 3, 3, 3]), one([1, 3, 3, 3]), bias],
      outputs: [one([1, 6, 6, 4])],
      options: options('TransposeConvOptions', { padding: 'SAME', strideW: 2, strideH: 2 }),
    };
    yield {
      type: 'MEAN',
      name,
      version: 2,
      inputs: [tensor('INT8', [1, 4, 4, 8], { scale: ratio }), ints(1, 2)],
      outputs: [one([1, 1, 1, 8])],
      options: options('ReducerOptions', { keepDims: true }),
    };
    yield {
      type: 'DEPTHWISE_CONV_2D',
      name,
      version: 3,
      inputs: [
        one([1, 6, 6, 4]),
        { ...weights([1, 3, 3, 4]), scale: [ratio, ratio, ratio, ratio], axis: 3 },
        { ...bias, scale: [ratio, ratio, ratio, ratio] },
      ],
      outputs: [one([1, 6, 6, 4])],
      options: options('DepthwiseConv2DOptions', {
        padding: 'SAME',
        strideW: 1,
        strideH: 1,
        depthMultiplier: 1,
      }),
    };
    yield {
      type: 'PAD',
      name,
      version: 2,
      inputs: [tensor('INT8', [2, 6], { scale: ratio }), { ...ints(1, 1, 1, 1), shape: [2, 2] }],
      outputs: [tensor('INT8', [4, 8], { scale: ratio })],
    };
    yield {
      type: 'ELU',
      name,
      version: 1,
      inputs: [tensor('INT8', [2, 6], { scale: ratio })],
      outputs: [one([2, 6])],
    };
    yield {
      type: 'LOGISTIC',
      name,
      version: 2,
      inputs: [tensor('INT8', [2, 6], { scale: ratio })],
      outputs: [tensor('INT8', [2, 6], { scale: 1 / 256, zeroPoint: -128 })],
    };
  }
}

function* shaping(): Generator<Case> {
  for (const work of TYPES) {
    const version = work === 'INT8' ? 2 : 1;
    const map = tensor(work, [1, 4, 4, 8]);
    for (const axes of [[1, 2], [2, 1], [1], [2], [3], [0], [1, 2, 3], [-3, -2]])
      for (const keepDims of [true, false]) {
        const gone = axes.map((a) => (a + 4) % 4);
        const shape = [1, 4, 4, 8].flatMap((d, i) =>
          !gone.includes(i) ? [d] : keepDims ? [1] : [],
        );
        for (const type of ['MEAN', 'SUM', 'REDUCE_MAX'])
          yield {
            type,
            name: `${work} axes ${axes}, kept: ${keepDims}`,
            version,
            inputs: [map, ints(...axes)],
            outputs: [tensor(work, shape)],
            options: options('ReducerOptions', { keepDims }),
          };
      }
    yield {
      type: 'MEAN',
      name: `${work} of 3 dimensions`,
      version,
      inputs: [tensor(work, [1, 4, 8]), ints(1)],
      outputs: [tensor(work, [1, 1, 8])],
      options: options('ReducerOptions', { keepDims: true }),
    };
    yield {
      type: 'MEAN',
      name: `${work} other scale`,
      version,
      inputs: [map, ints(1, 2)],
      outputs: [tensor(work, [1, 1, 1, 8], work === 'FLOAT32' ? {} : { scale: 0.02 })],
      options: options('ReducerOptions', { keepDims: true }),
    };
    for (const shape of SHAPES) {
      const rows = shape.flatMap(() => [1, 1]);
      yield {
        type: 'PAD',
        name: `${work} ${shape}`,
        version,
        inputs: [tensor(work, shape), { ...ints(...rows), shape: [shape.length, 2] }],
        outputs: [
          tensor(
            work,
            shape.map((d) => d + 2),
          ),
        ],
      };
      yield {
        type: 'RESHAPE',
        name: `${work} ${shape}`,
        inputs: [tensor(work, shape), ints(shape.reduce((a, b) => a * b, 1))],
        outputs: [tensor(work, [shape.reduce((a, b) => a * b, 1)])],
        options: options('ReshapeOptions', { newShape: [shape.reduce((a, b) => a * b, 1)] }),
      };
      yield {
        type: 'RESHAPE',
        name: `${work} ${shape}, shape as an option only`,
        inputs: [tensor(work, shape)],
        outputs: [tensor(work, [shape.reduce((a, b) => a * b, 1)])],
        options: options('ReshapeOptions', { newShape: [shape.reduce((a, b) => a * b, 1)] }),
      };
      yield {
        type: 'TRANSPOSE',
        name: `${work} ${shape}`,
        version,
        inputs: [tensor(work, shape), ints(...shape.map((_, i) => shape.length - 1 - i))],
        outputs: [tensor(work, [...shape].reverse())],
      };
      yield {
        type: 'CONCATENATION',
        name: `${work} ${shape}`,
        version,
        inputs: [tensor(work, shape), tensor(work, shape)],
        outputs: [
          tensor(
            work,
            shape.map((d, i) => (i === 0 ? 2 * d : d)),
          ),
        ],
        options: options('ConcatenationOptions', { axis: 0 }),
      };
      yield {
        type: 'PRELU',
        name: `${work} ${shape}`,
        inputs: [tensor(work, shape), tensor(work, shape.slice(-1), { constant: true })],
        outputs: [tensor(work, shape)],
      };
      yield {
        type: 'PRELU',
        name: `${work} ${shape} computed slope`,
        inputs: [tensor(work, shape), tensor(work, shape.slice(-1))],
        outputs: [tensor(work, shape)],
      };
      yield {
        type: 'PRELU',
        name: `${work} ${shape} slope everywhere`,
        inputs: [tensor(work, shape), tensor(work, shape, { constant: true })],
        outputs: [tensor(work, shape)],
      };
    }
    yield {
      type: 'PADV2',
      name: work,
      version,
      inputs: [
        map,
        { ...ints(0, 0, 1, 1, 1, 1, 0, 0), shape: [4, 2] },
        tensor(work, [], { constant: true }),
      ],
      outputs: [tensor(work, [1, 6, 6, 8])],
    };
    yield {
      type: 'SPLIT',
      name: work,
      version,
      inputs: [{ ...ints(3), shape: [] }, map],
      outputs: [tensor(work, [1, 4, 4, 4]), tensor(work, [1, 4, 4, 4])],
      options: options('SplitOptions', { numSplits: 2 }),
    };
    yield {
      type: 'DEPTH_TO_SPACE',
      name: work,
      inputs: [map],
      outputs: [tensor(work, [1, 8, 8, 2])],
      options: options('DepthToSpaceOptions', { blockSize: 2 }),
    };
    yield {
      type: 'SPACE_TO_DEPTH',
      name: work,
      inputs: [map],
      outputs: [tensor(work, [1, 2, 2, 32])],
      options: options('SpaceToDepthOptions', { blockSize: 2 }),
    };
    for (const [alignCorners, halfPixelCenters] of [
      [false, false],
      [true, false],
      [false, true],
    ])
      for (const size of [ints(8, 8), { type: 'INT32', shape: [2] } as TensorChoice])
        yield {
          type: 'RESIZE_BILINEAR',
          name: `${work} ${alignCorners} ${halfPixelCenters} ${size.constant ? '' : 'computed size'}`,
          version: 3,
          inputs: [map, size],
          outputs: [tensor(work, [1, 8, 8, 8])],
          options: options('ResizeBilinearOptions', { alignCorners, halfPixelCenters }),
        };
    yield {
      type: 'RESIZE_NEAREST_NEIGHBOR',
      name: work,
      version,
      inputs: [map, ints(8, 8)],
      outputs: [tensor(work, [1, 8, 8, 8])],
      options: options('ResizeNearestNeighborOptions', {}),
    };
    for (const to of TYPES) {
      yield {
        type: 'QUANTIZE',
        name: `${work} to ${to}`,
        version,
        inputs: [map],
        outputs: [tensor(to, [1, 4, 4, 8])],
      };
      yield {
        type: 'QUANTIZE',
        name: `${work} to ${to} of another scale`,
        version,
        inputs: [map],
        outputs: [tensor(to, [1, 4, 4, 8], to === 'FLOAT32' ? {} : { scale: 0.02 })],
      };
    }
    yield {
      type: 'DEQUANTIZE',
      name: work,
      version,
      inputs: [map],
      outputs: [tensor('FLOAT32', [1, 4, 4, 8])],
    };
    yield {
      type: 'DEQUANTIZE',
      name: `${work} constant`,
      version,
      inputs: [tensor(work, [2, 6], { constant: true })],
      outputs: [tensor('FLOAT32', [2, 6])],
    };
  }
  yield {
    type: 'DEQUANTIZE',
    name: 'FLOAT16 computed',
    version: 3,
    inputs: [tensor('FLOAT16', [2, 6])],
    outputs: [tensor('FLOAT32', [2, 6])],
  };
  yield {
    type: 'DEQUANTIZE',
    name: 'FLOAT16 constant',
    version: 3,
    inputs: [tensor('FLOAT16', [2, 6], { constant: true })],
    outputs: [tensor('FLOAT32', [2, 6])],
  };
  yield {
    type: 'ADD',
    name: 'INT32',
    inputs: [tensor('INT32', [4]), tensor('INT32', [4])],
    outputs: [tensor('INT32', [4])],
    options: options('AddOptions', {}),
  };
}

function* unpacking(): Generator<Case> {
  for (const work of ['FLOAT32', 'FLOAT16', 'INT8'] as const)
    yield {
      type: 'DENSIFY',
      name: work,
      inputs: [
        tensor(work, [2, 4], {
          constant: work === 'FLOAT16' ? [0, 60, 0, 64, 0, 66] : [1, 2, 3],
          sparsity: SPARSE,
        }),
      ],
      outputs: [tensor(work, [2, 4])],
    };
  yield {
    type: 'DENSIFY',
    name: 'computed',
    inputs: [tensor('FLOAT32', [2, 4])],
    outputs: [tensor('FLOAT32', [2, 4])],
  };
}

export const cases = (): Case[] => [
  ...unpacking(),
  ...elementwise(),
  ...pools(),
  ...weighted(),
  ...scaled(),
  ...shaping(),
];
