import { describe, expect, test } from 'vitest';
import {
  explain,
  type FirstRunSample,
  isBeyondLimit,
  type JobFigures,
} from '../../src/analysis/explain-first-run.js';
import { COST, faulting, job, processes, sample } from './first-runs.js';

const part = (samples: FirstRunSample[], cause: string) =>
  explain(samples, COST).split?.parts.find((p) => p.cause === cause);

describe('the excess of a first run', () => {
  test('is split into parts that add up to it', () => {
    const { split } = explain(
      [
        sample(
          'untreated',
          0,
          job(15e6, {
            cpuNs: 14e6,
            minorFaults: 700,
            majorFaults: 3,
            counters: { inst_retired: 33e6, cpu_cycles: 24e6 },
          }),
          {
            later: job(10e6, { counters: { inst_retired: 30e6, cpu_cycles: 20e6 } }),
          },
        ),
      ],
      COST,
    );
    expect(split?.excessNs).toBe(5e6);
    expect(split?.parts.reduce((sum, p) => sum + (p.ns ?? 0), 0)).toBeCloseTo(5e6, 3);
    expect(split?.parts.reduce((sum, p) => sum + (p.share ?? 0), 0)).toBeCloseTo(1, 9);
  });

  test('gives faults the cost that prefaulting saved per fault', () => {
    const explanation = explain(faulting(), COST);
    expect(explanation.faultInPlace).toEqual({
      ns: 2000,
      leastNs: 2000,
      mostNs: 2000,
      saved: 800,
      savedNs: 1.6e6,
      pairs: 5,
    });
    expect(explanation.noFaultInPlace).toBeNull();
    expect(part(faulting(), 'page faults')).toMatchObject({ ns: 2e6, share: 1 });
    expect(part(faulting(), 'unexplained')?.ns).toBe(0);
  });

  test('gives them the cost measured apart where pairs contradict each other', () => {
    const noisy = faulting([0, 9e6, -1e6]);
    expect(explain(noisy, COST).faultInPlace).toBeNull();
    expect(part(noisy, 'page faults')?.ns).toBe(1000 * 2000); // the mean of 1.5 and 2.5 µs
    expect(part(noisy, 'page faults')?.evidence).toContain('measured apart');
  });

  test('says of a cost measured apart why none was found in its place', () => {
    const why = (samples: FirstRunSample[]) => {
      const { noFaultInPlace } = explain(samples, COST);
      expect(part(samples, 'page faults')?.evidence).toContain(
        `(measured apart, for ${noFaultInPlace})`,
      );
      return noFaultInPlace;
    };
    const without = (name: string) => faulting().filter(({ treatment }) => treatment !== name);
    expect(why(without('prefaulted'))).toMatch(/^no process was prefaulted/);
    expect(why(without('warm'))).toMatch(/^no process was prefaulted/);
    expect(why(faulting([0, 9e6, -1e6]))).toMatch(/differs too much/);
    const few = faulting().map((s) =>
      s.treatment === 'warm' && s.repetition === 0
        ? { ...s, first: { ...s.first, minorFaults: 249 } }
        : s,
    );
    expect(why(few)).toMatch(/fewer than 50 faults/);
  });

  test('leaves faults without a time where nothing says what one costs', () => {
    const [untreated] = faulting();
    const { split } = explain([untreated as FirstRunSample], { anonymousNs: null, fileNs: null });
    expect(split?.parts[0]).toMatchObject({ cause: 'page faults', ns: null, share: null });
    expect(split?.parts.at(-1)).toMatchObject({ cause: 'unexplained', ns: 2e6 });
  });

  test('is waiting as far as the job was off its core longer than later', () => {
    const disk = sample(
      'untreated',
      0,
      job(30e6, { cpuNs: 12e6, majorFaults: 130, voluntarySwitches: 130 }),
      {
        later: job(10e6, { cpuNs: 9e6 }),
      },
    );
    expect(part([disk], 'waiting')).toMatchObject({ ns: 17e6 });
    expect(part([disk], 'waiting')?.evidence).toContain('130 major faults');
  });

  test('is instructions at the later jobs’ CPI, and stalls for what cycles rise beyond', () => {
    const counted = sample(
      'untreated',
      0,
      job(13e6, { counters: { inst_retired: 20e6, cpu_cycles: 33e6, l2d_cache_refill: 900 } }),
      {
        later: job(10e6, {
          counters: { inst_retired: 16e6, cpu_cycles: 20e6, l2d_cache_refill: 100 },
        }),
      },
    );
    // 2 GHz: 4e6 instructions at 1.25 cycles are 2.5 ms, the other 8e6 cycles 4 ms
    expect(part([counted], 'instructions')).toMatchObject({
      ns: 2.5e6,
      evidence: expect.stringMatching(
        /^4,000,000 instructions more than later, at 1\.25 cycles each/,
      ),
    });
    expect(part([counted], 'stalls')).toMatchObject({ ns: 4e6 });
    expect(part([counted], 'stalls')?.evidence).toContain('800 more l2d_cache_refill');
    expect(part([counted], 'unexplained')).toMatchObject({ ns: -3.5e6 });
  });

  test('says what can’t be observed instead of making it 0', () => {
    const samples = faulting();
    for (const cause of ['instructions', 'stalls', 'frequency'])
      expect(part(samples, cause)).toMatchObject({ ns: null, share: null });
    expect(part(samples, 'instructions')?.evidence).toMatch(/not counted here/);
  });

  test('clears the clock where the frequency did not change, and does not guess where it did', () => {
    const at = (beforeKhz: number, afterKhz: number) =>
      part(
        [sample('untreated', 0, job(12e6), { frequency: { beforeKhz, afterKhz } })],
        'frequency',
      );
    expect(at(1_500_000, 1_500_000)).toMatchObject({ ns: 0 });
    expect(at(600_000, 1_500_000)).toMatchObject({ ns: null });
    expect(at(600_000, 1_500_000)?.evidence).toMatch(/600 MHz before .* 1500 MHz after/);
  });

  test('is that of a real process, the one with the median ratio', () => {
    const samples = [12e6, 19e6, 14e6].map((ns, r) => sample('untreated', r, job(ns)));
    expect(explain(samples, COST).split).toMatchObject({ repetition: 2, firstNs: 14e6 });
  });
});

describe('what removes it', () => {
  test('is proved by the recommended treatment', () => {
    const explanation = explain(faulting(), COST);
    expect(explanation.treatments.map((t) => [t.treatment, t.ratio.median])).toEqual([
      ['untreated', 1.2],
      ['warm', 1.2],
      ['prefaulted', 1.04],
      ['locked', 1.04],
      ['warmed up', 1],
      ['recommended', 1],
    ]);
    expect(explanation).toMatchObject({ proved: true, enough: 'prefaulted' });
  });

  test('is not proved when its first run is still slower', () => {
    const samples = faulting().map((s) =>
      s.treatment === 'recommended' ? { ...s, first: job(11.5e6) } : s,
    );
    expect(explain(samples, COST).proved).toBe(false);
  });

  test.each<[ms: number[], proved: boolean]>([
    [[10], false],
    [[10, 10, 10, 10], false],
    [[11, 11, 11, 11, 11], true],
    [[10, 10, 10, 10, 11.1], false],
    // of eight, all but one bound the median
    [[10, 10, 10, 10, 10, 10, 10, 20], true],
    [[10, 10, 10, 10, 10, 10, 20, 20], false],
  ])('is proved by processes of %j ms after 10: %j', (ms, proved) => {
    expect(explain(processes('recommended', ...ms), COST).proved).toBe(proved);
  });

  test.each<[ms: number[], outcome: string, needed: number | null]>([
    [[12], 'undecided', 5],
    [[12, 12, 12, 12], 'undecided', 5],
    [[12, 12, 12, 12, 12], 'above', null],
    [[11.01, 12, 12, 12, 12], 'above', null],
    [[11, 12, 12, 12, 12], 'undecided', 8],
    [[11, 12, 12, 12, 12, 12, 12, 12], 'above', null],
    [[11, 11, 11, 11, 11], 'within', null],
    [[11, 11, 11, 11, 12], 'undecided', 8],
    [[11, 11, 11, 12, 12], 'undecided', 11],
    [[11, 12], 'undecided', 8],
  ])('of processes of %j ms after 10: %s, decided by %j', (ms, outcome, needed) => {
    const { treatments, proved } = explain(processes('recommended', ...ms), COST);
    expect(treatments).toMatchObject([{ outcome, needed }]);
    expect(proved).toBe(outcome === 'within');
  });

  test('is not proved by processes that lacked the priority that was asked for, however many they are', () => {
    const denied = (ms: number) =>
      processes('recommended', ms, ms, ms, ms, ms).map((s) => ({ ...s, lacked: ['No FIFO.'] }));
    for (const ms of [10, 12])
      expect(explain(denied(ms), COST)).toMatchObject({
        proved: false,
        treatments: [{ outcome: 'undecided', lacking: 5, needed: null }],
      });
    const alone = processes('locked', 10, 10, 10, 10, 10);
    const [one, ...others] = alone as [FirstRunSample];
    expect(explain(alone, COST).enough).toBe('locked');
    expect(explain([{ ...one, lacked: ['No FIFO.'] }, ...others], COST).enough).toBeNull();
  });

  test('is unknown without the recommended treatment', () => {
    const [untreated] = faulting();
    expect(explain([untreated as FirstRunSample], COST)).toMatchObject({
      proved: null,
      enough: null,
    });
  });
});

describe('the cost of a fault in its place', () => {
  /** Pairs of a warm process and a prefaulted one: faults of each, and by how much longer the first took. */
  const inPlace = (...pairs: [warm: number, prefaulted: number, longerNs: number][]) =>
    explain(
      pairs.flatMap(([warm, prefaulted, longerNs], r) => [
        sample('warm', r, job(11e6 + longerNs, { minorFaults: warm })),
        sample('prefaulted', r, job(11e6, { minorFaults: prefaulted })),
      ]),
      COST,
    ).faultInPlace;

  test.each<[why: string, pairs: Parameters<typeof inPlace>, cost: object | null]>([
    [
      'the median of the pairs',
      [
        [100, 0, 1e5],
        [200, 0, 6e5],
        [100, 0, 2e5],
      ],
      { ns: 2000, leastNs: 1000, mostNs: 3000, saved: 100, savedNs: 2e5, pairs: 3 },
    ],
    [
      'fifty saved faults are enough',
      [[150, 100, 1e5]],
      { ns: 2000, leastNs: 2000, mostNs: 2000, saved: 50, savedNs: 1e5, pairs: 1 },
    ],
    ['fewer drown in the job', [[149, 100, 1e5]], null],
    [
      'in one of the pairs, too',
      [
        [500, 0, 1e6],
        [149, 100, 1e5],
      ],
      null,
    ],
    [
      'the dearest may be four times the cheapest',
      [
        [100, 0, 1e5],
        [100, 0, 4e5],
      ],
      { ns: 2500, leastNs: 1000, mostNs: 4000, saved: 100, savedNs: 2.5e5, pairs: 2 },
    ],
    [
      'and no more',
      [
        [100, 0, 1e5],
        [100, 0, 4.01e5],
      ],
      null,
    ],
    ['what costs nothing contradicts', [[100, 0, 0]], null],
    ['what costs less than nothing, too', [[100, 0, -1e5]], null],
  ])('%s', (_why, pairs, cost) => {
    expect(inPlace(...pairs)).toEqual(cost);
  });

  test('is not taken from two processes that did not run one after the other', () => {
    const [warm, prefaulted] = [
      sample('warm', 0, job(12e6, { minorFaults: 1000 })),
      sample('prefaulted', 1, job(11e6)),
    ];
    expect(explain([warm, prefaulted], COST).faultInPlace).toBeNull();
    const partner = sample('prefaulted', 0, job(11e6));
    expect(explain([warm, prefaulted, partner], COST).faultInPlace).toEqual({
      ns: 1000,
      leastNs: 1000,
      mostNs: 1000,
      saved: 1000,
      savedNs: 1e6,
      pairs: 1,
    });
  });
});

describe('a part', () => {
  const only = (
    cause: string,
    first: JobFigures,
    more: Partial<FirstRunSample> = {},
    cost = COST,
  ) =>
    explain([sample('untreated', 0, first, more)], cost as typeof COST).split?.parts.find(
      (p) => p.cause === cause,
    );

  test.each<
    [
      why: string,
      first: JobFigures,
      later: JobFigures,
      cost: object,
      ns: number | null,
      evidence: RegExp,
    ]
  >([
    [
      'costs the mean of what was measured',
      job(12e6, { minorFaults: 100 }),
      job(10e6),
      COST,
      2e5,
      /100 minor faults more than later, 1\.50 µs to 2\.50 µs each \(measured apart/,
    ],
    [
      'costs what was measured of one kind alone',
      job(12e6, { minorFaults: 100 }),
      job(10e6),
      { anonymousNs: null, fileNs: 2500 },
      2.5e5,
      /2\.50 µs/,
    ],
    [
      'costs nothing where later jobs have as many',
      job(12e6, { minorFaults: 7 }),
      job(10e6, { minorFaults: 7 }),
      COST,
      0,
      /^no more minor faults than later$/,
    ],
    [
      'costs nothing where later jobs have more',
      job(12e6),
      job(10e6, { minorFaults: 7 }),
      COST,
      0,
      /^no more/,
    ],
    [
      'has no cost where none was measured',
      job(12e6, { minorFaults: 1 }),
      job(10e6),
      { anonymousNs: null, fileNs: null },
      null,
      /could not be measured$/,
    ],
  ])('of page faults %s', (_why, first, later, cost, ns, evidence) => {
    const found = only('page faults', first, { later }, cost as typeof COST);
    expect(found?.ns).toBe(ns);
    expect(found?.evidence).toMatch(evidence);
  });

  test.each<[why: string, first: JobFigures, later: JobFigures, ns: number, evidence: string]>([
    [
      'for the disk',
      job(30e6, { cpuNs: 12e6, majorFaults: 3 }),
      job(10e6),
      18e6,
      '3 major faults read from the disk',
    ],
    [
      'for others',
      job(30e6, { cpuNs: 12e6, voluntarySwitches: 2, involuntarySwitches: 1 }),
      job(10e6),
      18e6,
      '2 times the job waited, 1 times another task ran',
    ],
    [
      'no longer than later jobs',
      job(12e6, { cpuNs: 11e6 }),
      job(10e6, { cpuNs: 5e6 }),
      0,
      'no major fault, and no other task ran',
    ],
    [
      'later jobs do not wait less than not at all',
      job(12e6, { cpuNs: 11e6 }),
      job(10e6, { cpuNs: 12e6 }),
      1e6,
      'no major fault, and no other task ran',
    ],
  ])('of waiting is %s', (_why, first, later, ns, evidence) => {
    expect(only('waiting', first, { later })).toMatchObject({ ns, evidence });
  });

  const counted = { inst_retired: 20e6, cpu_cycles: 10e6 };
  test.each<[why: string, first: object, later: object, cpuNs: number]>([
    ['instructions of the first are missing', { cpu_cycles: 1 }, counted, 10e6],
    ['cycles of the first are missing', { inst_retired: 1 }, counted, 10e6],
    ['instructions of later ones are missing', counted, { cpu_cycles: 1 }, 10e6],
    ['cycles of later ones are missing', counted, { inst_retired: 1 }, 10e6],
    ['later ones have no instructions', counted, { ...counted, inst_retired: 0 }, 10e6],
    ['later ones have no cycles', counted, { ...counted, cpu_cycles: 0 }, 10e6],
    ['later ones have no time', counted, counted, 0],
  ])('of the processor is not observable where %s', (_why, first, later, cpuNs) => {
    for (const cause of ['instructions', 'stalls'])
      expect(
        only(cause, job(12e6, { counters: first as typeof counted }), {
          later: job(10e6, { cpuNs, counters: later as typeof counted }),
        }),
      ).toMatchObject({ ns: null, share: null });
  });

  test('of stalls names the refills that were counted in both', () => {
    const evidence = (first: object, later: object) =>
      only('stalls', job(12e6, { counters: { ...counted, ...first } }), {
        later: job(10e6, { counters: { ...counted, ...later } }),
      })?.evidence;
    const [l1, l2] = [{ l1d_cache_refill: 50 }, { l2d_cache_refill: 7 }];
    expect(evidence({ ...l1, ...l2 }, { l1d_cache_refill: 20, l2d_cache_refill: 7 })).toBe(
      '30 more l1d_cache_refill, 0 more l2d_cache_refill',
    );
    expect(evidence({ ...l1, ...l2 }, l1)).toBe('0 more l1d_cache_refill');
    expect(evidence(l1, l2)).toContain('refills are not counted here');
  });

  test.each([
    [1_000_000, 1_009_000, 0],
    [1_000_000, 991_000, 0],
    [1_000_000, 980_000, null],
    [1_000_000, 1_020_000, null],
  ])('of the clock from %d kHz to %d kHz is %j', (beforeKhz, afterKhz, ns) => {
    expect(only('frequency', job(12e6), { frequency: { beforeKhz, afterKhz } })?.ns).toBe(ns);
  });

  test('of page faults takes no more than other parts leave of the excess', () => {
    const first = job(13e6, { cpuNs: 12e6, minorFaults: 5000, voluntarySwitches: 1 });
    expect(only('page faults', first)).toMatchObject({
      ns: 2e6,
      evidence: expect.stringMatching(
        /1\.50 µs to 2\.50 µs each.*, but no more is left of the excess$/,
      ),
    });
    expect(only('unexplained', first)?.ns).toBe(0);
  });

  test('of page faults takes no more than what removes them took off', () => {
    const samples = [
      sample('untreated', 0, job(15e6, { minorFaults: 1000 })),
      sample('warm', 0, job(15e6, { minorFaults: 1000 })),
      sample('prefaulted', 0, job(15.5e6, { minorFaults: 200 })),
      sample('locked', 0, job(14.8e6)),
      sample('warmed up', 0, job(10e6)),
    ];
    const found = explain(samples, COST).split?.parts.find((p) => p.cause === 'page faults');
    expect(found?.ns).toBeCloseTo(0.2e6, 3);
    expect(found?.evidence).toMatch(
      /but ‘locked’, which removes them, takes no more than 0\.20 ms off$/,
    );
  });

  test('of page faults is a range where what removes them took off another time in each pair', () => {
    const saved = [-0.1e6, 0.2e6, 0.4e6];
    const samples = saved.flatMap((ns, r) => [
      sample('untreated', r, job(15e6, { minorFaults: 1000 })),
      sample('warm', r, job(15e6, { minorFaults: 1000 })),
      sample('locked', r, job(15e6 - ns)),
    ]);
    const found = explain(samples, COST).split?.parts.find((p) => p.cause === 'page faults');
    expect(found?.lowNs).toBe(0);
    expect(found?.ns).toBeCloseTo(0.2e6, 3);
    expect(found?.highNs).toBeCloseTo(0.4e6, 3);
  });

  test('has no share of an excess that is none', () => {
    const none = explain([sample('untreated', 0, job(10e6, { minorFaults: 10 }))], COST).split;
    expect(none?.excessNs).toBe(0);
    expect(none?.parts.every(({ share }) => share === null)).toBe(true);
  });
});

describe('a treatment', () => {
  test('is summarised over its processes', () => {
    const { treatments } = explain(
      [
        sample('warm', 0, job(11e6, { minorFaults: 5, majorFaults: 1 }), {
          cold: true,
          stages: { load: 4 },
        }),
        sample('warm', 1, job(13e6, { minorFaults: 9, majorFaults: 2 }), {
          laterNs: Array(20).fill(11e6),
          stages: { load: 6, plan: 1 },
        }),
        sample('warm', 2, job(12e6, { minorFaults: 7, majorFaults: 3 }), {
          later: job(8e6),
          laterNs: Array(20).fill(8e6),
        }),
      ],
      COST,
    );
    expect(treatments).toEqual([
      {
        treatment: 'warm',
        runs: 3,
        coldRuns: 1,
        maybeColdRuns: 0,
        ratio: { median: 1.3, min: 1.1, max: 1.5 },
        ratioBound: null,
        ratioFloor: null,
        lacking: 0,
        outcome: 'undecided',
        needed: 8, // one of the three is within
        firstNs: 12e6,
        laterNs: 10e6,
        laterJobs: 70,
        laterP90Ratio: 1.1,
        laterAsLong: 0,
        minorFaults: 7,
        majorFaults: 2,
        stages: { load: 5, plan: 1 }, // of those that tell
        startUpNs: { median: 5.5, min: 4, max: 7 },
      },
    ]);
  });

  test.each<[prefaulted: number, locked: number, warmed: number, enough: string | null]>([
    [11, 11, 11, 'prefaulted'],
    [11.01, 11, 11, 'locked'],
    [11.01, 12, 11, 'warmed up'],
    [11.01, 12, 12, null],
  ])('of %d, %d, %d ms after 10: enough is %j, the weakest within a tenth', (...given) => {
    const [prefaulted, locked, warmed, enough] = given;
    const five = (name: string, ms: number) => processes(name, ms, ms, ms, ms, ms);
    const samples = [
      ...five('warmed up', warmed),
      ...five('prefaulted', prefaulted),
      ...five('locked', locked),
      ...five('recommended', 11),
    ];
    expect(explain(samples, COST)).toMatchObject({ enough, proved: true, split: null });
  });

  test('has a 90th percentile of later jobs only where all of its processes have enough of them', () => {
    const laterOf = (...jobs: number[]) =>
      explain(
        jobs.map((n, r) =>
          sample('warm', r, job(12e6), { laterNs: [...Array(n - 1).fill(10e6), 13e6] }),
        ),
        COST,
      ).treatments[0];
    expect(laterOf(14, 14)).toMatchObject({
      laterJobs: 28,
      laterP90Ratio: null,
      laterAsLong: 2, // the first run takes 1.2 times the median
    });
    expect(laterOf(14, 15)).toMatchObject({ laterJobs: 29, laterP90Ratio: 1, laterAsLong: 2 });
  });

  test('of an even number of processes: the slower of the two in the middle is taken apart', () => {
    const samples = [14e6, 12e6, 13e6, 11e6].map((ns, r) => sample('untreated', r, job(ns)));
    expect(explain(samples, COST).split?.repetition).toBe(2);
    expect(explain([], COST)).toMatchObject({ xnnpack: false, split: null, treatments: [] });
    expect(explain([sample('warm', 0, job(1), { xnnpack: true })], COST).xnnpack).toBe(true);
  });
});

describe('the limit under --strict', () => {
  const settings = (...outcomes: ('within' | 'above' | 'undecided')[]) =>
    outcomes.map((outcome) => ({
      treatments: [
        { treatment: 'untreated', outcome: 'above' as const },
        { treatment: 'recommended', outcome },
      ],
    }));

  test('is passed where what is recommended is proved to be enough, with XNNPACK and without', () => {
    expect(isBeyondLimit(settings('within', 'within'))).toBe(false);
    expect(isBeyondLimit(settings('undecided', 'above'))).toBe(true);
  });

  test('is not decided by what proves neither, or was not tried', () => {
    for (const open of [settings('within', 'undecided'), [], [{ treatments: [] }]])
      expect(() => isBeyondLimit(open)).toThrow("--strict can't be decided");
  });
});
