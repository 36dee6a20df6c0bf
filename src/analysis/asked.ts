/** What two runs were asked for, where that is not the same. */
import { formatNs, formatPercent, plural } from '../kernel/quantities.js';
import type { Run } from './results.js';

/** Where a run was made and what it was called; what was granted of cores and scheduling is told for itself. */
const OF_NO_MATTER = [
  ...['name', 'output', 'path', 'dumpOutput', 'outputs', 'ranges', 'events'],
  ...['cores', 'scheduling'],
];
/** What a calibration may have made, which is never the same twice, and the share of it that tells nothing. */
const CALIBRATED = ['periodNs', 'deadlineNs'];
const ALIKE = 0.1;

/** Each difference as `warmup (0 and 1)`. */
export function askedDifferently(a: Run, b: Run): string[] {
  const [x, y] = [askedOf(a), askedOf(b)];
  return Object.keys({ ...x, ...y }).flatMap((name) => {
    const [p, q] = [x[name] ?? null, y[name] ?? null];
    // null may be that the file does not tell
    if (p === null || q === null || OF_NO_MATTER.includes(name) || same(name, p, q)) return [];
    return [`${name.replace(/Ns$/, '')} (${inWords(name, p)} and ${inWords(name, q)})`];
  });
}

/** The plan's fields and those of its workload, by name; jobs and duration are one thing, its length. */
function askedOf({ file }: Run): Readonly<Record<string, unknown>> {
  if (file?.plan == null) return {};
  const { workload, jobs, durationNs, untilCi, ...rest } = file.plan;
  return { ...rest, ...workload, length: lengthInWords(jobs, durationNs, untilCi) };
}

function lengthInWords(jobs?: number | null, durationNs?: number | null, untilCi?: number | null) {
  if (jobs == null) return null;
  const ends = [
    ...(jobs > 0 ? [plural(jobs, 'job')] : []),
    ...(durationNs ? [formatNs(durationNs)] : []),
    ...(untilCi ? [`± ${formatPercent(untilCi)}`] : []),
  ];
  return ends.join(' or ') || 'until stopped';
}

function same(name: string, a: unknown, b: unknown): boolean {
  if (CALIBRATED.includes(name) && typeof a === 'number' && typeof b === 'number')
    return a === b || Math.abs(a - b) < ALIKE * Math.min(a, b);
  return JSON.stringify(a) === JSON.stringify(b);
}

function inWords(name: string, value: unknown): string {
  if (name.endsWith('Ns') && typeof value === 'number') return formatNs(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
