/** The programs of examples/, as somebody runs them who has installed isochron. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadResults, readSidecar } from 'isochron';
import { describe, expect, test } from 'vitest';
import { projectWith } from './installed.js';

const folder = join(import.meta.dirname, '..', '..', 'examples');
const programs = Object.fromEntries(
  readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
);

interface Ended {
  project: string;
  status: number | null;
  stdout: string;
  stderr: string;
}

function run(name: string, args: readonly string[], onStderr?: (kill: () => void) => void) {
  const project = projectWith(programs);
  const child = spawn(process.execPath, [name, ...args], { cwd: project });
  const ended: Ended = { project, status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ended.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ended.stderr += text;
    onStderr?.(() => child.kill('SIGINT'));
  });
  return new Promise<Ended>((resolve) => {
    child.once('close', (status) => resolve({ ...ended, status }));
  });
}

const SMALL = 'mobilenet_v1_0.25_128';

describe('regression-gate', () => {
  const quick = ['--jobs', '5', '--output', 'results'];

  test('fails a model that is many times as slow, by what its processes show', async () => {
    const large = 'mobilenet_v1_0.75_224';
    const args = [SMALL, large, '--repetitions', '6', ...quick];
    const { project, status, stdout, stderr } = await run('regression-gate.mjs', args);
    expect(stdout).toMatch(/^released: [\d.]+ ms \(6 processes\)\ncandidate: [\d.]+ ms \(6 proc/);
    expect(stdout).toMatch(/FAILED: slower than the limit allows\n$/);
    expect(stderr.match(/^(released|candidate) #\d: [\d.]+ ms$/gm)).toHaveLength(12);
    expect(status).toBe(1);
    expect((await loadResults(join(project, 'results'))).runs).toHaveLength(12);
  });

  test('decides nothing by two processes a side', async () => {
    const args = [SMALL, SMALL, '--repetitions', '2', ...quick];
    const { status, stdout } = await run('regression-gate.mjs', args);
    expect(stdout).toMatch(/UNDECIDED: .*too few processes/);
    expect(status).toBe(2);
  });

  test('a model that is not there leaves nothing to decide', async () => {
    const args = [SMALL, 'no-such.tflite', '--repetitions', '1', ...quick];
    const { status, stderr } = await run('regression-gate.mjs', args);
    expect(stderr).toMatch(/candidate #1: .*no-such\.tflite/);
    expect(status).toBe(2);
  });
});

test('threads-xnnpack draws a dot for each process', async () => {
  const args = [SMALL, '--threads', '1,2', '--repetitions', '2', '--jobs', '5'];
  const { project, status, stdout, stderr } = await run('threads-xnnpack.mjs', args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.match(/^\d threads, XNNPACK (on|off): [\d.]+ ms \(2 processes\)$/gm)).toHaveLength(
    4,
  );
  const svg = readFileSync(join(project, 'threads-xnnpack.svg'), 'utf8');
  const marks = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)];
  expect(marks).toHaveLength(8);
  for (const [, x, y] of marks) {
    expect(Number(x)).toBeLessThan(480);
    expect(Number(y)).toBeGreaterThanOrEqual(32);
    expect(Number(y)).toBeLessThanOrEqual(272);
  }
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

describe('live-progress', () => {
  test('tells jobs, misses and time left, and what they came to', async () => {
    const args = ['spin', '--period', '5ms', '--jobs', '30', '--output', 'run.csv'];
    const { project, status, stdout, stderr } = await run('live-progress.mjs', args);
    expect(stderr).toMatch(/^30\/30 jobs, \d+ missed, 0 s left$/m);
    const { summary } = await readSidecar(join(project, 'run.json'));
    expect(stdout).toMatch(
      new RegExp(`^status: done\njobs: 30, missed: ${summary?.deadlineMisses}\n`),
    );
    expect(stdout).toMatch(/^p99: too few jobs to bound it$/m);
    expect(stdout).toContain(`wrote ${join(project, 'run.csv')}`);
    expect(status).toBe(0);
  });

  test('Ctrl-C ends it within a job, and its rows are kept', async () => {
    const args = ['spin', '--period', '20ms', '--jobs', '100000', '--output', 'run.csv'];
    const { project, stdout } = await run('live-progress.mjs', args, (interrupt) => interrupt());
    expect(stdout).toMatch(/^status: interrupted$/m);
    expect((await readSidecar(join(project, 'run.json'))).status).toBe('interrupted');
  });

  test('an option that can not be meant is told in a sentence', async () => {
    const { status, stderr } = await run('live-progress.mjs', ['spin', '--period', 'soon']);
    expect(stderr).toMatch(/period/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
  });
});
