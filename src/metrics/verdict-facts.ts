import type { Summary } from './summary.js';

export interface GrantedThread {
  policy: string;
  priority: number;
  cores: readonly number[];
}

/** What every part of the verdict knows of a run. */
export interface RunFacts {
  summary: Summary;
  /** The policy that was granted. */
  policy: 'other' | 'fifo' | 'rr' | 'deadline' | 'unknown';
  /** The cores that the job was pinned to, by isochron or by whoever started it; empty = not pinned. */
  cores: readonly number[];
  /** First release to the end of the last job, ns. */
  runNs: number;
  /** The hypervisor that the kernel reports, or null. */
  hypervisor: string | null;
  /** What the job's thread had before its first job, and after its last; null where there was none, or it is not known. */
  grantedAtStart: GrantedThread | null;
  /** Something else that it was seen to have in between. */
  grantedMeanwhile: GrantedThread | null;
  grantedAtEnd: GrantedThread | null;
}

/** Whether the job's thread had the policy and priority that it was granted whenever it was looked at. */
export function keptPolicy({ grantedAtStart: granted, ...facts }: RunFacts): boolean {
  return [facts.grantedMeanwhile, facts.grantedAtEnd].every(
    (seen) =>
      granted === null ||
      seen === null ||
      (granted.policy === seen.policy && granted.priority === seen.priority),
  );
}
