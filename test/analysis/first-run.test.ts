import { describe, expect, test } from 'vitest';
import { explain, type FirstRunSample, type JobFigures } from '../../src/analysis/first-run.js';
import { inWords } from '../../src/analysis/first-run-words.js';

const COST = { anonymousNs: 1500, fileNs: 2500 };

const job = (elapsedNs: number, more: Partial<JobFigures> = {}): JobFigures => ({
  elapsedNs,
  cpuNs: elapsedNs,
  minorFaults: 0,
  majorFaults: 0,
  voluntarySwitches: 0,
  involuntarySwitches: 0,
  counters: {},
  ...more,
});

function sample(
  treatment: string,
  repetition: number,
  first: JobFigures,
  more: Partial<FirstRunSample> = {},
): FirstRunSample {
  return {
    xnnpack: false,
    treatment,
    repetition,
    cold: treatment === 'untreated' || treatment === 'recommended',
    first,
    later: job(10e6),
    laterP90Ns: 10.2e6,
    stages: {},
    frequency: null,
    ...more,
  };
}

/** Three processes of each: 1,000 faults of 2 µs, of which prefaulting takes 800 away and warm-up all. */
const faulting = (noise = [0, 0, 0]): FirstRunSample[] =>
  noise.flatMap((extra, r) => [
    sample('untreated', r, job(12e6 + extra, { minorFaults: 1000 })),
    sample('warm', r, job(12e6 + extra, { minorFaults: 1000 })),
    sample('prefaulted', r, job(10.4e6, { minorFaults: 200 })),
    sample('locked', r, job(10.4e6, { minorFaults: 200 })),
    sample('warmed up', r, job(10e6)),
    sample('recommended', r, job(10e6)),
  ]);

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
    expect(explanation.faultInPlace).toEqual({ ns: 2000, saved: 800, pairs: 3 });
    expect(part(faulting(), 'page faults')).toMatchObject({ ns: 2e6, share: 1 });
    expect(part(faulting(), 'unexplained')?.ns).toBe(0);
  });

  test('gives them the cost measured apart where pairs contradict each other', () => {
    const noisy = faulting([0, 9e6, -1e6]);
    expect(explain(noisy, COST).faultInPlace).toBeNull();
    expect(part(noisy, 'page faults')?.ns).toBe(1000 * 2000); // the mean of 1.5 and 2.5 µs
    expect(part(noisy, 'page faults')?.evidence).toContain('measured apart');
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
      job(13e6, { counters: { inst_retired: 24e6, cpu_cycles: 16e6, l2d_cache_refill: 900 } }),
      {
        later: job(10e6, {
          counters: { inst_retired: 20e6, cpu_cycles: 10e6, l2d_cache_refill: 100 },
        }),
      },
    );
    // 1 GHz: 4e6 instructions at 0.5 cycles are 2 ms, the other 4e6 cycles 4 ms
    expect(part([counted], 'instructions')).toMatchObject({ ns: 2e6 });
    expect(part([counted], 'stalls')).toMatchObject({ ns: 4e6 });
    expect(part([counted], 'stalls')?.evidence).toContain('800 more l2d_cache_refill');
    expect(part([counted], 'unexplained')).toMatchObject({ ns: -3e6 });
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
    expect(inWords(explain(samples, COST)).join(' ')).toContain('NOT within the limit of 1.1');
  });

  test('is unknown without the recommended treatment', () => {
    const [untreated] = faulting();
    expect(explain([untreated as FirstRunSample], COST)).toMatchObject({
      proved: null,
      enough: null,
    });
  });
});

describe('the words', () => {
  test('name the main cause, what saves how much of it, and the recommendation', () => {
    const words = inWords(explain(faulting(), COST)).join('\n');
    expect(words).toContain(
      'takes 12.00 ms, 1.200 × the median of those after it (3 fresh processes, 1.200 … 1.200)',
    );
    expect(words).toMatch(/Most of its excess of 2\.00 ms is page faults/);
    expect(words).toContain('saves 800 of 1,000 page faults and 1.60 ms');
    expect(words).toContain('The other 200');
    expect(words).toMatch(/--warmup 1.*proved/);
  });

  test('say so when the excess is no more than later runs vary by', () => {
    const samples = [sample('untreated', 0, job(10.1e6))];
    expect(inWords(explain(samples, COST)).join(' ')).toContain('no more than later runs vary by');
  });

  test('say so when the cause was not found', () => {
    const samples = [sample('untreated', 0, job(20e6, { minorFaults: 10 }))];
    const words = inWords(explain(samples, COST)).join(' ');
    expect(words).toContain('was not found');
    expect(words).toMatch(/100 % of it is unexplained/);
  });

  test('put a cold start down to the start-up where the first run itself reads nothing', () => {
    const samples = [
      sample('untreated', 0, job(12e6, { minorFaults: 1000 }), { stages: { loadModel: 14e6 } }),
      sample('warm', 0, job(12e6, { minorFaults: 1000 }), { stages: { loadModel: 0.1e6 } }),
    ];
    expect(inWords(explain(samples, COST)).join(' ')).toContain(
      'makes the start-up 13.90 ms longer',
    );
  });

  test('do not call a start cold whose files stayed in memory', () => {
    const warm = faulting().map((s) => ({ ...s, cold: s.cold && s.repetition === 0 }));
    const words = inWords(explain(warm, COST)).join(' ');
    expect(words).toContain('2 did not start cold');
    expect(words).not.toContain('The disk has no part');
    expect(words).not.toContain('from a cold start');
    expect(inWords(explain(faulting(), COST)).join(' ')).toContain('from a cold start');
  });
});
