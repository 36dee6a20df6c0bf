/** Logs as RT-Bench writes them, made for tests. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RTBENCH_COLUMNS } from '../../src/formats/rtbench.js';
import { scratch } from '../analysis/helpers.js';

export const HEADER = RTBENCH_COLUMNS.join(',');
const seconds = (ns: number) => (ns / 1e9).toFixed(9);

/** A row as RT-Bench writes it: released at `k` · 100 ms, `elapsed` ns from release to end. */
export function row(k: number, elapsed: number, counters = [900, 90, 80, 8, 1000, 2000]): string {
  const release = 5_000_000_000 + k * 100_000_000;
  const [l1, l1m, l2, l2m, inst, cycles] = counters as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return [
    1,
    2,
    3,
    4,
    5,
    seconds(release),
    seconds(release + 100_000_000),
    seconds(release + elapsed),
    seconds(release + 80_000_000),
    seconds(elapsed),
    elapsed <= 80_000_000 ? 1 : 0,
    '0.3',
    '0.4',
    l1,
    l1m,
    (l1m / l1).toFixed(6),
    l2,
    l2m,
    (l2m / l2).toFixed(6),
    inst,
    cycles,
  ].join(',');
}
export const skipped = (k: number) =>
  [
    '0,0,0,9,0,0.000000000,0.000000000,0.000000000',
    seconds(5_080_000_000 + k * 100_000_000),
    '0.000000000,0,0,0,0,0,0.000000,0,0,0.000000,0,0',
  ].join(',');

export const log = (text: string) => {
  const path = join(scratch(), 'log_timing.csv');
  writeFileSync(path, text);
  return path;
};
