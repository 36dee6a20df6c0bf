/** The doctor: every check in the order in which it is printed. */
import type { Check, CheckId, Finding } from './check.js';
import * as cores from './core-checks.js';
import type { Facts } from './facts.js';
import * as memory from './memory-checks.js';
import * as processor from './processor-checks.js';
import * as rights from './rights-checks.js';

interface Definition {
  id: CheckId;
  title: string;
  why: string;
  check: (facts: Facts) => Finding;
}

const CHECKS: readonly Definition[] = [
  {
    id: 'addon',
    title: 'native addon',
    why: 'Without it nothing can be run.',
    check: processor.addon,
  },
  {
    id: 'cpu',
    title: 'processor',
    why: 'Event numbers depend on the core, and in a virtual machine the host may take the core away unseen.',
    check: processor.cpu,
  },
  {
    id: 'pmu',
    title: 'counters',
    why: 'Without a PMU the columns of instructions, cycles and caches stay empty.',
    check: processor.pmu,
  },
  {
    id: 'perf_event_paranoid',
    title: 'right to count',
    why: 'The kernel decides by it who may open counters, and for which modes.',
    check: processor.paranoid,
  },
  {
    id: 'affinity',
    title: 'job’s core',
    why: 'A container or a service may be kept to other cores, and then a job pinned to this one is refused.',
    check: cores.affinity,
  },
  {
    id: 'fifo',
    title: 'SCHED_FIFO',
    why: 'A job without real-time priority waits for whatever else runs on its core.',
    check: rights.fifo,
  },
  {
    id: 'rt_throttling',
    title: 'RT throttling',
    why: 'A job that is busy for more than its share is stopped by the kernel for the rest of its period.',
    check: rights.rtThrottling,
  },
  {
    id: 'memlock',
    title: 'locked memory',
    why: 'Memory that is not locked can be taken away and costs a page fault inside a job.',
    check: rights.memlock,
  },
  {
    id: 'governor',
    title: 'frequency',
    why: 'A governor that changes the frequency changes every time that is measured.',
    check: processor.governor,
  },
  {
    id: 'idle',
    title: 'idle states',
    why: 'The time to leave a deep idle state is added to the release latency.',
    check: processor.idle,
  },
  {
    id: 'isolated',
    title: 'isolated core',
    why: 'On a core that is not isolated the scheduler tick, RCU and other tasks interrupt the job.',
    check: cores.isolated,
  },
  {
    id: 'interrupts',
    title: 'interrupts',
    why: "A handler that runs on the job's core takes its time from the job.",
    check: cores.interrupts,
  },
  {
    id: 'tasks',
    title: 'other tasks',
    why: "Even when FIFO keeps them waiting, they take the job's caches between two jobs.",
    check: cores.tasks,
  },
  {
    id: 'watchdog',
    title: 'watchdog',
    why: 'A thread of the kernel above every priority looks in on each core, and preempts the job for some microseconds.',
    check: cores.watchdog,
  },
  {
    id: 'preempt_rt',
    title: 'PREEMPT_RT',
    why: 'Without it a release waits for code of the kernel that can not be preempted.',
    check: cores.preemptRt,
  },
  {
    id: 'smt',
    title: 'SMT siblings',
    why: 'A hardware thread beside the job takes part of its execution units and its L1 cache.',
    check: processor.smt,
  },
  {
    id: 'huge_pages',
    title: 'huge pages',
    why: 'The kernel assembles them in the background, and a first touch clears 2 MiB instead of 4 KiB.',
    check: memory.hugePages,
  },
  {
    id: 'swap',
    title: 'swap',
    why: 'Pages that were written out come back by a major fault of milliseconds.',
    check: memory.swap,
  },
  {
    id: 'temperature',
    title: 'temperature',
    why: 'A processor at its limit lowers its frequency.',
    check: processor.temperature,
  },
  {
    id: 'throttled',
    title: 'power and throttling',
    why: "A Raspberry Pi's firmware lowers the frequency behind the kernel's back.",
    check: processor.throttled,
  },
  {
    id: 'clock',
    title: 'clock source',
    why: 'Every job reads the clock several times.',
    check: processor.clock,
  },
  {
    id: 'memory',
    title: 'memory',
    why: 'A model that does not fit is swapped, or the kernel ends the run.',
    check: memory.memory,
  },
];

/** Judges the facts: pure. `ids` chooses checks; the default is all of them. */
export function examine(facts: Facts, ids?: readonly CheckId[]): Check[] {
  return CHECKS.filter(({ id }) => ids === undefined || ids.includes(id)).map(
    ({ id, title, why, check }) => {
      const { status, found, fix, fixable } = check(facts);
      return { id, title, status, found, why, fix: fix ?? null, fixable: fixable ?? false };
    },
  );
}
