/** What is said of an operator's options and scales, against the engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it as test } from 'vitest';
import { parseModel } from '../../src/models/read-model.js';
import type { OptionsDraft } from '../../src/models/schema/tables.js';
import { engineLibrary, engineMissing, modelBytes } from './engine.js';
import { ENGINE, MutantProcess } from './mutant-process.js';
import { type OperatorChoice, oneOperator, type TensorChoice } from './one-operator.js';

const missing = engineMissing();
const folder = mkdtempSync(join(tmpdir(), 'isochron-operator-'));
const engine = new MutantProcess(ENGINE);
afterAll(() => {
  engine.end();
  rmSync(folder, { recursive: true });
});

const float = (...shape: number[]): TensorChoice => ({ type: 'FLOAT32', shape });
const weights = (...shape: number[]): TensorChoice => ({ ...float(...shape), constant: true });
const shapeOf = (...values: number[]): TensorChoice => ({
  type: 'INT32',
  shape: [values.length],
  constant: values,
});

/** What reading says, without its frame; null where nothing is wrong. */
function complaint(choice: OperatorChoice): string | null {
  try {
    parseModel(modelBytes(oneOperator(choice)), 'm');
    return null;
  } catch (error) {
    return String((error as Error).message).replace(/^The model file m is damaged: (.*)\.$/, '$1');
  }
}

const map = float(1, 4, 4, 8);
const volume = float(1, 4, 4, 4, 2);
const strides = { strideD: 1, strideH: 1, strideW: 1 };
const POOL = { type: 'Pool2DOptions', value: { ...strides, filterHeight: 2, filterWidth: 2 } };
/** Inputs and sound options of each operator that moves a window. */
const WINDOWED: Record<string, [TensorChoice[], { type: string; value: object }]> = {
  AVERAGE_POOL_2D: [[map], POOL],
  MAX_POOL_2D: [[map], POOL],
  L2_POOL_2D: [[map], POOL],
  CONV_2D: [[map, weights(3, 2, 2, 8), weights(3)], { type: 'Conv2DOptions', value: strides }],
  DEPTHWISE_CONV_2D: [
    [map, weights(1, 2, 2, 8), weights(8)],
    { type: 'DepthwiseConv2DOptions', value: { ...strides, depthMultiplier: 1 } },
  ],
  TRANSPOSE_CONV: [
    [shapeOf(1, 4, 4, 3), weights(3, 2, 2, 8), map],
    { type: 'TransposeConvOptions', value: strides },
  ],
  CONV_3D: [[volume, weights(2, 2, 2, 2, 3)], { type: 'Conv3DOptions', value: strides }],
  CONV_3D_TRANSPOSE: [
    [shapeOf(1, 4, 4, 4, 3), weights(2, 2, 2, 3, 2), volume],
    { type: 'Conv3DOptions', value: strides },
  ],
};

describe('windows', () => {
  const of = (type: string, change: object | null): OperatorChoice => {
    const [inputs, { type: kind, value }] = WINDOWED[type] as (typeof WINDOWED)[string];
    const options =
      change === null ? null : ({ type: kind, value: { ...value, ...change } } as OptionsDraft);
    return { type, inputs, outputs: [map], options };
  };

  test.each(Object.keys(WINDOWED))('of %s move', (type) => {
    expect(complaint(of(type, {}))).toBeNull();
    const volumes = type.startsWith('CONV_3D');
    const name = `operator 0 (${type})`;
    expect(complaint(of(type, { strideH: 0 }))).toBe(
      `${name} moves its window by ${volumes ? '1×0×1' : '0×1'}`,
    );
    expect(complaint(of(type, { strideW: -2 }))).toBe(
      `${name} moves its window by ${volumes ? '1×1×-2' : '1×-2'}`,
    );
    if (volumes)
      expect(complaint(of(type, { strideD: 0 }))).toBe(`${name} moves its window by 0×1×1`);
    // To the engine, which keeps 16 bits, these are -32768 and 0: over the latter some kernels end the process.
    for (const stride of [2 ** 15, 2 ** 16])
      expect(complaint(of(type, { strideW: stride }))).toContain(`×${stride}`);
    expect(complaint(of(type, { strideW: 2 ** 15 - 1 }))).toBeNull();
    // As the engine takes it.
    expect(complaint(of(type, null))).toContain('moves its window by 0');
  });

  test.each(['AVERAGE_POOL_2D', 'MAX_POOL_2D', 'L2_POOL_2D'])('of %s hold something', (type) => {
    expect(complaint(of(type, { filterHeight: 0 }))).toContain('has a window of 0×2');
    expect(complaint(of(type, { filterWidth: -1 }))).toContain('has a window of 2×-1');
  });

  test.each(['CONV_2D', 'DEPTHWISE_CONV_2D', 'CONV_3D'])(
    'of %s lie apart, where they have more than one tap',
    (type) => {
      expect(complaint(of(type, { dilationHFactor: 0 }))).toContain('has the dilation 0');
      expect(complaint(of(type, { dilationWFactor: -1 }))).toContain('has the dilation -1');
      expect(complaint(of(type, { dilationWFactor: 2 ** 16 }))).toContain('has the dilation 65536');
      const [inputs] = WINDOWED[type] as (typeof WINDOWED)[string];
      const [data, filter, ...rest] = inputs as [TensorChoice, TensorChoice];
      const narrow = filter.shape.map((d) => (d === 2 ? 1 : d));
      expect(
        complaint({
          ...of(type, { dilationHFactor: 0 }),
          inputs: [data, { ...filter, shape: narrow }, ...rest],
        }),
      ).toBeNull();
    },
  );
});

test.skipIf(missing)(
  'a RESHAPE whose shape is left out is damaged: it ends the engine',
  async () => {
    const reshape = { type: 'RESHAPE', inputs: [map, null], outputs: [map] };
    expect(complaint(reshape)).toBe('operator 0 (RESHAPE) uses an input that is left out');
    const bytes = modelBytes(oneOperator(reshape));
    const path = join(folder, 'reshape.tflite');
    const said = await engine.ask({ bytes, path, library: engineLibrary(), invoke: false });
    expect(said.kind).toBe('died');
    expect(complaint({ ...reshape, inputs: [map] })).toBeNull();
  },
);

/** Of both inputs and of the output; the last two are powers of 2, which int16 kernels treat otherwise. */
const SCALES = [
  [0.05, 0.05, 0.05],
  [0.05, 0, 0.05],
  [0.05, 0.05, 0],
  [0.05, 1e-7, 0.05],
  [0.05, 0.05, 1e-7],
  [0.05, 3e4, 0.05],
  [3e4, 0.05, 3e4],
  [0.05, 1e38, 0.05],
  [0.05, 0.05, 1e38],
  [1, 0.5, 0.25],
  [1, 2 ** -6, 2 ** -20],
] as const;
const SUMS: Record<string, OptionsDraft | null> = {
  ADD: { type: 'AddOptions', value: {} },
  SUB: { type: 'SubOptions', value: {} },
  SQUARED_DIFFERENCE: null,
};

describe.skipIf(missing)(`scales (${missing ?? 'with the engine'})`, () => {
  test.each(Object.keys(SUMS))(
    'of %s are refused exactly where the engine breaks down',
    async (type) => {
      const others: string[] = [];
      const seen = { broken: 0, sound: 0 };
      for (const work of ['INT8', 'UINT8', 'INT16'] as const)
        for (const [first, second, out] of SCALES) {
          const of = (scale: number): TensorChoice => ({ type: work, shape: [1, 8], scale });
          const inputs = [of(first), of(second)];
          const choice = {
            type,
            version: 2,
            inputs,
            outputs: [of(out)],
            options: SUMS[type] ?? null,
          };
          const bytes = modelBytes(oneOperator(choice));
          const path = join(folder, 'm.tflite');
          const real = await engine.ask({ bytes, path, library: engineLibrary(), invoke: true });
          const broken = real.kind === 'died';
          seen[broken ? 'broken' : 'sound']++;
          const said = complaint(choice);
          if (broken !== (said !== null)) others.push(`${work} ${first} ${second} ${out}: ${said}`);
        }
      expect(others).toEqual([]);
      expect(seen.broken).toBeGreaterThan(5);
      expect(seen.sound).toBeGreaterThan(10);
    },
  );
});
