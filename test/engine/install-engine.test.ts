import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import npmFetch from 'npm-registry-fetch';
import { beforeEach, describe, expect, test } from 'vitest';
import { cachedLibrary, engineCacheDir, listEngines } from '../../src/engine/engine-folder.js';
import { installEngine } from '../../src/engine/install-engine.js';
import {
  DEFAULT_ENGINE,
  type EngineArch,
  type KnownEngine,
} from '../../src/engine/known-engines.js';
import { IsochronError } from '../../src/kernel/errors.js';
import { fakeEngine, fakeLibrary, integrityOf, scratch, withEnvironment } from './fake-engine.js';
import { fakeRegistry } from './fake-registry.js';

const arch: EngineArch = 'x64';
const other: EngineArch = 'arm64';

beforeEach(() => {
  const folder = scratch();
  withEnvironment({
    ISOCHRON_CACHE: join(folder, 'cache'),
    ISOCHRON_ENGINE: undefined,
    npm_config_cache: join(folder, 'npm'),
  });
});

/** An engine that npm's registry has. */
async function served(files?: Parameters<typeof fakeEngine>[1]) {
  const engine = fakeEngine(scratch(), files);
  return { ...engine, registry: await fakeRegistry(engine.tarball) };
}

describe('installing', () => {
  test('replaces links in the cache, and leaves what they lead to', async () => {
    const engine = await served();
    const path = cachedLibrary(engine, arch);
    const folder = join(path, '..');
    mkdirSync(folder, { recursive: true });
    const victim = join(scratch(), 'victim');
    writeFileSync(victim, 'precious');
    const entries = [path, join(folder, 'engine.json'), `${path}.sha256.json`];
    for (const entry of entries) symlinkSync(victim, entry);
    expect(await installEngine({ engine, arch })).toMatchObject({ intact: true });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    for (const entry of entries) expect(lstatSync(entry).isFile(), entry).toBe(true);
  });

  test('takes one library out of the tarball and records where it came from', async () => {
    const engine = await served();
    const installed = await installEngine({ engine, arch });
    expect(installed.path).toBe(
      join(engineCacheDir(), 'tflite-9.8.7', 'linux-x64', 'libtensorflowlite_c.so'),
    );
    expect(readFileSync(installed.path)).toEqual(fakeLibrary({ arch }));
    expect(installed).toMatchObject({ version: '9.8.7', arch, intact: true });
    expect(installed.record).toMatchObject({
      name: 'tflite-9.8.7',
      source: `npm:${engine.spec}`,
      integrity: engine.integrity,
      license: 'Apache-2.0',
      sha256: installed.sha256,
      bytes: installed.bytes,
    });
    expect(readdirSync(join(installed.path, '..')).sort()).toEqual([
      'engine.json',
      'libtensorflowlite_c.so',
      'libtensorflowlite_c.so.sha256.json',
    ]);
  });
  test('is done once: what is there and intact is not fetched again, unless forced', async () => {
    const engine = await served();
    const first = await installEngine({ engine, arch });
    rmSync(engine.tarball);
    expect(await installEngine({ engine, arch })).toEqual(first);
    await expect(
      installEngine({
        engine: { ...engine, integrity: `sha512-${'A'.repeat(86)}==` },
        arch,
        force: true,
      }),
    ).rejects.toBeInstanceOf(IsochronError);
    expect(readFileSync(first.path)).toEqual(fakeLibrary({ arch })); // and a failure leaves it
  });
  test('repairs a damaged one', async () => {
    const engine = await served();
    const { path } = await installEngine({ engine, arch });
    truncateSync(path, 100);
    expect((await installEngine({ engine, arch })).intact).toBe(true);
    rmSync(join(path, '..', 'engine.json'));
    expect((await installEngine({ engine, arch })).intact).toBe(true);
  });
  test('fetches for another machine too', async () => {
    const engine = await served();
    const installed = await installEngine({ engine, arch: other });
    expect(installed).toMatchObject({ arch: other, path: cachedLibrary(engine, other) });
  });
  test('works when several do it at once', async () => {
    const engine = await served();
    const all = await Promise.all(
      Array.from({ length: 4 }, () => installEngine({ engine, arch, force: true })),
    );
    for (const one of all) expect(one.intact).toBe(true);
    expect(readdirSync(join((all[0] as { path: string }).path, '..'))).toHaveLength(3);
  });
  test('tells how far it is', async () => {
    const engine = await served();
    const seen: number[] = [];
    await installEngine({ engine, arch, onProgress: ({ done }) => seen.push(done) });
    expect(seen.at(-1)).toBe(engine.tarballBytes);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });
});

describe('fetching', () => {
  const damage = (bytes: Buffer) => Buffer.from(bytes).fill(0, 100, 200);
  test('what was damaged on the way is fetched again, a few times at most', async () => {
    const engine = await served();
    engine.registry.deliver = (bytes, time) => (time === 0 ? damage(bytes) : bytes);
    expect((await installEngine({ engine, arch })).intact).toBe(true);
    engine.registry.deliver = damage;
    engine.registry.asked.length = 0;
    withEnvironment({ npm_config_cache: scratch() });
    await expect(installEngine({ engine, arch, force: true })).rejects.toMatchObject({
      code: 'E_ENGINE_CORRUPT',
    });
    const tries = engine.registry.asked.filter((path) => path.endsWith('.tgz')).length;
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(5); // npm's library tries twice each time
  });
  test('what npm’s cache holds under the same address is held against the checksum too', async () => {
    const engine = await served();
    await installEngine({ engine, arch });
    const other = fakeEngine(scratch(), { x64: fakeLibrary({ arch, version: '1.2.3' }) });
    writeFileSync(engine.tarball, readFileSync(other.tarball));
    const installed = await installEngine({ engine: other, arch, force: true });
    expect(installed.version).toBe('1.2.3');
  });
  test('offline asks nobody, and npm’s cache is enough', async () => {
    const engine = await served();
    withEnvironment({ npm_config_offline: 'true' });
    await expect(installEngine({ engine, arch })).rejects.toMatchObject({
      code: 'E_ENGINE_MISSING',
      message: expect.stringContaining('npm is told to stay offline'),
    });
    expect(engine.registry.asked).toEqual([]);
    withEnvironment({ npm_config_offline: undefined });
    await installEngine({ engine, arch });
    engine.registry.asked.length = 0;
    withEnvironment({ npm_config_offline: 'true' });
    expect((await installEngine({ engine, arch, force: true })).intact).toBe(true);
    expect(engine.registry.asked).toEqual([]);
  });
  test('a mirror that names the public registry’s tarballs is asked for them itself', async () => {
    const engine = await served();
    const publicRegistry = npmFetch.pickRegistry('fake@1.0.0', {});
    engine.registry.tarballUrl = new URL('/fake/-/fake-1.0.0.tgz', publicRegistry).href;
    expect((await installEngine({ engine, arch })).intact).toBe(true);
    expect(engine.registry.asked).toEqual(['/fake', '/fake/-/fake-1.0.0.tgz']);
  });
  test('a registry without the package, the version or the tarball', async () => {
    const engine = await served();
    const missing = (spec: string) =>
      expect(installEngine({ engine: { ...engine, spec }, arch })).rejects.toMatchObject({
        code: 'E_ENGINE_MISSING',
        message: expect.stringContaining(`the npm registry does not have ${spec}`),
      });
    await missing('other@1.0.0');
    await missing('fake@2.0.0');
    rmSync(engine.tarball);
    await missing('fake@1.0.0');
  });
});

describe('a package that is not what it should be leaves nothing behind', () => {
  const expectCorrupt = async (engine: KnownEngine, what: RegExp) => {
    const failure = await installEngine({ engine, arch }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IsochronError);
    expect(failure).toMatchObject({
      code: 'E_ENGINE_CORRUPT',
      message: expect.stringMatching(what),
    });
    expect(existsSync(cachedLibrary(engine, arch))).toBe(false);
  };
  test('another checksum', async () => {
    const engine = await served();
    const bytes = readFileSync(engine.tarball);
    bytes[4] = (bytes[4] as number) ^ 1; // the gzip header's time: the content unpacks all the same
    writeFileSync(engine.tarball, bytes);
    await expectCorrupt(engine, /expected checksum/);
  });
  test('a truncated tarball', async () => {
    const engine = await served();
    truncateSync(engine.tarball, Math.floor(engine.tarballBytes / 2));
    await expectCorrupt(
      { ...engine, integrity: integrityOf(engine.tarball) },
      /not what it should be/,
    );
  });
  test('no tarball at all', async () => {
    const engine = await served();
    writeFileSync(engine.tarball, 'an error page');
    await expectCorrupt(
      { ...engine, integrity: integrityOf(engine.tarball) },
      /not what it should be/,
    );
  });
  test('no library in it', async () => {
    await expectCorrupt(await served({}), /it has no package\/deps\/x64/);
  });
  test('a library for another architecture', async () => {
    const engine = await served({ x64: fakeLibrary({ arch: 'arm64' }) });
    await expectCorrupt(engine, /library for x64 is built for arm64/);
  });
  test('something that is no engine', async () => {
    const engine = await served({ x64: fakeLibrary({ arch, symbols: ['printf'] }) });
    await expectCorrupt(engine, /no TensorFlow Lite C API/);
  });
});

describe('a cache that can’t be written', () => {
  test('is a sentence that names the way out', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'file'), '');
    withEnvironment({ ISOCHRON_CACHE: join(folder, 'file') });
    await expect(installEngine({ engine: await served(), arch })).rejects.toMatchObject({
      code: 'E_CACHE',
      hint: expect.stringMatching(/^ISOCHRON_CACHE names another folder/),
    });
  });
  test('is no trouble when the engine is there', async () => {
    const engine = await served();
    const { path } = await installEngine({ engine, arch });
    chmodSync(join(path, '..'), 0o555);
    expect((await installEngine({ engine, arch })).path).toBe(path);
    chmodSync(join(path, '..'), 0o755);
  });
});

describe('an npm cache that can’t be used is no trouble', () => {
  test.each<[string, (folder: string) => string]>([
    [
      'a file where its folder should be',
      (folder) => {
        writeFileSync(join(folder, 'npm'), '');
        return join(folder, 'npm');
      },
    ],
    [
      'a file where the cache in it should be',
      (folder) => {
        writeFileSync(join(folder, '_cacache'), '');
        return folder;
      },
    ],
    [
      'a folder for temporary files that is a file',
      (folder) => {
        mkdirSync(join(folder, '_cacache'));
        writeFileSync(join(folder, '_cacache', 'tmp'), '');
        return folder;
      },
    ],
    [
      'contents that are a file',
      (folder) => {
        mkdirSync(join(folder, '_cacache'));
        writeFileSync(join(folder, '_cacache', 'content-v2'), '');
        return folder;
      },
    ],
    [
      'an index that leads round in a circle',
      (folder) => {
        mkdirSync(join(folder, '_cacache'));
        symlinkSync('index-v5', join(folder, '_cacache', 'index-v5'));
        return folder;
      },
    ],
  ])('%s', async (_what, make) => {
    const engine = await served();
    withEnvironment({ npm_config_cache: make(scratch()) });
    expect((await installEngine({ engine, arch })).intact).toBe(true);
  });
});

describe('listing', () => {
  test('an absent cache is an empty list', async () => {
    expect(await listEngines()).toEqual([]);
  });
  test('tells what is usable here and what is damaged', async () => {
    const engine = await served();
    await installEngine({ engine, arch });
    await installEngine({ engine, arch: other });
    const usable = (await listEngines()).filter((e) => e.usableHere);
    expect(usable.map((e) => e.description?.arch)).toEqual(
      [arch, other].filter((a) => a === process.arch),
    );
    writeFileSync(cachedLibrary(engine, other), 'rubbish');
    const damaged = (await listEngines()).find((e) => e.path === cachedLibrary(engine, other));
    expect(damaged).toMatchObject({ description: null, usableHere: false });
  });
});

test('the real engine comes from the user’s npm registry', async ({ skip }) => {
  try {
    const installed = await installEngine({ arch: 'arm64' });
    expect(installed).toMatchObject({
      version: DEFAULT_ENGINE.version,
      arch: 'arm64',
      xnnpack: true,
      intact: true,
    });
  } catch (error) {
    if (error instanceof IsochronError && error.code === 'E_ENGINE_MISSING')
      return skip(`the registry can't be reached: ${error.message}`);
    throw error;
  }
});
