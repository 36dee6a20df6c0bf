/** `isochron engine` through the real command line, with a catalogue and a registry of our own. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changeCompiled } from '../compiled.js';
import { fakeEngine, fakeLibrary } from '../engine/fake-engine.js';
import { fakeRegistry } from '../engine/fake-registry.js';
import { installedCopy, isochron, scratch } from './helpers.js';

const arch = process.arch as 'x64' | 'arm64';
const other = arch === 'x64' ? 'arm64' : 'x64';

/** The command line of a package whose default engine is this one. */
function withEngine(engine: ReturnType<typeof fakeEngine>) {
  const root = installedCopy(scratch());
  changeCompiled(
    join(root, 'dist'),
    /\bDEFAULT_ENGINE ?= ?\{.*?\},?\s*\}/s,
    `DEFAULT_ENGINE = ${JSON.stringify(engine)}`,
  );
  const cache = scratch();
  const env = { ISOCHRON_CACHE: cache, ISOCHRON_ENGINE: '', npm_config_cache: scratch() };
  return {
    cache,
    options: { root, env },
    engine: (...args: string[]) => isochron(['engine', ...args], { root, env }),
  };
}

test('an engine is fetched once, listed, described, and fetched again when it was changed', async () => {
  const known = fakeEngine(scratch());
  const registry = await fakeRegistry(known.tarball);
  const { engine, cache, options } = withEngine(known);
  const json = async (...args: string[]) => {
    const { status, stdout, stderr } = await engine(...args, '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  const none = await engine('list');
  expect(none.status).toBe(0);
  expect(none.stdout).toContain(`No engine in ${join(cache, 'engines')} yet`);

  const installed = await engine('install');
  expect(installed).toMatchObject({ status: 0, stderr: '' });
  const here = await json('info');
  expect(here).toMatchObject({
    version: '9.8.7',
    arch,
    cApi: true,
    xnnpack: true,
    intact: true,
    sha256: createHash('sha256').update(fakeLibrary({ arch })).digest('hex'),
  });
  for (const text of [here.path, here.sha256, '9.8.7', 'Apache-2.0', 'as installed'])
    expect(installed.stdout).toContain(text);
  expect((await engine('info')).stdout).toBe(installed.stdout);

  // a name means the cache's, whatever the current folder holds
  const cwd = scratch();
  writeFileSync(join(cwd, 'tflite-9.8.7'), 'not what is meant by the name');
  const named = await isochron(['engine', 'info', 'tflite-9.8.7'], { ...options, cwd });
  expect(named).toMatchObject({ status: 0, stdout: installed.stdout });
  writeFileSync(join(cwd, 'mine'), fakeLibrary({ arch }));
  const mine = await isochron(['engine', 'info', 'mine'], { ...options, cwd });
  expect(mine.stdout).toContain(join(cwd, 'mine'));

  const asked = registry.asked.length;
  expect(asked).toBeGreaterThan(0);
  expect(await json('install')).toEqual(here);
  expect(registry.asked).toHaveLength(asked);

  const elsewhere = await json('install', '--arch', other);
  expect(elsewhere).toMatchObject({ arch: other, intact: true });
  expect(await json('info', elsewhere.path)).toEqual(elsewhere);
  const { stdout: list } = await engine('list');
  expect(list).toContain(`tflite-9.8.7  ${arch}  usable here  ${here.path}`);
  expect(list).toContain(`tflite-9.8.7  ${other}  for another machine  ${elsewhere.path}`);
  expect(await json('list')).toHaveLength(2);

  writeFileSync(here.path, fakeLibrary({ arch, version: '9.8.8' }));
  expect((await engine('list')).stdout).toContain(`damaged  ${here.path}`);
  expect((await engine('info', here.path)).stdout).toContain('isochron engine install --force');
  const again = await engine('info');
  expect(again.stderr).toBe(
    `isochron: ${here.path} was cut or changed since it was installed, and is fetched again.\n`,
  );
  expect(again.stdout).toBe(installed.stdout);
  expect(await json('install', '--force')).toMatchObject({ path: here.path, intact: true });
});
