import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ENDING_SIGNALS } from '../../src/kernel/signals.js';
import { csv, isochron, json, scratch, start, until } from './helpers.js';
import { alive, atWork, children } from './processes.js';

const lines = (path: string) =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
/** proc_pid_stat(5) */
const stateOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
/** CLOCK_MONOTONIC, as the rows have it. */
const monotonic = () => process.hrtime.bigint();

describe('a run that is interrupted', () => {
  test.each(ENDING_SIGNALS)(
    '%s: ends in order with exit code 130, all rows on disk',
    async (name) => {
      const out = join(scratch(), 'out.csv');
      const { child, result } = start(['run', 'noop', '-p', '0.002', '-t', '0', '-o', out]);
      await until(() => lines(out) > 50, 'the first rows');
      child.kill(name);
      expect((await result).status).toBe(130);
      const sidecar = json(join(out, '..', 'out.json'));
      expect(sidecar.status).toBe('interrupted');
      expect(csv(out)).toHaveLength(sidecar.summary.counts.executed);
    },
  );

  test('SIGINT during a long sleep ends the run without waiting for the next job', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'noop', '-p', '10000', '-t', '5', '-o', out]);
    await until(() => lines(out) >= 2, 'the first row');
    child.kill('SIGINT');
    expect((await result).status).toBe(130); // and not hours later
    expect(json(join(out, '..', 'out.json')).status).toBe('interrupted');
    expect(csv(out)).toHaveLength(1);
  });

  test('a run whose process was stopped and went on says so, and is INVALID for it', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'noop', '-p', '0.002', '-t', '0', '-o', out]);
    await until(() => lines(out) > 50, 'the first rows');
    const engine = children(child.pid as number)[0] as number;
    // one that comes to a process which runs is no stop
    process.kill(engine, 'SIGCONT');
    const running = lines(out);
    await until(() => lines(out) > running + 100, 'rows after it');
    process.kill(engine, 'SIGSTOP');
    await until(() => stateOf(engine) === 'T', 'its stop');
    await delay(300);
    process.kill(engine, 'SIGCONT');
    const before = lines(out);
    await until(() => lines(out) > before + 10, 'more rows');
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
    const { stops, verdict } = json(join(out, '..', 'out.json'));
    expect(stops).toBe(1);
    expect(verdict.reasons.map(({ code }: { code: string }) => code)).toContain('stopped_process');
  });

  test('a run whose core another task of higher priority had between its jobs says so, and is INVALID for it', async ({
    skip,
  }) => {
    const out = join(scratch(), 'out.csv');
    const others = join(scratch(), 'others.csv');
    const rival = start(
      [
        ...['run', 'spin', '--us', '20000', '-p', '50ms', '-t', '0', '-c', '0', '-f', '51'],
        '-o',
        others,
      ],
      { env: { ISOCHRON_LOCKS: scratch() } },
    );
    const ended = () => rival.child.exitCode !== null;
    try {
      await until(() => ended() || lines(others) > 3, 'its first rows, or its end');
      if (ended()) return skip('SCHED_FIFO is not granted here');
      await isochron(['run', 'noop', '-p', '7ms', '-t', '60', '-c', '0', '-f', '50', '-o', out]);
    } finally {
      rival.child.kill('SIGINT');
      await rival.result;
    }
    const { granted, finished, verdict } = json(join(out, '..', 'out.json'));
    if (granted.policy !== 'fifo') return skip('SCHED_FIFO is not granted here');
    if (finished.runDelayNs === null) return skip('this kernel keeps no account of waits');
    expect(finished.runDelayNs).toBeGreaterThan(20e6);
    expect(verdict.reasons.map(({ code }: { code: string }) => code)).toContain('core_taken');
  });

  test('a job that takes long is awaited: its row is kept', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'spin', '--us', '12000000', '-t', '9', '-o', out]);
    await until(() => lines(out) >= 1, 'the header');
    await atWork(children(child.pid as number)[0] as number);
    const toldAt = monotonic();
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
    const sidecar = json(join(out, '..', 'out.json'));
    expect(sidecar.status).toBe('interrupted');
    const rows = csv(out);
    expect(rows).toHaveLength(sidecar.summary.counts.executed);
    expect(rows.length).toBeLessThan(9);
    expect(BigInt(rows.at(-1)?.end_ns as string)).toBeGreaterThan(toldAt);
  });

  test('a job that blocks: what is waited for is said, and a second Ctrl-C ends it at once, in a state', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'spin', '--us', '1000000000', '-t', '2', '-o', out]);
    let said = '';
    child.stderr?.on('data', (text: string) => {
      said += text;
    });
    await until(() => lines(out) >= 1, 'the header');
    const [engine] = children(child.pid as number);
    await atWork(engine as number);
    child.kill('SIGINT');
    await until(() => said.includes('Ctrl-C again ends it at once'), 'a word on what to do');
    expect(alive(engine as number)).toBe(true);
    child.kill('SIGINT');
    const { status, stderr } = await result;
    expect(stderr.match(/Stopping.*/g)).toEqual([
      'Stopping: waiting for the job that is being executed, at most 2 minutes; Ctrl-C again ends it at once.',
    ]);
    expect(status).toBe(130);
    expect(json(join(out, '..', 'out.json')).status).toBe('interrupted');
    expect(alive(engine as number)).toBe(false);
  });

  test.each([
    ['nohup', ['bash', '-c', 'nohup "$@"', 'bash']],
    ['a shell that ignores it', ['bash', '-c', 'trap "" HUP; "$@"; exit $?', 'bash']],
  ])('SIGHUP after %s means nothing: the run goes on to its end', async (_name, wrapper) => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'noop', '-p', '0.002', '-t', '0', '-o', out], {
      wrapper,
    });
    await until(() => lines(out) > 50, 'the first rows');
    const below = children(child.pid as number);
    // bash becomes nohup, which becomes the tool; a shell with a trap stays its parent
    const tool = wrapper[2]?.startsWith('nohup') ? (child.pid as number) : (below[0] as number);
    const [engine] = children(tool) as [number];
    for (const pid of [tool, engine]) process.kill(pid, 'SIGHUP'); // as a terminal does
    const before = lines(out);
    await until(() => lines(out) > before + 50, 'more rows');
    process.kill(tool, 'SIGINT');
    expect((await result).status).toBe(130);
    expect(json(join(out, '..', 'out.json')).status).toBe('interrupted');
  });

  test('SIGKILL: the file parses and loses nothing that it had, and the child ends by itself', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'noop', '-p', '0.001', '-t', '0', '-o', out]);
    // written while the run goes on, not at its end
    for (const some of [1, 300, 600]) await until(() => lines(out) > some, `${some} rows`);
    const [engine] = children(child.pid as number);
    const seen = lines(out) - 1;
    child.kill('SIGKILL');
    expect((await result).signal).toBe('SIGKILL');
    // a write that the kill fell into may have left a part of a row, which the tool's readers leave out
    const text = readFileSync(out, 'utf8');
    writeFileSync(out, text.slice(0, text.lastIndexOf('\n') + 1));
    const rows = csv(out);
    expect(rows.length).toBeGreaterThanOrEqual(seen);
    expect(rows.map(({ job }) => Number(job))).toEqual(rows.map((_, i) => i));
    await until(() => !alive(engine as number), 'the child to end');
    expect(json(join(out, '..', 'out.json')).status).toBe('failed'); // which its child has seen to
  });

  test('the engine’s process killed mid-run: reported as this run’s failure, rows kept', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'noop', '-p', '0.002', '-t', '0', '-o', out]);
    await until(() => lines(out) > 50, 'the first rows');
    process.kill(children(child.pid as number)[0] as number, 'SIGKILL');
    const { status, stderr } = await result;
    expect(status).toBe(1);
    expect(stderr).toMatch(/SIGKILL/);
    const sidecar = json(join(out, '..', 'out.json'));
    expect(sidecar.status).toBe('failed');
    expect(sidecar.error.code).toBe('E_CRASHED');
    expect(csv(out).length).toBeGreaterThan(50);
  });
});

test('a run whose model is cut under it says so, and keeps its rows', async () => {
  const folder = scratch();
  const [model, out] = [join(folder, 'm.tflite'), join(folder, 'out.csv')];
  await isochron(['models', 'build', 'cnv_25', '-o', model]);
  const { result } = start(['run', model, '-p', '0.02', '-t', '0', '--events', 'none', '-o', out]);
  await until(() => lines(out) > 5, 'the first rows');
  truncateSync(model, 0);
  const { status, stderr } = await result;
  expect(stderr).toMatch(/crashed \(SIGBUS\).*\n {2}The model's file was changed while it ran/);
  expect(status).toBe(1);
  expect(csv(out).length).toBeGreaterThan(4);
});

describe('two runs into one file', () => {
  test('the second is refused before it changes anything, and the first keeps all of its rows', async () => {
    const folder = scratch();
    const out = join(folder, 'out.csv');
    const other = join(scratch(), 'other.csv');
    await isochron(['run', 'noop', '-t', '3', '-o', other]);
    const { child, result } = start(['run', 'noop', '-p', '0.002', '-t', '0', '-o', out]);
    await until(() => lines(out) > 20, 'the first rows');
    for (const path of [out, join(folder, 'out')]) {
      const { status, stderr } = await isochron([
        'run',
        'noop',
        '-t',
        '300',
        '-p',
        '0',
        '-o',
        path,
      ]);
      expect(stderr).toMatch(/is being written by another run \(process \d+\)/);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(status).toBe(1);
    }
    // and so is everything else that would put a file in its place
    for (const args of [
      ['trace', other, '-o', out],
      ['trace', other, '-o', join(folder, 'out.json')],
      ['models', 'build', 'mobilenet_v1_0.25_128', '-o', out],
    ]) {
      const { status, stderr } = await isochron(args);
      expect(stderr).toMatch(/is being written by a run \(process \d+\)|and would be lost/);
      expect(status).toBeGreaterThan(0);
    }
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
    const sidecar = json(join(folder, 'out.json'));
    expect(sidecar.plan.periodNs).toBe(2_000_000);
    expect(csv(out)).toHaveLength(sidecar.summary.counts.executed);
    expect((await isochron(['run', 'noop', '-t', '3', '-p', '0', '-o', out])).status).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('a killed run keeps nobody from its file', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'noop', '-p', '0.002', '-t', '0', '-o', out]);
    await until(() => lines(out) > 20, 'the first rows');
    child.kill('SIGKILL');
    await result;
    expect((await isochron(['run', 'noop', '-t', '3', '-p', '0', '-o', out])).status).toBe(0);
    expect(csv(out)).toHaveLength(3);
  });
});
