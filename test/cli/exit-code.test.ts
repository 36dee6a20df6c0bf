import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { exitCode } from '../../src/cli/run.js';
import type { RunResult } from '../../src/run/run-benchmark.js';
import { isochron, scratch } from './helpers.js';

const pass = (status: RunResult['status'], valid = true, ...furtherPasses: RunResult[]) =>
  ({ status, verdict: { valid, reasons: [], notes: [] }, furtherPasses }) as unknown as RunResult;

describe('the exit code of a run in several passes', () => {
  test('a later pass that failed fails the run', () => {
    expect(exitCode(pass('done', true, pass('failed', false)), false)).toBe(1);
    expect(exitCode(pass('done', true, pass('interrupted')), false)).toBe(130);
    expect(exitCode(pass('done', true, pass('deadline_miss')), false)).toBe(3);
  });

  test('--strict wants every pass to be valid', () => {
    expect(exitCode(pass('done', true, pass('done', false)), true)).toBe(4);
    expect(exitCode(pass('done', true, pass('done', false)), false)).toBe(0);
    expect(exitCode(pass('done', true, pass('done')), true)).toBe(0);
  });
});

describe('by the table of exit codes', () => {
  const cwd = scratch();
  const cli = (line: string) => isochron(line.split(' '), { cwd });

  beforeAll(async () => {
    writeFileSync(
      join(cwd, 's.json'),
      JSON.stringify({
        name: 's',
        base: { jobs: 5, events: 'none', period: '1ms' },
        matrix: { model: ['./no.tflite', 'noop'] },
      }),
    );
    mkdirSync(join(cwd, 'empty'));
    expect((await cli('sweep s.json -o half')).status).toBe(1);
    expect((await cli('run noop -t 5 --events none -o one.csv')).status).toBe(0);
  });

  test.each<[line: string, code: number, words: string]>([
    ['sweep s.json --dry-run', 1, ''],
    ['sweep s.json --dry-run --only noop', 0, ''],
    ['run nosuchnet', 2, 'no network named'],
    ['run no.tflite', 1, 'no model file'],
    ['run noop -t 5 --events none --strict', 4, ''],
    ['compare empty', 1, 'holds no run'],
    ['compare nothing', 1, 'does not exist'],
    ['compare one.csv empty', 1, 'holds no run'],
    ['compare one.csv', 2, 'a comparison needs two'],
    ['compare half', 1, 'no.tflite'],
    ['compare half --by xnnpack', 2, 'nothing in half varies'],
    ['compare one.csv one.csv --fail-above 2%', 1, "can't be decided"],
    ['report empty', 1, 'holds no run'],
    ['first-run no.tflite', 1, 'no model file'],
  ])('%s ends with %i', async (line, code, words) => {
    const { status, stderr } = await cli(line);
    expect([status, stderr]).toEqual([code, expect.stringContaining(words)]);
  });
});
