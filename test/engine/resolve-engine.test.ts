import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { cachedLibrary, engineFolder } from '../../src/engine/engine-folder.js';
import { installEngine } from '../../src/engine/install-engine.js';
import { DEFAULT_ENGINE, type EngineArch } from '../../src/engine/known-engines.js';
import { isEngineName, resolveEngine } from '../../src/engine/resolve-engine.js';
import { UsageError } from '../../src/kernel/errors.js';
import { fakeEngine, fakeLibrary, scratch, withEnvironment } from './fake-engine.js';
import { fakeRegistry } from './fake-registry.js';

const arch = process.arch as EngineArch;
const foreign: EngineArch = arch === 'x64' ? 'arm64' : 'x64';
let folder: string;

beforeEach(() => {
  folder = scratch();
  withEnvironment({
    ISOCHRON_CACHE: join(folder, 'cache'),
    ISOCHRON_ENGINE: undefined,
    // nothing listens there: whoever asks the network is told so at once
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_cache: join(folder, 'npm'),
  });
});

const library = (name: string, content: Buffer = fakeLibrary({ arch })) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
/** Installs a small library from a registry that is gone again afterwards. */
async function installFake(forArch: EngineArch, name?: string) {
  const engine = fakeEngine(scratch(), undefined, name);
  const nobody = process.env.npm_config_registry;
  await fakeRegistry(engine.tarball);
  const installed = await installEngine({ engine, arch: forArch });
  withEnvironment({ npm_config_registry: nobody });
  return installed;
}
/** Puts a small library in the default engine's place. */
const installDefault = () => installFake(arch, DEFAULT_ENGINE.name);

describe('which engine a run uses', () => {
  test('the one that was named', async () => {
    expect(await resolveEngine(library('own.so'))).toBe(join(folder, 'own.so'));
  });
  test('else ISOCHRON_ENGINE', async () => {
    withEnvironment({ ISOCHRON_ENGINE: library('env.so') });
    expect(await resolveEngine()).toBe(join(folder, 'env.so'));
    expect(await resolveEngine(library('own.so'))).toBe(join(folder, 'own.so'));
  });
  test('else the default one from the cache, without asking the network', async () => {
    const { path } = await installDefault();
    expect(await resolveEngine()).toBe(path);
    expect(await resolveEngine(DEFAULT_ENGINE.name)).toBe(path);
  });
  test('another one of the cache by its name', async () => {
    const { path } = await installFake(arch);
    expect(await resolveEngine('tflite-9.8.7')).toBe(path);
    // whatever the current folder holds
    const here = process.cwd();
    onTestFinished(() => process.chdir(here));
    process.chdir(folder);
    for (const name of ['tflite-9.8.7', DEFAULT_ENGINE.name]) {
      library(name);
      expect(isEngineName(name)).toBe(true);
    }
    expect(await resolveEngine('tflite-9.8.7')).toBe(path);
    // a file here is meant by a word that is no name
    library('mine');
    expect(await resolveEngine('mine')).toBe(join(folder, 'mine'));
  });
});

describe('what can’t be used', () => {
  test('an unknown name is wrong usage, and the known ones are listed', async () => {
    await installFake(foreign);
    const failure = await resolveEngine('tflite-0').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure).toMatchObject({ hint: expect.stringContaining('tflite-2.9.0, tflite-9.8.7') });
    await expect(resolveEngine('tflite-9.8.7')).rejects.toThrow(/not in a form that runs on/);
  });
  test('another architecture', async () => {
    const path = library('foreign.so', fakeLibrary({ arch: foreign }));
    await expect(resolveEngine(path)).rejects.toMatchObject({
      code: 'E_ENGINE_INVALID',
      message: `The engine ${path} is built for ${foreign}; this machine is ${arch}.`,
    });
  });
  test('a library of something else, a text, a missing file', async () => {
    const stranger = library('libm.so', fakeLibrary({ arch, symbols: ['cos'] }));
    await expect(resolveEngine(stranger)).rejects.toMatchObject({ code: 'E_ENGINE_INVALID' });
    const text = library('text.so', Buffer.from('just a text, longer than a header'));
    await expect(resolveEngine(text)).rejects.toMatchObject({ code: 'E_ENGINE_INVALID' });
    await expect(resolveEngine('/nowhere/lib.so')).rejects.toMatchObject({
      code: 'E_ENGINE_MISSING',
    });
  });
  test('offline without an engine: the message names the folder to copy', async () => {
    await expect(resolveEngine()).rejects.toMatchObject({
      code: 'E_ENGINE_MISSING',
      hint: expect.stringContaining(`to ${engineFolder(DEFAULT_ENGINE)} on this one`),
    });
  });
  test('on musl none is fetched, for none would load', async () => {
    vi.spyOn(process.report, 'getReport').mockReturnValue({ header: {} });
    await expect(resolveEngine()).rejects.toMatchObject({
      code: 'E_ENGINE_UNAVAILABLE',
      hint: expect.stringContaining('glibc image'),
    });
    vi.restoreAllMocks();
  });
  test('one in the cache that was changed, though its size is the same, is not loaded', async () => {
    const { path } = await installDefault();
    const notes: string[] = [];
    const resolveNoting = () => resolveEngine(undefined, undefined, (note) => notes.push(note));
    expect(await resolveNoting()).toBe(path);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(resolveNoting()).rejects.toMatchObject({ code: 'E_ENGINE_MISSING' });
    expect(notes).toEqual([
      `${path} was cut or changed since it was installed, and is fetched again.`,
    ]);
  });
  test('nor one that was asked for by its name', async () => {
    const { path } = await installFake(arch);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    await expect(resolveEngine('tflite-9.8.7')).rejects.toMatchObject({
      code: 'E_ENGINE_INVALID',
      message: `The engine ${path} was cut or changed since it was installed.`,
    });
  });
  test('half a copy of the folder is not taken for an engine', async () => {
    const { path } = await installDefault();
    truncateSync(path, 100);
    await expect(resolveEngine()).rejects.toMatchObject({ code: 'E_ENGINE_MISSING' });
    withEnvironment({ ISOCHRON_CACHE: join(folder, 'cache2') });
    mkdirSync(join(cachedLibrary(DEFAULT_ENGINE, arch), '..'), { recursive: true });
    writeFileSync(cachedLibrary(DEFAULT_ENGINE, arch), fakeLibrary({ arch })); // without its record
    await expect(resolveEngine()).rejects.toMatchObject({ code: 'E_ENGINE_MISSING' });
  });
});
