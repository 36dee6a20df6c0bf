import { describe, expect, it as test } from 'vitest';
import type { VerdictFacts, WorkerFacts } from '../../src/metrics/verdict.js';
import { clean, judge, worker } from './judged.js';
import { MS } from './records.js';

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

describe('what is said of threads', () => {
  const message = (facts: Partial<VerdictFacts>) => judge(facts).all[0]?.message;
  test('names each thread that came after the first job', () => {
    const lateThreads = [
      { tid: 77, cores: [1], cpuTimeNs: null },
      { tid: 78, cores: [0, 1], cpuTimeNs: 2 * MS },
    ];
    expect(message({ lateThreads })).toMatch(
      /^The workload made 2 threads after its first job that nobody placed or counted: 77 \(cores 1\); 78 \(cores 0,1, 2\S* ms of CPU time\)\.$/,
    );
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
});
