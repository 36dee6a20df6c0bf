/** One thing that the doctor looked at. */

export type CheckId =
  | 'addon'
  | 'cpu'
  | 'pmu'
  | 'perf_event_paranoid'
  | 'affinity'
  | 'fifo'
  | 'rt_throttling'
  | 'memlock'
  | 'governor'
  | 'idle'
  | 'isolated'
  | 'interrupts'
  | 'tasks'
  | 'watchdog'
  | 'preempt_rt'
  | 'smt'
  | 'huge_pages'
  | 'swap'
  | 'temperature'
  | 'throttled'
  | 'clock'
  | 'memory';

/** `unknown`: the machine does not tell. It is no failure: nothing can be said. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'unknown';

/** One thing that the doctor looked at. */
export interface Check {
  /** Stable; scripts may test it. */
  id: CheckId;
  /** What was looked at, a few words. */
  title: string;
  /** What came of it. */
  status: CheckStatus;
  /** What was found, a few words. */
  found: string;
  /** Why it matters to a real-time measurement, one sentence. */
  why: string;
  /** The command (or the lines to write) that mends it; null where nothing needs mending or nothing can be done. */
  fix: string | null;
  /** `isochron doctor --fix` mends it, and `isochron isolate --undo` takes that back. */
  fixable: boolean;
}

/** What a check says; the rest is given by where it stands in its list. */
export interface Finding {
  status: CheckStatus;
  found: string;
  fix?: string;
  fixable?: boolean;
}

export const ok = (found: string): Finding => ({ status: 'ok', found });
export const warn = (found: string, fix?: string, fixable = false): Finding => ({
  status: 'warn',
  found,
  ...(fix === undefined ? {} : { fix }),
  fixable,
});
export const fail = (found: string, fix?: string, fixable = false): Finding => ({
  ...warn(found, fix, fixable),
  status: 'fail',
});
export const unknown = (found: string): Finding => ({ status: 'unknown', found });

/** How capabilities are given to Node instead of running as root. */
export const setcap = (capabilities: string) =>
  `sudo setcap ${capabilities}+ep "$(readlink -f "$(command -v node)")"`;
