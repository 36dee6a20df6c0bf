/**
 * VALID or INVALID: whether what was measured is what was asked for, with each reason and what to do about it.
 * A reason makes the run INVALID; a note is worth knowing and does not. Missing a deadline is a result, so it is neither.
 */
import { absenceLine } from '../events/absence.js';
import { printable } from '../kernel/printable.js';
import { formatBytes, formatNs, formatPercent, formatShare, plural } from '../kernel/quantities.js';
import { jobsFor } from '../statistics/percentiles.js';
import { type ColdFacts, judgeCold } from './cold.js';
import { FEWEST_JOBS, type Precision } from './precision.js';
import { type GrantedThread, keptPolicy, stoppedAt } from './verdict-facts.js';
import { judgeMachine, type MachineFacts } from './verdict-machine.js';
import { judgeMoves, type MoveFacts } from './verdict-moves.js';
import type {
  NoteCode,
  ReasonCode,
  Say,
  Verdict,
  XnnpackNodes,
  XnnpackWork,
} from './verdict-shape.js';
import { judgeThreads, type ThreadFacts } from './verdict-threads.js';
import { enoughRuntime, judgeTimes, type TimeFacts } from './verdict-times.js';

export type { Verdict } from './verdict-shape.js';
export type { WorkerFacts } from './verdict-threads.js';

export interface XnnpackFacts {
  nodes: XnnpackNodes;
  /** The same in work, where some but not all nodes were taken; null where the model could not be looked at. */
  work: XnnpackWork | null;
  /** What the engine had against operators that it would have taken; null where it said nothing. */
  refusal: string | null;
}

/** Everything that the verdict looks at. */
export interface VerdictFacts extends ThreadFacts, TimeFacts, MoveFacts, MachineFacts {
  /** Why the run ended, as the runtime reports it. */
  ended: 'jobs' | 'duration' | 'stopped' | 'deadline_miss' | 'failed';
  /** How well the median is known; null where no run was to end by that. */
  precision: Precision | null;
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
  /** Counter samples that were due while a job ran and are not there. */
  lostSamples: number;
  /** Counter samples that are there; null where the run takes none, or has executed no job. */
  samples: number | null;
  /** An event that has a column in the samples was counted. */
  samplesCount: boolean;
  /** The requested events that could not be opened, with the reason. */
  absentEvents: readonly { name: string; reason: string }[];
  requireEvents: boolean;
  /** What is known of a start that was to be cold; null where none was asked for, or it was never made ready. */
  cold: ColdFacts | null;
  /** The cores that the tool's own threads may run on; null = not known. */
  housekeepingCores: readonly number[] | null;
  /** `machine.watchdog`. */
  watchdog: { periodS: number; cores: readonly number[] } | null;
  /** The policy that the definition asks for. */
  policyAsked: string;
  /** What XNNPACK took; null without it, or where that can't be observed. */
  xnnpack: XnnpackFacts | null;
}

/**
 * Below 30 jobs in the statistics a run is INVALID: the customary floor under which neither the median nor the
 * standard deviation of an unknown distribution says much.
 */
const MINIMUM_JOBS = 30;
const FOR_PERCENTILES = `${jobsFor('p99')} for a p99, ${jobsFor('p999')} for a p99.9`;

/** Judges a run. Pure: the same facts give the same verdict. */
export function verdict(facts: VerdictFacts): Verdict {
  const reasons: Verdict['reasons'] = [];
  const notes: Verdict['notes'] = [];
  const reason = (code: ReasonCode, message: string, hint: string) =>
    reasons.push({ code, message, hint });
  const note = (code: NoteCode, message: string, hint: string) =>
    notes.push({ code, message, hint });
  judgeEnd(facts, reason, note);
  judgePrecision(facts, note);
  judgeGrants(facts, reason, note);
  judgeThreads(facts, reason, note);
  judgeMemory(facts.memory, note);
  judgeCold(facts.cold, note);
  judgeCounters(facts, reason, note);
  judgeDisturbance(facts, reason, note);
  judgeMoves(facts, reason);
  judgeTimes(facts, reason, note);
  judgeXnnpack(facts.xnnpack, reason, note);
  judgeMachine(facts, reason, note);
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
      `The statistics rest on ${inStatistics} jobs, none of which bounds a p99: it is empty (${jobsFor('p99')} would).`,
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

function judgePrecision({ precision, summary }: VerdictFacts, note: Say<NoteCode>): void {
  if (precision === null) return;
  const { goal, reached, stoppedAt, share, low, high, independent } = precision;
  const jobs = plural(summary.counts.measured, 'job');
  const known =
    share === null
      ? 'no interval can be told'
      : `± ${formatPercent(share)} (95 % interval of the median: ${formatNs(low)} to ${formatNs(high)})`;
  const asked = `the ± ${formatPercent(goal)} of --until-ci`;
  if (!reached)
    note(
      'until_ci',
      share !== null && share <= goal
        ? `${asked.replace('the', 'The')} is believed only of ${FEWEST_JOBS} independent jobs, and these ${jobs} weigh as much as ${independent}: ${known} is not taken for reached.`
        : `${asked.replace('the', 'The')} was not reached within ${jobs}: ${known}.`,
      'Let it run more jobs (-t) or longer (--duration).',
    );
  else
    note(
      'until_ci',
      `${stoppedAt === null ? `After ${jobs}` : `Stopped after ${jobs}`}: ${known}, ${share !== null && share <= goal ? 'within' : `and at ${stoppedAt} within`} ${asked}.`,
      'It ended when the interval was narrow, so that this holds the true median somewhat less often than in 95 % of runs (docs/runs.md); the median itself is hardly moved by that.',
    );
}

function judgeGrants(facts: VerdictFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  // of several threads the same may have been denied
  for (const { what, message, hint } of new Map(
    facts.denied.map((of) => [of.message, of]),
  ).values())
    if (ASKED_FOR.includes(what)) reason('not_granted', message, hint);
    else note('not_granted', message, hint);
  const { grantedAtStart, grantedMeanwhile, grantedAtEnd } = facts;
  judgeInherited(facts, reason);
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
      `The tool's own threads were free to run on the job's ${shared.length === 1 ? 'core' : 'cores'} ${shared.join(', ')}.`,
      'Leave at least one other core to the tool: pin the job with -c, rather than all of isochron (taskset, a cpuset).',
    );
}

/** Whoever starts isochron may have given it a policy (chrt, a service), which a run that asks for none goes on with. */
function judgeInherited(
  { policyAsked, grantedAtStart }: VerdictFacts,
  reason: Say<ReasonCode>,
): void {
  if (policyAsked !== 'other' || grantedAtStart?.policy !== 'unknown') return;
  reason(
    'policy_inherited',
    'The job ran under a policy that isochron was started with and that is not the ordinary one (SCHED_BATCH or SCHED_IDLE).',
    'Start it without (`chrt -o 0 isochron …`), and ask for a policy (-f, --rr, -T) where one is wanted.',
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

/** Notes, whatever is lost: as with events that were not counted, the jobs' own figures stand without them. */
function judgeSamples(facts: VerdictFacts, note: Say<NoteCode>): void {
  const { lostSamples, samples, samplesCount } = facts;
  if (samples !== null && samples > 0 && !samplesCount)
    note(
      'no_samples',
      'The counter samples hold times and no counts: of the events that they have columns for (accesses and refills of L1 and L2, instructions) none was counted.',
      'Sample (-M) where the machine counts them (`isochron doctor`), and with them among the events (--events).',
    );
  if (samples === null || (samples > 0 && lostSamples === 0)) return;
  const one = lostSamples === 1;
  const why = `due while a job ran, before the sampling thread could take ${one ? 'it' : 'them'}, or without room in the ring.`;
  const hint = 'Take samples less often (-B), from a core with nothing else to do (-C).';
  if (samples > 0)
    note(
      'lost_samples',
      `${plural(lostSamples, 'counter sample')} that ${one ? 'was' : 'were'} due while a job ran ${one ? 'was' : 'were'} not taken of that job: the sampling thread came later, or the ring had no room. ${samples === 1 ? 'One is' : `${samples} are`} there.`,
      hint,
    );
  else if (lostSamples > 0)
    note(
      'no_samples',
      `There is no counter sample: ${one ? 'the only one was' : `all ${lostSamples} were`} lost, ${why}`,
      hint,
    );
  else
    note(
      'no_samples',
      'There is no counter sample: none was due while a job ran.',
      'Take samples more often (-B), or run more jobs (-t).',
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
  judgeSamples(facts, note);
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

/** A run with XNNPACK is taken for one by its name; where little of it was, its figures are those of something else. */
function judgeXnnpack(
  xnnpack: XnnpackFacts | null,
  reason: Say<ReasonCode>,
  note: Say<NoteCode>,
): void {
  if (xnnpack === null) return;
  const { nodes, work, refusal } = xnnpack;
  const { taken, total } = nodes;
  const why = refusal === null ? '' : ` ${refusal}`;
  if (taken === 0)
    reason(
      'xnnpack_unused',
      `XNNPACK was asked for but took no node of the model.${why}`,
      'Run with --no-xnnpack, or use a model whose types XNNPACK supports.',
    );
  if (taken === 0 || taken >= total) return;
  const { low, high } = work ?? { low: taken / total, high: taken / total };
  const counted = `XNNPACK took ${taken} of ${total} nodes${nodes.of === 'file' ? ' of all graphs in the file' : ''}`;
  const loops = 'how often its loops and branches run is not in the file';
  const said =
    work?.by === 'macs'
      ? `${counted}, with ${low === high ? formatShare(low) : `${formatShare(low)} to ${formatShare(high)}`} of the multiply-accumulates${low === high ? '' : ` (${loops})`}`
      : `${counted} (counted in nodes, for ${work?.why ?? 'the model that ran could not be read'}${low === high ? '' : `; ${loops}`})`;
  const hint = '`isochron models inspect MODEL` shows for each operator whether XNNPACK takes it.';
  if (high < 0.5) reason('xnnpack_little', `${said}: most of the work ran without it.${why}`, hint);
  else if (low < 0.5 && low < high)
    note('xnnpack_partly', `${said}: whether it had most of the work is not known.${why}`, hint);
  else note('xnnpack_partly', `${said}.${why}`, hint);
}

const RIVALS =
  'Tasks of its priority or above had the core, or (since Linux 6.12) a fair server gave others 5 % of it: keep them away from it with isolcpus.';
const NO_PRIORITY =
  'Run it at a real-time priority (-f 90) on an isolated core (kernel option isolcpus).';
const PREEMPTED_HINTS: Record<Exclude<VerdictFacts['policy'], 'deadline'>, string> = {
  fifo: RIVALS,
  rr: RIVALS,
  other: NO_PRIORITY,
  unknown: NO_PRIORITY,
};

/** What kept other tasks away is gone: which of them came, and why, is not known. */
const GIVEN_UP =
  'The thread did not keep the policy and priority that it was granted: leave them to isochron, for without them other tasks may run instead.';

function preemptedHint(facts: VerdictFacts): string {
  if (!keptPolicy(facts)) return GIVEN_UP;
  if (facts.policy === 'deadline')
    return `It used up its runtime (-T), against which what the tool reads around jobs counts, too, or a task with an earlier deadline came. ${enoughRuntime(facts.server)}${watchdogHint(facts)}`;
  const limit = stoppedAt(facts);
  const stops =
    limit === null
      ? ''
      : ` The kernel also stops real-time tasks at ${formatShare(limit)} of a core.`;
  return `${PREEMPTED_HINTS[facts.policy]}${stops}${watchdogHint(facts)}`;
}

/** Of a job of the highest priority it is the one that preempts it on an idle machine, too. */
function watchdogHint({ policy, watchdog, cores }: VerdictFacts): string {
  if (watchdog === null || !watchdog.cores.some((core) => cores.includes(core))) return '';
  if (policy === 'other' || policy === 'unknown') return '';
  return ` The kernel's own watchdog preempts any job, every ${watchdog.periodS} s for some microseconds: kernel.watchdog_cpumask keeps it on other cores, and --isolate does so for the run.`;
}

/** Of the median: what a preempted job may have lost by it so that no figure of the run tells anything else. */
const BRIEF = 0.01;

function judgePreemption(facts: VerdictFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  const { involuntarySwitches, preempted, elapsed } = facts.summary;
  if (involuntarySwitches === 0) return;
  const said = `The job was preempted ${plural(involuntarySwitches, 'time')} while it ran`;
  const lostNs = preempted?.lostNs ?? null;
  const share = lostNs === null ? Infinity : lostNs / (elapsed.median ?? 0);
  if (share <= BRIEF)
    note(
      'preempted_briefly',
      `${said}, for about ${formatNs(lostNs)} at worst (${formatPercent(share)} of the median, job ${preempted?.job}).`,
      preemptedHint(facts),
    );
  else reason('involuntary_switches', `${said}.`, preemptedHint(facts));
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
  judgePreemption(facts, reason, note);
  const faults = summary.minorFaults + summary.majorFaults;
  if (faults > 0)
    reason(
      'page_faults',
      `${plural(faults, 'page fault')} (${summary.majorFaults} major) after the ${summary.counts.warmup > 0 ? 'warm-up' : 'first job'}.`,
      'Add warm-up jobs (--warmup), and allow memory to be locked (`ulimit -l unlimited`).',
    );
}
