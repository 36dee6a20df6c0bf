/**
 * VALID or INVALID: whether what was measured is what was asked for, with each reason and what to do about it.
 * A reason makes the run INVALID; a note is worth knowing and does not. Missing a deadline is a result, so it is neither.
 */
import { absenceLine } from '../events/absence.js';
import { printable } from '../kernel/printable.js';
import { formatBytes, formatNs, formatPercent, plural } from '../kernel/quantities.js';
import { kernelSince } from '../kernel/system-files.js';
import { jobsFor } from '../statistics/percentiles.js';
import { neighboursAlike } from '../statistics/trend.js';
import type { Summary } from './summary.js';
import type { NoteCode, ReasonCode, Say, Verdict, XnnpackWork } from './verdict-shape.js';
import { judgeThreads, type ThreadFacts } from './verdict-threads.js';

export type { Verdict } from './verdict-shape.js';
export type { WorkerFacts } from './verdict-threads.js';

/** Governor and frequency of one core, before and after the run; null where the machine does not tell. */
export interface CoreFrequency {
  core: number;
  governor: string | null;
  governorAfter: string | null;
  beforeKhz: number | null;
  afterKhz: number | null;
  /** Of the looks in between; null where there were none. */
  lowestKhz: number | null;
  highestKhz: number | null;
}

export interface XnnpackFacts {
  delegatedNodes: number;
  totalNodes: number;
  /** The same in work, where some but not all nodes were taken; null where the model could not be looked at. */
  work: XnnpackWork | null;
  /** What the engine had against operators that it would have taken; null where it said nothing. */
  refusal: string | null;
}

export interface ServerFacts {
  /** That the kernel told, at least; null where it tells none. */
  overruns: number | null;
  /** How long after a release the server's period of the last job began; null where that was not seen. */
  endOffsetNs: number | null;
  /** Its deadline is shorter than its period. */
  constrained: boolean;
  /** Jobs have a period, and it is no multiple of the server's. */
  outOfPhase: boolean;
}

export interface GrantedThread {
  policy: string;
  priority: number;
  cores: readonly number[];
}

/** Everything that the verdict looks at. */
export interface VerdictFacts extends ThreadFacts {
  /** Why the run ended, as the runtime reports it. */
  ended: 'jobs' | 'duration' | 'stopped' | 'deadline_miss' | 'failed';
  /** The error of a failed run. */
  error: { message: string; hint?: string | undefined } | null;
  /** The run had an end of its own (a number of jobs or a duration), so that a stop cut it short. */
  bounded: boolean;
  /** What was asked for and not granted. */
  denied: readonly { what: string; message: string; hint: string }[];
  /** What was found of the memory that was locked, after the last job; null where none was. */
  memory: {
    /** Null where the kernel does not tell. */
    proof: {
      lockedBytes: number;
      eligibleBytes: number;
      unlocked: readonly { what: string; bytes: number }[];
    } | null;
  } | null;
  lostRecords: number;
  lostSamples: number;
  /** The requested events that could not be opened, with the reason. */
  absentEvents: readonly { name: string; reason: string }[];
  requireEvents: boolean;
  /** What SCHED_DEADLINE did; null without it. */
  server: ServerFacts | null;
  /** Null where it is not known. */
  kernelRelease: string | null;
  /** kernel.sched_rt_runtime_us (-1 = no throttling) and kernel.sched_rt_period_us; null where unreadable. */
  rtRuntimeUs: number | null;
  rtPeriodUs: number | null;
  /** First release to the end of the last job, ns. */
  runNs: number;
  /** Of it, the job's thread was ready and had no core; null where the kernel does not tell. */
  runDelayNs: number | null;
  /** Of the job's cores. */
  frequencies: readonly CoreFrequency[];
  /** The cores that the tool's own threads may run on; null = not known. */
  housekeepingCores: readonly number[] | null;
  /** What the job's thread had before its first job, and after its last; null where there was none, or it is not known. */
  grantedAtStart: GrantedThread | null;
  /** Something else that it was seen to have in between. */
  grantedMeanwhile: GrantedThread | null;
  grantedAtEnd: GrantedThread | null;
  /** What XNNPACK took; null without it, or where that can't be observed. */
  xnnpack: XnnpackFacts | null;
  /** The hypervisor that the kernel reports, or null. */
  hypervisor: string | null;
  /** What the preflight found: `fail` is a reason, the rest one note. */
  preflight: readonly { what: string; status: 'warn' | 'fail'; message: string; hint: string }[];
  /** What was seen of the machine while jobs ran; null where nobody looked. */
  during: Seen | null;
  /** How often the run's process was stopped and went on; null = not known. */
  stops: number | null;
}

/** Of the machine, while jobs ran; null = hidden. */
export interface Seen {
  seconds: number;
  cores: readonly { core: number; throttled: number | null; stolenMs: number | null }[];
  neighbours: readonly { core: number; busy: number | null }[];
  ownBusy: number | null;
  pressure: { memory: number | null };
}

/**
 * Below 30 jobs in the statistics a run is INVALID: the customary floor under which neither the median nor the
 * standard deviation of an unknown distribution says much.
 */
const MINIMUM_JOBS = 30;
const FOR_PERCENTILES = `${jobsFor('p99')} for a p99, ${jobsFor('p999')} for a p99.9`;

/**
 * A frequency that moved by less is taken as the reading's own jitter: x86 derives the figure from counters
 * that are sampled at different instants.
 */
const FREQUENCY_TOLERANCE = 0.05;

/** Share of the run that the host may give to others before its figures are those of another machine. */
const STOLEN_LIMIT = 0.01;
/** The kernel counts it in steps of this. */
const STEAL_STEP_MS = 10;
/** A core that others keep busy for this share of a run is a neighbour. */
const NEIGHBOUR_BUSY = 0.5;
/** Shorter runs tell nothing of shares: the kernel counts in steps of 10 ms. */
const SHARES_FROM_S = 1;
/** Some task waited for memory in this share of the time: pages are being reclaimed. */
const MEMORY_PRESSURE = 0.01;

/** Judges a run. Pure: the same facts give the same verdict. */
export function verdict(facts: VerdictFacts): Verdict {
  const reasons: Verdict['reasons'] = [];
  const notes: Verdict['notes'] = [];
  const reason = (code: ReasonCode, message: string, hint: string) =>
    reasons.push({ code, message, hint });
  const note = (code: NoteCode, message: string, hint: string) =>
    notes.push({ code, message, hint });
  judgeEnd(facts, reason, note);
  judgeGrants(facts, reason, note);
  judgeThreads(facts, reason, note);
  judgeMemory(facts.memory, note);
  judgeCounters(facts, reason, note);
  judgeThrottling(facts, reason);
  judgeServer(facts, note);
  judgeFrequency(facts, reason, note);
  judgeDisturbance(facts, reason, note);
  judgeSurroundings(facts, reason, note);
  judgeCore(facts, reason, note);
  judgeDispatch(facts.summary, note);
  judgeTail(facts, note);
  judgeNeighbours(facts.summary, note);
  judgeXnnpack(facts.xnnpack, reason, note);
  judgePreflight(facts, reason, note);
  if (facts.hypervisor !== null)
    note(
      'virtual_machine',
      `This is a virtual machine (${facts.hypervisor}): the host may take the core away unseen.`,
      'Measure latencies on the board itself.',
    );
  return { valid: reasons.length === 0, reasons, notes };
}

function judgeEnd(facts: VerdictFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  const { inStatistics } = facts.summary.counts;
  if (facts.ended === 'failed')
    reason(
      'run_failed',
      `The run failed: ${facts.error?.message ?? 'no reason was given'}`,
      facts.error?.hint ?? 'What was recorded until then is on disk.',
    );
  if (facts.ended === 'stopped' && facts.bounded)
    reason(
      'interrupted',
      'The run was interrupted before its end.',
      'Let it run to its end, or ask for fewer jobs with -t.',
    );
  if (facts.ended === 'deadline_miss')
    note(
      'stopped_at_miss',
      'The run ended at its first missed deadline, as --overrun stop asks.',
      'Use --overrun skip to see how often it misses.',
    );
  if (inStatistics < MINIMUM_JOBS)
    reason(
      'too_few_jobs',
      `The statistics rest on ${plural(inStatistics, 'job')}; below ${MINIMUM_JOBS} neither the median nor the deviation says much.`,
      `Ask for more with -t: ${MINIMUM_JOBS} at least besides the first, ${FOR_PERCENTILES}.`,
    );
  else if (inStatistics < jobsFor('p99'))
    note(
      'few_jobs',
      `The statistics rest on ${inStatistics} jobs, none of which bounds a p99: it is empty.`,
      `Ask for more with -t: ${FOR_PERCENTILES}, besides the first.`,
    );
  if (!facts.summary.quantiles.exact)
    note(
      'approximate_quantiles',
      `The run is long, so quantiles come from a histogram (relative error at most ${(facts.summary.quantiles.relativeError * 100).toFixed(3)} %).`,
      'Nothing needs doing; the rows hold every value.',
    );
}

/** What the user asked for in so many words; memory locks and the like are asked for by default, as a precaution. */
const ASKED_FOR = ['policy', 'affinity'];

const inWords = ({ policy, priority, cores }: GrantedThread) =>
  `${policy}${priority === 0 ? '' : ` priority ${priority}`} on ${cores.length === 1 ? 'core' : 'cores'} ${cores.join(',')}`;

function judgeGrants(facts: VerdictFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  for (const { what, message, hint } of facts.denied)
    if (ASKED_FOR.includes(what)) reason('not_granted', message, hint);
    else note('not_granted', message, hint);
  const { grantedAtStart, grantedMeanwhile, grantedAtEnd } = facts;
  const differs = (seen: GrantedThread | null) =>
    grantedAtStart !== null && seen !== null && inWords(grantedAtStart) !== inWords(seen);
  const [other, how] = differs(grantedAtEnd)
    ? [grantedAtEnd, 'ended as']
    : [grantedMeanwhile, 'ran for a while as'];
  if (grantedAtStart !== null && other !== null && differs(other))
    reason(
      'grants_changed',
      `The job's thread ${how} ${inWords(other)}; it was granted ${inWords(grantedAtStart)}.`,
      'The workload, or somebody else, changed it while jobs ran: leave policy and cores of its thread to isochron.',
    );
  const housekeeping = new Set(facts.housekeepingCores ?? []);
  const shared = facts.cores.filter((core) => housekeeping.has(core));
  if (shared.length > 0)
    reason(
      'core_shared',
      `The tool's own threads ran on the job's ${shared.length === 1 ? 'core' : 'cores'} ${shared.join(', ')}.`,
      'Leave at least one online core to the tool: pin the job elsewhere with -c.',
    );
}

/** A note: what comes of it, page faults, is a reason of its own. */
function judgeMemory(memory: VerdictFacts['memory'], note: Say<NoteCode>): void {
  if (memory === null) return;
  const { proof } = memory;
  if (proof === null) {
    note(
      'memory_unlocked',
      "Memory was locked, but that it stayed so can't be shown here: the kernel does not tell (/proc/self/smaps).",
      'Look at the page faults of the jobs instead.',
    );
    return;
  }
  const { lockedBytes, eligibleBytes, unlocked } = proof;
  if (lockedBytes === eligibleBytes) return;
  note(
    'memory_unlocked',
    `${formatBytes(eligibleBytes - lockedBytes)} of ${formatBytes(eligibleBytes)} that the job may touch were not locked after the last job: ${unlocked.map(({ what, bytes }) => `${printable(what)} (${formatBytes(bytes)})`).join(', ')}.`,
    'Allow more memory to be locked (`ulimit -l unlimited`); what jobs allocate after the first one comes too late for it.',
  );
}

function judgeCounters(facts: VerdictFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  const { summary } = facts;
  if (facts.lostRecords > 0)
    reason(
      'lost_records',
      `${plural(facts.lostRecords, 'record')} did not fit into the ring and ${facts.lostRecords === 1 ? 'was' : 'were'} lost.`,
      'Give the tool a core of its own, or lengthen the period.',
    );
  if (facts.lostSamples > 0)
    note(
      'lost_samples',
      `${plural(facts.lostSamples, 'counter sample')} ${facts.lostSamples === 1 ? 'was' : 'were'} lost: due before the sampling thread could take ${facts.lostSamples === 1 ? 'it' : 'them'}, or without room in the ring.`,
      'Take samples less often (-B).',
    );
  if (summary.multiplexedJobs > 0)
    reason(
      'multiplexed',
      `The counters did not count all of the time in ${plural(summary.multiplexedJobs, 'job')} (smallest counter_scale ${summary.minCounterScale}).`,
      'Ask for fewer events at once (--events), use --event-passes, or stop whatever else uses the counters.',
    );
  const missing = [
    ...facts.absentEvents,
    ...summary.events
      .filter((event) => event.neverCounted)
      .map(({ name }) => ({ name, reason: 'opened but never counted' })),
  ];
  if (missing.length === 0) return;
  const line = absenceLine(missing) as string;
  const message = line.charAt(0).toUpperCase() + line.slice(1);
  if (facts.requireEvents)
    reason('events_missing', message, 'See `isochron events` for what this machine offers.');
  else note('events_missing', message, 'See `isochron events` for what this machine offers.');
}

/**
 * The kernel lets FIFO and RR tasks have `runtime` out of each `period` of a core (sched(7), "Limiting the CPU
 * usage of real-time and deadline processes"). Elapsed time includes the time that a throttled job waited, so a
 * throttled run shows a busy share of at least runtime/period. A run that was busy for less than one runtime
 * in all cannot have met the limit. Since Linux 6.12 nothing is stopped: a fair server runs other tasks for 5 % of the time where there
 * are any, and the preemptions tell of it.
 */
function judgeThrottling(facts: VerdictFacts, reason: Say<ReasonCode>): void {
  const { rtRuntimeUs, rtPeriodUs, runNs, summary } = facts;
  if (kernelSince(facts.kernelRelease, 6, 12)) return;
  if (facts.policy !== 'fifo' && facts.policy !== 'rr') return;
  if (rtRuntimeUs === null || rtRuntimeUs < 0 || rtPeriodUs === null || rtPeriodUs <= 0) return;
  if (runNs <= 0 || summary.busyNs < rtRuntimeUs * 1000) return;
  const share = summary.busyNs / runNs;
  if (share < rtRuntimeUs / rtPeriodUs) return;
  reason(
    'rt_throttled',
    `The jobs kept the core busy ${(Math.min(share, 1) * 100).toFixed(1)} % of the time, and the kernel stops real-time tasks at ${((rtRuntimeUs / rtPeriodUs) * 100).toFixed(1)} %.`,
    'Lengthen the period, or allow it with `sysctl kernel.sched_rt_runtime_us=-1`.',
  );
}

/** SCHED_DEADLINE gives a thread its runtime in each period of a server, whose periods begin when it wakes up, or when the one before is over. */
function judgeServer({ server, summary }: VerdictFacts, note: Say<NoteCode>): void {
  if (server === null) return;
  const { overruns, endOffsetNs, constrained, outOfPhase } = server;
  const exceeded = summary.runtimeExceeded ?? 0;
  const told = `the kernel told ${plural(overruns ?? 0, 'overrun')}`;
  if (exceeded > 0)
    note(
      'deadline_overruns',
      `${plural(exceeded, 'job')} used more CPU time than the runtime of SCHED_DEADLINE (-T)${overruns === null ? '' : ` (${told})`}. Who uses it up is stopped until the next period of its server, and elapsed times hold that.`,
      'Give -T more than the longest job takes.',
    );
  else if ((overruns ?? 0) > 0)
    // a job just below -T may still be stopped, for the readings before it
    note(
      'deadline_overruns',
      `The runtime of SCHED_DEADLINE (-T) was used up (${told}), and by no measured job alone: the tool's own readings around jobs and the host's pauses count against it, too. The thread is stopped until the next period of its server, and release latency and dispatch hold that; elapsed times do only where a job comes close to -T.`,
      'Look at release_latency_ns and dispatch_ns where these jobs matter; with fewer events (--events) the tool has less to read.',
    );
  if (outOfPhase)
    note(
      'server_phase',
      'The period (-p) is no multiple of that of SCHED_DEADLINE (-P): releases wander through its periods, and a job may find only what is left of its runtime (-T).',
      'Take -P as long as -p.',
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

function judgeFrequency(facts: VerdictFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  const { frequencies } = facts;
  const slow = frequencies.filter((f) =>
    [f.governor, f.governorAfter].some((g) => g !== null && g !== 'performance'),
  );
  if (slow.length > 0)
    reason(
      'governor',
      `The frequency governor is not performance on ${slow.map((f) => `core ${f.core} (${f.governor === 'performance' ? f.governorAfter : f.governor})`).join(', ')}.`,
      'Set it: `echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor`.',
    );
  const changed = frequencies.flatMap((f) => {
    const seen = [f.beforeKhz, f.lowestKhz, f.highestKhz, f.afterKhz].filter((k) => k !== null);
    const [lowest, highest] = [Math.min(...seen), Math.max(...seen)];
    if (highest - lowest <= FREQUENCY_TOLERANCE * highest) return [];
    const between =
      f.lowestKhz === null || f.highestKhz === null
        ? ''
        : ` (${mhz(f.lowestKhz)} to ${mhz(f.highestKhz)} in between)`;
    return [`core ${f.core} ${mhz(f.beforeKhz)} to ${mhz(f.afterKhz)} MHz${between}`];
  });
  if (changed.length > 0)
    reason(
      'frequency_changed',
      `The frequency changed during the run: ${changed.join(', ')}.`,
      'Fix the governor to performance and check the cooling.',
    );
  const told = frequencies.some((f) => f.governor !== null || f.beforeKhz !== null);
  if (!told)
    note(
      'frequency_unknown',
      'This machine does not tell governor or frequency, so a change could not be seen.',
      'On a board, load the cpufreq driver; in a virtual machine or container nothing can be done.',
    );
}

/** What others took meanwhile: the host, the hardware, whoever stopped the process, the neighbours on other cores. */
function judgeSurroundings(
  { during, stops, cores: ofJob }: VerdictFacts,
  reason: Say<ReasonCode>,
  note: Say<NoteCode>,
): void {
  if (stops !== null && stops > 0)
    reason(
      'stopped_process',
      `The run's process was stopped (SIGSTOP) while jobs ran, and went on ${plural(stops, 'time')}.`,
      'Let it run: whatever stops it should leave it alone.',
    );
  if (during === null) return;
  const pinned = ofJob.length > 0;
  const { seconds, cores, neighbours, ownBusy: own, pressure } = during;
  const throttled = cores.filter((core) => (core.throttled ?? 0) > 0);
  if (throttled.length > 0 && pinned)
    reason(
      'throttled',
      `The hardware slowed ${throttled.map((c) => `core ${c.core} down ${plural(c.throttled ?? 0, 'time')}`).join(', ')} while jobs ran.`,
      'Cool it, or lower the frequency that it is fixed at.',
    );
  const robbed = cores.reduce(
    (most, { core, stolenMs }) => ((stolenMs ?? 0) > most.ms ? { core, ms: stolenMs ?? 0 } : most),
    { core: -1, ms: 0 },
  );
  if (robbed.ms > 0) {
    const said = `The host took ${robbed.ms} ms of ${seconds.toFixed(1)} s (${percent(robbed.ms / 1000 / seconds)}) from core ${robbed.core}.`;
    const hint = 'Measure on a machine of your own, or on the board itself.';
    // a step of the count may stand for much less, and of a job that was not pinned nobody knows whether it was there
    const sure = (robbed.ms - STEAL_STEP_MS) / 1000 / seconds;
    if (pinned && sure > STOLEN_LIMIT) reason('stolen', said, hint);
    else note('stolen', said, hint);
  }
  if (seconds < SHARES_FROM_S) return;
  // which core the tool's own process was on is not known: none is called busy for what it may have done there
  const busy = neighbours.filter((core) => (core.busy ?? 0) - (own ?? 0) >= NEIGHBOUR_BUSY);
  if (busy.length > 0)
    note(
      'neighbours_busy',
      `Other cores were busy while jobs ran: ${busy.map(({ core, busy }) => `core ${core} ${percent(busy ?? 0)}`).join(', ')} of the time; they share caches and memory with the job.`,
      'End what runs there, or take it for part of what is measured.',
    );
  if ((pressure.memory ?? 0) >= MEMORY_PRESSURE)
    note(
      'memory_pressure',
      `Tasks waited for memory ${percent(pressure.memory ?? 0)} of the time: the kernel was reclaiming pages.`,
      'Free memory, or end what fills it.',
    );
}

/** Share of the run for which others may have the core of a thread of real-time priority that wants it. */
const TAKEN_LIMIT = 0.01;

/**
 * Who had the core while the job's thread was due. FIFO and RR wait for nobody below them, and wake-ups are no longer than the median for
 * a reason: what is beyond is somebody else's. Other policies share the core, and SCHED_DEADLINE's own throttling counts as a wait.
 */
function judgeCore(
  { policy, runDelayNs, runNs, summary }: VerdictFacts,
  reason: Say<ReasonCode>,
  note: Say<NoteCode>,
): void {
  const { lateWakeups, releaseLatency, counts } = summary;
  const ordinary = counts.executed * (releaseLatency.median ?? 0);
  const taken = (runDelayNs ?? 0) - ordinary;
  if ((policy === 'fifo' || policy === 'rr') && taken > TAKEN_LIMIT * runNs)
    reason(
      'core_taken',
      `The job's thread was ready and had no core for ${formatNs(taken)} (${formatPercent(taken / runNs)} of the run), besides ordinary wake-ups.`,
      'Keep others away from its core (isolcpus, -c): tasks of its priority and above, and those that the kernel gives a share to.',
    );
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
  else if (runDelayNs < worst.latencyNs)
    note(
      'late_wakeups',
      `${which}, and in the whole run the thread waited for its core for ${formatNs(runDelayNs)} only: the process was stopped (a debugger, a frozen cgroup, SIGSTOP), or an interrupt or the host held the core.`,
      'Let nothing stop the process; take interrupts off the core, and measure on the board itself.',
    );
  else
    note(
      'late_wakeups',
      `${which}; other tasks had the core for ${formatNs(runDelayNs)} in the whole run while the thread was ready.`,
      'Run it at a real-time priority (-f 90) on an isolated core (-c, isolcpus).',
    );
}

/** The tool's own readings lie between a wake-up and the start: what they alone made late is not the job's. */
function judgeDispatch({ deadlineMisses, missesByDispatch }: Summary, note: Say<NoteCode>): void {
  if (missesByDispatch === 0) return;
  note(
    'late_by_dispatch',
    `${missesByDispatch} of ${plural(deadlineMisses ?? 0, 'deadline miss', 'deadline misses')} came by no more than the time between wake-up and start (dispatch_ns), in which the tool reads its counters.`,
    'Count less (--events none), or take the deadline for missed only where lateness_ns is above dispatch_ns.',
  );
}

/** Long jobs that nothing which is recorded of them accounts for: whoever reads a maximum should know that its cause is not known. */
function judgeTail({ summary, hypervisor }: VerdictFacts, note: Say<NoteCode>): void {
  const { unexplained, longWaits, elapsed, counts } = summary;
  const median = elapsed.median ?? 0;
  const which = ({ jobs, atLeast, worst }: NonNullable<Summary['unexplained']>) =>
    `${atLeast ? 'At least ' : ''}${jobs} of ${plural(counts.inStatistics, 'job')} took more than twice the median (job ${worst.job} ${(worst.elapsedNs / median).toFixed(1)} times)`;
  if (unexplained !== null)
    note(
      'unexplained_tail',
      `${which(unexplained)} without a preemption, a wait, a page fault or a migration: the tail is unexplained.`,
      hypervisor !== null
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

/**
 * What one job tells of the next is told twice: n jobs that are correlated by r from one to the next weigh as n (1 - r) / (1 + r) that
 * are not (G. V. Bayley and J. M. Hammersley, J. R. Stat. Soc. Suppl. 8, 1946, for a first-order autoregression).
 */
function judgeNeighbours(
  { neighbourCorrelation: r, counts, elapsed }: Summary,
  note: Say<NoteCode>,
): void {
  const n = counts.inStatistics;
  if (elapsed.p90 === null || !neighboursAlike(r, n)) return;
  note(
    'jobs_correlated',
    `Neighbouring jobs took alike times (r = ${r.toFixed(2)}): ${n} of them weigh about as much as ${Math.max(1, Math.round((n * (1 - r)) / (1 + r)))} independent ones, and the bounds of percentiles, which are made for those, hold less often than they say.`,
    'Repeat the run in processes of its own (a sweep with repetitions); look for what comes and goes meanwhile.',
  );
}

/** A run with XNNPACK is taken for one by its name; where little of it was, its figures are those of something else. */
function judgeXnnpack(
  xnnpack: XnnpackFacts | null,
  reason: Say<ReasonCode>,
  note: Say<NoteCode>,
): void {
  if (xnnpack === null) return;
  const { delegatedNodes: taken, totalNodes: total, work, refusal } = xnnpack;
  const why = refusal === null ? '' : ` ${refusal}`;
  if (taken === 0)
    reason(
      'xnnpack_unused',
      `XNNPACK was asked for but took no node of the model.${why}`,
      'Run with --no-xnnpack, or use a model whose types XNNPACK supports.',
    );
  if (taken === 0 || taken >= total) return;
  const share = work === null ? taken / total : work.taken / work.total;
  const nodes = `XNNPACK took ${taken} of ${total} nodes`;
  const said =
    work?.by === 'macs'
      ? `${nodes}, with ${percent(share)} of the multiply-accumulates`
      : `${nodes} (counted in nodes, for ${work?.why ?? 'the model could not be read'})`;
  const hint = '`isochron models inspect MODEL` shows for each operator whether XNNPACK takes it.';
  if (share < 0.5)
    reason('xnnpack_little', `${said}: most of the work ran without it.${why}`, hint);
  else note('xnnpack_partly', `${said}.${why}`, hint);
}

/** Never rounded to all or nothing where some is left. */
const percent = (share: number) =>
  share > 0 && share < 0.001
    ? 'less than 0.1 %'
    : share < 1 && share > 0.999
      ? 'more than 99.9 %'
      : `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;

const mhz = (khz: number | null) => (khz === null ? '?' : (khz / 1000).toFixed(0));

const RIVALS =
  'Other tasks got their share of the core (since Linux 6.12 a fair server gives them 5 %): keep them away from it with isolcpus.';
const NO_PRIORITY =
  'Run it at a real-time priority (-f 90) on an isolated core (kernel option isolcpus).';
const PREEMPTED_HINTS: Record<VerdictFacts['policy'], string> = {
  fifo: RIVALS,
  rr: RIVALS,
  deadline:
    'It used up its runtime (-T), or a task with an earlier deadline came: give it a runtime above its longest job.',
  other: NO_PRIORITY,
  unknown: NO_PRIORITY,
};

/** What kept other tasks away is gone: which of them came, and why, is not known. */
const GIVEN_UP =
  'The thread did not keep the policy and priority that it was granted: leave them to isochron, for without them other tasks may run instead.';

function preemptedHint({ policy, grantedAtStart, grantedAtEnd }: VerdictFacts): string {
  const kept =
    grantedAtStart === null ||
    grantedAtEnd === null ||
    (grantedAtStart.policy === grantedAtEnd.policy &&
      grantedAtStart.priority === grantedAtEnd.priority);
  return kept ? PREEMPTED_HINTS[policy] : GIVEN_UP;
}

function judgeDisturbance(facts: VerdictFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  const { summary, cores } = facts;
  if (cores.length === 0)
    note(
      'not_pinned',
      'The job was not pinned to a core.',
      'Pin it with -c, best to an isolated core.',
    );
  if (summary.migrations > 0)
    reason(
      'migrations',
      `The job moved to another core in ${plural(summary.migrations, 'job')}.`,
      facts.policy === 'deadline'
        ? 'Under SCHED_DEADLINE the kernel refuses a pin outside of an exclusive cpuset; SCHED_FIFO (-f) takes -c.'
        : 'Pin it to one core with -c.',
    );
  if (summary.involuntarySwitches > 0)
    reason(
      'involuntary_switches',
      `The job was preempted ${plural(summary.involuntarySwitches, 'time')} while it ran.`,
      preemptedHint(facts),
    );
  const faults = summary.minorFaults + summary.majorFaults;
  if (faults > 0)
    reason(
      'page_faults',
      `${plural(faults, 'page fault')} (${summary.majorFaults} major) after the ${summary.counts.warmup > 0 ? 'warm-up' : 'first job'}.`,
      'Add warm-up jobs (--warmup), and allow memory to be locked (`ulimit -l unlimited`).',
    );
}

/** One note for all that the doctor warns of, since most machines have some of it; how it is mended takes its full words. */
function judgePreflight(
  { preflight, cores }: VerdictFacts,
  reason: Say<ReasonCode>,
  note: Say<NoteCode>,
): void {
  for (const { status, message, hint } of preflight)
    if (status === 'fail') reason('throttled', message, hint);
  const warnings = preflight.filter(({ status }) => status === 'warn');
  if (warnings.length === 0) return;
  const core = cores.length > 0 ? ` -c ${cores.join(',')}` : '';
  note(
    'machine_unprepared',
    `The machine may disturb the job: ${warnings.map(({ what }) => what).join(', ')} (\`isochron doctor${core}\` says how to mend it).`,
    `Run \`isochron doctor${core}\`.`,
  );
}
