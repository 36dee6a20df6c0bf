/** A run over time, thinned for drawing so that no extreme and no miss is lost. */
import type { Columns } from '../formats/columns.js';
import { medianOf } from '../statistics/sorted.js';

/** Stretches that a run is cut into when it has more jobs. */
const STRETCHES = 240;
/** Misses that are drawn one by one. */
const MISSES = 400;

export interface Timeline {
  /** Consecutive jobs: the least, median and greatest time among them, ns. One job each for a short run. */
  stretches: { job: number; jobs: number; low: number; median: number; high: number }[];
  /** Jobs that missed their deadline, the worst first when there are too many to draw. */
  misses: { job: number; time: number }[];
  missed: number;
  warmup: number;
}

/**
 * @param time the inference time per row, ns
 */
export function timeline(columns: Columns, time: Float64Array | null): Timeline {
  const empty: Timeline = { stretches: [], misses: [], missed: 0, warmup: 0 };
  if (time === null || columns.rows === 0) return empty;
  const jobs = columns.column('job');
  const met = columns.column('deadline_met');
  const warmup = columns.column('warmup');
  const size = Math.max(1, Math.ceil(columns.rows / STRETCHES));
  const jobAt = (row: number) => jobs?.[row] ?? row;
  for (let from = 0; from < columns.rows; from += size) {
    const part = time
      .slice(from, from + size)
      .filter(Number.isFinite)
      .sort();
    if (part.length === 0) continue;
    empty.stretches.push({
      job: jobAt(from),
      jobs: part.length,
      low: part[0] as number,
      median: medianOf(part) as number,
      high: part.at(-1) as number,
    });
  }
  for (let row = 0; row < columns.rows; row++) {
    if (warmup?.[row] === 1) empty.warmup++;
    if (met?.[row] !== 0) continue;
    empty.missed++;
    if (Number.isFinite(time[row]))
      empty.misses.push({ job: jobAt(row), time: time[row] as number });
  }
  if (empty.misses.length > MISSES)
    empty.misses = empty.misses.sort((a, b) => b.time - a.time).slice(0, MISSES);
  return empty;
}
