/** What a run takes and what it comes to. */
import type { Plan } from '../benchmark/plan.js';
import type { RunStatus, SidecarJson } from '../formats/sidecar.js';
import type { ErrorInfo } from '../kernel/errors.js';
import type { Progress } from '../kernel/progress.js';
import type { Histogram } from '../metrics/histogram.js';
import type { Summary } from '../metrics/summary.js';
import type { Verdict } from '../metrics/verdict.js';

/** What a run tells on its way, and what ends it. */
export interface RunOptions {
  /**
   * Ends the run after the current job; what was recorded is kept and the result says `interrupted`. A job that takes
   * longer than two minutes from then is not awaited: its process is killed, and the run has failed (`E_STUCK`).
   */
  signal?: AbortSignal;
  /** Ends the run at once, in the middle of a job: the result says `interrupted`, and all rows but that job's are kept. */
  kill?: AbortSignal;
  /** Told how far it is: jobs, deadline misses and seconds left among it. */
  onProgress?: Progress;
  /**
   * Sentences worth a line on stderr: counters that are absent, rights that were not granted. An urgent one is meant for
   * whoever wants no others, too: root runs what another user can have written.
   */
  onNote?: (note: string, urgent?: boolean) => void;
  /** A stop by `signal` takes longer than a second: what is waited for, and how long at most, as `waiting for …`. */
  onWaiting?: (what: string) => void;
  /** CSV text of the rows as they come, header first. */
  onRows?: (csv: string) => void;
  /** The result has a histogram (default false). */
  histogram?: boolean;
}

/** What a run came to. It is the sidecar's content with the usual suspects at hand. */
export interface RunResult {
  /** How it ended. */
  status: Exclude<RunStatus, 'running'>;
  /** What was asked for, every default decided. */
  plan: Plan;
  /** Statistics over the jobs. */
  summary: Summary;
  /** VALID or not, with each reason. */
  verdict: Verdict;
  /** Why a failed run failed. */
  error: ErrorInfo | null;
  /** Everything that is known of the run: what stands in the sidecar. */
  report: SidecarJson;
  /** Of response times where a deadline judges them, else of elapsed times, ns; there where it is asked for and jobs were run. */
  histogram?: Histogram;
  /** The files that were written, absolute. */
  files: string[];
  /** The files that a write failed for: what they hold is not all of it. */
  incomplete: string[];
  /** More runs of the same benchmark, for events that did not fit at once (`eventPasses`). */
  furtherPasses: RunResult[];
  /** Passes that were not run any more: the run was told to end, or one of them failed. */
  passesLeft: number;
}

/** Every pass, in order. */
export const passesOf = (result: RunResult): RunResult[] => [result, ...result.furtherPasses];

/** A benchmark's end, all passes included. */
export interface Overall {
  status: RunResult['status'];
  /** Of the first pass that has one. */
  error: ErrorInfo | null;
  /** Every pass is. */
  valid: boolean;
}

/** What all passes come to: done when each of them is, and else what kept one of them from it. */
export function overall(result: RunResult): Overall {
  const passes = passesOf(result);
  const any = (status: RunResult['status']) => passes.some((pass) => pass.status === status);
  const [failed, interrupted] = [any('failed'), any('interrupted')];
  return {
    status:
      interrupted || (result.passesLeft > 0 && !failed)
        ? 'interrupted'
        : failed
          ? 'failed'
          : any('deadline_miss')
            ? 'deadline_miss'
            : 'done',
    error: passes.find(({ error }) => error !== null)?.error ?? null,
    valid: passes.every(({ verdict }) => verdict.valid),
  };
}
