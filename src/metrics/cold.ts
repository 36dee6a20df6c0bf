/** Whether a run that was to start cold did. */

import { printable } from '../kernel/printable.js';
import { formatBytes } from '../kernel/quantities.js';
import type { NoteCode, Say } from './verdict-shape.js';

export interface ColdFacts {
  /** What of its files stayed in the file cache when they were dropped from it; `residentBytes` is null where that is not known. */
  fileCache: readonly { path: string; bytes: number; residentBytes: number | null }[];
  /** Of the job's thread while the workload was made ready; null where it is not known. */
  initMajorFaults: number | null;
}

/** Pages that may stay for a file to count as dropped: what was read of it between dropping and loading. */
const STAYED = 0.05;

const stayed = ({ bytes, residentBytes }: ColdFacts['fileCache'][number]): boolean | null =>
  residentBytes === null ? null : residentBytes > STAYED * bytes;

/** Pages that another process has mapped can't be dropped, and one that reads the file brings it back. Null = not known. */
export function startedCold({ fileCache, initMajorFaults }: ColdFacts): boolean | null {
  const files = fileCache.map(stayed);
  if (initMajorFaults === 0 || files.includes(true)) return false;
  return initMajorFaults === null || files.includes(null) ? null : true;
}

/** Null: the run was not asked to start cold, or never got so far. One without files reads none. */
export function judgeCold(facts: ColdFacts | null, note: Say<NoteCode>): void {
  if (facts === null || facts.fileCache.length === 0) return;
  const cold = startedCold(facts);
  if (cold === true) return;
  const left = facts.fileCache.filter((file) => stayed(file) === true);
  if (cold === null)
    note(
      'not_cold',
      'Whether the run started cold (--cold) is not known: the kernel tells what stayed in the file cache only of files that this user owns or may write.',
      'Run it as the owner of engine and model.',
    );
  else if (left.length > 0)
    note(
      'not_cold',
      `The run did not start cold (--cold): ${left.map(({ path, bytes, residentBytes }) => `${formatBytes(Math.min(residentBytes ?? 0, bytes))} of ${printable(path)}`).join(' and ')} stayed in the file cache, for another process has it in use, or it lies in memory (tmpfs).`,
      'Let no other process use engine and model, and keep both on a disk.',
    );
  else
    note(
      'not_cold',
      'The run did not start cold (--cold): nothing had to be read from a disk when the workload was made ready.',
      'Let no other process read engine and model meanwhile, and keep both on a disk.',
    );
}
