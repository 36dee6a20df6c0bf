/** The explanation of a first run as its reader gets it. */
import { describe, expect, test } from 'vitest';
import {
  explain,
  type FirstRunSample,
  type JobFigures,
} from '../../src/analysis/explain-first-run.js';
import { inWords } from '../../src/analysis/first-run-words.js';
import { COST, faulting, job, processes, sample } from './first-runs.js';

describe('the words', () => {
  test('name the main cause, what saves how much of it, and the recommendation', () => {
    const words = inWords(explain(faulting(), COST)).join('\n');
    expect(words).toContain(
      'takes 12.00 ms in the median, 1.200 × the median of those after it (5 fresh processes, 1.200 … 1.200)',
    );
    expect(words).toMatch(/Most of its excess of 2\.00 ms \(process #\d\) is page faults/);
    expect(words).toContain('saves 800 of 1,000 page faults and 1.60 ms');
    expect(words).toContain('The other 200');
    expect(words).toMatch(/--warmup 1.*: proved/);
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
    const words = () => inWords(explain(samples, COST)).join(' ');
    expect(words()).toContain('every start-up from it took longer, by 13.90 ms in the median');
    // one as fast as a warm one, and the cold cache is not what made the others longer
    const fast = { stages: { loadModel: 0.1e6 } };
    samples.push(
      sample('untreated', 1, job(12e6, { minorFaults: 1000 }), fast),
      sample('untreated', 2, job(12e6, { minorFaults: 1000 }), { stages: { loadModel: 14e6 } }),
    );
    expect(words()).toContain('The disk has no part in it');
    expect(words()).not.toContain('start-up');
  });

  test('do not call a start cold whose files stayed in memory', () => {
    const warm = faulting().map((s) => ({ ...s, cold: s.cold && s.repetition === 0 }));
    const words = inWords(explain(warm, COST)).join(' ');
    expect(words).toContain('4 did not start cold');
    expect(words).not.toContain('The disk has no part');
    expect(words).not.toContain('from a cold start');
    expect(inWords(explain(faulting(), COST)).join(' ')).toContain('from a cold start');
  });

  test('tell those that were not cold from those of which it is not known', () => {
    const cold = [true, false, false, null, null];
    const some = faulting().map((s) => ({ ...s, cold: s.cold && (cold[s.repetition] ?? null) }));
    const words = inWords(explain(some, COST)).join(' ');
    expect(words).toContain('Of these processes, 2 did not start cold: ');
    expect(words).toContain('Whether 2 of these 5 processes started cold is not known: ');
    expect(words).not.toContain('from a cold start');
  });
});

describe('in words', () => {
  const RECOMMENDED =
    'Recommended: locked memory (the default) and --warmup 1. Then the first run that counts is ';
  const one = (treatment: string, ms: number, more: Partial<JobFigures> = {}, rest = {}) =>
    sample(treatment, 0, job(ms * 1e6, more), rest);
  const of = (...samples: FirstRunSample[]) => inWords(explain(samples, COST));
  const NOTHING = 'Nothing is recommended: no process tried locked memory with --warmup 1.';
  const five = (treatment: string, ms: number) => processes(treatment, ms, ms, ms, ms, ms);
  const ratioOfFive =
    '1.000 × the median of those after it (5 fresh processes, 1.000 … 1.000), from a cold start';
  const PROVED = 'proved, for the limit is 1.1.';
  const ratio = (text: string) =>
    `${text} × the median of those after it (1 fresh process, ${text} … ${text})`;

  test.each<[why: string, samples: FirstRunSample[], words: string[]]>([
    ['nothing was run', [], []],
    [
      'untreated only: what may be little and may be half, as a range',
      [one('untreated', 20, { minorFaults: 2000 })],
      [
        `Untreated, the first run takes 20.00 ms in the median, ${ratio('2.000')}.`,
        'Of its excess of 10.00 ms (process #1), 30 % to 50 % is page faults: 2,000 minor faults more than later, 1.50 µs to 2.50 µs each (measured apart, for no process was prefaulted beside one that was not).',
        NOTHING,
      ],
    ],
    [
      'untreated only: most of it, and little left',
      [one('untreated', 20, { cpuNs: 10.4e6, voluntarySwitches: 1 })],
      [
        `Untreated, the first run takes 20.00 ms in the median, ${ratio('2.000')}.`,
        'Most of its excess of 10.00 ms (process #1) is waiting: 1 times the job waited.',
        NOTHING,
      ],
    ],
    [
      'not cold, though it should have been',
      [one('untreated', 10, {}, { cold: false })],
      [
        `Untreated, the first run takes 10.00 ms in the median, ${ratio('1.000')}.`,
        'That is no more than later runs vary by: one in ten takes 1.020 × the median or longer.',
        'Of these processes, 1 did not start cold: engine or model stayed in the file cache, or came back to it, because other processes use them.',
        NOTHING,
      ],
    ],
    [
      'that nobody knows whether it was cold, which is not said to be either',
      [
        one('untreated', 10, { majorFaults: 1 }, { cold: null }),
        one('warm', 10),
        one('recommended', 10, {}, { cold: null }),
      ],
      [
        `Untreated, the first run takes 10.00 ms in the median, ${ratio('1.000')}.`,
        'That is no more than later runs vary by: one in ten takes 1.020 × the median or longer.',
        'Whether it started cold is not known: the kernel tells what stayed in the file cache only of files that this user owns or may write.',
        `${RECOMMENDED}${ratio('1.000')}: within the limit of 1.1, but 1 process can’t prove it; it takes 5 at least (--repetitions 5).`,
      ],
    ],
    [
      'what the disk did',
      [one('untreated', 10, { majorFaults: 1 }), one('warm', 10)],
      [
        `Untreated, the first run takes 10.00 ms in the median, ${ratio('1.000')}.`,
        'That is no more than later runs vary by: one in ten takes 1.020 × the median or longer.',
        'From a cold file cache it makes 1 major faults; with the files in memory it is 1.000 × the median.',
        NOTHING,
      ],
    ],
    [
      'that the disk did nothing, and half a millisecond of start-up is nothing',
      [
        one('untreated', 10, {}, { stages: { a: 0.4e6, b: 0.2e6 } }),
        one('warm', 10, {}, { stages: { a: 0.1e6 } }),
      ],
      [
        `Untreated, the first run takes 10.00 ms in the median, ${ratio('1.000')}.`,
        'That is no more than later runs vary by: one in ten takes 1.020 × the median or longer.',
        'The disk has no part in it: from a cold file cache the first run makes no major fault.',
        NOTHING,
      ],
    ],
    [
      'what prefaulting saves, without its time where that is not known, and what only a job removes',
      [one('warm', 12, { minorFaults: 100 }), one('prefaulted', 12, { minorFaults: 50 })],
      [
        'Making memory present before the first release saves 50 of 100 page faults; what that is in time can’t be told, for the time that prefaulting saved differs too much between the processes. The first run is 1.200 × without it and 1.200 × with it.',
        'The other 50 are on memory that the engine takes only during its first inference.',
        NOTHING,
      ],
    ],
    [
      'nothing of faults that are too few to tell',
      [one('warm', 12, { minorFaults: 98 }), one('prefaulted', 12, { minorFaults: 49 })],
      [NOTHING],
    ],
    [
      'what is left, where that which was saved is too little to speak of',
      [
        one('warm', 12, { minorFaults: 98 }),
        one('prefaulted', 12, { minorFaults: 55 }),
        one('warmed up', 10),
      ],
      [
        'With memory made present 55 page faults are left, which are on memory that the engine takes only during its first inference: with a warm-up job 0 are left (1.000 ×).',
        NOTHING,
      ],
    ],
    [
      'that processes disagree on what prefaulting saves, beside the locked ones',
      [one('warm', 12, { minorFaults: 100 }), one('prefaulted', 13), one('locked', 11)],
      [
        'Making memory present before the first release saves 100 of 100 page faults; what that is in time can’t be told, for the time that prefaulting saved differs too much between the processes. The first run is 1.200 × without it and 1.300 × with it, 1.100 × with locked memory.',
        NOTHING,
      ],
    ],
    [
      'what locking and a warm-up job come to',
      [
        one('warm', 12, { minorFaults: 150 }),
        one('prefaulted', 11, { minorFaults: 50 }),
        one('locked', 11.5),
        one('warmed up', 10, { minorFaults: 3 }),
      ],
      [
        'Making memory present before the first release saves 100 of 150 page faults and 1.00 ms: from 1.200 × to 1.100 ×, locking it 1.150 ×.',
        'The other 50 are on memory that the engine takes only during its first inference: with locked memory 0 are left (1.150 ×), with a warm-up job 3 are left (1.000 ×).',
        NOTHING,
      ],
    ],
    [
      'the recommendation, and which of the weaker ones is enough',
      [...five('recommended', 10), ...five('prefaulted', 10), ...five('locked', 10)],
      [
        `${RECOMMENDED}${ratioOfFive}: ${PROVED}`,
        'Here --prefault or locked memory alone is within it, too.',
      ],
    ],
    [
      'nothing of locked memory where prefaulting alone was shown to be enough',
      [...five('recommended', 10), ...five('prefaulted', 10), ...five('locked', 12)],
      [`${RECOMMENDED}${ratioOfFive}: ${PROVED}`, 'Here --prefault alone is within it, too.'],
    ],
    [
      'that locked memory alone is enough',
      [...five('recommended', 10), ...five('locked', 10)],
      [`${RECOMMENDED}${ratioOfFive}: ${PROVED}`, 'Here locked memory alone is within it, too.'],
    ],
    [
      'nothing more where it takes a warm-up job',
      [...five('recommended', 10), ...five('warmed up', 10)],
      [`${RECOMMENDED}${ratioOfFive}: ${PROVED}`],
    ],
    [
      'nothing more of a weaker one that its processes don’t prove',
      [...five('recommended', 10), ...processes('locked', 10, 10, 10, 10, 12)],
      [`${RECOMMENDED}${ratioOfFive}: ${PROVED}`],
    ],
    [
      'that one process proves nothing, however near it is',
      [one('recommended', 10), one('locked', 10)],
      [
        `${RECOMMENDED}${ratio('1.000')}, from a cold start: within the limit of 1.1, but 1 process can’t prove it; it takes 5 at least (--repetitions 5).`,
      ],
    ],
    [
      'that five processes don’t where one of them is above the limit',
      processes('recommended', 10, 11, 12.75, 10, 10),
      [
        `${RECOMMENDED}1.000 × the median of those after it (5 fresh processes, 1.000 … 1.275), from a cold start: within the limit of 1.1, but 5 processes don’t prove it: the true median may be as high as 1.275. It takes 8 at least (--repetitions 8).`,
      ],
    ],
    [
      'that one process above the limit proves nothing either',
      [one('recommended', 12, {}, { cold: false }), one('locked', 10)],
      [
        `${RECOMMENDED}${ratio('1.200')}: above the limit of 1.1, but 1 process can’t prove it; it takes 5 at least (--repetitions 5).`,
      ],
    ],
    [
      'that five don’t where one of them is within it',
      processes('recommended', 12, 11, 12.75, 12, 12),
      [
        `${RECOMMENDED}1.200 × the median of those after it (5 fresh processes, 1.100 … 1.275), from a cold start: above the limit of 1.1, but 5 processes don’t prove it: the true median may be as low as 1.100. It takes 8 at least (--repetitions 8).`,
      ],
    ],
    [
      'nothing more where the recommendation itself is shown not to be enough',
      [...processes('recommended', 12, 11.5, 12.75, 12, 12), ...five('locked', 10)],
      [
        `${RECOMMENDED}1.200 × the median of those after it (5 fresh processes, 1.150 … 1.275), from a cold start: NOT within the limit of 1.1, for the true median is 1.150 at least.`,
      ],
    ],
    [
      'that processes which lacked the priority prove nothing',
      [...five('recommended', 10), ...five('locked', 10)].map((s) => ({
        ...s,
        lacked: ['No FIFO.'],
      })),
      [
        `${RECOMMENDED}${ratioOfFive}: within the limit of 1.1, but that proves nothing: 5 of 5 processes lacked priority or cores that were asked for.`,
      ],
    ],
    [
      'how far later runs stray where they are too few for a 90th percentile',
      [one('untreated', 10.2, {}, { laterNs: [10e6, 10e6, 10.3e6] })],
      [
        `Untreated, the first run takes 10.20 ms in the median, ${ratio('1.020')}.`,
        'That is no more than later runs vary by: 1 of 3 takes 1.020 × the median or longer.',
        NOTHING,
      ],
    ],
  ])('%s', (_why, samples, words) => {
    expect(of(...samples)).toEqual(words);
  });

  test('a first run is not ordinary for one later run that was disturbed', () => {
    const laterNs = [...Array(20).fill(10e6), 76e6];
    const [, next] = of(one('untreated', 20, {}, { laterNs }));
    expect(next).not.toContain('no more than later runs vary by');
    const three = [...Array(18).fill(10e6), 20e6, 25e6, 76e6];
    expect(of(one('untreated', 20, {}, { laterNs: three }))[1]).toBe(
      'That is no more than later runs vary by: 3 of 21 take 2.000 × the median or longer.',
    );
  });

  test('time and ratio of the untreated run are medians, and the excess is that of the process which it names', () => {
    const untreated = [
      [0.2, 0.05],
      [0.26, 0.04],
      [0.19, 0.02],
    ].map(([first = 0, later = 0], r) =>
      sample('untreated', r, job(first * 1e6), {
        later: job(later * 1e6),
        laterNs: [later * 1e6],
      }),
    );
    const [time, excess] = of(...untreated);
    expect(time).toMatch(/^Untreated, the first run takes 0\.20 ms in the median, 6\.500 ×/);
    expect(excess).toContain('its excess of 0.22 ms (process #2)');
  });

  test('a cold start that only half of the processes had is not put down to the disk', () => {
    const words = (...cold: boolean[]) =>
      inWords(
        explain(
          [...cold.map((c, r) => sample('untreated', r, job(10e6), { cold: c })), one('warm', 10)],
          COST,
        ),
      ).join(' ');
    expect(words(true, false)).not.toContain('The disk has no part');
    expect(words(true, true, false)).toContain('The disk has no part');
  });

  test('a part below a fifth is not what it comes from, and five per cent left need no word', () => {
    const words = (faults: number, waitedMs: number) =>
      of(one('untreated', 20, { minorFaults: faults, cpuNs: (20 - waitedMs) * 1e6 }))[1];
    expect(words(950, 0)).toBe(
      'What its excess of 10.00 ms (process #1) comes from was not found. 81 % of it is unexplained.',
    );
    expect(words(1000, 0)).toMatch(/^Of its excess .*, 15 % to 25 % is page faults/);
    expect(words(2250, 5)).toMatch(
      /^The largest known part of its excess of 10\.00 ms \(process #1\) is waiting: [^.]*\.$/,
    );
    expect(words(2200, 5)).toMatch(/ 6 % is unexplained\.$/);
    expect(words(2250, 5.01)).toMatch(/^Most of /);
  });

  test('faults are called most of it only where they are at their least', () => {
    // 1.5 to 2.5 µs apart
    const words = (faults: number) => of(one('untreated', 20, { minorFaults: faults }))[1];
    expect(words(3200)).toMatch(
      /^Of its excess of 10\.00 ms \(process #1\), 48 % to 80 % is page faults/,
    );
    expect(words(3400)).toMatch(/^Most of its excess .* 1\.50 µs to 2\.50 µs each [^.]*\.$/);
  });
});
