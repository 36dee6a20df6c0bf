/** What the verdict says of when jobs began and how long they took: whether something that is not the job is in these times. */
import { formatNs, formatPercent, formatShare, plural } from '../kernel/quantities.js';
import { neighboursAlike } from '../statistics/trend.js';
import type { Summary } from './summary.js';
import { type RunFacts, stoppedAt, waitedNs } from './verdict-facts.js';
import type { MachineFacts } from './verdict-machine.js';
import type { NoteCode, ReasonCode, Say } from './verdict-shape.js';
import { type ThreadFacts, workersDisturbed } from './verdict-threads.js';

export interface ServerFacts {
  /** That the kernel told, at least; null where it tells none. */
  overruns: number | null;
  /** How long after a release the server's period of the last job began; null where that was not seen. */
  endOffsetNs: number | null;
  /** Its deadline is shorter than its period. */
  constrained: boolean;
  /**
   * How jobs lie in its periods: one in each, or further apart (`apart`); several in one (`shared`), as in a continuous run; or at
   * another place each time (`wandering`).
   */
  phase: 'apart' | 'shared' | 'wandering';
}

/** How the periods of jobs (0 = continuous) and of a server lie to each other. */
export function phaseOf(periodNs: number, serverNs: number): ServerFacts['phase'] {
  if (periodNs < serverNs) return 'shared';
  return periodNs % serverNs === 0 ? 'apart' : 'wandering';
}

/** What keeps a server from stopping its thread. */
export const enoughRuntime = (server: ServerFacts | null): string =>
  server?.phase === 'shared'
    ? 'Take -p as long as -P, or give -T more than all jobs that fall into one -P take together.'
    : 'Give -T well more than the longest job takes.';

/** What is known of the times of a run besides those of its jobs. */
export interface TimeFacts
  extends RunFacts,
    Pick<ThreadFacts, 'workers' | 'counting'>,
    Pick<MachineFacts, 'quota'> {
  /** What SCHED_DEADLINE did; null without it. */
  server: ServerFacts | null;
}

export function judgeTimes(facts: TimeFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  judgeServer(facts, note);
  judgeCore(facts, reason, note);
  judgeUnslept(facts, note);
  judgeDispatch(facts, note);
  judgeTail(facts, note);
  judgeCorrelation(facts.summary, note);
}

/** SCHED_DEADLINE gives a thread its runtime in each period of a server, whose periods begin when it wakes up, or when the one before is over. */
function judgeServer({ server, summary }: TimeFacts, note: Say<NoteCode>): void {
  if (server === null) return;
  const { overruns, endOffsetNs, constrained, phase } = server;
  const exceeded = summary.runtimeExceeded ?? 0;
  const told = `the kernel told ${plural(overruns ?? 0, 'overrun')}`;
  if (exceeded > 0)
    note(
      'deadline_overruns',
      `${plural(exceeded, 'job')} used more CPU time than the runtime of SCHED_DEADLINE (-T)${overruns === null ? '' : ` (${told})`}. Who uses it up is stopped until the next period of its server: elapsed times hold that, or release latency where the job had ended before the kernel's tick.`,
      enoughRuntime(server),
    );
  else if ((overruns ?? 0) > 0 && phase === 'shared')
    note(
      'deadline_overruns',
      `The runtime of SCHED_DEADLINE (-T) was used up (${told}), and by no measured job alone: several jobs may fall into one period of its server (-P), and share it. Who runs then is stopped until the next one, and release latency, dispatch or elapsed time hold that.`,
      enoughRuntime(server),
    );
  else if ((overruns ?? 0) > 0)
    // a job just below -T may still be stopped, for the readings before it
    note(
      'deadline_overruns',
      `The runtime of SCHED_DEADLINE (-T) was used up (${told}), and by no measured job alone: the tool's own readings around jobs and the host's pauses count against it, too. The thread is stopped until the next period of its server, and release latency and dispatch hold that; elapsed times do only where a job comes close to -T.`,
      'Look at release_latency_ns and dispatch_ns where these jobs matter, and give -T more.',
    );
  if (phase === 'wandering')
    note(
      'server_phase',
      'The period (-p) is no multiple of that of SCHED_DEADLINE (-P): releases wander through its periods, and a job may find only what is left of its runtime (-T).',
      'Take -P as long as -p.',
    );
  else if (phase === 'shared')
    note(
      'server_phase',
      'Several jobs may fall into one period of SCHED_DEADLINE (-P): all but the first find only what is left of its runtime (-T).',
      enoughRuntime(server),
    );
  else if (constrained) {
    const seen =
      endOffsetNs === null
        ? ''
        : ` In the last job it held ${formatNs(Math.max(endOffsetNs, 0))} of it.`;
    note(
      'server_phase',
      `As the deadline of SCHED_DEADLINE (-D) is shorter than its period (-P), the kernel holds a job that wakes up less than -P after the one before it: a late wake-up delays all that follow, and release latency holds that.${seen}`,
      'Take -D as long as -P; the deadline that jobs are judged by is -d.',
    );
  }
}

/** Share of the run for which others may have the core of a thread of real-time priority that wants it. */
const TAKEN_LIMIT = 0.01;
/**
 * Who had the core while the job's thread was due. FIFO and RR wait for nobody below them, and what is beyond an ordinary wake-up is
 * somebody else's. Other policies share the core, and SCHED_DEADLINE's own throttling counts as a wait.
 */
function judgeCore(facts: TimeFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  const { policy, cores, workers, quota, runDelayNs, runNs, server, summary } = facts;
  const limit = stoppedAt(facts);
  const away = `Keep others away from its core (isolcpus, -c): tasks of its priority and above, and those that the kernel gives a share to${limit === null ? '' : ` (it also stops real-time tasks at ${formatShare(limit)} of a core)`}.`;
  const { lateWakeups, counts } = summary;
  const taken = waitedNs(facts);
  if ((policy === 'fifo' || policy === 'rr') && taken > TAKEN_LIMIT * runNs) {
    const said = `The job's thread was ready and had no core for ${formatNs(taken)} (${formatPercent(taken / runNs)} of the run), besides ordinary wake-ups`;
    const own = workers.filter((worker) => worker.cores.includes(cores[0] ?? -1));
    const unknown = own.some(({ cpuTimeNs }) => cpuTimeNs === null);
    const theirs = own.reduce((sum, { cpuTimeNs }) => sum + (cpuTimeNs ?? Infinity), 0);
    if (taken - theirs <= TAKEN_LIMIT * runNs)
      note(
        'core_taken',
        `${said}: it shares core ${cores[0]} with ${plural(own.length, 'worker thread')} of the engine, ${unknown ? 'and for how long they worked is not known' : 'which worked for as long'}.`,
        'Give -c a core for each thread.',
      );
    else reason('core_taken', `${said}.`, away);
  }
  if (lateWakeups === null) return;
  const { jobs, atLeast, worst } = lateWakeups;
  const which = `${atLeast ? 'At least ' : ''}${jobs} of ${plural(counts.inStatistics, 'job')} woke up more than 20 times the median release latency and 1 ms after ${jobs === 1 ? 'its' : 'their'} release (job ${worst.job} ${formatNs(worst.latencyNs)})`;
  // a wait for the core is in the kernel's account; what stops the process, or the core itself, is not
  if (runDelayNs === null)
    note(
      'late_wakeups',
      `${which}: something held the core, or the process.`,
      'Look at release_latency_ns of these rows, and for what ran then.',
    );
  else if (runDelayNs < worst.latencyNs / 2)
    note(
      'late_wakeups',
      `${which}, and in the whole run the thread waited for its core for ${formatNs(runDelayNs)} only: the process was stopped (a debugger, a frozen cgroup, SIGSTOP), or an interrupt or the host held the core.`,
      'Let nothing stop the process; take interrupts off the core, and measure on the board itself.',
    );
  else if (policy === 'fifo' || policy === 'rr')
    note(
      'late_wakeups',
      `${which}; in the whole run the thread was ready and had no core for ${formatNs(runDelayNs)}.`,
      away,
    );
  else if (policy === 'deadline')
    note(
      'late_wakeups',
      `${which}; in the whole run the thread was ready and had no core for ${formatNs(runDelayNs)}: its server (-T, -D, -P) held it until the next period, or a task with an earlier deadline had the core.`,
      `${enoughRuntime(server)} Take -D as long as -P.`,
    );
  else
    note(
      'late_wakeups',
      `${which}; in the whole run the thread was ready and had no core for ${formatNs(runDelayNs)}: other tasks had it${quota?.periods === 0 ? '' : ', or a CPU quota (cgroup) was used up'}${facts.hypervisor === null ? '' : ', or the host held the core'}.`,
      'Run it at a real-time priority (-f 90) on an isolated core (-c, isolcpus).',
    );
}

/** A release that the thread did not sleep for is no wake-up: whether the tool, the workload's extras or others were at work then is not known. */
function judgeUnslept({ policy, server, summary }: TimeFacts, note: Say<NoteCode>): void {
  const { unslept, counts } = summary;
  if (unslept === null || unslept.worst.latencyNs < UNSLEPT_NS) return;
  const { jobs, worst } = unslept;
  const which = `For ${jobs} of ${plural(counts.inStatistics, 'job')} the thread did not sleep before the release, though the job before had ended, and job ${worst.job} began ${formatNs(worst.latencyNs)} late`;
  const why =
    "the tool's readings and the workload's extras after a job took until then, or others had the core.";
  const less = 'Lengthen the period, let extras() do less, and keep others away from the core.';
  if (policy === 'deadline')
    note(
      'late_unslept',
      `${which}: its server (-T) held it until the next period, ${why}`,
      `${enoughRuntime(server)} ${less}`,
    );
  else note('late_unslept', `${which}: ${why}`, less);
}

/** Below it, a release that passes as the thread goes to sleep is an ordinary one. */
const UNSLEPT_NS = 1_000_000;

/** The tool's own readings lie between a wake-up and the start: what these alone made late is not the job's. */
function judgeDispatch({ summary, counting }: TimeFacts, note: Say<NoteCode>): void {
  const { deadlineMisses, missesByDispatch } = summary;
  if (missesByDispatch === 0) return;
  note(
    'late_by_dispatch',
    `${missesByDispatch} of ${plural(deadlineMisses ?? 0, 'deadline miss', 'deadline misses')} came by no more than the time between wake-up and start (dispatch_ns), in which the tool takes its readings, and others may have had the core.`,
    `${counting ? 'Count fewer events (--events), or take' : 'Take'} the deadline for missed only where lateness_ns is above dispatch_ns.`,
  );
}

/** Long jobs that nothing which is recorded of them accounts for: whoever reads a maximum should know that its cause is not known. */
function judgeTail(facts: TimeFacts, note: Say<NoteCode>): void {
  const { unexplained, longWaits, elapsed, counts } = facts.summary;
  const median = elapsed.median ?? 0;
  const which = ({ jobs, atLeast, worst }: NonNullable<Summary['unexplained']>) =>
    `${atLeast ? 'At least ' : ''}${jobs} of ${plural(counts.inStatistics, 'job')} took more than twice the median (job ${worst.job} ${(worst.elapsedNs / median).toFixed(1)} times)`;
  const { sure, unsure } = workersDisturbed(facts);
  const why =
    sure.length + unsure.length > 0
      ? " of the job's own thread: those of its workers, of which nothing is known by job, may be it."
      : ': the tail is unexplained.';
  if (unexplained !== null)
    note(
      'unexplained_tail',
      `${which(unexplained)} without a preemption, a wait, a page fault or a migration${why}`,
      facts.hypervisor !== null
        ? 'The host may have taken the core away; measure tails on the board itself.'
        : 'Run it alone on an isolated core (-c, --isolate), with counters (--events), and look at these rows.',
    );
  if (longWaits !== null)
    note(
      'unexplained_tail',
      `${which(longWaits)} and waited for something, as most jobs do not: for a lock, a disk or another thread, or the process was stopped (a debugger, a frozen cgroup, SIGSTOP).`,
      'Look at voluntary_switches of these rows, and let nothing stop the process.',
    );
}

const NAMES = [
  ['p1', 'p1'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p999', 'p99.9'],
] as const;

/**
 * What one job tells of the next is told twice: n jobs that are correlated by r from one to the next weigh as n (1 - r) / (1 + r) that
 * are not (G. V. Bayley and J. M. Hammersley, J. R. Stat. Soc. Suppl. 8, 1946, for a first-order autoregression).
 */
function judgeCorrelation(summary: Summary, note: Say<NoteCode>): void {
  const { neighbourCorrelation, latencyCorrelation, elapsed, releaseLatency } = summary;
  const alike = (
    [
      [neighbourCorrelation, elapsed, 'took alike times'],
      [latencyCorrelation, releaseLatency, 'began alike late'],
    ] as const
  ).flatMap(([r, of, what]) => {
    const n = of.count;
    const stated = NAMES.filter(([name]) => of.bounds[name] !== null).map(([, label]) => label);
    if (stated.length === 0 || !neighboursAlike(r, n)) return [];
    const weight = Math.max(1, Math.round((n * (1 - r)) / (1 + r)));
    return [{ said: `${what} (r = ${r.toFixed(2)})`, n, weight, stated }];
  });
  const [one, other] = alike;
  if (one === undefined) return;
  const bounds =
    other !== undefined
      ? 'bounds of their percentiles are made: they hold'
      : one.stated.length === 1
        ? `bound of ${one.stated[0]} is made: it holds`
        : `bounds of ${one.stated.join(', ')} are made: they hold`;
  note(
    'jobs_correlated',
    `Neighbouring jobs ${alike.map(({ said }) => said).join(' and ')}: ${one.n} of them weigh about as much as ${alike.map(({ weight }) => weight).join(' and ')} independent ones, for which the ${bounds} less often than in 95 % of runs.`,
    'Repeat the run in processes of its own (a sweep with repetitions); look for what comes and goes meanwhile.',
  );
}
