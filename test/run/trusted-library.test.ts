/** Whose engines and plugins root loads, through the real command line. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CliOptions, csv, isochron, json, scratch } from '../cli/helpers.js';
import { fakeLibrary } from '../engine/fake-engine.js';

const isRoot = process.geteuid?.() === 0;
const STRANGER = 65534;
const native = join(import.meta.dirname, '..', '..', 'native');

describe.skipIf(!isRoot)('a library as root (needs root to give files away)', () => {
  let built: string;
  let folder: string;
  let plugin: string;
  beforeAll(() => {
    built = join(scratch(), 'built.so');
    execFileSync('cc', [
      '-shared',
      '-fPIC',
      `-I${join(native, 'src', 'workload', 'plugin')}`,
      join(native, 'test', 'plugins', 'plugin_count.c'),
      '-o',
      built,
    ]);
  });
  beforeEach(() => {
    folder = join(scratch(), 'theirs');
    mkdirSync(folder, { mode: 0o755 });
    plugin = join(folder, 'plugin.so');
    copyFileSync(built, plugin);
    chmodSync(plugin, 0o644);
  });

  const run = (args: string[], { env, ...options }: CliOptions = {}) =>
    isochron(['run', ...args, '-t', '3', '--events', 'none'], {
      cwd: '/',
      env: { SUDO_UID: '', SUDO_GID: '', ...env },
      ...options,
    });
  const rows = () => join(folder, '..', 'out.csv');

  test('of its own is loaded without a word', async () => {
    const { status, stderr } = await run([plugin, '-o', rows()]);
    expect(status, stderr).toBe(0);
    expect(stderr).not.toContain('rights');
    expect(csv(rows())).toHaveLength(3);
    expect(json(join(folder, '..', 'out.json'))).toMatchObject({
      engine: null,
      plugin: { path: plugin, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  test.each([
    [
      'belongs to another user',
      () => chownSync(plugin, STRANGER, STRANGER),
      'belongs to the user 65534',
    ],
    ['anyone can write', () => chmodSync(plugin, 0o666), 'can be written by anyone'],
    [
      'lies in another user’s folder',
      () => chownSync(folder, STRANGER, STRANGER),
      'which belongs to the user 65534',
    ],
    [
      'lies where anyone can replace it',
      () => chmodSync(folder, 0o777),
      'which can be written by anyone',
    ],
  ])('a plugin that %s is refused, and nothing of it runs', async (_, give, reason) => {
    give();
    const { status, stderr, stdout } = await run([plugin, '-o', rows()]);
    expect(status).toBe(1);
    expect(stderr).toContain(`The plugin ${plugin} would run with root's rights, and it `);
    expect(stderr).toContain(reason);
    expect(stderr).toContain('chmod go-w');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    const asJson = await run([plugin, '--json', '--quiet']);
    expect(asJson.status).toBe(1);
  });

  test('of the user who called sudo is theirs to run', async () => {
    chownSync(folder, STRANGER, STRANGER);
    chownSync(plugin, STRANGER, STRANGER);
    const { status, stderr } = await run([plugin], { env: { SUDO_UID: `${STRANGER}` } });
    expect(status, stderr).toBe(0);
    expect(stderr).not.toContain('rights');
    expect((await run([plugin], { env: { SUDO_UID: '1234' } })).status).toBe(1);
  });

  test('of the owner of the working folder is run and said: a checkout in a container', async () => {
    chownSync(folder, STRANGER, STRANGER);
    chownSync(plugin, STRANGER, STRANGER);
    const { status, stderr } = await run(['./plugin.so'], { cwd: folder });
    expect(status, stderr).toBe(0);
    const note = `isochron: the plugin ${plugin} runs with root's rights, and it belongs to the user 65534.\n`;
    expect(stderr).toContain(note);
    // whoever wants no other word gets this one
    for (const still of [['--quiet'], ['-l', '1']])
      expect((await run(['./plugin.so', ...still], { cwd: folder })).stderr).toBe(note);
    chmodSync(plugin, 0o646);
    expect((await run(['./plugin.so'], { cwd: folder })).status).toBe(1);
  });

  test('an engine of another user is refused, by --engine, by ISOCHRON_ENGINE and from the cache', async () => {
    const cache = join(folder, '..', 'cache');
    const place = join(cache, 'engines', 'own-1.0', `linux-${process.arch}`);
    mkdirSync(place, { recursive: true });
    const engine = join(place, 'libtensorflowlite_c.so');
    writeFileSync(engine, fakeLibrary({ arch: process.arch as 'x64' | 'arm64' }));
    chownSync(engine, STRANGER, STRANGER);
    const model = 'mobilenet_v1_0.25_32';
    const env = { ISOCHRON_CACHE: cache };
    for (const asked of [
      run([model, '--engine', engine], { env }),
      run([model, '--engine', 'own-1.0'], { env }),
      run([model], { env: { ...env, ISOCHRON_ENGINE: engine } }),
    ]) {
      const { status, stderr } = await asked;
      expect(status).toBe(1);
      expect(stderr).toContain(
        `The engine ${engine} would run with root's rights, and it belongs to the user 65534.`,
      );
    }
  });

  test('an engine that is found in the cache has to be root’s own; that of whom the working folder belongs to is named for it', async () => {
    chownSync(folder, STRANGER, STRANGER);
    const cache = join(folder, 'cache');
    const place = join(cache, 'engines', 'own-1.0', `linux-${process.arch}`);
    mkdirSync(place, { recursive: true });
    const engine = join(place, 'libtensorflowlite_c.so');
    writeFileSync(engine, fakeLibrary({ arch: process.arch as 'x64' | 'arm64' }));
    writeFileSync(join(folder, 'own-1.0'), 'not what is meant by the name');
    const options = { cwd: folder, env: { ISOCHRON_CACHE: cache } };
    const model = 'mobilenet_v1_0.25_32';
    const asked = (name: string) => run([model, '--engine', name], options);
    // root has fetched it into a home that a CI lent to it
    expect((await asked('own-1.0')).stderr).toContain(
      `the engine ${engine} runs with root's rights, and it is in ${folder}, which belongs to`,
    );
    chownSync(engine, STRANGER, STRANGER);
    const found = await asked('own-1.0');
    expect(found.status).toBe(1);
    expect(found.stderr).toContain(
      `The engine ${engine} would run with root's rights, and it belongs to the user 65534.\n  If it is to be loaded all the same, name it: --engine ${engine}.`,
    );
    expect((await asked(engine)).stderr).toContain(
      `the engine ${engine} runs with root's rights, and it belongs to the user 65534.`,
    );
  });

  describe('that a file names which another user can have written', () => {
    let mark: string;
    beforeEach(() => {
      const source = join(folder, '..', 'mark.c');
      mark = join(folder, '..', 'was-loaded');
      writeFileSync(
        source,
        `#include <stdio.h>\n__attribute__((constructor)) static void f(void) { fclose(fopen("${mark}", "w")); }\n`,
      );
      const include = `-I${join(native, 'src', 'workload', 'plugin')}`;
      const count = join(native, 'test', 'plugins', 'plugin_count.c');
      execFileSync('cc', ['-shared', '-fPIC', include, count, source, '-o', plugin]);
    });
    const give = (...paths: string[]) => {
      for (const path of paths) chownSync(path, STRANGER, STRANGER);
    };
    const env = { SUDO_UID: '', SUDO_GID: '' };
    const sweep = (...args: string[]) => isochron(['sweep', ...args], { cwd: folder, env });

    test.each([
      ['p.yaml', 'name: s\nbase: {jobs: 2}\nmatrix: {workload: [./plugin.so]}\n'],
      ['p.json', '{"name": "s", "base": {"jobs": 2}, "matrix": {"workload": ["./plugin.so/."]}}'],
    ])('is not loaded for the suite %s, a dry run included', async (name, text) => {
      const suite = join(folder, name);
      writeFileSync(suite, `${text}`);
      give(folder, plugin, suite);
      for (const more of [['--dry-run'], [], ['--quiet']]) {
        const { status, stderr } = await sweep(name, ...more);
        expect(status).toBe(1);
        expect(stderr).toContain(
          `The plugin ${plugin} would run with root's rights, and ${suite}, which names it, belongs to the user 65534.`,
        );
        expect(stderr).toContain(`Name it on the command line (isochron run ${plugin})`);
      }
      expect(existsSync(mark)).toBe(false);
      // its own points need none
      writeFileSync(suite, 'name: s\nbase: {jobs: 2}\nmatrix: {workload: [noop, ./plugin.so]}\n');
      const other = await sweep(name, '--dry-run', '--only', 'workload=noop');
      expect(other.status, other.stderr).toBe(0);
    });

    test('is not loaded for a suite of root’s in a folder of theirs, but for one of root’s own', async () => {
      const suite = join(folder, 's.yaml');
      writeFileSync(
        suite,
        `name: s\nbase: {jobs: 2}\nmatrix: {workload: [${plugin}], warmup: [0, 1]}\n`,
      );
      chownSync(folder, STRANGER, STRANGER);
      const theirs = await sweep('s.yaml', '--dry-run');
      expect(theirs.status).toBe(1);
      expect(theirs.stderr).toContain(`which names it, is in ${folder}, which belongs to`);
      const own = join(folder, '..', 'own.yaml');
      copyFileSync(suite, own);
      // for an estimate nothing of theirs is run
      const dry = await sweep(own, '--dry-run');
      expect(dry.status, dry.stderr).toBe(0);
      expect(existsSync(mark)).toBe(false);
      const ours = await sweep(own, '-o', join(folder, '..', 'results'));
      expect(ours.status, ours.stderr).toBe(0);
      expect(existsSync(mark)).toBe(true);
      const note = `isochron: the plugin ${plugin} runs with root's rights, and it is in ${folder}, which belongs to the user 65534.\n`;
      expect(ours.stderr.split(note)).toHaveLength(2);
      const quiet = await sweep(own, '-o', join(folder, '..', 'quiet'), '--quiet');
      expect(quiet.stderr).toBe(note);
    });

    test('is not loaded for -g, unless root names it itself', async () => {
      const definition = join(folder, '..', 'h.json');
      writeFileSync(definition, JSON.stringify({ workload: './plugin.so', args: '' }));
      give(folder, plugin);
      chmodSync(definition, 0o666);
      const asked = (...args: string[]) => run([...args, '-g', definition], { cwd: folder });
      const { status, stderr } = await asked('--quiet');
      expect(status).toBe(1);
      expect(stderr).toContain(`and ${definition}, which names it, can be written by anyone.`);
      expect(existsSync(mark)).toBe(false);
      const named = await asked('./plugin.so');
      expect(named.status, named.stderr).toBe(0);
      expect(existsSync(mark)).toBe(true);

      writeFileSync(
        definition,
        JSON.stringify({ workload: 'mobilenet_v1_0.25_32', engine: './e' }),
      );
      const engine = await asked();
      expect(engine.status).toBe(1);
      expect(engine.stderr).toContain('The engine ./e would run with root');
      // as through a pipe of root's own shell
      const piped = await isochron([], {
        cwd: folder,
        env,
        wrapper: [
          'bash',
          '-c',
          '"$1" "$2" run -g <(echo \'{"workload": "./plugin.so", "jobs": 2}\') --events none',
          'bash',
        ],
      });
      expect(piped.status, piped.stderr).toBe(0);
    });
  });

  test('a definition of another user’s says nothing of where root writes, unless root does itself', async () => {
    const definition = join(folder, 'run.json');
    const place = join(folder, '..', 'place');
    for (const [name, option] of [
      ['output', '-o'],
      ['dumpOutput', '--dump-output'],
    ] as const) {
      writeFileSync(definition, JSON.stringify({ workload: 'noop', [name]: place }));
      chownSync(definition, STRANGER, STRANGER);
      const { status, stderr } = await run(['-g', definition]);
      expect(status).toBe(1);
      expect(stderr).toContain(
        `Root would write to ${place}, and ${definition}, which names it, belongs to the user 65534.`,
      );
      expect(stderr).toContain(`(${option})`);
    }
    expect(existsSync(place)).toBe(false);
    writeFileSync(definition, JSON.stringify({ workload: 'noop', output: place }));
    const named = await run(['-g', definition, '-o', rows()]);
    expect(named.status, named.stderr).toBe(0);
    expect(csv(rows())).toHaveLength(3);

    const suite = join(folder, 's.yaml');
    writeFileSync(
      suite,
      `name: s\nbase: {dumpOutput: ${place}}\nmatrix: {workload: [mobilenet_v1_0.25_32]}\n`,
    );
    chownSync(suite, STRANGER, STRANGER);
    const swept = await isochron(['sweep', suite, '-o', join(folder, '..', 'results')], {
      env: { SUDO_UID: '', SUDO_GID: '' },
    });
    expect(swept.status).toBe(1);
    expect(swept.stderr).toContain(`Root would write to ${place}, and ${suite}, which names it,`);
    expect(existsSync(place)).toBe(false);
  });

  test('whoever is not root runs what they name', async () => {
    chownSync(plugin, 1234, 1234);
    chmodSync(join(folder, '..'), 0o755);
    const { status, stderr } = await run([plugin], {
      wrapper: ['setpriv', `--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups'],
      env: { HOME: '/', ISOCHRON_CACHE: '/nowhere' },
    });
    expect(status, stderr).toBe(0);
  });
});

describe('libraries that root refuses', () => {
  test('have the code E_LIBRARY_UNTRUSTED', async () => {
    const { requireTrustedLibrary } = await import('../../src/kernel/files/trusted-file.js');
    if (!isRoot) return expect(requireTrustedLibrary('/', 'engine', undefined)).toBeUndefined();
    const file = join(scratch(), 'lib.so');
    writeFileSync(file, '');
    chmodSync(file, 0o666);
    expect(() => requireTrustedLibrary(file, 'engine', undefined)).toThrow(
      expect.objectContaining({ code: 'E_LIBRARY_UNTRUSTED' }),
    );
  });
});

test('places to write to that root refuses have the code E_OUTPUT_UNTRUSTED', async () => {
  const { requireOwnNames } = await import('../../src/run/named-libraries.js');
  const doubt = { reason: 'belongs to the user 1234', anyone: false };
  for (const named of [{ output: 'out.csv' }, { dumpOutput: 'folder' }]) {
    expect(() => requireOwnNames(named, { file: 'a.json', doubt })).toThrow(
      expect.objectContaining({ code: 'E_OUTPUT_UNTRUSTED' }),
    );
    expect(() => requireOwnNames(named, { file: 'a.json', doubt: null })).not.toThrow();
  }
});
