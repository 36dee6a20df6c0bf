import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { csv, json, scratch, start, until } from './helpers.js';

const lines = (path: string) =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** Processes whose parent is `pid`. */
function children(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number);
}
/** Waits until the job of `pid`, a spin, has been at work for some tenths of a second. */
async function atWork(pid: number) {
  const ticks = () =>
    Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[11]);
  const before = ticks();
  await until(() => ticks() > before + 30, 'the job to work');
}

describe('a run that is interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
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

  test('SIGINT during a long sleep ends the run at once', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'noop', '-p', '100', '-t', '5', '-o', out]);
    await until(() => lines(out) >= 2, 'the first row');
    const before = Date.now();
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
    expect(Date.now() - before).toBeLessThan(20_000); // far below the period of 100 s
  });

  test('a job that takes long is awaited: its row is kept', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'spin', '--us', '12000000', '-t', '2', '-o', out]);
    await until(() => lines(out) >= 1, 'the header');
    await atWork(children(child.pid as number)[0] as number);
    child.kill('SIGINT');
    expect((await result).status).toBe(130);
    expect(json(join(out, '..', 'out.json')).status).toBe('interrupted');
    expect(csv(out)).toHaveLength(1);
  }, 60_000);

  test('nobody waits for a job that outlives the tool: a second Ctrl-C ends both', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'spin', '--us', '1000000000', '-t', '2', '-o', out]);
    await until(() => lines(out) >= 1, 'the header');
    const [engine] = children(child.pid as number);
    await atWork(engine as number);
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill('SIGINT');
    expect((await result).signal).toBe('SIGINT');
    for (let i = 0; i < 2 && alive(engine as number); i++)
      await until(() => !alive(engine as number), 'the child to end').catch(() => {});
    expect(alive(engine as number)).toBe(false);
  }, 60_000);

  test('SIGKILL: the file parses, at most the last 200 ms are missing, and the child ends by itself', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start(['run', 'noop', '-p', '0.001', '-t', '0', '-o', out]);
    await until(() => lines(out) > 300, 'the first rows');
    const [engine] = children(child.pid as number);
    // CLOCK_MONOTONIC, as the rows have it
    const killedAt = process.hrtime.bigint();
    child.kill('SIGKILL');
    expect((await result).signal).toBe('SIGKILL');
    const rows = csv(out);
    const last = BigInt(rows.at(-1)?.end_ns as string);
    expect(Number(killedAt - last) / 1e6).toBeLessThanOrEqual(200);
    expect(json(join(out, '..', 'out.json')).status).toBe('running'); // explains what the file is
    await until(() => !alive(engine as number), 'the child to end');
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
