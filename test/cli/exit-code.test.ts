import { describe, expect, test } from 'vitest';
import { exitCode } from '../../src/cli/run.js';
import type { RunResult } from '../../src/run/run-benchmark.js';

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
