/** Each code that a model or its samples can end in, provoked. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { measureAgreement } from '../../src/models/agreement.js';
import { calibrate } from '../../src/models/calibrate-ranges.js';
import { parseSampleSource, samplesFor } from '../../src/models/model-inputs.js';
import { toFloat32 } from '../../src/models/quantize/float-model.js';
import { toInteger } from '../../src/models/quantize/integer.js';
import type { Model } from '../../src/models/schema/tables.js';
import { engineLibrary, engineMissing, modelBytes } from '../models/engine.js';
import { ModelDrafter } from '../models/model-drafter.js';

const folder = mkdtempSync(join(tmpdir(), 'isochron-errors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const code = (expected: string) => expect.objectContaining({ code: expected });

/** One operator over the input, and perhaps a second input. */
function drafted(
  add: (m: ModelDrafter) => number,
  more: ConstructorParameters<typeof ModelDrafter>[0] = [],
): Model {
  const m = new ModelDrafter(more);
  m.output(add(m));
  return m.finish();
}
const unary = (name: string) =>
  drafted((m) => m.operator(name, [m.input], [m.shapeOf(m.input)])[0] as number);
const plain = drafted((m) => m.other);

describe('samples', () => {
  const sampled = (path: string) => () => samplesFor(plain, { kind: 'folder', path }, 1).sample(0);

  test.each([
    ['a folder that is not there', () => join(folder, 'nowhere')],
    [
      'a file in its place',
      () => {
        writeFileSync(join(folder, 'file'), '');
        return join(folder, 'file');
      },
    ],
    [
      'a folder with nothing in it',
      () => {
        mkdirSync(join(folder, 'empty'));
        return join(folder, 'empty');
      },
    ],
  ])('%s is E_SAMPLES_MISSING', (_, make) => {
    expect(sampled(make())).toThrow(code('E_SAMPLES_MISSING'));
  });

  test('a folder that leads back to itself is E_SAMPLES_UNREADABLE', () => {
    symlinkSync('loop', join(folder, 'loop'));
    expect(sampled(join(folder, 'loop'))).toThrow(code('E_SAMPLES_UNREADABLE'));
  });

  test('a sample of another size is E_SAMPLE_SIZE', () => {
    mkdirSync(join(folder, 'short'));
    writeFileSync(join(folder, 'short', 'a.raw'), 'abc');
    expect(sampled(join(folder, 'short'))).toThrow(code('E_SAMPLE_SIZE'));
  });

  test('a type of which there are no random values is E_INPUT_UNSUPPORTED', () => {
    const strange = drafted((m) => m.other, ['COMPLEX64']);
    const random = () => samplesFor(strange, parseSampleSource('random:1')).sample(0);
    expect(random).toThrow(code('E_INPUT_UNSUPPORTED'));
  });
});

describe('quantizing', () => {
  test('a graph without a float value is E_MODEL_UNSUPPORTED', () => {
    const strange = new ModelDrafter().finish();
    for (const tensor of strange.subgraphs[0]?.tensors ?? [])
      Object.assign(tensor, { type: 'INT32' });
    expect(() => toFloat32(strange, 'it')).toThrow(code('E_MODEL_UNSUPPORTED'));
  });

  test('a model that computes in integers already is E_MODEL_QUANTIZED', () => {
    const done = drafted((m) => m.other);
    const [tensor] = done.subgraphs[0]?.tensors ?? [];
    const quantization = { min: [], max: [], scale: [0.5], zeroPoint: [0n] };
    Object.assign(tensor as object, { type: 'INT8', quantization });
    expect(() => toFloat32(done, 'it')).toThrow(code('E_MODEL_QUANTIZED'));
  });

  test('weights that are no numbers are E_MODEL_NOT_FINITE', () => {
    const weights = Array.from({ length: 5 * 128 }, (_, i) => (i === 7 ? Number.NaN : 0.5));
    const model = drafted(
      (m) =>
        m.operator(
          'FULLY_CONNECTED',
          [m.input, m.floats([5, 128], weights), m.wave([5], 0.2)],
          [[1, 5]],
          { type: 'FullyConnectedOptions', value: {} },
        )[0] as number,
    );
    const tensors = model.subgraphs[0]?.tensors ?? [];
    const ranges = new Map(tensors.map((_, i): [number, [number, number]] => [i, [-1, 1]]));
    expect(() => toInteger(model, { precision: 'int8', ranges })).toThrow(
      code('E_MODEL_NOT_FINITE'),
    );
  });

  test.skipIf(engineMissing() !== null)(
    'a tensor that takes no number on the samples is E_CALIBRATION_NOT_FINITE',
    async () => {
      const logarithm = unary('LOG');
      const samples = samplesFor(logarithm, parseSampleSource('random:1:-1,-0.5'));
      await expect(calibrate(logarithm, samples, { library: engineLibrary() })).rejects.toEqual(
        code('E_CALIBRATION_NOT_FINITE'),
      );
    },
  );
});

test.skipIf(engineMissing() !== null)(
  'two models with other outputs are E_MODELS_DIFFER',
  async () => {
    const save = (name: string, model: Model) => {
      writeFileSync(join(folder, name), modelBytes(model));
      return join(folder, name);
    };
    const a = save('a.tflite', plain);
    const b = save(
      'b.tflite',
      drafted((m) => m.steps),
    );
    await expect(measureAgreement(a, b, 'random:1', { library: engineLibrary() })).rejects.toEqual(
      code('E_MODELS_DIFFER'),
    );
  },
);
