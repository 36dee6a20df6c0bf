/** Whether a CSV and the JSON beside it are of one run. */
import { IsochronError } from '../kernel/errors.js';
import { printable } from '../kernel/printable.js';
import { plural } from '../kernel/quantities.js';
import { type Columns, statisticRows } from './columns.js';
import type { RunFile } from './run-file.js';

/**
 * Holds the rows against the JSON beside them: their number, the first release, the plan's period and deadline, and
 * which of them the statistics rest on, with their time. What the JSON lacks is not checked.
 *
 * @throws IsochronError E_RESULTS_CHANGED
 */
export function requireSameRun(path: string, rows: Columns, file: RunFile | null): void {
  const difference =
    file === null
      ? null
      : (wrongCount(rows, file) ?? wrongTimes(rows, file) ?? wrongStatistics(rows, file));
  if (difference === null) return;
  throw new IsochronError(
    'E_RESULTS_CHANGED',
    `${printable(path)} ${difference}: the two do not belong together.`,
    'Keep the CSV and the JSON of one run together, as they were written.',
  );
}

/**
 * A run that has not ended, or was killed, has no number of jobs; one that failed may have lost rows to what it failed of, but
 * can't have more.
 */
function wrongCount({ rows }: Columns, { summary, status }: RunFile): string | null {
  const executed = summary?.counts?.executed ?? null;
  if (executed === null || status === 'running') return null;
  if (rows === executed || (status === 'failed' && rows < executed)) return null;
  return `holds ${plural(rows, 'job')}, and the JSON beside it says that ${executed} ${executed === 1 ? 'was' : 'were'} executed`;
}

/** An imported log has its times from elsewhere. */
function wrongTimes(columns: Columns, file: RunFile): string | null {
  const release = columns.column('release_ns');
  const { originNs } = columns;
  // times count from the first release
  if (file.format !== 'isochron-run' || release?.[0] !== 0 || originNs === null) return null;
  // 0: no job came to be
  const t0 = file.finished?.t0Ns ?? 0n;
  const whole = columns.rows === file.summary?.counts?.executed;
  if (t0 > 0n && whole && columns.column('job')?.[0] === 0 && originNs !== t0)
    return `has its first release at ${originNs} ns, and the JSON beside it at ${t0} ns`;

  const { periodNs, deadlineNs } = file.plan ?? {};
  const deadline = columns.column('deadline_ns');
  // NaN, of what is absent, differs by nothing
  const from = t0 > 0n ? Number(t0 - originNs) : 0;
  for (const [row, at] of release.entries()) {
    if (periodNs && Math.abs((at - from) % periodNs) > 0)
      return `has a release ${at - from} ns after the first, and the JSON beside it a period of ${periodNs} ns`;
    const relative = (deadline?.[row] as number) - at;
    if (deadlineNs && Math.abs(relative - deadlineNs) > 0)
      return `has a deadline ${relative} ns after its release, and the JSON beside it one of ${deadlineNs} ns`;
  }
  return null;
}

/** Of rows that are all there: a flag or a figure that was changed has made other statistics of them. */
function wrongStatistics(columns: Columns, { summary }: RunFile): string | null {
  if (columns.rows !== summary?.counts?.executed) return null;
  const rows = statisticRows(columns);
  const { inStatistics } = summary.counts;
  if (inStatistics !== null && rows.length !== inStatistics)
    return `has ${plural(rows.length, 'job')} in the statistics, and the JSON beside it ${inStatistics}`;
  const elapsed = columns.column('elapsed_ns');
  if (elapsed === null || summary.elapsedNs === null) return null;
  const ns = rows.reduce((sum, row) => sum + (elapsed[row] as number), 0);
  return ns === summary.elapsedNs
    ? null
    : `has jobs in the statistics of ${ns} ns in all, and the JSON beside it of ${summary.elapsedNs} ns`;
}
