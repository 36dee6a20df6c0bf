/** What the verdict says of the machine: its clock, its kernel, its host and the other cores, before, during and after the run. */
import { formatNs, formatPercent, formatShare, plural } from '../kernel/quantities.js';
import { keptPolicy, type RunFacts, stoppedAt, waitedNs } from './verdict-facts.js';
import type { NoteCode, ReasonCode, Say } from './verdict-shape.js';

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

/** Of the machine, while jobs ran; null = hidden. */
export interface Seen {
  seconds: number;
  cores: readonly { core: number; throttled: number | null; stolenMs: number | null }[];
  neighbours: readonly { core: number; busy: number | null }[];
  ownBusy: number | null;
  pressure: { memory: number | null };
}

/** What is known of the machine. */
export interface MachineFacts extends RunFacts {
  /** Of the job's cores. */
  frequencies: readonly CoreFrequency[];
  /** What the preflight found: `fail` is a reason, the rest one note. */
  preflight: readonly { what: string; status: 'warn' | 'fail'; message: string; hint: string }[];
  /** What was seen of the machine while jobs ran; null where nobody looked. */
  during: Seen | null;
  /** In how many periods the CPU quota of the run's cgroup was used up while jobs ran, and for how long it stopped tasks; null = not known. */
  quota: { periods: number; ms: number } | null;
  /** How often the run's process was stopped and went on; null = not known. */
  stops: number | null;
}

/**
 * A frequency that moved by less is taken as the reading's own jitter: x86 derives the figure from counters
 * that are sampled at different instants.
 */
const FREQUENCY_TOLERANCE = 0.05;

/** The tool's own work between jobs counts against the limit, too. */
const USED_UP = 0.95;

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

export function judgeMachine(
  facts: MachineFacts,
  reason: Say<ReasonCode>,
  note: Say<NoteCode>,
): void {
  judgeThrottling(facts, reason);
  judgeFrequency(facts, reason, note);
  judgeSurroundings(facts, reason, note);
  judgeQuota(facts, reason, note);
  judgePreflight(facts, reason, note);
  if (facts.hypervisor !== null)
    note(
      'virtual_machine',
      `This is a virtual machine (${facts.hypervisor}): the host may take the core away unseen.`,
      'Measure latencies on the board itself.',
    );
}

/**
 * The kernel lets FIFO and RR tasks have `runtime` out of each `period` of a core (src/machine/rt-limit.ts). A thread that is stopped
 * is ready and has no core. Who kept it waiting is not in the kernel's account, so the limit is the cause only of a run
 * whose jobs used as much as it leaves them; elsewhere the hints of what it may have done name it.
 */
function judgeThrottling(facts: MachineFacts, reason: Say<ReasonCode>): void {
  const { rtLimit, runNs, runDelayNs, summary } = facts;
  const limit = stoppedAt(facts);
  if (rtLimit === null || limit === null || runDelayNs === null || runNs <= 0) return;
  const usedNs = summary.busyCpuNs;
  const waited = waitedNs(facts);
  if (usedNs < rtLimit.runtimeUs * 1000 || usedNs < USED_UP * limit * runNs) return;
  const share = (usedNs + waited) / runNs;
  if (share < limit) return;
  const { cgroup, runtimeUs, periodUs } = rtLimit;
  reason(
    'rt_throttled',
    `The jobs used ${formatNs(usedNs)} of CPU time and their thread waited ${formatNs(waited)} for its core, together ${formatPercent(Math.min(share, 1))} of the run: ${cgroup === null ? 'the kernel stops real-time tasks' : `real-time tasks of its cgroup (${cgroup}) are stopped`} at ${formatPercent(limit)} (${runtimeUs} of ${periodUs} µs).`,
    `Let jobs use less than that in each such time, or allow more with \`sysctl kernel.sched_rt_runtime_us=-1\`${cgroup === null ? '' : ', or in cpu.rt_runtime_us of the cgroup'}.`,
  );
}

function judgeFrequency(facts: MachineFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
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
  { during, stops, cores: ofJob }: MachineFacts,
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
    const said = `The host took ${robbed.ms} ms of ${seconds.toFixed(1)} s (${formatShare(robbed.ms / 1000 / seconds)}) from core ${robbed.core}.`;
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
      `Other cores were busy while jobs ran: ${busy.map(({ core, busy }) => `core ${core} ${formatShare(busy ?? 0)}`).join(', ')} of the time; they share caches and memory with the job.`,
      'End what runs there, or take it for part of what is measured.',
    );
  if ((pressure.memory ?? 0) >= MEMORY_PRESSURE)
    note(
      'memory_pressure',
      `Tasks waited for memory ${formatShare(pressure.memory ?? 0)} of the time: the kernel was reclaiming pages.`,
      'Free memory, or end what fills it.',
    );
}

/** It stops neither real-time threads nor those of SCHED_DEADLINE. */
function judgeQuota(facts: MachineFacts, reason: Say<ReasonCode>, note: Say<NoteCode>): void {
  const { quota, policy } = facts;
  if (quota === null || quota.periods === 0) return;
  const usedUp = `The CPU quota of the run's cgroup (a container's limit) was used up in ${plural(quota.periods, 'period')} while jobs ran, and its tasks were stopped for ${formatNs(quota.ms * 1e6)}, summed over cores`;
  const lift = 'Lift the quota (docker `--cpus`, systemd `CPUQuota=`, cpu.max)';
  if (policy === 'other' || policy === 'unknown' || !keptPolicy(facts))
    reason(
      'quota',
      `${usedUp}: it does not spare the job's thread.`,
      `${lift}, or run the job at a real-time priority (-f), which it does not stop.`,
    );
  else
    note(
      'quota',
      `${usedUp}: not the job's thread, for that has a real-time policy, but the tool's own and all without one.`,
      `${lift}.`,
    );
}

/** One note for all that the doctor warns of, since most machines have some of it; how it is mended takes its full words. */
function judgePreflight(
  { preflight, cores }: MachineFacts,
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

const mhz = (khz: number | null) => (khz === null ? '?' : (khz / 1000).toFixed(0));
