/** Every operator that the quantizer knows, in the engine: the integer kernel against the float one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it as test } from 'vitest';
import { Evaluator } from '../../src/child/evaluator.js';
import { calibrate } from '../../src/models/calibrate-ranges.js';
import { samplesFor } from '../../src/models/model-inputs.js';
import { toInteger } from '../../src/models/quantize/integer.js';
import { describeModel } from '../../src/models/verify.js';
import { engineLibrary, engineMissing, modelBytes } from './engine.js';
import { ModelDrafter } from './model-drafter.js';

const missing = engineMissing();
const folder = mkdtempSync(join(tmpdir(), 'isochron-operators-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Adds an operator to the model and returns its float outputs. */
type Branch = (m: ModelDrafter, x: number) => number[];

const unary =
  (type: string, options?: Parameters<ModelDrafter['operator']>[3]): Branch =>
  (m, x) =>
    m.operator(type, [x], [m.shapeOf(x)], options);
const reducer =
  (type: string): Branch =>
  (m, x) =>
    m.operator(type, [x, m.integers([1, 2])], [[1, 8]], {
      type: 'ReducerOptions',
      value: { keepDims: false },
    });
const binary =
  (type: string, options?: Parameters<ModelDrafter['operator']>[3]): Branch =>
  (m, x) => [
    ...m.operator(type, [x, m.other], [m.shapeOf(x)], options),
    ...m.operator(type, [x, m.wave([8], 0.7)], [m.shapeOf(x)], options),
  ];

const BRANCHES: Record<string, Branch> = {
  CONV_2D: (m, x) => [
    ...m.operator('CONV_2D', [x, m.wave([6, 3, 3, 8], 0.3), m.wave([6], 0.2)], [[1, 4, 4, 6]], {
      type: 'Conv2DOptions',
      value: { strideW: 1, strideH: 1, fusedActivationFunction: 'RELU6' },
    }),
    // channels next to nothing but their biases
    ...m.operator('CONV_2D', [x, m.wave([2, 1, 1, 8], 1e-12), m.wave([2], 0.9)], [[1, 4, 4, 2]], {
      type: 'Conv2DOptions',
      value: { strideW: 1, strideH: 1 },
    }),
  ],
  DEPTHWISE_CONV_2D: (m, x) =>
    m.operator(
      'DEPTHWISE_CONV_2D',
      [x, m.wave([1, 3, 3, 8], 0.3), m.wave([8], 0.2)],
      [[1, 4, 4, 8]],
      {
        type: 'DepthwiseConv2DOptions',
        value: { strideW: 1, strideH: 1, depthMultiplier: 1 },
      },
    ),
  TRANSPOSE_CONV: (m, x) =>
    m.operator(
      'TRANSPOSE_CONV',
      [m.integers([1, 8, 8, 3]), m.wave([3, 2, 2, 8], 0.3), x, m.wave([3], 0.2)],
      [[1, 8, 8, 3]],
      { type: 'TransposeConvOptions', value: { strideW: 2, strideH: 2 } },
      3,
    ),
  FULLY_CONNECTED: (m, x) =>
    m.operator('FULLY_CONNECTED', [x, m.wave([5, 128], 0.1), m.wave([5], 0.2)], [[1, 5]], {
      type: 'FullyConnectedOptions',
      value: {},
    }),
  BATCH_MATMUL: (m, x) =>
    m.operator('BATCH_MATMUL', [x, m.wave([1, 4, 8, 3], 0.4)], [[1, 4, 4, 3]], {
      type: 'BatchMatMulOptions',
      value: {},
    }),
  ADD: binary('ADD', { type: 'AddOptions', value: { fusedActivationFunction: 'RELU' } }),
  SUB: binary('SUB', { type: 'SubOptions', value: {} }),
  MUL: binary('MUL', { type: 'MulOptions', value: {} }),
  SQUARED_DIFFERENCE: binary('SQUARED_DIFFERENCE'),
  MAXIMUM: binary('MAXIMUM'),
  MINIMUM: binary('MINIMUM'),
  MEAN: reducer('MEAN'),
  REDUCE_MAX: reducer('REDUCE_MAX'),
  REDUCE_MIN: reducer('REDUCE_MIN'),
  RELU: unary('RELU'),
  RELU6: unary('RELU6'),
  RELU_N1_TO_1: unary('RELU_N1_TO_1'),
  LEAKY_RELU: unary('LEAKY_RELU', { type: 'LeakyReluOptions', value: { alpha: 0.1 } }),
  PRELU: (m, x) => m.operator('PRELU', [x, m.wave([1, 1, 8], 0.3)], [m.shapeOf(x)]),
  ELU: unary('ELU'),
  ABS: unary('ABS'),
  GELU: unary('GELU', { type: 'GeluOptions', value: { approximate: false } }),
  HARD_SWISH: unary('HARD_SWISH'),
  SOFTMAX: unary('SOFTMAX', { type: 'SoftmaxOptions', value: { beta: 1 } }),
  LOG_SOFTMAX: unary('LOG_SOFTMAX'),
  LOGISTIC: unary('LOGISTIC'),
  TANH: unary('TANH'),
  L2_NORMALIZATION: unary('L2_NORMALIZATION'),
  RESHAPE: (m, x) => m.operator('RESHAPE', [x, m.integers([2, 64])], [[2, 64]]),
  SQUEEZE: (m, x) =>
    m.operator('SQUEEZE', [x], [[4, 4, 8]], {
      type: 'SqueezeOptions',
      value: { squeezeDims: [0] },
    }),
  EXPAND_DIMS: (m, x) => m.operator('EXPAND_DIMS', [x, m.integers([1])], [[1, 1, 4, 4, 8]]),
  TRANSPOSE: (m, x) => m.operator('TRANSPOSE', [x, m.integers([0, 3, 1, 2])], [[1, 8, 4, 4]]),
  PAD: (m, x) => m.operator('PAD', [x, m.integers(PADDING, [4, 2])], [[1, 6, 6, 8]]),
  PADV2: (m, x) =>
    m.operator('PADV2', [x, m.integers(PADDING, [4, 2]), m.floats([], [0.5])], [[1, 6, 6, 8]]),
  MIRROR_PAD: (m, x) =>
    m.operator('MIRROR_PAD', [x, m.integers(PADDING, [4, 2])], [[1, 6, 6, 8]], {
      type: 'MirrorPadOptions',
      value: { mode: 0 },
    }),
  MAX_POOL_2D: (m, x) => m.operator('MAX_POOL_2D', [x], [[1, 2, 2, 8]], POOL),
  AVERAGE_POOL_2D: (m, x) => m.operator('AVERAGE_POOL_2D', [x], [[1, 2, 2, 8]], POOL),
  RESIZE_NEAREST_NEIGHBOR: (m, x) =>
    m.operator('RESIZE_NEAREST_NEIGHBOR', [x, m.integers([8, 8])], [[1, 8, 8, 8]], {
      type: 'ResizeNearestNeighborOptions',
      value: {},
    }),
  RESIZE_BILINEAR: (m, x) =>
    m.operator('RESIZE_BILINEAR', [x, m.integers([7, 7])], [[1, 7, 7, 8]], {
      type: 'ResizeBilinearOptions',
      value: {},
    }),
  CONCATENATION: (m, x) => {
    // of two inputs with scales of their own, one that its kernel fixes, and a constant
    const [fixed = -1] = m.operator('TANH', [x], [m.shapeOf(x)]);
    return m.operator(
      'CONCATENATION',
      [x, m.other, fixed, m.wave([1, 4, 4, 8], 1.5)],
      [[1, 4, 4, 32]],
      { type: 'ConcatenationOptions', value: { axis: 3 } },
    );
  },
  PACK: (m, x) =>
    m.operator('PACK', [x, m.other], [[2, 1, 4, 4, 8]], {
      type: 'PackOptions',
      value: { valuesCount: 2, axis: 0 },
    }),
  UNPACK: (m, x) =>
    m.operator('UNPACK', [x], Array(4).fill([1, 4, 8]), {
      type: 'UnpackOptions',
      value: { num: 4, axis: 1 },
    }),
  SPLIT: (m, x) =>
    m.operator('SPLIT', [m.integers([3], []), x], Array(2).fill([1, 4, 4, 4]), {
      type: 'SplitOptions',
      value: { numSplits: 2 },
    }),
  SPLIT_V: (m, x) =>
    m.operator(
      'SPLIT_V',
      [x, m.integers([3, 5]), m.integers([3], [])],
      [
        [1, 4, 4, 3],
        [1, 4, 4, 5],
      ],
      { type: 'SplitVOptions', value: { numSplits: 2 } },
    ),
  SLICE: (m, x) =>
    m.operator('SLICE', [x, m.integers([0, 1, 1, 0]), m.integers([1, 2, 2, 8])], [[1, 2, 2, 8]]),
  STRIDED_SLICE: (m, x) =>
    m.operator(
      'STRIDED_SLICE',
      [x, m.integers([0, 0, 0, 0]), m.integers([1, 4, 4, 8]), m.integers([1, 2, 2, 1])],
      [[1, 2, 2, 8]],
      { type: 'StridedSliceOptions', value: {} },
    ),
  GATHER: (m, x) =>
    m.operator('GATHER', [x, m.integers([7, 0, 3])], [[1, 4, 4, 3]], {
      type: 'GatherOptions',
      value: { axis: 3 },
    }),
  GATHER_ND: (m, x) => m.operator('GATHER_ND', [x, m.integers([0, 1, 0, 3], [2, 2])], [[2, 4, 8]]),
  TILE: (m, x) => m.operator('TILE', [x, m.integers([1, 2, 1, 1])], [[1, 8, 4, 8]]),
  REVERSE_V2: (m, x) => m.operator('REVERSE_V2', [x, m.integers([2])], [m.shapeOf(x)]),
  DEPTH_TO_SPACE: (m, x) =>
    m.operator('DEPTH_TO_SPACE', [x], [[1, 8, 8, 2]], {
      type: 'DepthToSpaceOptions',
      value: { blockSize: 2 },
    }),
  SPACE_TO_DEPTH: (m, x) =>
    m.operator('SPACE_TO_DEPTH', [x], [[1, 2, 2, 32]], {
      type: 'SpaceToDepthOptions',
      value: { blockSize: 2 },
    }),
  SPACE_TO_BATCH_ND: (m, x) => {
    const block = m.integers([2, 2]);
    const none = m.integers([0, 0, 0, 0], [2, 2]);
    const [parts = -1] = m.operator('SPACE_TO_BATCH_ND', [x, block, none], [[4, 2, 2, 8]]);
    return m.operator('BATCH_TO_SPACE_ND', [parts, block, none], [[1, 4, 4, 8]]);
  },
  // operators that read 8-bit values and put out others
  SHAPE: (m, x) =>
    m.computed('SHAPE', [x], [4], 'INT32', { type: 'ShapeOptions', value: { outType: 'INT32' } }),
  ARG_MAX: (m) =>
    m.computed('ARG_MAX', [m.steps, m.integers([1], [])], [1], 'INT32', {
      type: 'ArgMaxOptions',
      value: { outputType: 'INT32' },
    }),
  GREATER: (m) => m.computed('GREATER', [m.steps, m.floats([], [1.5])], [1, 6], 'BOOL'),
};

const PADDING = [0, 0, 1, 1, 1, 1, 0, 0];
const POOL = {
  type: 'Pool2DOptions',
  value: { strideW: 2, strideH: 2, filterWidth: 2, filterHeight: 2 },
} as const;

/** Without an unsigned kernel in TFLite. */
const INT8_ONLY = ['ELU', 'ABS', 'SQUARED_DIFFERENCE', 'BATCH_MATMUL'];

const library = missing ? '' : engineLibrary();

describe.skipIf(missing !== null)(`integer kernels${missing ? ` (${missing})` : ''}`, () => {
  for (const precision of ['int8', 'uint8'] as const)
    for (const xnnpack of [false, true])
      test(`give what the float ones give: ${precision}${xnnpack ? ' with XNNPACK' : ''}`, async () => {
        const branches = Object.entries(BRANCHES).filter(
          ([name]) => precision === 'int8' || !INT8_ONLY.includes(name),
        );
        const drafter = new ModelDrafter();
        const names: string[] = [];
        for (const [name, branch] of branches)
          for (const output of branch(drafter, drafter.input)) {
            names.push(name);
            drafter.output(output);
          }
        const model = drafter.finish();
        const samples = samplesFor(model, { kind: 'random', count: 20, range: null });
        const ranges = await calibrate(model, samples, { library });
        const quantized = toInteger(model, { precision, ranges, io: 'float' });
        const kinds = describeModel(quantized).operators.map((o) => o.name);
        for (const [name] of branches) expect(kinds).toContain(name);

        const evaluators = [];
        for (const [i, m] of [model, quantized].entries()) {
          const path = join(folder, `${precision}-${xnnpack}-${i}.tflite`);
          writeFileSync(path, modelBytes(m));
          evaluators.push(
            await Evaluator.open({ library, model: path, xnnpack: xnnpack && i > 0 }),
          );
        }
        const [float, integer] = evaluators as [Evaluator, Evaluator];
        const signal = names.map(() => 0);
        const noise = names.map(() => 0);
        for (let s = 0; s < samples.count; s++) {
          const inputs = samples.sample(s);
          const [expected, found] = await Promise.all([
            float.invoke(inputs),
            integer.invoke(inputs),
          ]);
          names.forEach((_, k) => {
            const values = numbers(expected[k], float.info.outputs[k]?.type);
            const others = numbers(found[k], integer.info.outputs[k]?.type);
            expect(others).toHaveLength(values.length);
            values.forEach((value, i) => {
              signal[k] = (signal[k] ?? 0) + value ** 2;
              noise[k] = (noise[k] ?? 0) + (value - (others[i] ?? Number.NaN)) ** 2;
            });
          });
        }
        for (const evaluator of evaluators) await evaluator.close();
        const decibels = names.map((name, k) => ({
          name,
          decibels: 10 * Math.log10((signal[k] ?? 0) / (noise[k] ?? 0)),
        }));
        // 8 bits over the range of a uniform distribution give about 48 dB at best.
        expect(decibels.filter((d) => !(d.decibels > 25))).toEqual([]);
      });
});

function numbers(bytes: Uint8Array | undefined, type: string | undefined): number[] {
  const whole = (bytes ?? new Uint8Array()).slice();
  if (type === 'float32') return [...new Float32Array(whole.buffer)];
  if (type === 'int32') return [...new Int32Array(whole.buffer)];
  return [...whole];
}
