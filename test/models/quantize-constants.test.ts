/** `isochron models quantize` on constants: sparse, no numbers, too large for a precision or for what lies beside them. */
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { checkConstants } from '../../src/models/quantize/check-constants.js';
import { readModel } from '../../src/models/read-model.js';
import { CHUNK_BYTES } from '../../src/models/schema/blob.js';
import { complete } from '../../src/models/schema/spec.js';
import { MODEL, type Model } from '../../src/models/schema/tables.js';
import { isochron, scratch, start, until } from '../cli/helpers.js';
import { engineMissing, modelBytes } from './engine.js';
import { ModelDrafter } from './model-drafter.js';
import { oneOperator } from './one-operator.js';

const missing = engineMissing();
const folder = scratch();
const at = (name: string) => join(folder, name);
let runs = 0;

function save(model: Model): string {
  const path = at(`model-${runs++}.tflite`);
  writeFileSync(path, modelBytes(model));
  return path;
}

async function quantize(model: Model, precision: string, ...more: string[]) {
  const path = save(model);
  const output = at(`out-${runs++}.tflite`);
  const samples = ['int8', 'uint8'].includes(precision) ? ['--calibrate', 'random:20'] : [];
  const args = [path, '-o', output, '--precision', precision, ...samples, ...more];
  return { ...(await isochron(['models', 'quantize', ...args])), path, output };
}

/** y = x + a dense layer's worth of weights, of these values. */
function dense(values: readonly number[], outputs = 2): Model {
  const inputs = values.length / outputs;
  return oneOperator({
    type: 'FULLY_CONNECTED',
    inputs: [
      { type: 'FLOAT32', shape: [1, inputs] },
      { type: 'FLOAT32', shape: [outputs, inputs], constant: values },
      null,
    ],
    outputs: [{ type: 'FLOAT32', shape: [1, outputs] }],
    options: { type: 'FullyConnectedOptions', value: {} },
  });
}

const drafted = (add: (m: ModelDrafter) => number): Model => {
  const m = new ModelDrafter();
  m.output(add(m));
  return m.finish();
};
const agreementOf = (run: {
  stdout: string;
}): { agreement: { signalToNoiseDb: number }; notes: string[] } => JSON.parse(run.stdout);

describe.skipIf(missing !== null)(`constants (${missing ?? 'with an engine'})`, () => {
  test.each(['fp16', 'dynamic', 'int8', 'uint8'])(
    'that are no numbers are refused in %s',
    async (precision) => {
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const run = await quantize(dense([1, 2, bad, 4]), precision);
        expect(run.stderr).toContain(
          `The constant t1 of ${run.path} holds values that are NaN or infinite.`,
        );
        expect(run.status).toBe(1);
        expect(existsSync(run.output)).toBe(false);
      }
    },
  );

  test('that half precision would make infinite stay in float32, and it is said', async () => {
    const run = await quantize(dense([1, -70000, 3, 4]), 'fp16');
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(
      /note: the constant t1 reaches 7\.00e\+4, beyond half precision.*float32/,
    );
    const types = readModel(run.output).subgraphs[0]?.tensors.map((t) => t.type);
    expect(types).not.toContain('FLOAT16');
    // 65519.99 is rounded to 65504, 65520 to infinity
    const near = await quantize(dense([1, 65519, 3, 4]), 'fp16');
    expect(near.stdout).not.toContain('note');
    expect(readModel(near.output).subgraphs[0]?.tensors.map((t) => t.type)).toContain('FLOAT16');
  });

  test('that are next to nothing get a scale that a file can hold', async () => {
    const run = await quantize(dense([1e-44, 1e-44, 0, 1e-44]), 'int8');
    expect([run.status, run.stderr]).toEqual([0, '']);
    for (const tensor of readModel(run.output).subgraphs[0]?.tensors ?? [])
      for (const scale of tensor.quantization?.scale ?? []) expect(scale).toBeGreaterThan(0);
  });

  test.each(['fp16', 'dynamic', 'int8'])(
    'that are stored sparse are the reason for refusing %s',
    async (precision) => {
      const model = dense([1, 0, 0, 4]);
      const weights = model.subgraphs[0]?.tensors[1];
      if (!weights) throw new Error('no weights');
      weights.sparsity = complete(MODEL.subgraphs.table.tensors.table.sparsity.table, {
        traversalOrder: [0, 1],
        dimMetadata: [{ denseSize: 2 }, { denseSize: 2 }],
      });
      const run = await quantize(model, precision);
      expect(run.stderr).toContain(`${run.path} stores weights sparse (t1)`);
      expect(run.stderr).toContain('without sparsity');
      expect(run.status).toBe(1);
      expect(existsSync(run.output)).toBe(false);
    },
  );
});

describe.skipIf(missing !== null)(`large constants (${missing ?? 'with an engine'})`, () => {
  const bound = (type: string, value: number) =>
    drafted((m) => m.operator(type, [m.input, m.floats([], [value])], [[1, 4, 4, 8]])[0] as number);

  test('that bound leave a useful scale, met or not', async () => {
    for (const [type, value] of [
      ['MINIMUM', 1e30],
      ['MAXIMUM', -1e30],
      ['MINIMUM', -40],
      ['MAXIMUM', 40],
    ] as const) {
      const run = await quantize(bound(type, value), 'int8', '--json');
      expect(run.stderr).toBe('');
      const { signalToNoiseDb } = agreementOf(run).agreement;
      // null: not a difference
      expect(signalToNoiseDb ?? 100, `${type} ${value}`).toBeGreaterThan(25);
    }
  });

  test('that fill a padding count where they can, and are cut, said so, where they stand for infinity', async () => {
    const padded = (value: number) =>
      drafted((m) => {
        const padding = m.integers([0, 0, 1, 1, 1, 1, 0, 0], [4, 2]);
        const [wide = -1] = m.operator(
          'PADV2',
          [m.input, padding, m.floats([], [value])],
          [[1, 6, 6, 8]],
        );
        const options = { strideW: 2, strideH: 2, filterWidth: 2, filterHeight: 2 };
        return m.operator('MAX_POOL_2D', [wide], [[1, 3, 3, 8]], {
          type: 'Pool2DOptions',
          value: options,
        })[0] as number;
      });
    for (const [value, notes] of [
      [-1e30, 1],
      [5, 0],
    ] as const) {
      const found = agreementOf(await quantize(padded(value), 'int8', '--json'));
      expect(found.agreement.signalToNoiseDb).toBeGreaterThan(25);
      expect(found.notes.filter((n) => n.startsWith('the padding of t0'))).toHaveLength(notes);
    }
  });

  test('beside an activation leave it its own scale elsewhere, and what they cost is said', async () => {
    const m = new ModelDrafter();
    const [joined = -1] = m.operator(
      'CONCATENATION',
      [m.input, m.floats([1, 4, 4, 1], Array(16).fill(1e6))],
      [[1, 4, 4, 9]],
      { type: 'ConcatenationOptions', value: { axis: 3 } },
    );
    m.output(joined);
    const run = await quantize(m.finish(), 'int8', '--json');
    expect(run.stderr).toBe('');
    expect(agreementOf(run).notes).toEqual([
      expect.stringMatching(/beside the constant t\d+, CONCATENATION leaves t0 1 of 256 steps/),
    ]);
    const graph = readModel(run.output).subgraphs[0];
    const scale = graph?.tensors[graph.inputs[0] ?? -1]?.quantization?.scale[0];
    expect(scale).toBeLessThan(0.1);
    const added = drafted(
      (d) =>
        d.operator('ADD', [d.input, d.floats([], [-1e9])], [[1, 4, 4, 8]], {
          type: 'AddOptions',
          value: {},
        })[0] as number,
    );
    expect((await quantize(added, 'int8')).stdout).toMatch(
      /note: beside the constant .*ADD leaves t0 1 of/,
    );
  });
});

describe('long work', () => {
  test('lets a Ctrl-C in between two chunks of weights', async () => {
    const model = dense([1, 2, 3, 4]);
    const stop = new AbortController();
    let read = 0;
    const values = new Uint8Array(CHUNK_BYTES);
    const count = 1000;
    const buffer = model.buffers[1];
    if (!buffer) throw new Error('no weights');
    buffer.data = {
      byteLength: count * CHUNK_BYTES,
      *chunks() {
        for (; read < count; read++) {
          // what a signal does: it comes with the event loop
          if (read === 3) setImmediate(() => stop.abort());
          yield values;
        }
      },
    };
    await expect(
      checkConstants(model, 'it', { precision: 'fp16', signal: stop.signal }),
    ).rejects.toThrow('aborted');
    expect(read).toBeLessThan(10);
  });

  test.skipIf(missing !== null).each(['fp16', 'dynamic'])(
    'is ended by Ctrl-C in %s: exit code 130, nothing left',
    async (precision) => {
      const outputs = 4096;
      const weights = Array.from({ length: outputs * 2048 }, (_, i) => (i % 17) - 8);
      const path = save(dense(weights, outputs));
      const temporary = scratch();
      const output = at(`stopped-${precision}.tflite`);
      const args = ['models', 'quantize', path, '-o', output, '--precision', precision];
      const { child, result } = start(args, { env: { TMPDIR: temporary } });
      await until(() => readdirSync(temporary).length > 0, 'the temporary file');
      child.kill('SIGINT');
      expect((await result).status).toBe(130);
      expect(existsSync(output)).toBe(false);
      expect(readdirSync(temporary)).toEqual([]);
    },
  );
});

describe.skipIf(missing !== null)(`where it goes (${missing ?? 'with an engine'})`, () => {
  test('is never the model itself, by whatever name', async () => {
    const model = save(dense([1, 2, 3, 4]));
    const before = readFileSync(model);
    symlinkSync(model, at('symbolic.tflite'));
    linkSync(model, at('hard.tflite'));
    for (const output of [model, at('symbolic.tflite'), at('hard.tflite')]) {
      const run = await isochron([
        'models',
        'quantize',
        model,
        '-o',
        output,
        '--precision',
        'fp16',
      ]);
      expect(run.stderr).toContain(`${output} is the model that is to be quantized,`);
      expect(run.status).toBe(2);
      expect(readFileSync(model)).toEqual(before);
    }
  });

  test('may be a FIFO, which gets what a file would', async () => {
    const { path, output } = await quantize(dense([1, 2, 3, 4]), 'fp16');
    const fifo = at('fifo');
    execFileSync('mkfifo', [fifo]);
    const reader = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    reader.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const closed = new Promise((resolve) => reader.once('close', resolve));
    const run = await isochron(['models', 'quantize', path, '-o', fifo, '--precision', 'fp16']);
    if (run.status !== 0) reader.kill();
    await closed;
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(Buffer.concat(chunks)).toEqual(readFileSync(output));
  });

  test('is a folder: said before the work', async () => {
    const { stderr, status } = await isochron([
      ...['models', 'quantize', save(dense([1, 2, 3, 4])), '-o', folder, '--precision', 'fp16'],
    ]);
    expect(stderr).toContain(`Cannot write ${folder}: it is a folder.`);
    expect(status).toBe(1);
  });
});
