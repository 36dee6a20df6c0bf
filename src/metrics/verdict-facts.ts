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
  /** Of the run, the job's thread was ready and had no core; null where the kernel does not tell. */
  runDelayNs: number | null;
  /** What stops real-time threads (`machine.rtLimit`); null = not known. */
  rtLimit: { runtimeUs: number; periodUs: number | null; cgroup: string | null } | null;
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

/** Who has used up the time of real-time tasks waits for its next period: for tens of milliseconds as a rule. */
const STOP_NS = 1_000_000;

/** The share of a core at which the kernel stops the job's thread; null where it can't have, or that is not known. */
export function stoppedAt(facts: RunFacts): number | null {
  const { policy, rtLimit, runDelayNs } = facts;
  if ((policy !== 'fifo' && policy !== 'rr') || rtLimit === null) return null;
  if (runDelayNs !== null && waitedNs(facts) < STOP_NS) return null;
  const { runtimeUs, periodUs } = rtLimit;
  if (runtimeUs < 0 || periodUs === null || periodUs <= 0 || runtimeUs >= periodUs) return null;
  return runtimeUs / periodUs;
}

/** The kernel's account of a wake-up that nobody disturbs, also on a Cortex-A53: from the timer's interrupt to the thread. */
const WAKEUP_NS = 5_000;

/** For how long the job's thread was ready and had no core, besides what its wake-ups take; 0 where that is not known. */
export function waitedNs({ runDelayNs, summary }: RunFacts): number {
  const { lateNs, releaseLatency, counts } = summary;
  const delay = runDelayNs ?? 0;
  // whoever takes the core at every release moves the median, too
  const ordinary = counts.executed * Math.min(releaseLatency.median ?? 0, WAKEUP_NS);
  // of very short periods wake-ups may be all that there is: what came a millisecond late and more is none of them
  return Math.max(delay - ordinary, Math.min(delay, lateNs));
}
