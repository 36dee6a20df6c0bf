/** What the verdict says of threads besides the job's own: the engine's workers, and those that nobody saw. */
import { formatNs, formatPercent, plural } from '../kernel/quantities.js';
import { type Crew, threadsAtOnce } from './crowding.js';
import type { RunFacts } from './verdict-facts.js';
import type { NoteCode, ReasonCode, Say } from './verdict-shape.js';

/** What befell a worker thread counts from the end of the first job on; null where the kernel does not tell. */
export interface WorkerFacts {
  tid: number;
  cores: readonly number[];
  policy: string;
  cpuTimeNs: number | null;
  counted: boolean;
  minorFaults: number | null;
  majorFaults: number | null;
  involuntarySwitches: number | null;
  migrations: number | null;
  runDelayNs: number | null;
}

/** What is known of the threads of a run. */
export interface ThreadFacts extends RunFacts {
  /** The engine's worker threads that were found. */
  workers: readonly WorkerFacts[];
  /** Counters were opened. */
  counting: boolean;
  /** Threads of the workload that were made after its first job, with all of their CPU time. */
  lateThreads: readonly { tid: number; cores: readonly number[]; cpuTimeNs: number | null }[];
  /** CPU time since then of threads that neither of the two has; null where it is not known. */
  unseenCpuNs: number | null;
  /** How many threads the engine was told to use; null where nothing says that (a plugin). */
  threadsAsked: number | null;
}

export function judgeThreads(
  facts: ThreadFacts,
  reason: Say<ReasonCode>,
  note: Say<NoteCode>,
): void {
  const unlike = facts.workers
    .map(({ policy }) => policy)
    .filter((policy) => policy !== facts.policy);
  if (unlike.length > 0)
    reason(
      'workers_unlike',
      `${plural(unlike.length, 'worker thread')} of the engine ran as ${[...new Set(unlike)].join(', ')} while the job ran as ${facts.policy}.`,
      'Use FIFO or RR (-f, --rr), which worker threads inherit, or one thread.',
    );
  const uncounted = facts.counting ? facts.workers.filter(({ counted }) => !counted).length : 0;
  if (uncounted > 0)
    reason(
      'workers_uncounted',
      `The counters did not follow ${uncounted} of ${plural(facts.workers.length, 'worker thread')}: what these did is missing from every count.`,
      `Use fewer threads (counters follow 64 at most), or no counters (--events none).`,
    );
  const crew: Crew = {
    jobThreadNs: facts.summary.busyCpuNs,
    workersNs: facts.workers.map(({ cpuTimeNs }) => cpuTimeNs),
    asked: facts.threadsAsked,
  };
  const threads = threadsAtOnce(crew);
  if (facts.cores.length > 0 && threads > facts.cores.length)
    reason(
      'threads_crowded',
      `${threads} threads that worked at once shared ${plural(facts.cores.length, 'core')}, where they wait for each other.`,
      'Give -c as many cores as --threads says.',
    );
  judgeLateThreads(facts.lateThreads, reason);
  judgeUnseenThreads(facts, reason);
  judgeWorkers(facts, reason, note);
}

/** The workload's threads are looked for after its init and after its first job, and once more at the end. */
function judgeLateThreads(late: ThreadFacts['lateThreads'], reason: Say<ReasonCode>): void {
  if (late.length === 0) return;
  const named = late.map(({ tid, cores, cpuTimeNs }) => {
    const worked = cpuTimeNs === null ? '' : `, ${formatNs(cpuTimeNs)} of CPU time`;
    return `${tid} (cores ${cores.join(',')}${worked})`;
  });
  reason(
    'threads_late',
    `The workload made ${plural(late.length, 'thread')} after its first job that nobody placed or counted: ${named.join('; ')}.`,
    'Make threads in init or in the first job; warm-up jobs (--warmup) come too late for that.',
  );
}

/**
 * Node's own threads come and go with less than 5 ms, and less than a hundredth of the jobs' time decides nothing. Of a short run
 * little time is much: 1 ms will do where it is a tenth of what the jobs took.
 */
const UNSEEN: readonly { ns: number; share: number }[] = [
  { ns: 5e6, share: 0.01 },
  { ns: 1e6, share: 0.1 },
];

/** Threads that a job makes and ends are in neither list; the process's CPU time has them. */
function judgeUnseenThreads({ unseenCpuNs, summary }: ThreadFacts, reason: Say<ReasonCode>): void {
  if (unseenCpuNs === null) return;
  if (!UNSEEN.some(({ ns, share }) => unseenCpuNs >= ns && unseenCpuNs >= share * summary.busyNs))
    return;
  reason(
    'threads_unseen',
    `Threads that ended before the last job did used ${formatNs(unseenCpuNs)} of CPU time, ${formatPercent(unseenCpuNs / summary.busyNs)} of what the jobs took: whether all of that was placed and counted is not known.`,
    'Let the workload keep its threads from job to job.',
  );
}

/** Of the jobs' time: from here on a worker's wait for a core is worth knowing. */
const DELAY_SHARE = 0.01;

/**
 * A job waits for its workers, so what makes the run INVALID of its own thread does so of theirs, as far as it is sure to have
 * happened in a job that counts: of workers nothing is known by job. Minor faults may be those of warm-up jobs after the first,
 * and without a real-time policy a worker may be put aside where it idles between jobs.
 */
function judgeWorkers(facts: ThreadFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  const { sure, unsure } = workersDisturbed(facts);
  const said = (what: readonly string[]) =>
    `Worker threads of the engine were disturbed after the first job (${what.join(', ')}), and jobs wait for them.`;
  const hint =
    'Give each its own core (-c, --threads) and a real-time priority (-f), and allow memory to be locked (`ulimit -l unlimited`).';
  if (sure.length > 0) reason('workers_disturbed', said(sure), hint);
  if (unsure.length > 0) note('workers_disturbed', said(unsure), hint);
}

/** What happened to the workers, each as `TID: 2 preemptions`: what is sure to have happened in a job that counts, and the rest. */
export function workersDisturbed(
  facts: Pick<ThreadFacts, 'workers' | 'policy' | 'summary'>,
): Record<'sure' | 'unsure', string[]> {
  const realTime = facts.policy !== 'other' && facts.policy !== 'unknown';
  const sure: string[] = [];
  const unsure: string[] = [];
  for (const worker of facts.workers) {
    const { minorFaults, majorFaults, involuntarySwitches, cores } = worker;
    // one that has a single core goes there once, when it is placed, and nowhere else
    const migrations = cores.length > 1 ? worker.migrations : 0;
    const say = (certain: boolean, n: number | null, what: string) => {
      if ((n ?? 0) > 0) (certain ? sure : unsure).push(`${worker.tid}: ${plural(n ?? 0, what)}`);
    };
    say(true, majorFaults, 'major page fault');
    say(facts.summary.counts.warmup <= 1, minorFaults, 'minor page fault');
    say(realTime, involuntarySwitches, 'preemption');
    say(realTime, migrations, 'migration');
    // of a delay nobody knows whether a job waited for it
    if ((worker.runDelayNs ?? 0) > DELAY_SHARE * facts.summary.busyNs)
      unsure.push(`${worker.tid}: ready and without a core for ${formatNs(worker.runDelayNs)}`);
  }
  return { sure, unsure };
}
