import { describe, expect, it as test } from 'vitest';
import type { Summary } from '../../src/metrics/summary.js';
import { type VerdictFacts, verdict } from '../../src/metrics/verdict.js';
import { phaseOf } from '../../src/metrics/verdict-times.js';
import { clean, judge, worker } from './judged.js';
import { jobs, MS, makeRecord, summarise } from './records.js';

test('misses by no more than the tool’s readings before the start are said to be the tool’s', () => {
  const ends = (job: number) => (job === 7 ? 10 * MS : job === 9 ? 11 * MS : 2 * MS);
  const summary = summarise(
    jobs(200, (job) => makeRecord({ job, latency: 0, dispatch: 1000, elapsed: ends(job) })),
  );
  expect([summary.deadlineMisses, summary.missesByDispatch]).toEqual([2, 1]);
  const { notes, all } = judge({ summary });
  expect(notes).toContain('late_by_dispatch');
  expect(all.find(({ code }) => code === 'late_by_dispatch')?.message).toMatch(
    /^1 of 2 deadline misses came by no more than/,
  );
  const hint = (counting: boolean) =>
    judge({ summary, counting }).all.find(({ code }) => code === 'late_by_dispatch')?.hint;
  expect([hint(true)?.includes('--events'), hint(false)?.includes('--events')]).toEqual([
    true,
    false,
  ]);
});

test('a tail that nothing recorded accounts for is said to be unexplained', () => {
  const long = (job: number) => (job === 20 || job === 30 ? 4.6 * MS : 2 * MS);
  const run = (disturbed: boolean) =>
    summarise(
      jobs(41, (job) =>
        makeRecord(
          { job, elapsed: long(job) },
          { voluntarySwitches: 0, minorFaults: disturbed && long(job) > 2 * MS ? 1 : 0 },
        ),
      ),
    );
  const { valid, notes, all } = judge({ summary: run(false), hypervisor: 'kvm' });
  expect(valid).toBe(true);
  expect(notes).toContain('unexplained_tail');
  expect(all.find(({ code }) => code === 'unexplained_tail')?.message).toBe(
    '2 of 40 jobs took more than twice the median (job 30 2.3 times) without a preemption, a wait, a page fault or a migration: the tail is unexplained.',
  );
  const disturbed = judge({
    summary: run(false),
    workers: [{ ...worker, runDelayNs: 40 * MS }],
  }).all.filter(({ code }) => ['unexplained_tail', 'workers_disturbed'].includes(code));
  expect(disturbed.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Worker threads of the engine were disturbed/),
    expect.stringMatching(/of the job's own thread: those of its workers, .* may be it\.$/),
  ]);
  expect(judge({ summary: run(true) }).notes).not.toContain('unexplained_tail');
  const longWaits = { jobs: 1, atLeast: false, worst: { job: 30, elapsedNs: 600 * MS } };
  const stopped = verdict({ ...clean, summary: { ...run(true), longWaits } });
  expect(stopped.notes.find(({ code }) => code === 'unexplained_tail')?.message).toMatch(
    /^1 of 40 jobs .*\(job 30 300\.0 times\) and waited .* or the process was stopped/,
  );
});

test('jobs that are like their neighbours weigh as fewer, which is said where percentiles are stated', () => {
  const BOUNDS = { p1: null, p90: 1, p99: null, p999: null };
  const alike = (
    r: number | null,
    bounds: Partial<Summary['elapsed']['bounds']> = {},
    latencyCorrelation: number | null = null,
  ) =>
    judge({
      summary: {
        ...clean.summary,
        elapsed: { ...clean.summary.elapsed, count: 300, bounds: { ...BOUNDS, ...bounds } },
        releaseLatency: { ...clean.summary.releaseLatency, count: 299 },
        neighbourCorrelation: r,
        latencyCorrelation,
      },
    });
  expect(alike(0.5).valid).toBe(true);
  const said = (judged: ReturnType<typeof alike>) =>
    judged.all.find(({ code }) => code === 'jobs_correlated')?.message;
  expect(said(alike(0.5))).toBe(
    'Neighbouring jobs took alike times (r = 0.50): 300 of them weigh about as much as 100 independent ones, for which the bound of p90 is made: it holds less often than in 95 % of runs.',
  );
  expect(said(alike(0.5, { p99: 2, p999: 3 }))).toContain(
    'the bounds of p90, p99, p99.9 are made: they hold less often than in 95 % of runs.',
  );
  expect(said(alike(0.15, {}, 0.99))).toMatch(
    /^Neighbouring jobs began alike late \(r = 0\.99\): 299 of them weigh about as much as 2 independent ones/,
  );
  // both are said in one note
  const both = alike(0.5, {}, 0.99);
  expect(both.notes.filter((code) => code === 'jobs_correlated')).toHaveLength(1);
  expect(said(both)).toMatch(
    /^Neighbouring jobs took alike times \(r = 0\.50\) and began alike late \(r = 0\.99\): 300 of them weigh about as much as 100 and 2 independent ones, for which the bounds of their percentiles are made/,
  );
  for (const { notes } of [alike(0.15), alike(-0.9), alike(null), alike(0.5, { p90: null })])
    expect(notes).not.toContain('jobs_correlated');
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

  test('is none of every wake-up’s, where somebody comes at every release: the median latency is theirs then', () => {
    const summary: Summary = {
      ...clean.summary,
      releaseLatency: { ...clean.summary.releaseLatency, median: 7.9 * MS },
    };
    const { reasons, all } = judge({ summary, rtLimit: null, runDelayNs: 1001 * 7.6 * MS });
    expect(reasons).toEqual(['core_taken']);
    expect(all[0]?.message).toContain('had no core for 7.603 s (75.9 % of the run)');
  });

  test('is a note where a worker of the run itself shares it', () => {
    const facts = { runDelayNs: 0.02 * RUN_NS, cores: [1, 2] };
    const at = (cores: number[], cpuTimeNs: number | null = RUN_NS) =>
      judge({ ...facts, workers: [{ ...worker, cores, cpuTimeNs }], threadsAsked: 3 });
    expect(at([1])).toMatchObject({ valid: true, notes: ['core_taken'] });
    expect(at([1]).all[0]?.message).toMatch(
      /: it shares core 1 with 1 worker thread of the engine/,
    );
    expect(at([1]).all[0]?.message).toMatch(/, which worked for as long\.$/);
    expect(at([1], null).notes).toEqual(['core_taken']);
    expect(at([1], null).all[0]?.message).toMatch(/, and for how long they worked is not known\.$/);
    // one that slept all the while took nothing
    expect(at([1], 0).reasons).toEqual(['core_taken']);
    expect(at([2]).reasons).toEqual(['core_taken']);
  });

  test('is no late wake-up where the thread did not sleep: of that no cause is known', () => {
    const late = (job: number) => (job === 7 ? 4 * MS : job === 9 ? 5 * MS : 5000);
    const summary = summarise(
      jobs(101, (job) => makeRecord({ job, latency: late(job) }, { slept: late(job) === 5000 })),
    );
    expect(summary.unslept).toEqual({ jobs: 2, worst: { job: 9, latencyNs: 5 * MS } });
    expect(summary.lateWakeups).toBeNull();
    expect(summary.lateNs).toBe(9 * MS);
    const { notes, all } = judge({ summary });
    expect(notes).toContain('late_unslept');
    expect(all.find(({ code }) => code === 'late_unslept')?.message).toMatch(
      /^For 2 of 100 jobs the thread did not sleep before the release, .* job 9 began 5\.000 ms late: the tool's readings/,
    );
    const served = judge({ summary, policy: 'deadline' }).all.find(
      ({ code }) => code === 'late_unslept',
    );
    expect(served?.message).toMatch(/late: its server \(-T\) held it until the next period, /);
    expect(served?.hint).toMatch(/^Give -T well more than the longest job takes\./);
  });

  test('is what comes a millisecond late, too, where wake-ups alone could fill the period', () => {
    const summary: Summary = { ...clean.summary, lateNs: 300 * MS };
    const facts = {
      summary,
      rtLimit: null,
      runNs: 1001 * 20_000 * 50,
      runDelayNs: 250 * MS,
    };
    const short = {
      ...facts,
      summary: { ...summary, counts: { ...summary.counts, executed: 50_000 } },
    };
    expect(judge(short).all[0]?.message).toContain('had no core for 250.0 ms (25.0 % of the run)');
    expect(judge({ ...short, summary: { ...short.summary, lateNs: 5 * MS } }).reasons).toEqual([]);
  });

  const woken = (late: Record<number, number>) =>
    summarise(jobs(1001, (job) => makeRecord({ job, latency: late[job] ?? 5000 })));
  const said = (
    runDelayNs: number | null,
    late: Record<number, number> = { 7: 4 * MS },
    facts: Partial<VerdictFacts> = {},
  ) =>
    judge({ summary: woken(late), runDelayNs, ...facts }).all.find(
      ({ code }) => code === 'late_wakeups',
    )?.message;

  test('late wake-ups are a note with the worst of them, and with what the kernel knows of the cause', () => {
    expect(said(0, { 7: MS })).toBeUndefined(); // not beyond
    expect(said(null)).toBe(
      '1 of 1000 jobs woke up more than 20 times the median release latency and 1 ms after its release (job 7 4.000 ms): something held the core, or the process.',
    );
    expect(said(5 * MS)).toMatch(
      /; in the whole run the thread was ready and had no core for 5\.000 ms\.$/,
    );
    // of a latency a little is the wake-up's own
    expect(said(3.9 * MS)).toContain('had no core for 3.900 ms');
    expect(said(5 * MS, { 7: 2 * MS, 9: 4 * MS })).toMatch(/^2 of .* their release \(job 9 /);
    expect(said(MS)).toMatch(/waited for its core for 1\.000 ms only: the process was stopped/);
  });

  test('are laid to the server of SCHED_DEADLINE before others, for it holds a thread, too', () => {
    expect(said(5 * MS, { 7: 4 * MS }, { policy: 'deadline' })).toMatch(
      /had no core for 5\.000 ms: its server .* held it until the next period, or a task with an earlier deadline/,
    );
  });

  test('speak of a CPU quota only where none is known not to have been used up', () => {
    const other = (quota: VerdictFacts['quota']) =>
      said(5 * MS, { 7: 4 * MS }, { policy: 'other', quota });
    expect(other({ periods: 0, ms: 0 })).toMatch(/: other tasks had it\.$/);
    expect(other({ periods: 2, ms: 9 })).toMatch(/or a CPU quota \(cgroup\) was used up\.$/);
    expect(other(null)).toMatch(/or a CPU quota \(cgroup\) was used up\.$/);
  });
});

const message = (facts: Partial<VerdictFacts>) => judge(facts).all[0]?.message;
test('says what SCHED_DEADLINE did: overruns, and whether its periods are those of the releases', () => {
  const quiet = { overruns: 0, endOffsetNs: 90_000, constrained: false, phase: 'apart' as const };
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
  const summary = { ...clean.summary, runtimeExceeded: 3 };
  expect(judge({ ...of({}), summary }).notes).toEqual(['deadline_overruns']);
  expect(message({ ...of({}), summary })).toMatch(
    /^3 jobs .*\(-T\) \(the kernel told 0 overruns\)\./,
  );
  expect(message({ ...of({ overruns: null }), summary })).toMatch(/^3 jobs .*\(-T\)\. Who/);
  expect(judge(of({ phase: 'wandering', constrained: true })).notes).toEqual(['server_phase']);
  expect(message(of({ phase: 'wandering' }))).toContain('no multiple');
  expect(message(of({ constrained: true }))).toMatch(/In the last job it held 90\S* µs of it\.$/);
  expect(message(of({ constrained: true, endOffsetNs: null }))).toMatch(/latency holds that\.$/);
});

test('jobs that share a period of SCHED_DEADLINE use it up together, and no hint asks for what they have', () => {
  expect([
    phaseOf(0, 10),
    phaseOf(5, 10),
    phaseOf(10, 10),
    phaseOf(20, 10),
    phaseOf(15, 10),
  ]).toEqual(['shared', 'shared', 'apart', 'apart', 'wandering']);
  const shared = { overruns: 48, endOffsetNs: null, constrained: false, phase: 'shared' as const };
  const deadline = { policy: 'deadline' as const, server: shared };
  const { all } = judge(deadline);
  expect(all.map(({ code }) => code)).toEqual(['deadline_overruns', 'server_phase']);
  expect(all[0]?.message).toMatch(/several jobs may fall into one period .* or elapsed time hold/);
  expect(all[0]?.message).not.toContain('readings');
  const preempted = summarise(
    jobs(100, (job) => makeRecord({ job, elapsed: MS }, { involuntarySwitches: job % 9 ? 0 : 1 })),
  );
  const hints = (facts: Partial<VerdictFacts>) =>
    judge({ ...facts, summary: preempted }).all.flatMap(({ code, hint }) =>
      ['deadline_overruns', 'server_phase', 'involuntary_switches'].includes(code) ? [hint] : [],
    );
  expect(hints(deadline)).toHaveLength(3);
  for (const hint of hints(deadline)) {
    expect(hint).toMatch(/than all jobs that fall into one -P take together/);
    expect(hint).not.toContain('longest job');
  }
  const [why] = hints({ ...deadline, server: { ...shared, phase: 'apart' } });
  expect(why).toMatch(/than the longest job takes/);
});
