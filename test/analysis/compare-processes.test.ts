/** How often a comparison errs: of processes that are the same in truth, and of a known ratio. */
import { expect, test } from 'vitest';
import { ALPHA, atLevel, compareProcesses } from '../../src/analysis/compare-processes.js';
import { allRates, type Judge, rateLine } from '../statistics/simulated-processes.js';

const judge: Judge = (a, b, paired) => atLevel(compareProcesses(a, b, paired), ALPHA);

// 2,000 trials know a rate of 5 % to 0.5 %
test('a difference that is none is shown in 6 % at most, and an interval holds the truth in 93 % at least', {
  timeout: 120_000,
}, () => {
  const lines = [];
  for (const line of allRates(judge, { trials: 2000, jobs: 12 })) {
    lines.push(rateLine(line));
    const { falsePositives, coverage } = line.rates;
    expect(falsePositives, rateLine(line)).toBeLessThanOrEqual(0.06);
    // five pairs, or three a side, can show nothing at 5 %, and say so
    const able = line.processes >= (line.name.startsWith('paired') ? 6 : 4);
    expect(coverage !== null, rateLine(line)).toBe(able);
    if (coverage !== null) expect(coverage, rateLine(line)).toBeGreaterThanOrEqual(0.93);
  }
  console.info(lines.join('\n'));
});

test('a family of comparisons has each at the level that it was tested at, and words, p and interval agree', () => {
  const side = (factor: number) => (_: unknown, i: number) =>
    new Float64Array(9).fill(1e6 * factor * (1 + 0.01 * ((i * 7) % 10)));
  const processes = Array.from({ length: 10 });
  const base = processes.map(side(1));
  const faster = atLevel(compareProcesses(base, processes.map(side(0.8)), true), ALPHA / 40);
  expect(faster).toMatchObject({ shown: null, interval: null, p: null, test: null, more: 1 });
  const shown = atLevel(compareProcesses(base, processes.map(side(0.8)), true), ALPHA / 25);
  expect(shown).toMatchObject({ shown: true, p: 2 / 1024, more: null, confidence: 0.998 });
  expect(shown.interval?.high).toBeCloseTo(0.8, 9);
});
