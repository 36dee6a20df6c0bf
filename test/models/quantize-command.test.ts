/** `isochron models quantize` as a user calls it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it as test } from 'vitest';
import { readModel } from '../../src/models/read-model.js';
import type { Model } from '../../src/models/schema/tables.js';
import { describeModel, verifyModel } from '../../src/models/verify.js';
import { isochron, NO_SHARED, scratch, shared, start } from '../cli/helpers.js';
import { engineMissing, modelBytes } from './engine.js';
import { ModelDrafter } from './model-drafter.js';

const missing = engineMissing();
const folder = scratch();
const at = (name: string) => join(folder, name);
const INPUT_BYTES = 4 * 4 * 4 * 8;

function save(name: string, model: Model): string {
  writeFileSync(at(name), modelBytes(model));
  return at(name);
}

/** A small classifier. */
function classifier(change: (m: ModelDrafter, x: number) => number = (_, x) => x): Model {
  const m = new ModelDrafter();
  const x = change(m, m.input);
  const [logits = -1] = m.operator(
    'FULLY_CONNECTED',
    [x, m.wave([5, 128], 0.5), m.wave([5], 0.2)],
    [[1, 5]],
    { type: 'FullyConnectedOptions', value: {} },
  );
  const [classes = -1] = m.operator('SOFTMAX', [logits], [[1, 5]], {
    type: 'SoftmaxOptions',
    value: { beta: 1 },
  });
  m.output(classes);
  return m.finish();
}

const same = (m: ModelDrafter, x: number) => m.shapeOf(x);
const quantize = (...args: string[]) => isochron(['models', 'quantize', ...args]);
const toInt8 = (model: string, output: string, ...args: string[]) =>
  quantize(model, '-o', at(output), '--precision', 'int8', ...args);

function expectSentence(stderr: string, ...parts: RegExp[]) {
  expect(stderr).not.toMatch(/^\s+at .*\(|node:internal|\bTypeError\b|unexpected error/m);
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(4);
}

let float: string;
beforeAll(() => {
  float = save('float.tflite', classifier());
});

describe('wrong use: exit code 2', () => {
  const cases: [string, string[], RegExp][] = [
    ['int8 without samples', ['--precision', 'int8'], /--calibrate/],
    ['no inputs at all', ['--precision', 'int8', '--calibrate', 'random:0'], /random:0.*inputs/],
    ['a number that is none', ['--precision', 'int8', '--calibrate', 'random:ten'], /random:ten/],
    ['a range that is none', ['--precision', 'int8', '--calibrate', 'random:2:1,-1'], /LOW,HIGH/],
    [
      'an unknown rule',
      ['--precision', 'int8', '--calibrate', 'random:2', '--range', 'mean'],
      /mean/,
    ],
    [
      'a percentile that leaves nothing',
      ['--precision', 'int8', '--calibrate', 'random:2', '--range', 'percentile:50'],
      /percentile:50.*\n.*above 50/,
    ],
    [
      'integers of another kind',
      ['--precision', 'int8', '--calibrate', 'random:2', '--io', 'uint8'],
      /int8 or float, not in uint8/,
    ],
    [
      'a seed that is none',
      ['--precision', 'int8', '--calibrate', 'random:2', '--seed', '1.5'],
      /seed/,
    ],
    ['samples for rounding', ['--precision', 'fp16', '--calibrate', 'random:2'], /no calibration/],
    ['an unknown precision', ['--precision', 'int4'], /int4/],
  ];
  test.each(cases)('%s', async (_name, args, message) => {
    const { status, stderr } = await quantize(float, '-o', at('never.tflite'), ...args);
    expectSentence(stderr, message);
    expect(status).toBe(2);
    expect(existsSync(at('never.tflite'))).toBe(false);
  });
});

describe.skipIf(missing !== null)(
  `what cannot be quantized${missing ? ` (${missing})` : ''}`,
  () => {
    const refused = async (model: string, message: RegExp, ...args: string[]) => {
      const { status, stderr } = await toInt8(model, 'refused.tflite', ...args);
      expectSentence(stderr, message);
      expect(status).toBe(1);
      expect(existsSync(at('refused.tflite'))).toBe(false);
    };

    test('a folder of samples that is not there, is empty, or is a file', async () => {
      await refused(float, /no folder .*nowhere/, '--calibrate', at('nowhere'));
      mkdirSync(at('empty'), { recursive: true });
      await refused(float, /no samples in .*empty/, '--calibrate', at('empty'));
      await refused(float, /is a file, not a folder/, '--calibrate', float);
    });

    test('a sample of another size, by its name', async () => {
      mkdirSync(at('sizes'), { recursive: true });
      writeFileSync(join(at('sizes'), 'a.raw'), new Uint8Array(INPUT_BYTES));
      writeFileSync(join(at('sizes'), 'b.raw'), new Uint8Array(INPUT_BYTES - 1));
      await refused(float, /b\.raw has 511 bytes.*exactly 512/, '--calibrate', at('sizes'));
    });

    test('samples with NaN, and tensors that overflow, by the tensor’s name', async () => {
      mkdirSync(at('nan'), { recursive: true });
      const values = new Float32Array(INPUT_BYTES / 4);
      values[7] = Number.NaN;
      writeFileSync(join(at('nan'), 'a.raw'), values);
      await refused(float, /The tensor t0 .*NaN/, '--calibrate', at('nan'));
      const exploding = save(
        'exploding.tflite',
        classifier((m, x) => {
          const [big = -1] = m.operator('MUL', [x, m.floats([], [1e3])], [same(m, x)], {
            type: 'MulOptions',
            value: {},
          });
          return m.operator('EXP', [big], [same(m, x)])[0] ?? -1;
        }),
      );
      const endless = ['--calibrate', 'random:3:1,2', '--allow-float'];
      await refused(exploding, /The tensor t\d+ .*infinite/, ...endless);
    });

    test('values that no scale can hold, when the engine gives up over them', async () => {
      const huge = save(
        'huge.tflite',
        classifier((m, x) => {
          const [big = -1] = m.operator('MUL', [x, m.floats([], [3e38])], [same(m, x)], {
            type: 'MulOptions',
            value: {},
          });
          const options = { type: 'AddOptions', value: {} } as const;
          return m.operator('ADD', [big, big], [same(m, x)], options)[0] ?? -1;
        }),
      );
      await refused(huge, /breaks down.*huge\.tflite.*int8/, '--calibrate', 'random:3:1,2');
    });

    test('a model that is quantized already', async () => {
      expect((await toInt8(float, 'once.tflite', '--calibrate', 'random:3')).status).toBe(0);
      await refused(
        at('once.tflite'),
        /already quantized: t0 is in int8/,
        '--calibrate',
        'random:3',
      );
    });

    test('weights that are no numbers', async () => {
      const broken = save(
        'broken.tflite',
        classifier(
          (m, x) =>
            m.operator('ADD', [x, m.floats([8], [1, 2, Number.NaN, 4, 5, 6, 7, 8])], [same(m, x)], {
              type: 'AddOptions',
              value: {},
            })[0] ?? -1,
        ),
      );
      await refused(broken, /NaN/, '--calibrate', 'random:3');
    });

    test('an operator without an integer kernel, by its name, unless it may stay in float', async () => {
      const exp = save(
        'exp.tflite',
        classifier((m, x) => m.operator('EXP', [x], [same(m, x)])[0] ?? -1),
      );
      await refused(
        exp,
        /operator EXP cannot be quantized to int8[\s\S]*--allow-float/,
        '--calibrate',
        'random:3',
      );
      const { status, stdout } = await toInt8(
        exp,
        'mixed.tflite',
        '--calibrate',
        'random:20',
        '--allow-float',
      );
      expect(status).toBe(0);
      expect(stdout).toContain('in float: EXP');
      expect(verifyModel(at('mixed.tflite')).operators.map((o) => o.name)).toContain('DEQUANTIZE');
    });

    test('an output that cannot be written, before the calibration', async () => {
      const { status, stderr } = await toInt8(
        float,
        'float.tflite/out.tflite',
        '--calibrate',
        'random:3',
      );
      expectSentence(stderr, /Cannot write .*out\.tflite/);
      expect(status).toBe(1);
    });

    test('a model that is none', async () => {
      await refused(at('nothing.tflite'), /no model file/, '--calibrate', 'random:3');
      writeFileSync(at('text.tflite'), 'this is no model, whatever its name says');
      await refused(at('text.tflite'), /not a TensorFlow Lite model/, '--calibrate', 'random:3');
    });
  },
);

describe.skipIf(missing !== null)(`a quantized model${missing ? ` (${missing})` : ''}`, () => {
  const agreementOf = async (model: string, output: string, ...args: string[]) => {
    const result = await toInt8(model, output, '--json', ...args);
    expect(result.stderr).toBe('');
    return JSON.parse(result.stdout) as {
      bytes: number;
      samples: string;
      agreement: { samples: number; sameTop1: number; signalToNoiseDb: number };
    };
  };

  test('tells size, calibration and agreement', async () => {
    const { stdout, status } = await toInt8(float, 'told.tflite', '--calibrate', 'random:30');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /told\.tflite: [\d.]+ kB, int8\n {2}calibrated with 30 random inputs; on 30 of them: same top-1/,
    );
    const facts = verifyModel(at('told.tflite'));
    expect(facts.inputs[0]?.type).toBe('int8');
    expect(facts.outputs[0]).toMatchObject({ quantization: { scale: 1 / 256, zeroPoint: -128 } });
  });

  test('is the same, byte for byte, for the same seed', async () => {
    await toInt8(float, 's1.tflite', '--calibrate', 'random:10', '--seed', '5');
    await toInt8(float, 's2.tflite', '--calibrate', 'random:10', '--seed', '5');
    await toInt8(float, 's3.tflite', '--calibrate', 'random:10', '--seed', '6');
    expect(readFileSync(at('s1.tflite'))).toEqual(readFileSync(at('s2.tflite')));
    expect(readFileSync(at('s1.tflite'))).not.toEqual(readFileSync(at('s3.tflite')));
  });

  test('keeps float inputs and outputs when asked to', async () => {
    await toInt8(float, 'io.tflite', '--calibrate', 'random:10', '--io', 'float');
    const facts = verifyModel(at('io.tflite'));
    expect(facts.inputs[0]?.type).toBe('float32');
    expect(facts.outputs[0]?.type).toBe('float32');
  });

  test('comes from weights that were rounded before, too', async () => {
    for (const precision of ['fp16', 'dynamic']) {
      const rounded = `${precision}.tflite`;
      expect((await quantize(float, '-o', at(rounded), '--precision', precision)).status).toBe(0);
      const { agreement } = await agreementOf(
        at(rounded),
        'again.tflite',
        '--calibrate',
        'random:20',
      );
      expect(agreement.signalToNoiseDb).toBeGreaterThan(20);
      const model = readModel(at('again.tflite'));
      expect(describeModel(model).operators.map((o) => o.name)).not.toContain('DEQUANTIZE');
      expect(model.subgraphs[0]?.tensors.some((t) => t.type === 'FLOAT16')).toBe(false);
    }
  });

  test('has finer steps where a percentile cuts rare extremes off', async () => {
    mkdirSync(at('rare'), { recursive: true });
    for (let i = 0; i < 20; i++) {
      const values = Float32Array.from({ length: INPUT_BYTES / 4 }, (_, k) => Math.sin(i + 3 * k));
      if (i === 3) values[5] = 100;
      writeFileSync(join(at('rare'), `${i}.raw`), values);
    }
    const scaleOf = async (...range: string[]) => {
      await toInt8(float, 'range.tflite', '--calibrate', at('rare'), ...range);
      return verifyModel(at('range.tflite')).inputs[0]?.quantization?.scale ?? Number.NaN;
    };
    expect(await scaleOf()).toBeCloseTo(101 / 255, 3);
    expect(await scaleOf('--range', 'percentile:99.9')).toBeCloseTo(2 / 255, 3);
  });

  test('copes with activations that are always zero', async () => {
    const silent = save(
      'silent.tflite',
      classifier((m, x) => {
        const [below = -1] = m.operator('SUB', [x, m.floats([], [5])], [same(m, x)], {
          type: 'SubOptions',
          value: { fusedActivationFunction: 'RELU' },
        });
        return (
          m.operator('ADD', [below, x], [same(m, x)], { type: 'AddOptions', value: {} })[0] ?? -1
        );
      }),
    );
    const { agreement } = await agreementOf(silent, 'silent8.tflite', '--calibrate', 'random:20');
    expect(agreement.signalToNoiseDb).toBeGreaterThan(20);
  });

  test('of several inputs is calibrated with a folder for each sample', async () => {
    const m = new ModelDrafter(['FLOAT32']);
    const [sum = -1] = m.operator('ADD', [m.input, m.inputs[1] ?? -1], [[1, 4, 4, 8]], {
      type: 'AddOptions',
      value: {},
    });
    m.output(sum);
    const two = save('two.tflite', m.finish());
    for (const name of ['a', 'b']) {
      mkdirSync(join(at('pairs'), name), { recursive: true });
      writeFileSync(
        join(at('pairs'), name, '0.raw'),
        new Float32Array(128).fill(name === 'a' ? 1 : -1),
      );
      writeFileSync(
        join(at('pairs'), name, '1.raw'),
        new Float32Array(128).fill(name === 'a' ? 8 : -2),
      );
    }
    const { samples } = await agreementOf(two, 'two8.tflite', '--calibrate', at('pairs'));
    expect(samples).toContain('2 samples');
    expect(verifyModel(at('two8.tflite')).inputs.map((i) => i.quantization?.scale)).toEqual(
      [2 / 255, 10 / 255].map(Math.fround),
    );
  });

  test('is not there when the work is interrupted, nor is anything else', async () => {
    const temporary = scratch();
    const { child, result } = start(
      [
        'models',
        'quantize',
        float,
        '-o',
        at('stopped.tflite'),
        '--precision',
        'int8',
        '--calibrate',
        'random:100000',
      ],
      { env: { TMPDIR: temporary } },
    );
    while (readdirSync(temporary).length === 0) await new Promise((r) => setTimeout(r, 20));
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
    expect(existsSync(at('stopped.tflite'))).toBe(false);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('says that there is nowhere for a temporary folder', async () => {
    const env = { TMPDIR: join(folder, 'none') };
    const args = [
      float,
      '-o',
      at('nowhere.tflite'),
      '--precision',
      'int8',
      '--calibrate',
      'random:1',
    ];
    for (const command of [
      ['models', 'quantize', ...args],
      ['first-run', float],
    ]) {
      const { status, stderr } = await isochron(command, { env });
      expect(stderr).toBe(
        `isochron: No temporary folder can be made in ${env.TMPDIR}: it does not exist.\n  Let TMPDIR name another folder.\n`,
      );
      expect(status).toBe(1);
    }
  });
});

test.skipIf(missing)('a result that is no smaller than the model is noted', async ({ skip }) => {
  // its large weights are of 8 bits already
  const keywords = shared('models', 'ds_cnn_kws_fp32.tflite');
  const pictures = shared('models', 'resnet8_cifar10_fp32.tflite');
  if (!keywords || !pictures) return skip(NO_SHARED);
  const half = async (model: string) =>
    (await quantize(model, '-o', at('half.tflite'), '--precision', 'fp16')).stdout;
  expect(await half(keywords)).toMatch(/no smaller than the model, which has 43\.4 kB/);
  expect(await half(pictures)).not.toContain('no smaller');
});
