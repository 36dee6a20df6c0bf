/** `run` with several models or values: a small sweep in one line. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isochron, json, scratch } from './helpers.js';

const FEW = ['-t', '8', '-p', '1ms', '--events', 'none'];
const names = (folder: string): string[] =>
  json(join(folder, 'manifest.json')).points.map(({ name }: { name: string }) => name);

describe('several models or values', () => {
  test('are every combination of them, run as a sweep, with the fastest at the end', async () => {
    const out = join(scratch(), 'not/there/yet');
    const { status, stdout, stderr } = await isochron([
      ...['run', 'noop', 'spin', '--overrun', 'skip,queue', '--reps', '2', ...FEW, '-o', out],
    ]);
    expect(status, stderr).toBe(0);
    const { order, repetitions, suite, points } = json(join(out, 'manifest.json'));
    expect({ order, repetitions, axes: suite.axes }).toEqual({
      order: 'interleaved',
      repetitions: 2,
      axes: { workload: ['noop', 'spin'], overrun: ['skip', 'queue'] },
    });
    expect(points).toHaveLength(8);
    for (const { id } of points) expect(json(join(out, `${id}.json`)).status).toBe('done');
    expect(stdout).toContain('8 of 8 points done');
    // a job of noop takes less than a hundredth of one of spin, and two repetitions show nothing
    expect(stdout).toMatch(/^fastest: noop (skip|queue), median \d+ ns/m);
    expect(stdout).toMatch(/^spin skip +\d+ × +– +not shown/m);
    expect(stdout).toMatch(/2 processes each can't show a difference .*--repetitions 8 could/);
    expect(stdout).toContain(`isochron compare ${out} --by workload`);
    // as with a suite's file
    const again = await isochron([
      ...['run', 'noop', 'spin', '--overrun', 'skip,queue', '--reps', '2', ...FEW, '-o', out],
      '--resume',
    ]);
    expect(again.status, again.stderr).toBe(0);
    expect(again.stdout).toContain('8 of 8 points done (8 from before)');
    const anew = await isochron(['run', 'noop', 'spin', ...FEW, '-o', out]);
    expect([anew.status, anew.stderr]).toEqual([
      2,
      expect.stringContaining('results of other points'),
    ]);
  });

  test('go to results/run where no folder is named, and what has left nothing is no obstacle', async () => {
    const cwd = scratch();
    for (const folder of ['a', 'b']) writeFileSync(join(cwd, `${folder}.tflite`), 'no model');
    const failed = await isochron(['run', 'a.tflite', 'b.tflite', ...FEW], { cwd });
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain('0 of 2 points done, 2 failed');
    const mended = await isochron(['run', 'noop', '--warmup', '0,1', ...FEW], { cwd });
    expect(mended.status, mended.stderr).toBe(0);
    expect(names(join(cwd, 'results', 'run'))).toEqual(['warmup 0', 'warmup 1']);
  });

  test('are named by their paths where files of one name are compared', async () => {
    const cwd = scratch();
    for (const folder of ['a', 'b']) {
      mkdirSync(join(cwd, folder));
      writeFileSync(join(cwd, folder, 'net.tflite'), 'no model');
    }
    const { status } = await isochron(['run', 'a/net.tflite', 'b/net.tflite', '-o', 'r'], { cwd });
    expect(status).toBe(1);
    expect(names(join(cwd, 'r'))).toEqual(['a/net.tflite', 'b/net.tflite']);
  });

  test('are added to the definition of a file, whose own value they replace', async () => {
    const cwd = scratch();
    writeFileSync(
      join(cwd, 'd.json'),
      JSON.stringify({ workload: 'noop', jobs: 8, period: '1ms', events: 'none', warmup: 5 }),
    );
    const { status, stderr } = await isochron(
      ['run', '-g', 'd.json', '--warmup', '1,2', '-o', 'r'],
      { cwd },
    );
    expect(status, stderr).toBe(0);
    expect(names(join(cwd, 'r'))).toEqual(['warmup 1', 'warmup 2']);
    expect(json(join(cwd, 'r', 'warmup-1.r1.json')).plan).toMatchObject({ warmup: 1, jobs: 8 });
  });

  test('repetitions alone are processes of one configuration, and no fastest one', async () => {
    const out = join(scratch(), 'r');
    const { status, stdout, stderr } = await isochron([
      ...['run', 'noop', '--repetitions', '2', ...FEW, '--name', 'mine', '-o', out],
    ]);
    expect(status, stderr).toBe(0);
    expect(names(out)).toEqual(['mine', 'mine']);
    expect(stdout).not.toContain('fastest');
  });

  test('of a switch are off and on', async () => {
    const out = join(scratch(), 'r');
    const { status, stderr } = await isochron([
      'run',
      'noop',
      '--prefault',
      'both',
      ...FEW,
      '-o',
      out,
    ]);
    expect(status, stderr).toBe(0);
    expect(names(out)).toEqual(['no prefault', 'prefault']);
    expect(json(join(out, 'prefault.r1.json')).plan.prefault).toBe(true);
  });

  test('as JSON are the outcomes of the points, and the fastest', async () => {
    const out = join(scratch(), 'r');
    const { stdout } = await isochron([
      'run',
      'noop',
      '--warmup',
      '0,1',
      ...FEW,
      '--json',
      '-o',
      out,
    ]);
    const { outcomes, fastest } = JSON.parse(stdout);
    expect(outcomes).toHaveLength(2);
    expect(fastest).toMatchObject({ processes: 1, timeBase: 'elapsed' });
    expect(fastest.others[0].time).toMatchObject({ shown: null, interval: null, more: 5 });
  });
});

describe('one model and no list', () => {
  test('is a run as ever, a list of cores or events included', async () => {
    const cwd = scratch();
    const { status, stderr } = await isochron(
      [
        ...['run', 'noop', ...FEW, '--events', 'task_clock,page_faults', '--reps', '1'],
        '-o',
        'a/b.csv',
      ],
      { cwd },
    );
    expect(status, stderr).toBe(0);
    expect(readdirSync(join(cwd, 'a')).sort()).toEqual(['b.csv', 'b.json']);
  });

  test('writes nothing without -o', async () => {
    const cwd = scratch();
    expect((await isochron(['run', 'noop', ...FEW], { cwd })).status).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('what can’t be meant is said by the option that was typed, and nothing is written', () => {
  test.each<[words: string, said: string]>([
    ['run noop noop', 'the workload has noop twice.'],
    ['run noop -t 5,5', '--jobs has 5 twice.'],
    ['run noop -t 5,', '--jobs: '],
    ['run noop -p 1ms,soon', '--period: the period "soon" is not a time.'],
    ['run noop --overrun skip,later', 'Given: "later"'],
    ['run noop --reps 0', '--repetitions: '],
    ['run noop -p 1ms,2ms -d 2ms', 'the deadline (2000000 ns) is longer than the period'],
    ['run noop -p 1ms,2ms -o out.csv', 'several runs go to a folder, and -o out.csv names none.'],
    ['run noop -p 1ms,2ms -o /dev/stdout', 'and -o /dev/stdout names none.'],
    ['run noop -p 1ms,2ms -l 3', '-l 3 tells of one run, and these are several.'],
    ['run noop -t 1,000', '--jobs 0 is a run without an end'],
    ['run noop -t 0 --reps 2', '--jobs 0 is a run without an end'],
    ['run noop out.csv', 'There is no network named out.csv.'],
    ['run noop none.tflite', 'none.tflite does not exist.'],
    ['run noop --threads 1,2', '"threads" means nothing to the workload noop.'],
    ['run vgg16 noop --xnnpack both', '"xnnpack" means nothing to the workload noop.'],
    ['run noop --resume', '--resume goes on with several runs, and this is one.'],
  ])('%s', async (words, said) => {
    const cwd = scratch();
    const { status, stderr } = await isochron([...words.split(' ')], { cwd });
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
    expect(existsSync(join(cwd, 'results'))).toBe(false);
    expect(existsSync(join(cwd, 'out.csv'))).toBe(false);
  });
});

test('the help shows the sweep in a line', async () => {
  const { stdout } = await isochron(['run', '--help']);
  expect(stdout).toContain('run A.tflite B.tflite --threads 1,2');
  expect(stdout).not.toContain('--both');
  expect(readFileSync('docs/runs.md', 'utf8')).toContain('--xnnpack both');
});
