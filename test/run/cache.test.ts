/** The tool's own cache, through the real command line. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveEngine } from '../../src/engine/resolve-engine.js';
import { isochron, scratch, start } from '../cli/helpers.js';

const isRoot = process.geteuid?.() === 0;
/** In a mount namespace of its own, which goes away with the process. */
const readOnly = (folder: string) => [
  'unshare',
  '-m',
  'sh',
  '-c',
  `mount --bind ${folder} ${folder} && mount -o remount,bind,ro ${folder} && exec "$@"`,
  'sh',
];
const canMount = () => {
  const [command, ...args] = [...readOnly(scratch()), 'true'];
  return spawnSync(command as string, args).status === 0;
};
const engine = await resolveEngine();
/** Any run of a network of the zoo. */
const run = (cache: string, wrapper?: string[]) =>
  isochron(['run', 'mobilenet_v1_0.25_32', '-t', '1', '--events', 'none', '--json'], {
    env: { ISOCHRON_CACHE: cache, ISOCHRON_ENGINE: engine },
    ...(wrapper ? { wrapper } : {}),
  });

describe.skipIf(!isRoot || !canMount())('a read-only cache (needs root to mount one)', () => {
  test('is named, with the way out, where something has to be kept in it', async () => {
    const cache = scratch();
    const { status, stderr, stdout } = await run(cache, readOnly(cache));
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`The cache ${cache} can't be written: the file system is read-only.`);
    expect(stderr).toContain('ISOCHRON_CACHE names another folder');
    expect(stderr).not.toMatch(/ENOENT|EROFS|^\s+at /m);
  });

  test('serves what it holds, copied from elsewhere', async () => {
    const filled = scratch();
    const first = await run(filled);
    expect(first.status, first.stderr).toBe(0);
    const cache = join(scratch(), 'cache');
    expect(spawnSync('cp', ['-r', filled, cache]).status).toBe(0);
    const again = await run(cache, readOnly(cache));
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).not.toMatch(/cache|built again/);
    truncateSync(join(cache, 'models', 'mobilenet_v1_0.25_32-g1.tflite'), 1000);
    const cut = await run(cache, readOnly(cache));
    expect(cut.status).toBe(1);
    expect(cut.stderr).toContain("can't be written");
  });
});

describe.skipIf(!isRoot)('a cache of somebody else’s (needs root to become another)', () => {
  test('is named, with the way out', async () => {
    const cache = scratch();
    chmodSync(cache, 0o755);
    const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const { status, stderr } = await run(cache, user);
    expect(status).toBe(1);
    expect(stderr).toContain(`The cache ${cache} can't be written: permission denied.`);
    expect(stderr).toContain('ISOCHRON_CACHE');
  });
});

test('a cut network is built again by the run that needs it, and said', async () => {
  const cache = scratch();
  mkdirSync(join(cache, 'models'));
  await run(cache);
  const file = join(cache, 'models', 'mobilenet_v1_0.25_32-g1.tflite');
  const whole = readFileSync(file);
  truncateSync(file, 100);
  const { status, stderr } = await run(cache);
  expect(status, stderr).toBe(0);
  expect(stderr).toContain(`${file} was cut or changed since it was built, and is built again.`);
  expect(readFileSync(file).equals(whole)).toBe(true);
  rmSync(`${file}.sha256.json`);
  expect((await run(cache)).stderr).toContain('is built again');
});

const MODEL = 'mobilenet_v1_0.25_32-g1.tflite';
const SEAL = `${MODEL}.sha256.json`;

/** A cache in which the names of files lead to others, which are to stay as they are. */
function linkedCache(owner?: number) {
  const folder = scratch();
  chmodSync(folder, 0o755);
  const models = join(folder, 'cache', 'models');
  mkdirSync(models, { recursive: true });
  const victims = [MODEL, SEAL].map((name) => {
    const victim = join(folder, `victim-of-${name}`);
    writeFileSync(victim, 'precious');
    chmodSync(victim, 0o666);
    symlinkSync(victim, join(models, name));
    return victim;
  });
  if (owner !== undefined)
    for (const path of [join(models, '..'), models, join(models, MODEL), join(models, SEAL)])
      lchownSync(path, owner, owner);
  return { cache: join(models, '..'), models, victims };
}

describe('a link in the cache is replaced by what is kept there, and what it leads to stays as it was', () => {
  async function check({ cache, models, victims }: ReturnType<typeof linkedCache>) {
    const { status, stderr } = await run(cache);
    expect(status, stderr).toBe(0);
    for (const victim of victims) expect(readFileSync(victim, 'utf8')).toBe('precious');
    for (const name of [MODEL, SEAL])
      expect(lstatSync(join(models, name)).isFile(), name).toBe(true);
    // sealed: it is found the next time
    expect((await run(cache)).stderr).not.toContain('built again');
  }
  test('in one’s own', () => check(linkedCache()));
  test.skipIf(!isRoot)('for a plain user (needs root to become one)', async () => {
    const { cache, models, victims } = linkedCache(65534);
    const { status, stderr } = await isochron(['models', 'build', 'mobilenet_v1_0.25_32'], {
      env: { ISOCHRON_CACHE: cache },
      wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    });
    expect(status, stderr).toBe(0);
    for (const victim of victims) expect(readFileSync(victim, 'utf8')).toBe('precious');
    for (const name of [MODEL, SEAL])
      expect(lstatSync(join(models, name)).isFile(), name).toBe(true);
  });
  test.skipIf(!isRoot)('in that of another user, for root', () => check(linkedCache(65534)));
});

describe.skipIf(!isRoot)('a user without a home (needs root to become one)', () => {
  test.each(['', 'here', undefined])(
    'has no cache in the current folder, with HOME=%s',
    async (HOME) => {
      const cwd = scratch();
      chmodSync(cwd, 0o777);
      const options = {
        cwd,
        env: {
          HOME,
          XDG_CACHE_HOME: 'here',
          ISOCHRON_CACHE: undefined,
          ISOCHRON_ENGINE: undefined,
        },
        wrapper: ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups'],
      };
      const built = await isochron(['models', 'build', 'cnv_25'], options);
      expect(built.status).toBe(1);
      expect(built.stderr).toMatch(
        /^isochron: There is no place for the cache: .*\n.*ISOCHRON_CACHE/,
      );
      // what needs none goes on
      const { status, stderr } = await isochron(['run', 'noop', '-t', '1', '--quiet'], options);
      expect(status, stderr).toBe(0);
      expect(readdirSync(cwd)).toEqual([]);
    },
  );
});

test('a FIFO in the cache is no file of it: it is replaced, and nobody waits for it', async () => {
  const cache = scratch();
  mkdirSync(join(cache, 'models'));
  const entries = [MODEL, SEAL].map((name) => join(cache, 'models', name));
  expect(spawnSync('mkfifo', entries).status).toBe(0);
  const { status, stderr } = await run(cache);
  expect(status, stderr).toBe(0);
  for (const entry of entries) expect(lstatSync(entry).isFile(), entry).toBe(true);
  // a seal alone, beside a whole file
  rmSync(entries[1] as string);
  expect(spawnSync('mkfifo', [entries[1] as string]).status).toBe(0);
  expect((await run(cache)).stderr).toContain('is built again');
});

test('a FIFO is no engine, wherever it is named, and nobody waits for it', async () => {
  const folder = scratch();
  const fifo = join(folder, 'engine.so');
  const place = join(folder, 'engines', 'own-1.0', `linux-${process.arch}`);
  mkdirSync(place, { recursive: true });
  const cached = [join(place, 'libtensorflowlite_c.so'), join(place, 'engine.json')];
  expect(spawnSync('mkfifo', [fifo, ...cached]).status).toBe(0);
  const args = ['run', 'noop', '-t', '1', '--events', 'none'];
  const env = { ISOCHRON_CACHE: folder };
  const model = ['run', 'mobilenet_v1_0.25_32', '-t', '1', '--events', 'none'];
  expect((await isochron(args, { env })).status).toBe(0);
  const named = await isochron([...model, '--engine', fifo], { env });
  expect(named.status).toBe(1);
  expect(named.stderr).toContain(`${fifo} is not a file.`);
  const found = await isochron([...model, '--engine', 'own-1.0'], { env });
  expect(found.status).toBe(2);
  expect(found.stderr).toContain('The engine own-1.0 is in the cache, but not in a form that runs');
  expect((await isochron(['engine', 'list'], { env })).status).toBe(0);
  const suite = join(folder, 'suite.json');
  const base = { model: 'mobilenet_v1_0.25_32', jobs: 1, period: 0, engine: fifo };
  writeFileSync(suite, JSON.stringify({ name: 'one', base, include: [{ name: 'a' }] }));
  const swept = await isochron(['sweep', suite, '-o', join(folder, 'out')], { env });
  expect(swept.status).toBe(1);
  expect(swept.stderr).toContain(`${fifo} is not a file.`);
});

test.each([
  ['doctor', ['doctor', '--model', 'cnv_25']],
  [
    'quantize',
    ['models', 'quantize', 'cnv_25', '-o', join(scratch(), 'half'), '--precision', 'fp16'],
  ],
  ['sweep --dry-run', ['sweep', suiteOf('cnv_25'), '--dry-run']],
])('%s says so, too, and once', async (_name, args) => {
  const { env, note } = await cutNetwork();
  const { stderr } = await isochron(args, { env });
  expect(stderr.match(/.* is built again\./g)).toEqual([note]);
});

test('sweep --resume lets results stand whose network or engine was cut since, and never says that it was another', async () => {
  const cache = scratch();
  const env = { ISOCHRON_CACHE: cache, ISOCHRON_ENGINE: undefined };
  // the engine of the machine's cache, in one of the test's own
  mkdirSync(join(cache, 'engines'));
  const kept = join(engine, '..', '..');
  expect(spawnSync('cp', ['-rL', kept, join(cache, 'engines')]).status).toBe(0);
  const suite = join(scratch(), 'suite.json');
  const base = { model: 'cnv_25', jobs: 3, period: 0, events: 'none' };
  writeFileSync(suite, JSON.stringify({ name: 'one', base, include: [{ name: 'a' }] }));
  const out = join(scratch(), 'results');
  const first = await isochron(['sweep', suite, '-o', out], { env });
  expect(first.status, first.stderr).toBe(0);
  const model = join(cache, 'models', 'cnv_25-g1.tflite');
  for (const file of [model, join(cache, 'engines', relative(join(kept, '..'), engine))]) {
    truncateSync(file, 100);
    const { status, stderr } = await isochron(['sweep', suite, '-o', out, '--resume'], { env });
    expect(stderr).toContain('1 of 1 points stand, 0 are run.');
    expect(status).toBe(0);
  }
});

test('first-run says so before it begins', async () => {
  const { env, note } = await cutNetwork();
  const { child, result } = start(['first-run', 'cnv_25'], { env });
  child.stderr?.once('data', () => child.kill('SIGINT'));
  const { stderr, status } = await result;
  expect(stderr.split('\n')[0]).toBe(note);
  expect(status).toBe(130);
});

/** A cache in which a network is cut, and what is to be said of it. */
async function cutNetwork() {
  const env = { ISOCHRON_CACHE: scratch(), ISOCHRON_ENGINE: engine };
  const file = (await isochron(['models', 'build', 'cnv_25', '--quiet'], { env })).stdout.trim();
  truncateSync(file, 100);
  const note = `isochron: ${file} was cut or changed since it was built, and is built again.`;
  return { env, note };
}

/** A suite of one point whose time is not known. */
function suiteOf(model: string): string {
  const path = join(scratch(), 'suite.json');
  writeFileSync(
    path,
    JSON.stringify({ name: 'one', base: { model, jobs: 3 }, include: [{ period: 'auto' }] }),
  );
  return path;
}
