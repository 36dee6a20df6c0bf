/** Signals to the commands that are more than one run; those of `run` are in interruption.test.ts. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readManifest } from '../../src/formats/manifest.js';
import { noCompiler, shimEngine } from '../engine/shim-engine.js';
import { json, type RunningCli, scratch, start, until } from './helpers.js';
import { alive, atWork, children } from './processes.js';

const WAITING =
  'Stopping: waiting for the job that is being executed, at most 2 minutes; Ctrl-C again ends it at once.';

/** Ctrl-C, and once more when the command has said what that does. */
async function interruptTwice({ child, result }: RunningCli) {
  let said = '';
  child.stderr?.on('data', (text: string) => {
    said += text;
  });
  child.kill('SIGINT');
  await until(() => said.includes('Ctrl-C again ends it at once'), 'a word on what to do');
  child.kill('SIGINT');
  return result;
}

describe('a sweep', () => {
  const rows = (path: string) =>
    existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
  /** Two points that have no end of their own. */
  function endless(workload: object, wrapper?: string[]) {
    const folder = scratch();
    const suite = join(folder, 'suite.json');
    const base = { jobs: 1_000_000, events: 'none', ...workload };
    const include = [{ name: 'one' }, { name: 'two' }];
    writeFileSync(suite, JSON.stringify({ name: 'endless', base, include }));
    const out = join(folder, 'results');
    const running = start(['sweep', suite, '-o', out], wrapper ? { wrapper } : {});
    return {
      ...running,
      out,
      csv: join(out, 'one.r1.csv'),
      statuses: async () =>
        (await readManifest(join(out, 'manifest.json'))).manifest?.points.map((p) => p.status),
    };
  }
  const NOOP = { workload: 'noop', period: '2ms' };

  test.each(['SIGHUP', 'SIGTERM'] as const)(
    '%s: ends in order and can be resumed',
    async (name) => {
      const { child, result, out, csv, statuses } = endless(NOOP);
      await until(() => rows(csv) > 20, 'the first rows');
      child.kill(name);
      const { status, stdout } = await result;
      expect(status).toBe(130);
      expect(stdout).toContain('--resume goes on');
      expect(await statuses()).toEqual(['interrupted', 'pending']);
      expect(json(csv.replace('.csv', '.json')).status).toBe('interrupted');
      expect(readdirSync(out).filter((file) => file.includes('lock'))).toEqual([]);
    },
  );

  test('under nohup goes on after SIGHUP', async () => {
    const { child, result, csv, statuses } = endless(NOOP, ['bash', '-c', 'nohup "$@"', 'bash']);
    await until(() => rows(csv) > 20, 'the first rows');
    const tool = child.pid as number; // bash becomes nohup, which becomes it
    for (const pid of [tool, ...children(tool)]) process.kill(pid, 'SIGHUP'); // as a terminal does
    const before = rows(csv);
    await until(() => rows(csv) > before + 50, 'more rows');
    expect(await statuses()).toEqual(['running', 'pending']);
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
    expect(await statuses()).toEqual(['interrupted', 'pending']);
  });

  test('whose job blocks: one sentence says so, and a second Ctrl-C ends it at once, in a state', async () => {
    const running = endless({ workload: 'spin', us: 1_000_000_000 });
    const { child, out, csv, statuses } = running;
    await until(() => rows(csv) >= 1, 'the header');
    const [engine] = children(child.pid as number) as [number];
    await atWork(engine);
    const { status, stderr, stdout } = await interruptTwice(running);
    expect(stderr.match(/Stopping.*/g)).toEqual([WAITING]);
    expect(stdout).toContain('--resume goes on');
    expect(status).toBe(130);
    expect(await statuses()).toEqual(['interrupted', 'pending']);
    expect(json(csv.replace('.csv', '.json')).status).toBe('interrupted');
    expect(alive(engine)).toBe(false);
    expect(readdirSync(out).filter((file) => file.includes('lock'))).toEqual([]);
  });
});

describe.skipIf(noCompiler)(
  `with an engine that blocks${noCompiler ? ` (${noCompiler})` : ''}`,
  () => {
    /** Starts a command, and waits until its engine does not come back from the nth inference. */
    async function blockedAt(n: number, args: (folder: string) => string[]) {
      const [folder, temporary] = [scratch(), join(scratch(), 'tmp')];
      mkdirSync(temporary);
      const engine = await shimEngine(folder, `BLOCK_AT=${n}`);
      const mark = join(folder, 'blocked');
      const running = start([...args(folder), '--engine', engine], {
        env: { TMPDIR: temporary, ISOCHRON_TEST_BLOCKED: mark },
      });
      let ended = false;
      void running.result.then(() => {
        ended = true;
      });
      await until(() => existsSync(mark) || ended, 'the engine to block');
      const [below] = children(running.child.pid as number) as [number];
      return { ...running, folder, temporary, below };
    }

    // the trial is one inference, so that the second is one of the runs
    const firstRun = (folder: string) => ['first-run', 'cnv_25', '-o', join(folder, 'first')];

    test('first-run: a second Ctrl-C ends it at once, and what to do is said', async () => {
      const running = await blockedAt(2, firstRun);
      const { status, stderr, stdout } = await interruptTwice(running);
      expect(stderr.match(/Stopping.*/g)).toEqual([WAITING]);
      expect(stderr).toContain('the same command with --resume goes on');
      expect(stdout).toBe('');
      expect(status).toBe(130);
      expect(alive(running.below)).toBe(false);
    });

    test('first-run without a folder leaves none', async () => {
      const running = await blockedAt(2, () => ['first-run', 'cnv_25']);
      const { status, stderr } = await interruptTwice(running);
      expect(stderr).toContain('with -o DIR an interrupted explanation can be resumed');
      expect(status).toBe(130);
      expect(readdirSync(running.temporary)).toEqual([]);
    });

    const quantize = (folder: string) => [
      ...['models', 'quantize', 'cnv_25', '-o', join(folder, 'int8.tflite')],
      ...['--precision', 'int8', '--calibrate', 'random:3'],
    ];
    test.each([
      ['SIGHUP', ['SIGHUP']],
      ['a second Ctrl-C', ['SIGINT', 'SIGTERM']], // two of the same could come as one
    ] as const)(
      'models quantize, %s: no process, no file, no temporary file is left',
      async (_, signals) => {
        const { child, result, below, folder, temporary } = await blockedAt(2, quantize);
        for (const name of signals) child.kill(name);
        expect((await result).status).toBe(130);
        await until(() => !alive(below), 'the engine to end');
        expect(existsSync(join(folder, 'int8.tflite'))).toBe(false);
        expect(readdirSync(temporary)).toEqual([]);
      },
    );
  },
);

test('first-run, SIGHUP: ends in order, and can be resumed', async () => {
  const out = join(scratch(), 'first');
  const { child, result } = start(['first-run', 'cnv_25', '--quick', '-o', out]);
  const runs = () => (existsSync(out) ? readdirSync(out).filter((f) => f.endsWith('.csv')) : []);
  await until(() => runs().length > 0, 'the first run');
  child.kill('SIGHUP');
  const { status, stderr } = await result;
  expect(status).toBe(130);
  expect(stderr).toContain('the same command with --resume goes on');
  const states = json(join(out, 'manifest.json')).points.map((p: { status: string }) => p.status);
  expect(states).toContain('pending');
  expect(states).not.toContain('running');
});
