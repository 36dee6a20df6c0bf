import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it as test, vi } from 'vitest';
import { cacheDir } from '../../src/kernel/user-folders.js';
import { buildModel, cachedModel } from '../../src/models/build-model.js';
import { modelFile } from '../../src/models/model-file.js';
import { verifyModel } from '../../src/models/verify.js';

const folder = mkdtempSync(join(tmpdir(), 'isochron-build-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  vi.stubEnv('ISOCHRON_CACHE', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const small = { alpha: 0.25, resolution: 32 };
const sha = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('building a network', () => {
  test('gives mobilenet_v1 its published size and shapes', async () => {
    const { path, bytes, name } = await buildModel('mobilenet_v1', {
      output: join(folder, 'a.tflite'),
    });
    expect(name).toBe('mobilenet_v1');
    expect(bytes).toBe(statSync(path).size);
    expect(bytes / 1e6).toBeCloseTo(16.9, 1);
    const facts = verifyModel(path);
    expect(facts.inputs[0]?.shape).toEqual([1, 224, 224, 3]);
    expect(facts.outputs[0]?.shape).toEqual([1, 1001]);
    expect(facts.operators.map((o) => o.name)).toEqual([
      'CONV_2D',
      ...Array(13).fill(['DEPTHWISE_CONV_2D', 'CONV_2D']).flat(),
      'AVERAGE_POOL_2D',
      'CONV_2D',
      'RESHAPE',
      'SOFTMAX',
    ]);
  });

  test('gives the same bytes for the same seed, and others for another', async () => {
    const build = async (file: string, seed: number) =>
      sha((await buildModel('mobilenet_v1', { ...small, seed, output: join(folder, file) })).path);
    const first = await build('s1.tflite', 1);
    expect(await build('s2.tflite', 1)).toBe(first);
    expect(await build('s3.tflite', 2)).not.toBe(first);
    expect(await build('s4.tflite', 2 ** 32 + 1)).not.toBe(first);
  });

  test('holds weights that are neither denormal nor out of scale', async () => {
    const { path } = await buildModel('mobilenet_v1', {
      ...small,
      output: join(folder, 'w.tflite'),
    });
    const { readModel } = await import('../../src/models/read-model.js');
    const { blobBytes } = await import('../../src/models/schema/blob.js');
    const model = readModel(path);
    for (const tensor of model.subgraphs[0]?.tensors ?? []) {
      const data = model.buffers[tensor.buffer]?.data;
      if (!data || tensor.type !== 'FLOAT32') continue;
      const sizes = new Float32Array(blobBytes(data).buffer).map(Math.abs).filter((v) => v > 0);
      expect(
        sizes.reduce((a, b) => Math.max(a, b)),
        tensor.name ?? '',
      ).toBeLessThan(10);
      expect(
        sizes.reduce((a, b) => Math.min(a, b)),
        tensor.name ?? '',
      ).toBeGreaterThan(1e-12);
    }
  });

  test('leaves nothing behind when it is stopped', async () => {
    const target = join(folder, 'stopped');
    const stop = new AbortController();
    await expect(
      buildModel('mobilenet_v1', {
        output: join(target, 'x.tflite'),
        signal: stop.signal,
        onProgress: () => stop.abort(),
      }),
    ).rejects.toThrow();
    expect(readdirSync(target)).toEqual([]);
  });

  test('says what keeps it from writing', async () => {
    const file = join(folder, 'plain-file');
    writeFileSync(file, '');
    await expect(
      buildModel('mobilenet_v1', { ...small, output: join(file, 'x.tflite') }),
    ).rejects.toMatchObject({ code: 'E_WRITE_FAILED' });
  });

  test('refuses names, parameters and seeds that cannot be', async () => {
    const refused = [
      ['mobilenet_v9', {}],
      ['mobilenet_v1@int3', {}],
      ['mobilenet_v1_1_224_7', {}],
      ['mobilenet_v1', { alpha: 0 }],
      ['mobilenet_v1', { alpha: Number.NaN }],
      ['mobilenet_v1', { resolution: 100.5 }],
      ['mobilenet_v1', { resolution: 1e9 }],
      ['mobilenet_v1', { seed: -1 }],
    ] as const;
    for (const [name, options] of refused)
      await expect(buildModel(name, options), name).rejects.toMatchObject({ code: 'E_USAGE' });
  });
});

describe('naming a model', () => {
  test('builds a network once, into the cache', async () => {
    const first = await cachedModel('mobilenet_v1_0.25_32');
    expect(first.path.startsWith(cacheDir('models'))).toBe(true);
    const { mtimeMs } = statSync(first.path);
    expect(await cachedModel('mobilenet_v1', small)).toEqual(first);
    expect(statSync(first.path).mtimeMs).toBe(mtimeMs);
    expect(await modelFile('mobilenet_v1_0.25_32')).toBe(first.path);
  });

  test('builds one again that was cut, changed, or has no hash, and says so', async () => {
    const notes: string[] = [];
    const build = () => cachedModel('mobilenet_v1_0.25_33', { onNote: (note) => notes.push(note) });
    const { path } = await build();
    const right = sha(path);
    expect(await build()).toMatchObject({ path });
    expect(notes).toEqual([]);
    truncateSync(path, 1000);
    await build();
    expect(sha(path)).toBe(right);
    expect(notes.pop()).toBe(`${path} was cut or changed since it was built, and is built again.`);
    const changed = readFileSync(path);
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, changed);
    await build();
    expect(sha(path)).toBe(right);
    expect(notes.pop()).toMatch(/cut or changed/);
    rmSync(`${path}.sha256.json`); // as version 0.1.0 left it
    truncateSync(path, 1000);
    await build();
    expect(sha(path)).toBe(right);
    expect(notes.pop()).toBe(`nothing says whether ${path} is whole: it is built again.`);
    await build();
    expect(notes).toEqual([]);
  });

  test('is not harmed by others that build the same at once', async () => {
    const built = await Promise.all(
      Array.from({ length: 4 }, () => cachedModel('mobilenet_v1_0.25_34')),
    );
    const [first] = built;
    expect(new Set(built.map(({ path }) => path)).size).toBe(1);
    expect(sha(first?.path as string)).toBe(
      sha((await buildModel('mobilenet_v1_0.25_34', { output: join(folder, '34.tflite') })).path),
    );
    const { mtimeNs } = statSync(first?.path as string, { bigint: true });
    await cachedModel('mobilenet_v1_0.25_34');
    expect(statSync(first?.path as string, { bigint: true }).mtimeNs).toBe(mtimeNs);
  });

  test('says that it is the cache that can’t be written', async () => {
    const file = join(folder, 'no-folder');
    writeFileSync(file, '');
    vi.stubEnv('ISOCHRON_CACHE', file);
    await expect(cachedModel('mobilenet_v1_0.25_32')).rejects.toMatchObject({
      code: 'E_CACHE',
      message: `The cache ${file} can't be written: part of the path is a file, not a folder.`,
      hint: expect.stringMatching(/^ISOCHRON_CACHE/),
    });
  });

  test('prefers a file of that name, and tells a missing file from an unknown network', async () => {
    const path = join(folder, 'mine.tflite');
    writeFileSync(path, 'x');
    expect(await modelFile(path)).toBe(path);
    await expect(modelFile(join(folder, 'none.tflite'))).rejects.toMatchObject({
      code: 'E_MODEL_MISSING',
    });
    mkdirSync(join(folder, 'cwd', 'cnv_25'), { recursive: true });
    const before = process.cwd();
    process.chdir(join(folder, 'cwd'));
    try {
      // a folder of that name is no file
      expect(await modelFile('cnv_25')).toMatch(/cnv_25-g\d+\.tflite$/);
    } finally {
      process.chdir(before);
    }
    await expect(modelFile('nonet')).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('keeps the cache where the environment says', () => {
    expect(cacheDir('models')).toBe(join(folder, 'cache', 'models'));
    vi.stubEnv('ISOCHRON_CACHE', '');
    vi.stubEnv('XDG_CACHE_HOME', '/somewhere/cache');
    expect(cacheDir('models')).toBe('/somewhere/cache/isochron/models');
    vi.stubEnv('XDG_CACHE_HOME', 'relative');
    expect(cacheDir('models')).toBe(join(homedir(), '.cache/isochron/models'));
    vi.stubEnv('HOME', '/somewhere');
    expect(cacheDir('models')).toBe('/somewhere/.cache/isochron/models');
    for (const none of ['', '.', 'relative']) {
      vi.stubEnv('HOME', none);
      expect(cacheDir('models')).toBe(join(userInfo().homedir, '.cache/isochron/models'));
    }
  });
});
