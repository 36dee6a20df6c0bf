/** A run over time, thinned for drawing so that no extreme and no miss is lost. */
import type { Columns } from '../formats/columns.js';
import { medianOf, sortedFinite } from '../statistics/sorted.js';

/** Stretches that a run is cut into when it has more jobs. */
const STRETCHES = 240;
/** Misses that are drawn one by one. */
const MISSES = 400;

/** Consecutive jobs, told by the one that took longest from its release to its end; one job each for a short run. Times in ns. */
export interface Stretch {
  /** The job that is told of. */
  job: number;
  /** Jobs in the stretch. */
  jobs: number;
  /** From its release to its start; null where the file does not tell (logs of RT-Bench). */
  latency: number | null;
  /** From its release to its end, which is what the deadline judges. */
  response: number;
  /** Of all in the stretch. */
  median: number;
}

export interface Timeline {
  stretches: Stretch[];
  /** Jobs that missed their deadline, the worst first when there are too many to draw. */
  misses: { job: number; response: number }[];
  missed: number;
  warmup: number;
}

export function timeline(columns: Columns): Timeline {
  const found: Timeline = { stretches: [], misses: [], missed: 0, warmup: 0 };
  const response = columns.column('response_ns') ?? columns.column('elapsed_ns');
  if (response === null || columns.rows === 0) return found;
  const elapsed = columns.column('elapsed_ns');
  const jobs = columns.column('job');
  const met = columns.column('deadline_met');
  const warmup = columns.column('warmup');
  const size = Math.max(1, Math.ceil(columns.rows / STRETCHES));
  const jobAt = (row: number) => jobs?.[row] ?? row;
  const at = (row: number) => response[row] as number;
  for (let from = 0; from < columns.rows; from += size) {
    let worst = -1;
    const end = Math.min(columns.rows, from + size);
    for (let row = from; row < end; row++)
      if (Number.isFinite(at(row)) && (worst < 0 || at(row) > at(worst))) worst = row;
    if (worst < 0) continue;
    const part = sortedFinite(response.subarray(from, end));
    const ran = elapsed?.[worst] ?? Number.NaN;
    found.stretches.push({
      job: jobAt(worst),
      jobs: part.length,
      latency: Number.isFinite(ran) ? Math.max(0, at(worst) - ran) : null,
      response: at(worst),
      median: medianOf(part) as number,
    });
  }
  for (let row = 0; row < columns.rows; row++) {
    if (warmup?.[row] === 1) found.warmup++;
    if (met?.[row] !== 0 || warmup?.[row] === 1) continue;
    found.missed++;
    if (Number.isFinite(at(row))) found.misses.push({ job: jobAt(row), response: at(row) });
  }
  if (found.misses.length > MISSES)
    found.misses = found.misses.sort((a, b) => b.response - a.response).slice(0, MISSES);
  return found;
}
