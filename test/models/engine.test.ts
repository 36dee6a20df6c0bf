/** What the writer and the quantizer make, run in the engine: it must load, run and agree with itself. */
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it as test } from 'vitest';
import type { BuiltNetwork } from '../../src/models/graph/network.js';
import { randomIntegers } from '../../src/models/graph/random-integers.js';
import { inspectModel } from '../../src/models/inspect/inspect-model.js';
import { toInteger } from '../../src/models/quantize/integer.js';
import { unpackWeights } from '../../src/models/quantize/unpack.js';
import { toDynamicRange, toFloat16 } from '../../src/models/quantize/weight-only.js';
import { readModel } from '../../src/models/read-model.js';
import { drawModel } from '../../src/models/zoo/draw.js';
import { requireModelName } from '../../src/models/zoo/names.js';
import { engineMissing, runModel } from './engine.js';
import { drawPlan, networkPlan } from './random-network.js';

const missing = engineMissing();

/** Values as of the generated inputs, so that every form of a network gets the same. */
function inputOf(net: BuiltNetwork): Float32Array {
  const graph = net.model.subgraphs[0];
  const shape = graph?.tensors[graph.inputs[0] ?? 0]?.shape ?? [];
  const next = randomIntegers(11, 'input');
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next() / 2 ** 31);
}

const integer = (net: BuiltNetwork, precision: 'int8' | 'uint8', io: 'integer' | 'float') =>
  toInteger(net.model, {
    precision,
    io,
    floatFallback: true,
    ranges: new Map([...net.moments].map(([tensor, m]) => [tensor, [m.min, m.max]])),
  });

/** The network, or none when its windows do not fit. */
function drawn(plan: Parameters<typeof drawPlan>[0]): BuiltNetwork {
  try {
    return drawPlan(plan);
  } catch (error) {
    fc.pre(!(error instanceof RangeError));
    throw error;
  }
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

/** The largest value, never less than one: what differences are held against. */
const magnitude = (values: Float64Array) => values.reduce((m, v) => Math.max(m, Math.abs(v)), 1);

describe.skipIf(missing !== null)(`in the engine${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test('every float network runs, and XNNPACK computes the same and takes what is foretold', async () => {
    await fc.assert(
      fc.asyncProperty(networkPlan, async (plan) => {
        const net = drawn(plan);
        const input = inputOf(net);
        const plain = await runModel(net.model, { input });
        const delegated = await runModel(net.model, { input, xnnpack: true });
        const values = plain.outputs[0]?.values as Float64Array;
        expect(values.every(Number.isFinite)).toBe(true);
        expect(
          largestDifference(values, delegated.outputs[0]?.values as Float64Array),
        ).toBeLessThan(1e-3 * magnitude(values));
        expect(delegated.info.xnnpack.delegatedNodes).toBe(
          inspectModel(net.model).total.xnnpackOperators,
        );
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['fp16', toFloat16, 0.001],
    ['dynamic', toDynamicRange, 0.02],
  ] as const)('weights in %s mostly change results a little', async (_, rewrite, typical) => {
    const errors: number[] = [];
    await fc.assert(
      fc.asyncProperty(networkPlan, async (plan) => {
        const net = drawn(plan);
        const input = inputOf(net);
        const float = (await runModel(net.model, { input })).outputs[0]?.values as Float64Array;
        const { outputs } = await runModel(rewrite(net.model), { input });
        errors.push(relativeError(float, outputs[0]?.values as Float64Array));
      }),
      { numRuns: 40 },
    );
    expect(median(errors)).toBeLessThan(typical);
  });

  test.each([
    ['int8', 0.05],
    ['uint8', 0.08],
  ] as const)(
    'integer arithmetic in %s runs, and mostly follows the float network closely',
    async (precision, typical) => {
      const errors: number[] = [];
      await fc.assert(
        fc.asyncProperty(networkPlan, async (plan) => {
          const net = drawn(plan);
          const input = inputOf(net);
          const float = (await runModel(net.model, { input })).outputs[0]?.values as Float64Array;
          const quantized = await runModel(integer(net, precision, 'float'), { input });
          errors.push(relativeError(float, quantized.outputs[0]?.values as Float64Array));
          const own = await runModel(integer(net, precision, 'integer'));
          expect(own.info.inputs[0]?.type).toBe(precision);
          expect(own.outputs[0]?.type).toBe(precision);
        }),
        { numRuns: 60 },
      );
      // A single one may be far off: ranges are estimates, and a norm of hardly varying values enlarges every error.
      errors.sort((a, b) => a - b);
      expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(typical);
    },
  );

  test.skipIf(!process.env.ISOCHRON_SHARED)(
    'unpacked int8 weights of a real float network give its results',
    async () => {
      const path = join(process.env.ISOCHRON_SHARED ?? '', 'models', 'ds_cnn_kws_fp32.tflite');
      const model = readModel(path);
      const input = Float32Array.from({ length: 490 }, (_, i) => 60 * Math.sin(i / 7));
      const packed = (await runModel(model, { input })).outputs[0]?.values as Float64Array;
      const float = (await runModel(unpackWeights(model), { input })).outputs[0];
      expect(relativeError(packed, float?.values as Float64Array)).toBeLessThan(0.05);
    },
  );

  describe('networks of the zoo', () => {
    const names = [
      'mobilenet_v1_0.25_64',
      'mobilenet_v3_small_0.5_64',
      'efficientnet_lite0_64',
      'cifarnet',
      'cnv_25',
      'yolov3_tiny_10101_0.25_64',
    ];
    let results: Map<string, Float64Array>;
    beforeAll(async () => {
      results = new Map();
      for (const name of names) {
        const { outputs } = await runModel(drawModel(requireModelName(name), 1));
        results.set(name, outputs[0]?.values as Float64Array);
      }
    });

    test.each(names)('%s gives results that differ and are neither lost nor saturated', (name) => {
      const values = results.get(name) as Float64Array;
      const sorted = [...new Set(values)];
      expect(sorted.length).toBeGreaterThan(values.length / 2);
      expect(values.every((v) => v === 0 || Math.abs(v) > 1e-37)).toBe(true);
      const sum = values.reduce((a, b) => a + b, 0);
      if (!name.startsWith('yolo')) {
        expect(sum).toBeCloseTo(1, 3);
        expect(Math.max(...values)).toBeLessThan(0.9999);
      }
    });
  });
});

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];

/** Root mean square of the difference against that of the values. */
function relativeError(expected: Float64Array, found: Float64Array): number {
  const squares = expected.reduce((s, v, i) => s + (v - (found[i] ?? Number.NaN)) ** 2, 0);
  return Math.sqrt(squares / expected.reduce((s, v) => s + v * v, 1e-12));
}
