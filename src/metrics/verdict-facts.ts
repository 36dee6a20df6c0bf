import type { Summary } from './summary.js';

/** What every part of the verdict knows of a run. */
export interface RunFacts {
  summary: Summary;
  /** The policy that was granted. */
  policy: 'other' | 'fifo' | 'rr' | 'deadline' | 'unknown';
  /** The cores that the job was pinned to; empty = not pinned. */
  cores: readonly number[];
  /** First release to the end of the last job, ns. */
  runNs: number;
  /** The hypervisor that the kernel reports, or null. */
  hypervisor: string | null;
}
