/** Results that are kept under a name: `--save NAME`, `compare RESULT --baseline NAME`. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isochron, json, scratch } from './helpers.js';

const FEW = ['-t', '8', '-p', '1ms', '--events', 'none'];

describe('a saved baseline', () => {
  const cwd = scratch();
  const data = join(cwd, 'data');
  const kept = join(data, 'baselines');
  const cli = (...args: string[]) => isochron(args, { cwd, env: { ISOCHRON_DATA: data } });

  beforeAll(async () => {
    const none = await cli('compare', 'r', '--baseline', 'main');
    expect([none.status, none.stderr]).toEqual([
      2,
      expect.stringContaining('no baseline is saved'),
    ]);
    expect(none.stderr).toContain('--save NAME');
    const one = await cli('run', 'noop', ...FEW, '--save', 'main');
    expect(one.status, one.stderr).toBe(0);
    const several = await cli('run', 'noop', 'spin', ...FEW, '-o', 'r', '--save', 'sweep.1');
    expect(several.status, several.stderr).toBe(0);
  });

  test('of a run is its CSV and JSON, whether it has them elsewhere or not, and what is INVALID is said', async () => {
    expect(readdirSync(join(kept, 'main')).sort()).toEqual([
      'baseline.json',
      'run.csv',
      'run.json',
    ]);
    expect(json(join(kept, 'main', 'run.json')).status).toBe('done');
    const { status, stdout, stderr } = await cli(
      'run',
      'noop',
      ...FEW,
      '-o',
      'a.csv',
      '--save',
      'main',
    );
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(join(cwd, 'a.csv'));
    expect(stderr).toContain('saved as the baseline main, in place of the one before');
    expect(stderr).toContain('1 of 1 run has the verdict INVALID');
    expect(readFileSync(join(kept, 'main', 'a.csv'))).toEqual(readFileSync(join(cwd, 'a.csv')));
    // nothing is left of the one before
    expect(readdirSync(kept).filter((name) => name.startsWith('.main'))).toHaveLength(1);
    expect(readdirSync(kept).filter((name) => name.startsWith('.run'))).toEqual([]);
  });

  test('is A of a comparison, which says what it always says of two results', async () => {
    const run = await cli('run', 'noop', ...FEW, '-o', 'b.csv');
    expect(run.status, run.stderr).toBe(0);
    const found = await cli('compare', 'b.csv', '--baseline', 'main', '--json');
    expect(found.status, found.stderr).toBe(0);
    const { comparisons, notes } = JSON.parse(found.stdout);
    expect(comparisons).toHaveLength(1);
    expect(comparisons[0].a.name).toContain('main');
    expect(comparisons[0].b.name).not.toContain('main');
    const itself = await cli('compare', 'a.csv', '--baseline', 'main', '--json');
    expect(JSON.parse(itself.stdout).notes.join('\n')).toContain('compared with itself');
    expect(notes.join('\n')).not.toContain('compared with itself');
    const gated = await cli('compare', 'b.csv', '--baseline', 'main', '--fail-above', '2%');
    expect([gated.status, gated.stderr]).toEqual([1, expect.stringContaining('too few processes')]);
  });

  test('of a sweep is its folder, of which each measurement finds its own', async () => {
    const names = readdirSync(join(cwd, 'r')).filter((name) => /\.(csv|json)$/.test(name));
    expect(readdirSync(join(kept, 'sweep.1')).sort()).toEqual(['baseline.json', ...names].sort());
    const found = await cli('compare', 'r', '--baseline', 'sweep.1', '--json');
    expect(found.status, found.stderr).toBe(0);
    expect(JSON.parse(found.stdout).comparisons).toHaveLength(2);
  });

  test('of a result that is there already', async () => {
    const saved = await cli('compare', 'r', '--save', 'later');
    expect(saved.status, saved.stderr).toBe(0);
    expect(existsSync(join(kept, 'later', 'manifest.json'))).toBe(true);
    const both = await cli('compare', 'a.csv', 'b.csv', '--save', 'later');
    expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('compares nothing')]);
  });

  test('that is not as it was saved is told, and saving it again mends it', async () => {
    expect((await cli('compare', 'a.csv', '--save', 'cut')).status).toBe(0);
    appendFileSync(join(kept, 'cut', 'a.csv'), '1,2\n');
    const found = await cli('compare', 'b.csv', '--baseline', 'cut');
    expect([found.status, found.stderr]).toEqual([
      1,
      expect.stringContaining('not as it was saved'),
    ]);
    mkdirSync(join(kept, '.cut-0123abcd')); // of a process that was killed
    expect((await cli('compare', 'a.csv', '--save', 'cut')).status).toBe(0);
    expect((await cli('compare', 'b.csv', '--baseline', 'cut')).status).toBe(0);
    expect(existsSync(join(kept, '.cut-0123abcd'))).toBe(false);
  });

  test('stands as it was where its successor comes to nothing', async () => {
    const before = readFileSync(join(kept, 'main', 'baseline.json'), 'utf8');
    writeFileSync(join(cwd, 'no.tflite'), 'no model');
    expect((await cli('run', 'no.tflite', '--save', 'main')).status).toBe(1);
    expect((await cli('compare', 'nothing', '--save', 'main')).status).toBe(1);
    expect(readFileSync(join(kept, 'main', 'baseline.json'), 'utf8')).toBe(before);
    const nowhere = await isochron(['compare', 'a.csv', '--save', 'main'], {
      cwd,
      env: { ISOCHRON_DATA: join(cwd, 'a.csv') },
    });
    expect([nowhere.status, nowhere.stderr]).toEqual([1, expect.stringContaining('ISOCHRON_DATA')]);
    mkdirSync(join(kept, 'mine'));
    const mine = await cli('compare', 'a.csv', '--save', 'mine');
    expect([mine.status, mine.stderr]).toEqual([1, expect.stringContaining('put there by hand')]);
  });

  test.each([
    [['compare', 'a.csv', '--baseline', 'man'], 'Did you mean main?'],
    [['compare', 'a.csv', '--baseline', '../main'], 'there is no baseline named ../main'],
    [['compare', 'a.csv', 'b.csv', '--baseline', 'main'], 'b.csv is one too many'],
    [['compare', 'r', '--by', 'workload', '--baseline', 'main'], 'takes no --by'],
    [['run', 'noop', '--save', 'my sweep'], 'For example: my-sweep'],
    [['run', 'noop', '--save', '../a'], 'no name for a baseline'],
    [['run', 'noop', '-o', '/dev/null', '--save', 'main'], '/dev/null keeps none'],
    [['run', 'noop', 'spin', '--save', '.a'], 'no name for a baseline'],
    [['sweep', 'bench/xnnpack', '--dry-run', '--save', 'a'], 'nothing to keep by --save'],
  ])('%j is refused before anything is run', async (args, words) => {
    const { status, stdout, stderr } = await cli(...args);
    expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(words)]);
  });

  test('is offered by completion', async () => {
    const { stdout } = await cli('--complete', 'compare', 'a.csv', '--baseline', 'm');
    expect(stdout).toContain('main');
    expect(stdout).not.toContain('sweep.1');
  });
});
