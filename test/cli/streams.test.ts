/** Output that nobody takes: a full disk is an error, a reader that has gone away is none. */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { csv, isochron, json, scratch, start, until } from './helpers.js';

const INTO_FULL = ['sh', '-c', 'exec "$@" > /dev/full', 'sh'];
const lines = (path: string) =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;

describe('a disk that is full behind stdout', () => {
  const folder = scratch();
  const run = join(folder, 'run.csv');
  const cases: [string, string[]][] = [
    ['run --json', ['run', 'noop', '-p', '1ms', '-t', '20', '--json']],
    ['run', ['run', 'noop', '-p', '1ms', '-t', '20']],
    ['run -l 3', ['run', 'noop', '-p', '1ms', '-t', '0', '-l', '3']],
    ['compare', ['compare', run, run]],
    ['trace', ['trace', run, '-o', join(folder, 'trace.json')]],
    ['report', ['report', run, '-o', join(folder, 'report.html')]],
    ['events', ['events']],
    ['models list', ['models', 'list']],
    ['engine list', ['engine', 'list']],
    ['--help', ['--help']],
    ['--version', ['--version']],
    ['trace -o /dev/stdout', ['trace', run, '-o', '/dev/stdout']],
    ['run -o /dev/stdout', ['run', 'noop', '-p', '1ms', '-t', '0', '-o', '/dev/stdout']],
  ];
  test.each(cases)('%s: a sentence, and exit code 1', async (_name, args) => {
    if (!existsSync(run)) {
      const made = await isochron(['run', 'noop', '-p', '1ms', '-t', '40', '-o', run]);
      expect(made.status).toBe(0);
    }
    const { status, stderr } = await isochron(args, { wrapper: INTO_FULL });
    expect(stderr).toMatch(/disk is full/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
  });

  test('the file that was asked for is whole all the same', async () => {
    const out = join(scratch(), 'out.csv');
    const { status, stderr } = await isochron(
      ['run', 'noop', '-p', '1ms', '-t', '100', '-l', '3', '-o', out],
      { wrapper: INTO_FULL },
    );
    expect(stderr).toMatch(/stdout is not complete: the disk is full/);
    expect(status).toBe(1);
    expect(csv(out)).toHaveLength(100);
    expect(json(out.replace('.csv', '.json')).status).toBe('done');
  });
});

test('a file that may not grow: the run has failed, its rows are kept, and nobody is told that it was written', async () => {
  const out = join(scratch(), 'out.csv');
  const run = ['run', 'noop', '-t', '2000', '-p', '0', '--events', 'none', '-o', out];
  const { status, stdout, stderr } = await isochron(run, {
    wrapper: ['bash', '-c', 'ulimit -f 64; exec "$@"', 'bash'],
  });
  expect(stdout).toContain(
    `not completely written: ${out}\nwrote ${out.replace('.csv', '.json')}\n`,
  );
  expect(stderr).toMatch(/can't be written: it is larger than a file may be here/);
  expect(stderr).toContain('ulimit -f');
  expect(status).toBe(1);
  const { status: state, error } = json(out.replace('.csv', '.json'));
  expect({ state, code: error.code }).toEqual({ state: 'failed', code: 'E_OUTPUT' });
  const rows = csv(out); // whole ones only
  expect(rows.length).toBeGreaterThan(100);
  expect(rows.length).toBeLessThan(2000);
  expect((await isochron(run)).stdout).toContain(`wrote ${out}`);
});

describe('a reader that goes away', () => {
  test('of stdout, while the rows go to a file, too: the run goes on to its end, with its verdict and exit code', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start([
      ...['run', 'noop', '-p', '2ms', '-t', '500', '-l', '3', '--strict', '-o', out],
    ]);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { status, stderr } = await result;
    expect(csv(out)).toHaveLength(500);
    const sidecar = json(out.replace('.csv', '.json'));
    expect(sidecar.status).toBe('done');
    expect(stderr).toMatch(/VALID/);
    expect(status).toBe(sidecar.verdict.valid ? 0 : 4);
  });

  test('of stdout, where the rows go nowhere else: the run ends in order', async () => {
    const { child, result } = start(['run', 'noop', '-p', '2ms', '-t', '0', '-l', '3']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { status, stderr } = await result;
    expect(stderr).toMatch(/VALID/); // the verdict on what there was
    expect(status).toBe(0);
  });

  test('of a file that is written to stdout: what it wanted it had', async () => {
    const folder = scratch();
    const run = join(folder, 'run.csv');
    expect((await isochron(['run', 'noop', '-p', '1ms', '-t', '40', '-o', run])).status).toBe(0);
    const head = ['bash', '-c', 'set -o pipefail; "$@" | head -c 5; exit', 'bash'];
    for (const args of [
      ['report', run],
      ['models', 'build', 'mobilenet_v1_0.25_128'],
      ['run', 'noop', '-p', '1ms', '-t', '0'],
    ]) {
      const { status, stdout, stderr } = await isochron([...args, '-o', '/dev/stdout'], {
        wrapper: head,
      });
      expect(stderr, args[0]).not.toContain('gone away');
      expect(status, stderr).toBe(0);
      expect(stdout).toHaveLength(5);
    }
  });

  test('of stderr: losing messages is no failure', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start([
      ...['run', 'noop', '-p', '2ms', '-t', '300', '--events', 'rtbench', '-o', out],
    ]);
    child.stderr?.destroy();
    const { status, stdout } = await result;
    expect(status).toBe(0);
    expect(stdout).toMatch(/VALID/);
    expect(csv(out)).toHaveLength(300);
  });

  test('of both, in the middle: what was to be written is written', async () => {
    const out = join(scratch(), 'out.csv');
    const { child, result } = start([
      'run',
      'noop',
      '-p',
      '2ms',
      '-t',
      '400',
      '-l',
      '3',
      '-o',
      out,
    ]);
    await until(() => lines(out) > 50, 'the first rows');
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect((await result).status).toBe(0);
    expect(csv(out)).toHaveLength(400);
  });
});

describe('an output that is stdout itself', () => {
  test.each([
    ['/dev/stdout', () => '/dev/stdout'],
    [
      'a link to /proc/self/fd/1',
      () => {
        const link = join(scratch(), 'link');
        symlinkSync('/proc/self/fd/1', link);
        return link;
      },
    ],
  ])('%s: trace and run write their data there, and nothing else', async (_name, make) => {
    const run = join(scratch(), 'run.csv');
    await isochron(['run', 'noop', '-p', '1ms', '-t', '20', '-o', run]);
    const { status, stdout, stderr } = await isochron(['trace', run, '-o', make()]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).traceEvents.length).toBeGreaterThan(20);
    expect(stderr).toMatch(/20 jobs/);
    const again = await isochron(['run', 'noop', '-p', '1ms', '-t', '20', '-o', make()]);
    expect(again.status).toBe(0);
    expect(again.stdout.split('\n')).toHaveLength(22);
    expect(again.stderr).toMatch(/VALID/);
  });

  test('a file behind it is appended to, never emptied', async () => {
    const log = join(scratch(), 'log');
    writeFileSync(log, 'before\n');
    const run = ['run', 'noop', '-p', '1ms', '-t', '3', '-o', '/dev/stdout'];
    const { status } = await isochron(run, { wrapper: ['sh', '-c', `exec "$@" >> ${log}`, 'sh'] });
    expect(status).toBe(0);
    expect(readFileSync(log, 'utf8')).toMatch(/^before\njob,(.*\n){4}$/);
  });
});

test('a name with escape sequences reaches no terminal as such', async () => {
  const folder = scratch();
  const name = 'evil\u001b]0;title\u0007\u001b[2J';
  for (const n of [1, 2]) {
    const args = ['-p', '1ms', '-t', '12', '--name', `${name}${n}`];
    const made = await isochron(['run', 'noop', ...args, '-o', join(folder, `${n}.csv`)]);
    expect(made.stdout).toContain('evil\\x1b]0;title\\x07\\x1b[2J');
    expect(made.stdout + made.stderr).not.toContain('\u001b');
  }
  const compared = await isochron(['compare', join(folder, '1.csv'), join(folder, '2.csv')]);
  expect(compared.status).toBe(0);
  expect(compared.stdout + compared.stderr).not.toContain('\u001b');
});

describe('the progress line', () => {
  test.each([
    ['xterm', true],
    ['dumb', false],
  ])('is drawn on a terminal that can move its cursor (%s: %s)', async (TERM, drawn) => {
    const args = ['run', 'noop', '-p', '20ms', '-t', '100'];
    const { stdout, status } = await isochron(args, {
      wrapper: ['sh', '-c', 'script -qec "$*" /dev/null', 'sh'], // which gives it a terminal
      env: { TERM },
    });
    expect(stdout).toMatch(/VALID/);
    expect(stdout.includes('\x1b[')).toBe(drawn);
    expect(status).toBe(0);
  });
});
