import { describe, expect, it as test } from 'vitest';
import type { JobRecord } from '../../src/addon/job-record.js';
import { type Summary, SummaryBuilder } from '../../src/metrics/summary.js';
import {
  type Seen,
  type VerdictFacts,
  verdict,
  type WorkerFacts,
  type XnnpackFacts,
} from '../../src/metrics/verdict.js';
import { MS, makeRecord } from './records.js';

function summaryOf(
  n: number,
  rest: (job: number) => Partial<JobRecord> = () => ({}),
  events: string[] = [],
): Summary {
  const builder = new SummaryBuilder({
    periodNs: 10 * MS,
    deadlineNs: 10 * MS,
    lineBytes: 64,
    events,
    extras: [],
    zeroIsOrdinary: [],
  });
  for (let job = 0; job <= n; job++) builder.add(makeRecord({ job }, rest(job)));
  return builder.finish();
}

const clean: VerdictFacts = {
  summary: summaryOf(1000),
  ended: 'jobs',
  error: null,
  bounded: true,
  denied: [],
  lostRecords: 0,
  lostSamples: 0,
  absentEvents: [],
  requireEvents: false,
  policy: 'fifo',
  server: null,
  kernelRelease: '6.6.0-rt15',
  rtRuntimeUs: 950_000,
  rtPeriodUs: 1_000_000,
  runNs: 1001 * 10 * MS,
  runDelayNs: 1001 * 2000,
  frequencies: [
    {
      core: 1,
      governor: 'performance',
      governorAfter: 'performance',
      beforeKhz: 1_500_000,
      afterKhz: 1_500_000,
      lowestKhz: null,
      highestKhz: null,
    },
  ],
  cores: [1],
  housekeepingCores: [0],
  workers: [],
  memory: null,
  counting: true,
  lateThreads: [],
  grantedAtStart: null,
  grantedMeanwhile: null,
  grantedAtEnd: null,
  unseenCpuNs: null,
  threadsAsked: 1,
  xnnpack: null,
  hypervisor: null,
  preflight: [],
  during: null,
  stops: 0,
};

const worker: WorkerFacts = {
  tid: 7,
  cores: [2],
  policy: 'fifo',
  cpuTimeNs: 1,
  counted: true,
  minorFaults: 0,
  majorFaults: 0,
  involuntarySwitches: 0,
  migrations: 0,
  runDelayNs: 0,
};

const took = (
  delegatedNodes: number,
  totalNodes: number,
  work: XnnpackFacts['work'] = null,
  refusal: string | null = null,
): XnnpackFacts => ({ delegatedNodes, totalNodes, work, refusal });

const judge = (facts: Partial<VerdictFacts>) => {
  const { valid, reasons, notes } = verdict({ ...clean, ...facts });
  return {
    valid,
    reasons: reasons.map((r) => r.code),
    notes: notes.map((n) => n.code),
    all: [...reasons, ...notes],
  };
};

describe('the verdict', () => {
  test('is VALID without a word for a clean run', () => {
    expect(verdict(clean)).toEqual({ valid: true, reasons: [], notes: [] });
  });

  test('says what to do about everything that it finds', () => {
    const { all } = judge({
      summary: summaryOf(5, (job) => ({
        minorFaults: 1,
        involuntarySwitches: 2,
        core: job % 2,
        counterScale: 0.5,
      })),
      ended: 'failed',
      error: { message: 'the engine crashed' },
      denied: [{ what: 'policy', message: 'FIFO was denied.', hint: 'Run as root.' }],
      lostRecords: 1,
      lostSamples: 2,
      absentEvents: [{ name: 'l2d_cache_wb', reason: 'no such event here.' }],
      xnnpack: took(0, 10),
      hypervisor: 'kvm',
      housekeepingCores: [0, 1],
    });
    expect(all.length).toBeGreaterThan(10);
    for (const { message, hint } of all) {
      expect(message).toMatch(/[.!?]$|crashed$/);
      expect(hint.length).toBeGreaterThan(10);
    }
  });

  test('notes a precaution that was denied without calling the run INVALID', () => {
    const denied = [{ what: 'memory', message: 'Not locked.', hint: 'Raise ulimit -l.' }];
    const { valid, notes } = verdict({ ...clean, denied });
    expect(valid).toBe(true);
    expect(notes.map((note) => note.code)).toContain('not_granted');
  });

  test.each<[string, Partial<VerdictFacts>]>([
    ['run_failed', { ended: 'failed', error: { message: 'out of memory' } }],
    ['interrupted', { ended: 'stopped' }],
    ['too_few_jobs', { summary: summaryOf(29) }],
    [
      'not_granted',
      { denied: [{ what: 'policy', message: 'FIFO was denied.', hint: 'Run as root.' }] },
    ],
    ['lost_records', { lostRecords: 3 }],
    [
      'workers_unlike',
      {
        policy: 'deadline',
        cores: [1, 2],
        workers: [{ ...worker, policy: 'other' }],
      },
    ],
    [
      'workers_disturbed',
      { policy: 'fifo', cores: [1, 2], workers: [{ ...worker, involuntarySwitches: 1 }] },
    ],
    [
      'grants_changed',
      {
        grantedAtStart: { policy: 'fifo', priority: 50, cores: [1] },
        grantedAtEnd: { policy: 'fifo', priority: 50, cores: [0] },
      },
    ],
    [
      'grants_changed',
      {
        grantedAtStart: { policy: 'fifo', priority: 50, cores: [1] },
        grantedMeanwhile: { policy: 'other', priority: 0, cores: [1] },
        grantedAtEnd: { policy: 'fifo', priority: 50, cores: [1] },
      },
    ],
    ['core_taken', { runDelayNs: 0.02 * 1001 * 10 * MS }],
    ['threads_unseen', { unseenCpuNs: 50e6 }],
    ['threads_late', { lateThreads: [{ tid: 77, cores: [1], cpuTimeNs: null }] }],
    [
      'threads_crowded',
      {
        policy: 'fifo',
        cores: [1],
        threadsAsked: 2,
        workers: [{ ...worker, cpuTimeNs: MS * 1000 }],
      },
    ],
    [
      'multiplexed',
      { summary: summaryOf(1000, (job) => ({ counterScale: job === 500 ? 0.9999999 : 1 })) },
    ],
    [
      'governor',
      {
        frequencies: [
          {
            core: 1,
            governor: 'powersave',
            governorAfter: 'powersave',
            beforeKhz: null,
            afterKhz: null,
            lowestKhz: null,
            highestKhz: null,
          },
        ],
      },
    ],
    [
      'governor',
      {
        frequencies: [
          {
            core: 1,
            governor: 'performance',
            governorAfter: 'schedutil',
            beforeKhz: null,
            afterKhz: null,
            lowestKhz: null,
            highestKhz: null,
          },
        ],
      },
    ],
    [
      'frequency_changed',
      {
        frequencies: [
          {
            core: 1,
            governor: 'performance',
            governorAfter: 'performance',
            beforeKhz: 1_500_000,
            afterKhz: 1_000_000,
            lowestKhz: null,
            highestKhz: null,
          },
        ],
      },
    ],
    ['migrations', { summary: summaryOf(1000, (job) => ({ core: job === 7 ? 2 : 1 })) }],
    [
      'involuntary_switches',
      { summary: summaryOf(1000, (job) => ({ involuntarySwitches: job === 7 ? 1 : 0 })) },
    ],
    ['page_faults', { summary: summaryOf(1000, (job) => ({ majorFaults: job === 7 ? 1 : 0 })) }],
    ['xnnpack_unused', { xnnpack: took(0, 10) }],
    ['xnnpack_little', { xnnpack: took(9, 10, { by: 'macs', taken: 49, total: 100, why: null }) }],
    ['xnnpack_little', { xnnpack: took(4, 10) }],
    ['core_shared', { housekeepingCores: [0, 1] }],
    [
      'events_missing',
      { requireEvents: true, absentEvents: [{ name: 'cpu_cycles', reason: 'no PMU' }] },
    ],
  ])('is INVALID for %s alone', (code, facts) => {
    const { valid, reasons } = judge(facts);
    expect(valid).toBe(false);
    expect(reasons).toEqual([code]);
  });

  test('names other tasks’ share as the cause of preemptions only where the thread kept its real-time policy', () => {
    const preempted = summaryOf(1000, (job) => ({ involuntarySwitches: job === 7 ? 1 : 0 }));
    const fifo = { policy: 'fifo', priority: 50, cores: [1] };
    const hint = (atEnd: typeof fifo | null) =>
      verdict({
        ...clean,
        summary: preempted,
        grantedAtStart: fifo,
        grantedAtEnd: atEnd,
      }).reasons.find(({ code }) => code === 'involuntary_switches')?.hint;
    expect(hint(fifo)).toMatch(/fair server/);
    expect(hint({ ...fifo, cores: [0] })).toMatch(/fair server/);
    expect(hint({ ...fifo, policy: 'other', priority: 0 })).toMatch(/did not keep/);
    expect(hint({ ...fifo, priority: 1 })).toMatch(/did not keep/);
  });

  test.each<[string, Partial<VerdictFacts>]>([
    ['events_missing', { absentEvents: [{ name: 'cpu_cycles', reason: 'no PMU' }] }],
    ['lost_samples', { lostSamples: 1 }],
    ['stopped_at_miss', { ended: 'deadline_miss' }],
    ['few_jobs', { summary: summaryOf(30) }],
    ['frequency_unknown', { frequencies: [] }],
    [
      'frequency_unknown',
      {
        frequencies: [
          {
            core: 1,
            governor: null,
            governorAfter: null,
            beforeKhz: null,
            afterKhz: null,
            lowestKhz: null,
            highestKhz: null,
          },
        ],
      },
    ],
    ['not_pinned', { cores: [] }],
    ['virtual_machine', { hypervisor: 'kvm' }],
    // nodes are many and cheap, or few and dear: the work counts
    ['xnnpack_partly', { xnnpack: took(2, 10, { by: 'macs', taken: 51, total: 100, why: null }) }],
    ['xnnpack_partly', { xnnpack: took(9, 10, { by: 'nodes', taken: 9, total: 10, why: 'x' }) }],
  ])('stays VALID with a note for %s', (code, facts) => {
    const { valid, notes } = judge(facts);
    expect(valid).toBe(true);
    expect(notes).toEqual([code]);
  });

  test('takes the end by a signal as the end of a run that has no other', () => {
    expect(judge({ ended: 'stopped', bounded: false })).toMatchObject({
      valid: true,
      reasons: [],
      notes: [],
    });
  });

  test('does not hold the first job, warm-up jobs or xnnpack at work against the run', () => {
    const summary = summaryOf(1000, (job) => ({
      warmup: job === 1,
      minorFaults: job < 2 ? 100 : 0,
      involuntarySwitches: job < 2 ? 1 : 0,
    }));
    expect(judge({ summary, xnnpack: took(31, 31) }).valid).toBe(true);
  });

  test('does not call a missed deadline INVALID: that is a result', () => {
    const builder = new SummaryBuilder({
      periodNs: 10 * MS,
      deadlineNs: MS,
      lineBytes: 64,
      events: [],
      extras: [],
      zeroIsOrdinary: [],
    });
    for (let job = 0; job <= 1000; job++) builder.add(makeRecord({ job, deadline: MS }));
    const summary = builder.finish();
    expect(summary.deadlineMisses).toBe(1001);
    expect(judge({ summary }).valid).toBe(true);
  });

  test('advises a SCHED_DEADLINE job about its runtime, not about priorities', () => {
    const summary = summaryOf(1000, () => ({ involuntarySwitches: 1 }));
    expect(judge({ summary, policy: 'deadline' }).all[0]?.hint).toMatch(/-T/);
    expect(judge({ summary, policy: 'other' }).all[0]?.hint).toMatch(/-f 90/);
  });

  test('speaks of a warm-up only where there was one', () => {
    const faulting = (warm: boolean) =>
      summaryOf(1000, (job) => ({ warmup: warm && job < 2, minorFaults: 1 }));
    expect(judge({ summary: faulting(false) }).all[0]?.message).toMatch(/after the first job/);
    expect(judge({ summary: faulting(true) }).all[0]?.message).toMatch(/after the warm-up/);
  });

  test('reports an event that opened and never counted, with --require-events as a reason', () => {
    const summary = summaryOf(1000, () => ({ counters: [0], counterScale: 1 }), ['l2d_cache']);
    expect(judge({ summary }).notes).toEqual(['events_missing']);
    expect(judge({ summary, requireEvents: true }).reasons).toEqual(['events_missing']);
    expect(judge({ summary }).all[0]?.message).toContain('l2d_cache (opened but never counted)');
  });
});

const seen = (
  core: Partial<Seen['cores'][number]>,
  more: Partial<Omit<Seen, 'cores'>> = {},
): Seen => ({
  seconds: 10,
  cores: [{ core: 1, throttled: null, stolenMs: null, ...core }],
  neighbours: [],
  ownBusy: null,
  pressure: { memory: null },
  ...more,
});

describe('what others took while jobs ran', () => {
  test('the host, from 1 % on, and below that as a note', () => {
    expect(judge({ during: seen({ stolenMs: 0 }) })).toMatchObject({ reasons: [], notes: [] });
    // one step of the count may be a microsecond, and of a job that was not pinned nobody knows where it was
    expect(judge({ during: seen({ stolenMs: 10 }, { seconds: 0.3 }) }).valid).toBe(true);
    expect(judge({ during: seen({ stolenMs: 5000 }), cores: [] }).reasons).toEqual([]);
    const little = judge({ during: seen({ stolenMs: 100 }) });
    expect([little.valid, little.notes]).toEqual([true, ['stolen']]);
    expect(little.all[0]?.message).toBe('The host took 100 ms of 10.0 s (1.0 %) from core 1.');
    expect(judge({ during: seen({ stolenMs: 120 }) }).reasons).toEqual(['stolen']);
  });

  test('the hardware that slowed itself down in between', () => {
    expect(judge({ during: seen({ throttled: 0 }) }).reasons).toEqual([]);
    const { reasons, all } = judge({ during: seen({ throttled: 3 }) });
    expect(reasons).toEqual(['throttled']);
    expect(all[0]?.message).toBe('The hardware slowed core 1 down 3 times while jobs ran.');
  });

  test('whoever stopped the process', () => {
    const { reasons, all } = judge({ stops: 1 });
    expect(reasons).toEqual(['stopped_process']);
    expect(all[0]?.message).toContain('(SIGSTOP) while jobs ran, and went on 1 time');
    expect(judge({ stops: null }).valid).toBe(true);
  });

  test('neighbours and reclaim are notes, of a run that is long enough to tell', () => {
    const neighbours = [
      { core: 0, busy: 0.2 },
      { core: 2, busy: 0.5 },
      { core: 3, busy: null },
    ];
    const { valid, notes, all } = judge({
      during: seen({}, { neighbours, pressure: { memory: 0.01 } }),
    });
    expect([valid, notes]).toEqual([true, ['neighbours_busy', 'memory_pressure']]);
    expect(all[0]?.message).toContain('core 2 50.0 % of the time');
    expect(judge({ during: seen({}, { neighbours, seconds: 0.9 }) }).notes).toEqual([]);
    const seenBusy = seen({}, { neighbours: [{ core: 0, busy: 0.6 }], seconds: 2 });
    expect(judge({ during: seenBusy }).notes).toContain('neighbours_busy');
    expect(judge({ during: { ...seenBusy, ownBusy: 0.2 } }).notes).not.toContain('neighbours_busy');
  });
});

test('misses by no more than the tool’s readings before the start are said to be the tool’s', () => {
  const builder = new SummaryBuilder({
    periodNs: 10 * MS,
    deadlineNs: 10 * MS,
    events: [],
    extras: [],
    zeroIsOrdinary: [],
    lineBytes: 64,
  });
  const ends = (job: number) => (job === 7 ? 10 * MS : job === 9 ? 11 * MS : 2 * MS);
  for (let job = 0; job < 200; job++)
    builder.add(makeRecord({ job, latency: 0, dispatch: 1000, elapsed: ends(job) }));
  const summary = builder.finish();
  expect([summary.deadlineMisses, summary.missesByDispatch]).toEqual([2, 1]);
  const { notes, all } = judge({ summary });
  expect(notes).toContain('late_by_dispatch');
  expect(all.find(({ code }) => code === 'late_by_dispatch')?.message).toMatch(
    /^1 of 2 deadline misses came by no more than/,
  );
});

test('a tail that nothing recorded accounts for is said to be unexplained', () => {
  const long = (job: number) => (job === 20 || job === 30 ? 4.6 * MS : 2 * MS);
  const run = (disturbed: boolean) => {
    const builder = new SummaryBuilder({
      periodNs: 10 * MS,
      deadlineNs: 10 * MS,
      events: [],
      extras: [],
      zeroIsOrdinary: [],
      lineBytes: 64,
    });
    for (let job = 0; job < 41; job++)
      builder.add(
        makeRecord(
          { job, elapsed: long(job) },
          { voluntarySwitches: 0, minorFaults: disturbed && long(job) > 2 * MS ? 1 : 0 },
        ),
      );
    return builder.finish();
  };
  const { valid, notes, all } = judge({ summary: run(false), hypervisor: 'kvm' });
  expect(valid).toBe(true);
  expect(notes).toContain('unexplained_tail');
  expect(all.find(({ code }) => code === 'unexplained_tail')?.message).toBe(
    '2 of 40 jobs took more than twice the median (job 30 2.3 times) without a preemption, a wait, a page fault or a migration: the tail is unexplained.',
  );
  expect(judge({ summary: run(true) }).notes).not.toContain('unexplained_tail');
  const longWaits = { jobs: 1, atLeast: false, worst: { job: 30, elapsedNs: 600 * MS } };
  const stopped = verdict({ ...clean, summary: { ...run(true), longWaits } });
  expect(stopped.notes.find(({ code }) => code === 'unexplained_tail')?.message).toMatch(
    /^1 of 40 jobs .*\(job 30 300\.0 times\) and waited .* or the process was stopped/,
  );
});

test('jobs that are like their neighbours weigh as fewer, which is said where percentiles are stated', () => {
  const alike = (r: number | null, more: Partial<Summary['elapsed']> = {}) =>
    judge({
      summary: {
        ...clean.summary,
        counts: { ...clean.summary.counts, inStatistics: 300 },
        elapsed: { ...clean.summary.elapsed, p90: 1, ...more },
        neighbourCorrelation: r,
      },
    });
  expect(alike(0.5).valid).toBe(true);
  expect(alike(0.5).all.find(({ code }) => code === 'jobs_correlated')?.message).toBe(
    'Neighbouring jobs took alike times (r = 0.50): 300 of them weigh about as much as 100 independent ones, and the bounds of percentiles, which are made for those, hold less often than they say.',
  );
  for (const { notes } of [alike(0.15), alike(-0.9), alike(null), alike(0.5, { p90: null })])
    expect(notes).not.toContain('jobs_correlated');
});

test('what befalls worker threads is a reason where it is sure to have befallen a job, and else a note', () => {
  const of = (what: Partial<WorkerFacts>, facts: Partial<VerdictFacts> = {}) => {
    const { reasons, notes } = judge({ workers: [{ ...worker, ...what }], ...facts });
    const code = 'workers_disturbed';
    return reasons.includes(code) ? 'reason' : notes.includes(code) ? 'note' : null;
  };
  const common = { policy: 'other' as const };
  const own = { policy: 'other' };
  const warmedUp = {
    summary: { ...clean.summary, counts: { ...clean.summary.counts, warmup: 2 } },
  };
  expect(of({})).toBe(null);
  expect(of({ minorFaults: null, majorFaults: null, involuntarySwitches: null })).toBe(null);
  expect(of({ majorFaults: 1, ...own }, common)).toBe('reason');
  expect(of({ minorFaults: 1 })).toBe('reason');
  expect(of({ minorFaults: 1 }, warmedUp)).toBe('note');
  expect(of({ involuntarySwitches: 1 })).toBe('reason');
  expect(of({ involuntarySwitches: 1, ...own }, common)).toBe('note');
  expect(of({ runDelayNs: 0.02 * clean.summary.busyNs })).toBe('note');
  expect(of({ runDelayNs: 0.005 * clean.summary.busyNs })).toBe(null);
  expect(of({ migrations: 1 })).toBe(null); // its placement
  expect(of({ migrations: 2, cores: [1, 2] })).toBe('reason');
  expect(of({ migrations: 2, cores: [1, 2], ...own }, common)).toBe('note');
  const { all } = judge({ workers: [{ ...worker, involuntarySwitches: 3, majorFaults: 1 }] });
  expect(all[0]?.message).toContain('(7: 1 major page fault, 7: 3 preemptions)');
});

describe('a core that others had when the job was due', () => {
  const RUN_NS = clean.runNs;
  const taken = (share: number, facts: Partial<VerdictFacts> = {}) =>
    judge({ runDelayNs: share * RUN_NS, ...facts }).reasons.includes('core_taken');

  test('is a reason from a hundredth of the run on, where nobody below may have it', () => {
    expect(taken(0.02)).toBe(true);
    expect(taken(0.02, { policy: 'rr' })).toBe(true);
    expect(taken(0.009)).toBe(false);
    expect(taken(0.02, { policy: 'other' })).toBe(false);
    expect(taken(0.02, { policy: 'deadline' })).toBe(false); // its own throttling counts there
    expect(taken(0, { runDelayNs: null })).toBe(false);
  });

  test('is not what every wake-up takes, however short the period', () => {
    const summary = { ...clean.summary, busyNs: 1001 * 1000 };
    const runNs = 1001 * 20_000; // wake-ups of 5 µs
    expect(judge({ summary, runNs, runDelayNs: 1001 * 4000 }).reasons).toEqual([]);
    expect(judge({ summary, runNs, runDelayNs: 1001 * 5500 }).reasons).toEqual(['core_taken']);
  });

  const woken = (late: Record<number, number>) => {
    const builder = new SummaryBuilder({
      periodNs: 10 * MS,
      deadlineNs: 10 * MS,
      lineBytes: 64,
      events: [],
      extras: [],
      zeroIsOrdinary: [],
    });
    for (let job = 0; job <= 1000; job++)
      builder.add(makeRecord({ job, latency: late[job] ?? 5000 }));
    return builder.finish();
  };
  const said = (runDelayNs: number | null, late: Record<number, number> = { 7: 4 * MS }) =>
    judge({ summary: woken(late), runDelayNs }).all.find(({ code }) => code === 'late_wakeups')
      ?.message;

  test('late wake-ups are a note with the worst of them, and with what the kernel knows of the cause', () => {
    expect(said(0, { 7: MS })).toBeUndefined(); // not beyond
    expect(said(null)).toBe(
      '1 of 1000 jobs woke up more than 20 times the median release latency and 1 ms after its release (job 7 4.000 ms): something held the core, or the process.',
    );
    expect(said(5 * MS)).toContain('; other tasks had the core for 5.000 ms in the whole run');
    expect(said(5 * MS, { 7: 2 * MS, 9: 4 * MS })).toMatch(/^2 of .* their release \(job 9 /);
    expect(said(MS)).toMatch(/waited for its core for 1\.000 ms only: the process was stopped/);
  });
});

test('counts that leave worker threads out are none of the whole', () => {
  const workers = [
    { ...worker, counted: true },
    { ...worker, counted: false },
  ];
  const { reasons, all } = judge({ workers });
  expect(reasons).toEqual(['workers_uncounted']);
  expect(all[0]?.message).toContain('did not follow 1 of 2 worker threads');
  expect(judge({ workers, counting: false }).reasons).toEqual([]);
});

describe('the frequency', () => {
  const UNSEEN = { lowestKhz: null, highestKhz: null };
  test('that fell and rose again between the two looks has changed', () => {
    const { reasons, all } = at(1_500_000, 1_500_000, 'performance', {
      lowestKhz: 1_000_000,
      highestKhz: 1_500_000,
    });
    expect(reasons).toEqual(['frequency_changed']);
    expect(all[0]?.message).toContain('core 1 1500 to 1500 MHz (1000 to 1500 in between)');
  });
  const at = (
    beforeKhz: number | null,
    afterKhz: number | null,
    governor: string | null = null,
    between: { lowestKhz: number | null; highestKhz: number | null } = UNSEEN,
  ) =>
    judge({
      frequencies: [
        { core: 1, governor, governorAfter: governor, beforeKhz, afterKhz, ...between },
      ],
    });
  const cases: [why: string, before: number | null, after: number | null, changed: boolean][] = [
    ['the same', 1_500_000, 1_500_000, false],
    ['5 % of the higher: the reading’s own jitter', 1_000_000, 950_000, false],
    ['a little more than that, down', 1_000_000, 949_999, true],
    ['and up', 949_999, 1_000_000, true],
    ['5 % of the higher, more than 5 % of the lower', 952_000, 1_000_000, false],
    ['told before the run only', 1_500_000, null, false],
    ['told after the run only', null, 1_500_000, false],
  ];
  test.each(cases)('%s', (_, before, after, changed) => {
    expect(at(before, after, 'performance').reasons).toEqual(changed ? ['frequency_changed'] : []);
  });

  test('is unknown only where neither governor nor frequency is told', () => {
    expect(at(null, null, 'performance').notes).toEqual([]);
    expect(at(1_500_000, 1_500_000).notes).toEqual([]);
    expect(at(null, 1_500_000).notes).toEqual(['frequency_unknown']);
  });

  test('is told in MHz with its core, and the governor that is not performance', () => {
    expect(at(1_500_000, 600_000, 'performance').all[0]?.message).toContain(
      'core 1 1500 to 600 MHz',
    );
    const { all } = judge({
      frequencies: [
        {
          core: 2,
          governor: 'performance',
          governorAfter: 'schedutil',
          beforeKhz: null,
          afterKhz: null,
          lowestKhz: null,
          highestKhz: null,
        },
        {
          core: 3,
          governor: 'powersave',
          governorAfter: 'performance',
          beforeKhz: null,
          afterKhz: null,
          lowestKhz: null,
          highestKhz: null,
        },
      ],
    });
    expect(all[0]?.message).toContain('core 2 (schedutil), core 3 (powersave)');
  });
});

describe('what a remark counts', () => {
  const message = (facts: Partial<VerdictFacts>) => judge(facts).all[0]?.message;
  test('speaks of one thing as of one', () => {
    expect(message({ lostRecords: 1 })).toMatch(/^1 record .* was lost/);
    expect(message({ lostRecords: 2 })).toMatch(/^2 records .* were lost/);
    expect(message({ lostSamples: 1 })).toMatch(/^1 counter sample was lost: .* take it,/);
    expect(message({ lostSamples: 2 })).toMatch(/^2 counter samples were lost: .* take them,/);
    expect(message({ housekeepingCores: [1] })).toContain('core 1.');
    expect(message({ cores: [1, 2], housekeepingCores: [1, 2] })).toContain('cores 1, 2.');
  });

  test('says which percentiles a short run leaves empty', () => {
    expect(message({ summary: summaryOf(298) })).toContain('298 jobs, none of which bounds a p99');
    expect(judge({ summary: summaryOf(299) }).notes).toEqual([]);
  });

  test('says that quantiles are approximate, and how much', () => {
    const summary: Summary = {
      ...clean.summary,
      quantiles: { ...clean.summary.quantiles, exact: false, relativeError: 2 ** -12 },
    };
    expect(judge({ summary }).notes).toEqual(['approximate_quantiles']);
    expect(message({ summary })).toContain('0.024 %');
  });

  test('memory that was not locked at the end is named with its size: a note, and no word where all of it was', () => {
    const proof = {
      lockedBytes: 10 * 2 ** 20,
      eligibleBytes: 74 * 2 ** 20,
      unlocked: [{ what: '/models/a\u001b.tflite', bytes: 64 * 2 ** 20 }],
    };
    const { valid, notes } = verdict({ ...clean, memory: { proof } });
    expect(valid).toBe(true);
    expect(notes.find(({ code }) => code === 'memory_unlocked')?.message).toBe(
      '64.0 MiB of 74.0 MiB that the job may touch were not locked after the last job: /models/a\\x1b.tflite (64.0 MiB).',
    );
    const codes = (memory: VerdictFacts['memory']) =>
      verdict({ ...clean, memory }).notes.map(({ code }) => code);
    expect(codes({ proof: { ...proof, lockedBytes: proof.eligibleBytes } })).not.toContain(
      'memory_unlocked',
    );
    expect(codes({ proof: null })).toContain('memory_unlocked');
    expect(codes(null)).not.toContain('memory_unlocked');
  });

  test('names each thread that came after the first job', () => {
    const lateThreads = [
      { tid: 77, cores: [1], cpuTimeNs: null },
      { tid: 78, cores: [0, 1], cpuTimeNs: 2 * MS },
    ];
    expect(message({ lateThreads })).toMatch(
      /^The workload made 2 threads after its first job that nobody placed or counted: 77 \(cores 1\); 78 \(cores 0,1, 2\S* ms of CPU time\)\.$/,
    );
  });

  test('says what SCHED_DEADLINE did: overruns, and whether its periods are those of the releases', () => {
    const quiet = { overruns: 0, endOffsetNs: 90_000, constrained: false, outOfPhase: false };
    const of = (facts: Partial<NonNullable<VerdictFacts['server']>>) => ({
      policy: 'deadline' as const,
      server: { ...quiet, ...facts },
    });
    expect(judge(of({})).notes).toEqual([]);
    expect(judge(of({ overruns: null, endOffsetNs: null })).notes).toEqual([]);
    expect(judge(of({ overruns: 1 })).notes).toEqual(['deadline_overruns']);
    expect(message(of({ overruns: 1 }))).toMatch(
      /used up \(the kernel told 1 overrun\), and by no measured job alone: .* release latency and dispatch hold that/,
    );
    expect(judge(of({ overruns: 1 })).all[0]?.hint).not.toContain('-T');
    const summary = { ...clean.summary, runtimeExceeded: 3 };
    expect(judge({ ...of({}), summary }).notes).toEqual(['deadline_overruns']);
    expect(message({ ...of({}), summary })).toMatch(
      /^3 jobs .*\(-T\) \(the kernel told 0 overruns\)\./,
    );
    expect(message({ ...of({ overruns: null }), summary })).toMatch(/^3 jobs .*\(-T\)\. Who/);
    expect(judge(of({ outOfPhase: true, constrained: true })).notes).toEqual(['server_phase']);
    expect(message(of({ outOfPhase: true }))).toContain('no multiple');
    expect(message(of({ constrained: true }))).toMatch(/In the last job it held 90\S* µs of it\.$/);
    expect(message(of({ constrained: true, endOffsetNs: null }))).toMatch(/latency holds that\.$/);
  });

  test('is INVALID for threads that nobody saw: from 5 ms and 1 % of the jobs’ time on, or from 1 ms and 10 %', () => {
    const of = (unseenCpuNs: number, busyNs: number) =>
      judge({ unseenCpuNs, summary: { ...clean.summary, busyNs } }).reasons;
    expect(of(5 * MS, 500 * MS)).toEqual(['threads_unseen']);
    expect(of(5 * MS, 501 * MS)).toEqual([]);
    expect(of(4.9 * MS, 50 * MS)).toEqual([]);
    expect(of(4.9 * MS, 49 * MS)).toEqual(['threads_unseen']);
    expect(of(1 * MS, 2.6 * MS)).toEqual(['threads_unseen']);
    expect(of(0.9 * MS, 2.3 * MS)).toEqual([]);
  });

  test('names each policy of unlike workers once', () => {
    const workers = ['other', 'other', 'fifo'].map((policy) => ({
      ...worker,
      policy,
    }));
    expect(message({ cores: [1, 2, 3, 4], housekeepingCores: [0], workers })).toBe(
      '2 worker threads of the engine ran as other while the job ran as fifo.',
    );
  });

  test('begins its line of absent events with a capital', () => {
    const absentEvents = [{ name: 'l2d_cache', reason: 'no PMU' }];
    expect(message({ absentEvents })).toBe('Not counted: l2d_cache (no PMU).');
  });

  test('gives the error of a failed run, or says that there is none', () => {
    const error = { message: 'out of memory', hint: 'Use less.' };
    expect(judge({ ended: 'failed', error }).all[0]).toMatchObject({
      message: 'The run failed: out of memory',
      hint: 'Use less.',
    });
    expect(judge({ ended: 'failed', error: null }).all[0]).toMatchObject({
      message: 'The run failed: no reason was given',
      hint: 'What was recorded until then is on disk.',
    });
  });
});

describe('RT throttling', () => {
  // 1001 jobs of 2 ms are 2.002 s of work.
  const busy = 1001 * 2 * MS;

  test('is a reason when FIFO or RR jobs were busy for the share at which the kernel stops them', () => {
    expect(judge({ runNs: busy / 0.95 }).reasons).toEqual(['rt_throttled']);
    expect(judge({ runNs: busy / 0.95, policy: 'rr' }).reasons).toEqual(['rt_throttled']);
    expect(judge({ runNs: busy / 0.94 }).reasons).toEqual([]);
    expect(judge({ runNs: busy / 0.95 }).all[0]?.message).toMatch(/busy 95\.0 % .* at 95\.0 %/);
    expect(judge({ runNs: busy / 2 }).all[0]?.message).toContain('busy 100.0 %');
    expect(judge({ runNs: 0 }).reasons).toEqual([]);
    expect(judge({ runNs: busy, rtPeriodUs: null }).reasons).toEqual([]);
    expect(judge({ runNs: busy, rtPeriodUs: 0 }).reasons).toEqual([]);
  });

  test('does not concern other policies, a kernel that does not throttle, or one that does not tell', () => {
    expect(judge({ runNs: busy, policy: 'other' }).valid).toBe(true);
    expect(judge({ runNs: busy, policy: 'deadline' }).valid).toBe(true);
    expect(judge({ runNs: busy, rtRuntimeUs: -1 }).valid).toBe(true);
    expect(judge({ runNs: busy, rtRuntimeUs: null, rtPeriodUs: null }).valid).toBe(true);
    expect(judge({ runNs: busy, kernelRelease: '6.12.0' }).valid).toBe(true); // a fair server instead
    expect(judge({ runNs: busy, kernelRelease: '6.11.9' }).valid).toBe(false);
    expect(judge({ runNs: busy, kernelRelease: null }).valid).toBe(false);
  });

  test('cannot have struck a run shorter than one runtime', () => {
    const summary = summaryOf(400); // 802 ms of work
    expect(judge({ summary, runNs: summary.busyNs }).reasons).toEqual([]);
  });
});

describe('what the preflight found', () => {
  const remark = (what: string, status: 'warn' | 'fail') => ({
    what,
    status,
    message: `${what}: as found.`,
    hint: `How to mend ${what}.`,
  });

  test('is one note that names every warning and the command for the rest', () => {
    const { valid, notes, all } = judge({
      preflight: [remark('swap', 'warn'), remark('interrupts', 'warn')],
    });
    expect(valid).toBe(true);
    expect(notes).toEqual(['machine_unprepared']);
    expect(all[0]?.message).toMatch(/swap, interrupts .*isochron doctor -c 1/);
  });

  test('is a reason when the hardware slows itself down', () => {
    const { reasons, notes, all } = judge({ preflight: [remark('temperature', 'fail')] });
    expect(reasons).toEqual(['throttled']);
    expect(notes).toEqual([]);
    expect(all[0]).toMatchObject({
      message: 'temperature: as found.',
      hint: 'How to mend temperature.',
    });
  });

  test('says how much of the work XNNPACK took, and in the engine’s words why not more', () => {
    const said = (facts: XnnpackFacts) => judge({ xnnpack: facts }).all.map((r) => r.message);
    const refusal = 'XNNPACK refused the model: failed to create XNNPACK runtime';
    const macs = (taken: number) => ({ by: 'macs' as const, taken, total: 1e6, why: null });
    expect(said(took(2, 157, macs(3000), refusal))).toEqual([
      `XNNPACK took 2 of 157 nodes, with 0.3 % of the multiply-accumulates: most of the work ran without it. ${refusal}`,
    ]);
    // never rounded to all or to nothing
    expect(said(took(30, 31, macs(999_999)))[0]).toContain('more than 99.9 %');
    expect(said(took(1, 31, macs(1)))[0]).toContain('less than 0.1 %');
    expect(said(took(30, 31, macs(1e6)))[0]).toContain('with 100 %');
    const nodes = {
      by: 'nodes' as const,
      taken: 3,
      total: 4,
      why: 'the work of LSTM is not known',
    };
    expect(said(took(3, 4, nodes))).toEqual([
      'XNNPACK took 3 of 4 nodes (counted in nodes, for the work of LSTM is not known).',
    ]);
  });
});
