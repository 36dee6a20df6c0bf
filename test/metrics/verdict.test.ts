import { describe, expect, it as test } from 'vitest';
import { type Summary, SummaryBuilder } from '../../src/metrics/summary.js';
import { type VerdictFacts, verdict, type XnnpackFacts } from '../../src/metrics/verdict.js';
import { clean, judge, summaryOf, took, worker } from './judged.js';
import { facts, jobs, MS, makeRecord, summarise } from './records.js';

/** A run of which cpu_migrations counted these in its first jobs, and nothing in an empty one. */
function withMoves(counts: readonly number[], emptyJob: number | null = 0): Summary {
  const more = { events: ['cpu_migrations'], zeroIsOrdinary: [true] };
  const builder = new SummaryBuilder({ ...facts, ...more });
  for (let job = 0; job <= 1000; job++)
    builder.add(makeRecord({ job }, { counters: [counts[job - 1] ?? 0] }));
  return builder.finish([emptyJob]);
}

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
      samples: 1,
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

  test('does not stand for a policy that was inherited and is not known', () => {
    const started = (policy: string, policyAsked = 'other') =>
      judge({ policyAsked, grantedAtStart: { policy, priority: 0, cores: [1] } }).reasons;
    expect(started('other')).toEqual([]);
    expect(started('fifo', 'fifo')).toEqual([]);
    expect(started('unknown')).toEqual(['policy_inherited']);
  });

  test('says once what was denied to several threads', () => {
    const denied = [1, 2].map(() => ({
      what: 'affinity',
      message: 'Not there.',
      hint: 'Elsewhere.',
    }));
    expect(verdict({ ...clean, denied }).reasons.map(({ code }) => code)).toEqual(['not_granted']);
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
      'migrations',
      { threadMigrations: 2, grantedAtStart: { policy: 'fifo', priority: 50, cores: [1] } },
    ],
    ['migrations', { summary: withMoves([2]) }],
    ['quota', { policy: 'other', quota: { periods: 1, ms: 0.5 } }],
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

  test('takes a move that no row shows for one only where it can be none of placing or sharing cores', () => {
    const on = (...cores: number[]) => ({ policy: 'fifo', priority: 50, cores });
    const first = (facts: Partial<VerdictFacts>) => judge(facts).all[0]?.message;
    expect(first({ threadMigrations: 2, grantedAtStart: on(1) })).toMatch(
      /^The job's thread moved to another core 2 times, between jobs or in them, though it was granted core 1 only/,
    );
    expect(first({ threadMigrations: 2, grantedAtStart: on(1, 2) })).toBeUndefined();
    expect(first({ threadMigrations: null, grantedAtStart: on(1) })).toBeUndefined();
    expect(first({ summary: withMoves([3]) })).toMatch(/^The job moved to another core 3 times/);
    expect(first({ summary: withMoves([3], null) })).toBeUndefined();
    // each worker is placed once
    const workers = [worker, { ...worker, tid: 8 }];
    const crowd = { workers, cores: [1, 2, 3] };
    expect(first({ ...crowd, summary: withMoves([2]) })).toBeUndefined();
    expect(first({ ...crowd, summary: withMoves([2, 1]) })).toMatch(/^The job, or a worker thread/);
    const rows = summaryOf(1000, (job) => ({ core: job === 7 ? 2 : 1 }));
    const both = judge({ summary: rows, threadMigrations: 2, grantedAtStart: on(1) });
    expect(both.reasons).toEqual(['migrations']);
  });

  test('names other tasks’ share as the cause of preemptions only where the thread kept its real-time policy', () => {
    const preempted = summaryOf(1000, (job) => ({ involuntarySwitches: job === 7 ? 1 : 0 }));
    const fifo = { policy: 'fifo', priority: 50, cores: [1] };
    const hint = (
      atEnd: typeof fifo | null,
      rtLimit: typeof clean.rtLimit = null,
      runDelayNs = clean.runDelayNs,
    ) =>
      verdict({
        ...clean,
        rtLimit,
        runDelayNs,
        summary: preempted,
        grantedAtStart: fifo,
        grantedAtEnd: atEnd,
      }).reasons.find(({ code }) => code === 'involuntary_switches')?.hint;
    expect(hint(fifo)).toMatch(/fair server/);
    // a thread that never waited for its core was not stopped
    expect(hint(fifo, clean.rtLimit)).not.toMatch(/stops/);
    expect(hint(fifo, clean.rtLimit, 20 * MS)).toMatch(
      /fair server .* The kernel also stops real-time tasks at 95\.0 % of a core\.$/,
    );
    expect(hint({ ...fifo, cores: [0] })).toMatch(/fair server/);
    expect(hint({ ...fifo, policy: 'other', priority: 0 })).toMatch(/did not keep/);
    expect(hint({ ...fifo, priority: 1 })).toMatch(/did not keep/);
    const meanwhile = { ...fifo, policy: 'other', priority: 0 };
    const { reasons } = verdict({
      ...clean,
      summary: preempted,
      grantedAtStart: fifo,
      grantedMeanwhile: meanwhile,
      grantedAtEnd: fifo,
    });
    expect(reasons.find(({ code }) => code === 'involuntary_switches')?.hint).toMatch(
      /did not keep/,
    );
  });

  test.each<[string, Partial<VerdictFacts>]>([
    ['events_missing', { absentEvents: [{ name: 'cpu_cycles', reason: 'no PMU' }] }],
    ['lost_samples', { lostSamples: 1, samples: 1 }],
    ['no_samples', { lostSamples: 1, samples: 0 }],
    ['no_samples', { samples: 0 }],
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
    const late = jobs(1001, (job) => makeRecord({ job, deadline: MS }));
    const summary = summarise(late, { deadlineNs: MS });
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

describe('counter samples', () => {
  test('that were asked for and are all there are no news, and neither are those that nobody wants', () => {
    for (const samples of [1, null]) expect(judge({ samples }).all).toEqual([]);
    expect(judge({ samples: null, samplesCount: false }).all).toEqual([]);
  });
  test('that hold none of the counts they have columns for say so', () => {
    const { valid, all } = judge({ samples: 9, samplesCount: false });
    expect(valid).toBe(true);
    expect(all).toEqual([expect.objectContaining({ code: 'no_samples' })]);
    expect(all[0]?.message).toMatch(/hold times and no counts/);
  });
  test('of which there is none are told, whether they were lost or never due', () => {
    expect(judge({ samples: 0 }).all[0]?.message).toMatch(/no counter sample: none was due/);
    expect(judge({ samples: 0, lostSamples: 7 }).all[0]?.message).toMatch(
      /no counter sample: all 7 were lost/,
    );
  });
});

describe('what a remark counts', () => {
  const message = (facts: Partial<VerdictFacts>) => judge(facts).all[0]?.message;
  test('speaks of one thing as of one', () => {
    expect(message({ lostRecords: 1 })).toMatch(/^1 record .* was lost/);
    expect(message({ lostRecords: 2 })).toMatch(/^2 records .* were lost/);
    const samples = (lostSamples: number, taken: number) =>
      message({ lostSamples, samples: taken });
    expect(samples(1, 1)).toMatch(/^1 counter sample that was due while a job ran was not taken/);
    expect(samples(2, 1)).toMatch(
      /^2 counter samples that were due while a job ran were not taken .* One is there\.$/,
    );
    expect(samples(1, 0)).toMatch(/: the only one was lost, .* take it,/);
    expect(samples(2, 0)).toMatch(/: all 2 were lost, .* take them,/);
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
      '67.1 MB of 77.6 MB that the job may touch were not locked after the last job: /models/a\\x1b.tflite (67.1 MB).',
    );
    const codes = (memory: VerdictFacts['memory']) =>
      verdict({ ...clean, memory }).notes.map(({ code }) => code);
    expect(codes({ proof: { ...proof, lockedBytes: proof.eligibleBytes } })).not.toContain(
      'memory_unlocked',
    );
    expect(codes({ proof: null })).toContain('memory_unlocked');
    expect(codes(null)).not.toContain('memory_unlocked');
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

describe('XNNPACK', () => {
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
    const between = (low: number, high: number) => ({ ...macs(667_000), low, high });
    expect(judge({ xnnpack: took(3, 6, between(0, 1)) })).toMatchObject({
      reasons: [],
      notes: ['xnnpack_partly'],
    });
    expect(said(took(3, 6, between(0, 1)))).toEqual([
      'XNNPACK took 3 of 6 nodes, with 0 % to 100 % of the multiply-accumulates (how often its loops and branches run is not in the file): whether it had most of the work is not known.',
    ]);
    expect(said(took(3, 6, between(0.5, 0.9)))[0]).toMatch(/50\.0 % to 90\.0 % .* file\)\.$/);
    const { reasons } = judge({ xnnpack: took(3, 6, between(0.1, 0.4)) });
    expect(reasons).toEqual(['xnnpack_little']);
    const nodes = {
      by: 'nodes' as const,
      taken: 3,
      total: 4,
      why: 'the work of LSTM is not known',
    };
    expect(said(took(3, 4, nodes))).toEqual([
      'XNNPACK took 3 of 4 nodes (counted in nodes, for the work of LSTM is not known).',
    ]);
    const file: XnnpackFacts = { ...took(3, 4), nodes: { taken: 3, total: 4, of: 'file' } };
    expect(said(file)).toEqual([
      'XNNPACK took 3 of 4 nodes of all graphs in the file (counted in nodes, for the model that ran could not be read).',
    ]);
  });
});

describe('a preemption', () => {
  /** Readings of 7 µs around each job are in its CPU time, and one of 10 µs or more held every 40th up. */
  const preempted = (lostNs: number, more: object = {}) =>
    summarise(
      jobs(200, (job) => {
        const hit = job > 0 && job % 40 === 0;
        const elapsed = 2 * MS + (hit ? lostNs : 0);
        const cpuTimeNs = 2 * MS + 7_000;
        return makeRecord(
          { job, elapsed },
          { cpuTimeNs, involuntarySwitches: hit ? 1 : 0, ...(hit ? more : {}) },
        );
      }),
    );
  const WATCHDOG = { periodS: 4, cores: [1] };
  test('that cost no job a hundredth of the median is a note, with how much it was and what it may be', () => {
    const { preempted: found } = preempted(12_000);
    expect(found).toEqual({ jobs: 4, lostNs: 12_000, job: 40 });
    const { valid, all } = judge({ summary: preempted(12_000), watchdog: WATCHDOG });
    expect(valid).toBe(true);
    const one = all.find(({ code }) => code === 'preempted_briefly');
    expect(one?.message).toBe(
      'The job was preempted 4 times while it ran, for about 12.00 µs at worst (0.600 % of the median, job 40).',
    );
    expect(one?.hint).toMatch(
      /own watchdog preempts any job, every 4 s .* kernel\.watchdog_cpumask/,
    );
    const elsewhere = judge({ summary: preempted(12_000), watchdog: { periodS: 4, cores: [0] } });
    expect(elsewhere.all.map(({ hint }) => hint).join()).not.toContain('watchdog');
  });

  test.each<[why: string, lostNs: number, more: object]>([
    ['cost more', 21_000, {}],
    ['cannot be told from a wait', 12_000, { voluntarySwitches: 1 }],
  ])('that %s makes the run INVALID', (_why, lostNs, more) => {
    expect(judge({ summary: preempted(lostNs, more) }).reasons).toEqual(['involuntary_switches']);
  });

  test('between a wake-up and the start counts, and one of a job that went on without a sleep is not known', () => {
    const hit = (job: number) => job === 80;
    const late = (more: object) =>
      summarise(
        jobs(200, (job) =>
          makeRecord(
            { job, dispatch: hit(job) ? 90_000 : 10_000 },
            { cpuTimeNs: 2 * MS, involuntarySwitches: hit(job) ? 1 : 0, ...(hit(job) ? more : {}) },
          ),
        ),
      ).preempted;
    expect(late({})).toEqual({ jobs: 1, lostNs: 80_000, job: 80 });
    expect(late({ slept: false })).toEqual({ jobs: 1, lostNs: null, job: 80 });
  });

  test('is not made little by what the host took from other jobs, which no CPU time holds', () => {
    const paused = (job: number) => (job % 7 === 0 ? 2.4 * MS : 0);
    const summary = summarise(
      jobs(200, (job) => {
        const [elapsed, cpuTimeNs] = [50 * MS + paused(job), 50 * MS + 7_000];
        return job === 80
          ? makeRecord({ job, elapsed: 50.6 * MS }, { cpuTimeNs, involuntarySwitches: 1 })
          : makeRecord({ job, elapsed }, { cpuTimeNs });
      }),
    );
    expect(summary.preempted).toEqual({ jobs: 1, lostNs: 0.6 * MS, job: 80 });
    expect(judge({ summary }).reasons).toContain('involuntary_switches');
  });

  test('of every job leaves nothing to compare with', () => {
    const all = summarise(
      jobs(100, (job) => makeRecord({ job }, { involuntarySwitches: 1, cpuTimeNs: 2 * MS })),
    );
    expect(all.preempted?.lostNs).toBeNull();
    expect(judge({ summary: all }).reasons).toContain('involuntary_switches');
  });
});
