/** What becomes of the runs of two sides: which are used, as what, and what the reader is told of them. */
import { describe, expect, it as test } from 'vitest';
import { compare, compareSides } from '../../src/analysis/compare.js';
import type { Comparison } from '../../src/analysis/comparison.js';
import type { Sample } from '../../src/analysis/metric-values.js';
import type { Run } from '../../src/analysis/results.js';
import { type RunFile, runFileSchema } from '../../src/formats/run-file.js';
import { IsochronError } from '../../src/kernel/errors.js';
import { columnsOf, runOf } from './fabricated.js';
import { jobs } from './helpers.js';

const times = (median: number, seed = 1, n = 30) => jobs(n, median, seed).slice(1);
const one = (id: string, rest: Partial<Run> = {}) => runOf(id, times(1e6), rest);
const against = (a: Run[], b: Run[], options = {}): Promise<Comparison> =>
  compare({ name: 'A', runs: a }, { name: 'B', runs: b }, { resamples: 200, ...options });
const metric = (comparison: Comparison, key: string) =>
  comparison.metrics.find((m) => m.key === key) as Comparison['metrics'][number];
const file = (rest: object): RunFile =>
  runFileSchema.parse({ format: 'isochron-run', version: 1, ...rest });
const refusing = (id: string, error: Error): Run =>
  one(id, {
    columns: async () => {
      throw error;
    },
  });
const LOOSE =
  'The runs were not interleaved, so a change of the machine between them counts as a difference.';

describe('a run', () => {
  test.each<[string, Run, string]>([
    ['without rows', runOf('x', []), 'x: it has no rows, so it is left out.'],
    [
      'of nothing but its first job',
      one('x', { columns: async () => columnsOf({ job: [0], elapsed_ns: [5] }) }),
      'x: it has no job besides the first run and the warm-up, so it is left out.',
    ],
    ['that can’t be read', refusing('x', new Error('gone.')), 'x is left out: gone.'],
  ])('%s is left out, and that is said', async (_what, run, note) => {
    const comparison = await against([one('a'), run], [one('b')]);
    expect(comparison.notes).toEqual([note]);
    expect(comparison.a.runs.map(({ id }) => id)).toEqual(['a']);
  });

  test('of a repetition that did not run next to its partner is no half of a pair', async () => {
    const at = (id: string, repetition: number, minute: number) =>
      one(id, {
        repetition,
        interleaved: true,
        suite: 's',
        file: file({ startedAt: new Date(minute * 60_000).toISOString() }),
      });
    const numbers = [0, 1, 2, 3, 4, 5];
    const sides = (minuteOfB: (n: number) => number) =>
      against(
        numbers.map((n) => at(`a${n}`, n, 2 * n)),
        numbers.map((n) => at(`b${n}`, n, minuteOfB(n))),
      );
    expect((await sides((n) => 2 * n + 1)).paired).toBe(true);
    const apart = await sides((n) => 5000 + n);
    expect(apart.paired).toBe(false);
    expect(apart.notes).toContain(LOOSE);
    // those that were run again later are left out, and the others stay where they were
    for (const later of [[3], [3, 5]]) {
      const rerun = await sides((n) => (later.includes(n) ? 5000 + n : 2 * n + 1));
      expect(rerun.paired).toBe(true);
      expect(rerun.b.runs.map(({ id }) => id)).toEqual(
        numbers.filter((n) => !later.includes(n)).map((n) => `b${n}`),
      );
      expect(rerun.notes).toContain(
        `${2 * later.length} runs have no partner of the same repetition that ran next to it and are left out; the command of the sweep with --resume --again ${later.map((n) => n + 1)} runs ${later.length === 1 ? 'that repetition' : 'these repetitions'} again, side by side.`,
      );
    }
    // the last of one side and the first that was run again are neighbours only in their order
    const stopped = await sides((n) => (n === 5 ? 5000 : 2 * n + 1));
    expect(stopped.b.runs.map(({ id }) => id)).not.toContain('b5');
    // the more of them, the fewer pairs; a single one may be by chance
    expect((await sides((n) => (n >= 3 ? 5000 + n : 2 * n + 1))).b.runs).toHaveLength(3);
    for (const first of [0, 1]) {
      const minute = (n: number) => (n >= first ? 5000 + n : 2 * n + 1);
      const parted = await sides(minute);
      expect(parted.paired).toBe(false);
      const list = numbers.slice(first).map((n) => n + 1);
      const words = `${list.length} pairs of the same repetition did not run side by side, and too few are left: all are compared as if they had nothing to do with each other; the command of the sweep with --resume --again ${list} runs these repetitions again, side by side.`;
      expect(parted.notes).toContain(words);
      const { lost } = await compareSides(
        { name: 'A', runs: numbers.map((n) => at(`a${n}`, n, 2 * n)) },
        { name: 'B', runs: numbers.map((n) => at(`b${n}`, n, minute(n))) },
      );
      expect(lost).toEqual([`B / A: ${words}`]);
    }
    // a calibration between the two of the first pair parts them no more than a pause does
    const calibrated = await against(
      numbers.map((n) => at(`a${n}`, n, n === 0 ? 0 : 8 + n)),
      numbers.map((n) => at(`b${n}`, n, n === 0 ? 8 : 8.5 + n)),
    );
    expect(calibrated.b.runs).toHaveLength(6);
    expect(calibrated.notes.join()).not.toContain('no partner');
  });

  test('whose calibrated period differs from the other side’s for no reason of its times opens no gate', async () => {
    const at = (id: string, periodNs: number, median: number, identity: Run['identity'] = {}) =>
      runOf(id, times(median), {
        identity,
        suite: 's',
        file: file({ plan: { periodNs, workload: { kind: 'noop' } } }),
      });
    const said = async (a: Run, b: Run) =>
      (await compareSides({ name: 'A', runs: [a] }, { name: 'B', runs: [b] })).lost;
    expect(await said(at('a', 1.954e6, 8e5), at('b', 7.303e6, 9e5))).toEqual([
      expect.stringMatching(/^B \/ A: The sides ran with periods of 1\.954 ms and 7\.303 ms,/),
    ]);
    // one period for both, whatever their times, and periods that follow the times
    expect(await said(at('a', 2e6, 8e5), at('b', 2e6, 1.6e6))).toEqual([]);
    expect(await said(at('a', 2e6, 8e5), at('b', 4.2e6, 1.6e6))).toEqual([]);
    expect(await said(at('a', 2e6, 8e5), at('b', 2.3e6, 8e5))).toEqual([]);
    // nor those that follow the longest jobs, which a calibration looks at
    const tailed = { ...at('b', 7.3e6, 9e5), columns: runOf('b', [...times(9e5), 3e6]).columns };
    expect(await said(at('a', 1.954e6, 8e5), tailed)).toEqual([]);
    // an axis of the suite
    const [p, q] = [at('a', 2e6, 8e5, { period: 2e6 }), at('b', 8e6, 8e5, { period: 8e6 })];
    expect(await said(p, q)).toEqual([]);
  });

  test('that was asked for other things than the other side’s says so, where they are not points of one sweep', async () => {
    const plan = { periodNs: 5e6, warmup: 0, overrun: 'skip', name: 'p', jobs: 9 };
    const workload = { kind: 'plugin', path: '/p.so', args: '200' };
    const at = (csvPath: string, more: object, args = '200', suite: string | null = null) =>
      one(csvPath, {
        csvPath,
        suite,
        file: file({ plan: { ...plan, ...more, workload: { ...workload, args } } }),
      });
    const said = async (a: Run, b: Run) =>
      (await against([a], [b])).notes.find((note) => note.includes('asked for'));
    const base = at('/a/x.csv', {});
    // a calibrated period is never the same twice
    expect(await said(base, at('/b/x.csv', { periodNs: 5.1e6, name: 'q' }))).toBeUndefined();
    expect(await said(base, at('/b/x.csv', { periodNs: 4e7, warmup: 1 }, '300'))).toBe(
      'The sides were asked for different things: period (5.000 ms and 40.00 ms), warmup (0 and 1), args (200 and 300).',
    );
    expect(await said(base, at('/a/y.csv', { warmup: 1 }))).toContain('warmup (0 and 1)');
    expect(await said(base, at('/b/x.csv', { jobs: 0, durationNs: 3e9 }))).toBe(
      'The sides were asked for different things: length (9 jobs and 3.000 s).',
    );
    const [endless, longer] = [{ jobs: 0, durationNs: null }, { durationNs: 3e9 }];
    expect(await said(at('/a/x.csv', endless), at('/b/x.csv', longer))).toContain(
      'length (until stopped and 9 jobs or 3.000 s)',
    );
    const [p, q] = [at('/a/p.csv', {}, '1', 's'), at('/a/q.csv', { jobs: 8 }, '2', 's')];
    expect(await said(p, q)).toBeUndefined();
    // what a file does not tell is no difference
    expect(await said(base, one('/b/x.csv'))).toBeUndefined();
  });

  test('that ran a copy of the other side’s model says so', async () => {
    const at = (id: string, path: string, sha256 = 'ab') =>
      one(id, { file: file({ model: { path, sha256, bytes: 1 } }) });
    const said = async (a: Run[], b: Run[]) =>
      (await against(a, b)).notes.filter((note) => note.includes('same model'));
    expect(await said([at('a', '/old.tflite')], [at('b', '/new.tflite')])).toEqual([
      'Both sides ran the same model: /old.tflite and /new.tflite are equal, byte for byte.',
    ]);
    expect(await said([at('a', '/old.tflite')], [at('b', '/old.tflite')])).toEqual([]);
    expect(await said([at('a', '/old.tflite')], [at('b', '/new.tflite', 'cd')])).toEqual([]);
    expect(await said([one('a')], [at('b', '/new.tflite')])).toEqual([]);
    const mixed = [at('b', '/new.tflite'), at('c', '/new.tflite', 'cd')];
    expect(await said([at('a', '/old.tflite')], mixed)).toEqual([]);
  });

  test('that was to start cold and did not says so', async () => {
    const notes = [{ code: 'not_cold', message: 'It did not start cold.' }];
    const cold = one('b', { file: file({ verdict: { valid: true, reasons: [], notes } }) });
    expect((await against([one('a')], [cold])).notes).toContain('b: It did not start cold.');
  });

  test('that is named for XNNPACK and ran without it says so', async () => {
    const asked = (xnnpackApplied: string) =>
      one('x', { identity: { xnnpack: true }, file: file({ xnnpackApplied }) });
    const name = async (applied: string) => (await against([one('a')], [asked(applied)])).b.name;
    expect(await name('no')).toBe('B (XNNPACK asked for, not applied)');
    expect(await name('delegate')).toBe('B');
  });

  test('that its sweep doubts, or that ended at a deadline miss, opens no gate', async () => {
    const doubts = ['Its pass x failed.'];
    const { lost } = await compareSides(
      { name: 'A', runs: [one('a', { doubts })] },
      { name: 'B', runs: [one('b', { status: 'deadline_miss' })] },
    );
    expect(lost).toEqual([
      'a: Its pass x failed.',
      'b ended at its first missed deadline, after 30 jobs: nothing is known of those that it was to run then (--overrun skip goes on after a miss).',
    ]);
  });

  test('that is refused is the answer where nothing else is left of its side', async () => {
    const [first, second] = [
      new IsochronError('E_RESULTS', '1'),
      new IsochronError('E_SIDECAR', '2'),
    ];
    const sides = [refusing('x', first), refusing('y', second)];
    await expect(against(sides, [one('b')])).rejects.toBe(first);
    await expect(against([one('a')], sides)).rejects.toBe(first);
    expect((await against([...sides, one('a')], [one('b')])).a.runs).toHaveLength(1);
    // a mistake that is not told apart by a code is a note, and the sentence says that there is nothing to compare
    const { sentence } = await against([refusing('x', new Error('gone.'))], [one('b')]);
    expect(sentence).toBe("B and A can't be compared: A has no job to compare.");
  });

  test('has its own notes said, but not what every import carries', async () => {
    const notes = [
      'Imported from a log of RT-Bench: job_elapsed counts from the release.',
      'The bandwidth is L2 misses × 64 bytes / response time.',
      'Run 1 of 2 in the log.',
    ];
    expect((await against([one('a', { notes })], [one('b')])).notes).toEqual([
      'a: Run 1 of 2 in the log.',
    ]);
  });

  test('that was read before is not read again', async () => {
    let read = 0;
    const run = one('a');
    const counted = {
      ...run,
      columns: () => {
        read++;
        return run.columns();
      },
    };
    const cache = new Map<string, Sample>();
    for (const other of ['b', 'c']) await against([counted], [one(other)], { cache });
    expect(read).toBe(1);
    expect([...cache.keys()]).toEqual(['/r/a.csv', '/r/b.csv', '/r/c.csv']);
  });

  test('is summarised with its first job over the median of the others', async () => {
    const misses = columnsOf({ job: [0, 1, 2], elapsed_ns: [30, 10, 10], deadline_met: [0, 0, 1] });
    const bad = one('a', {
      columns: async () => misses,
      status: 'interrupted',
      file: file({
        verdict: { valid: false, reasons: [{ code: 'c', message: 'Bad.' }], notes: [] },
      }),
    });
    const { a, b, notes } = await against([bad, { ...bad, id: 'a2', csvPath: 'a2' }], [one('b')]);
    expect(a).toEqual({
      name: 'A',
      runs: ['a', 'a2'].map((id) => ({
        id,
        name: 'a',
        status: 'interrupted',
        valid: false,
        jobs: 2,
      })),
      jobs: 4,
      firstRunRatio: 3,
      deadlineMisses: 4,
    });
    expect(b).toMatchObject({ deadlineMisses: null, runs: [{ valid: null }] });
    expect(notes).toContain('a has the verdict INVALID: Bad.');
  });
});

test('where one log has no start, all are compared by their response', async () => {
  const job = Array.from({ length: 30 }, (_, i) => i);
  const response = one('a', {
    columns: async () =>
      columnsOf({
        job,
        response_ns: [9e6, ...times(2e6)],
      }),
  });
  const both = one('b', {
    columns: async () =>
      columnsOf({
        job,
        elapsed_ns: [9e6, ...times(1e6)],
        response_ns: [9e6, ...times(2e6)],
      }),
  });
  for (const sides of [
    [response, both],
    [both, response],
  ] as const) {
    const comparison = await against([sides[0]], [sides[1]]);
    expect(comparison.timeBase).toBe('response');
    expect(metric(comparison, 'time').ratio).toBe(1);
    expect(comparison.notes[0]).toMatch(/^Inference time is the response time/);
  }
  expect((await against([both], [both])).timeBase).toBe('elapsed');
});

test('pairs of one sweep stay pairs where some of their runs have no start', async () => {
  const pair = (side: string, repetition: number) =>
    runOf(`${side}${repetition}`, times(2e6 + 1e3 * repetition), {
      suite: 's',
      interleaved: true,
      repetition,
      ...(side === 'a' && repetition === 0
        ? {
            columns: async () => columnsOf({ job: [0, 1, 2], response_ns: [9e6, 2e6, 2e6] }),
          }
        : {}),
    });
  const comparison = await against(
    [0, 1].map((n) => pair('a', n)),
    [0, 1].map((n) => pair('b', n)),
  );
  expect(comparison).toMatchObject({ timeBase: 'response', paired: true });
  expect(comparison.notes.join()).not.toContain('no partner');
});

describe('runs of equal repetition', () => {
  /** The machine gets slower with every repetition; within one, B takes `factor` of A's time. */
  const side = (
    id: string,
    factor: number,
    repetitions: (number | null)[],
    rest: Partial<Run> = {},
  ) =>
    repetitions.map((repetition, i) =>
      runOf(`${id}${repetition}`, times(factor * 1e6 * (1 + (repetition ?? i)), i + 1), {
        suite: 's',
        interleaved: true,
        repetition,
        ...rest,
      }),
    );

  test.each<[why: string, a: Run[], b: Run[], paired: boolean]>([
    ['are pairs', side('a', 1, [0, 1, 2]), side('b', 2, [0, 1, 2]), true],
    ['are pairs in any order', side('a', 1, [0, 1]), side('b', 2, [1, 0]), true],
    ['are pairs where one side has lost some', side('a', 1, [0, 1, 2]), side('b', 2, [0, 2]), true],
    [
      'are pairs where one lies aside, for its point is being run again',
      side('a', 1, [0, 1]),
      [
        ...side('b', 2, [0], { csvPath: '/r/.before/b0.csv' }),
        ...side('b', 2, [1], { csvPath: '/r/b1.csv' }),
      ],
      true,
    ],
    [
      'of one suite that was swept into two folders are none',
      side('a', 1, [0, 1]),
      side('b', 2, [0, 1], { csvPath: '/s/b.csv' }),
      false,
    ],
    ['are pairs if there is only one', side('a', 1, [0]), side('b', 2, [0]), true],
    ['of two sweeps are none', side('a', 1, [0, 1]), side('b', 2, [0, 1], { suite: 't' }), false],
    [
      'that did not run side by side are none',
      side('a', 1, [0, 1], { interleaved: false }),
      side('b', 2, [0, 1], { interleaved: false }),
      false,
    ],
    ['without a number are none', side('a', 1, [null, null]), side('b', 2, [null, null]), false],
    [
      'are none where a repetition is there twice',
      side('a', 1, [0, 1]),
      [...side('b', 2, [0, 1]), ...side('c', 2, [0])],
      false,
    ],
    [
      'are none where one is there twice on the other side',
      [...side('a', 1, [0, 1]), ...side('c', 1, [0])],
      side('b', 2, [0, 1]),
      false,
    ],
  ])('%s', async (_why, a, b, paired) => {
    const comparison = await against(a, b);
    expect(comparison.paired).toBe(paired);
    expect(comparison.notes.includes(LOOSE)).toBe(!paired && (a.length > 1 || b.length > 1));
    if (!paired) return;
    // each is held against its own partner, whatever the machine did between the pairs
    expect(metric(comparison, 'time').ratio).toBeCloseTo(2, 1);
    expect(metric(comparison, 'time').more).toBe(6 - comparison.a.runs.length);
  });

  test('are left out of a metric that one of the two has not', async () => {
    const counting = (run: Run, misses: number | null): Run => ({
      ...run,
      columns: async () => {
        const { rows } = await run.columns();
        const column = (value: number) => Array.from({ length: rows }, (_, i) => value + (i % 5));
        return columnsOf({
          job: column(0).map((_, i) => i),
          elapsed_ns: column(1e6),
          ...(misses === null ? {} : { l2d_cache_refill: column(misses) }),
        });
      },
    });
    const [a, b] = [side('a', 1, [0, 1, 2]), side('b', 2, [0, 1, 2])];
    const comparison = await against(
      [counting(a[0] as Run, 100), counting(a[1] as Run, null), counting(a[2] as Run, 100)],
      [counting(b[0] as Run, null), counting(b[1] as Run, 900), counting(b[2] as Run, 200)],
    );
    // of the three only the last pair has both
    expect(metric(comparison, 'l2_misses')).toMatchObject({
      a: 102,
      b: 202,
      processes: { a: 1, b: 1 },
    });
    const loose = (runs: Run[]) => runs.map((run) => ({ ...run, interleaved: false }));
    const apart = await against(
      loose([counting(a[0] as Run, 100), counting(a[1] as Run, null)]),
      loose([counting(b[0] as Run, null), counting(b[1] as Run, 200)]),
    );
    expect(metric(apart, 'l2_misses')).toMatchObject({ a: 102, b: 202 });
  });
});

describe('several runs that are no pairs', () => {
  const constants = (id: string, ...ms: number[]) =>
    ms.map((m, i) => runOf(`${id}${i}`, Array(20).fill(m * 1e6)));

  test('have the median of their medians, and the shift of those that their test is about', async () => {
    const comparison = await against(constants('a', 1, 2, 4), constants('b', 6));
    expect(metric(comparison, 'time')).toMatchObject({ a: 2e6, b: 6e6, test: null, more: 2 });
    expect(metric(comparison, 'time').ratio).toBeCloseTo(3, 9);
    expect(comparison.notes).toEqual([LOOSE]);
  });

  test('are so many values, however many jobs they have', async () => {
    const comparison = await against(constants('a', 1, 2, 3, 4), constants('b', 5, 6, 7, 8));
    expect(metric(comparison, 'time')).toMatchObject({ test: 'rank-sum', shown: true });
    expect(metric(comparison, 'time').p).toBeCloseTo(2 / 70, 12);
  });
});

test('a side that ran first in every pair is named: what changes from run to run is not told apart from it', async () => {
  const began = (id: string, second: number[]) =>
    second.map((s, repetition) =>
      runOf(`${id}${repetition}`, times(1e6), {
        suite: 's',
        interleaved: true,
        repetition,
        file: file({ startedAt: new Date(1e12 + 1000 * s).toISOString() }),
      }),
    );
  const notes = async (a: number[], b: number[]) =>
    (await against(began('a', a), began('b', b))).notes.filter((n) => n.includes('ran first'));
  expect(await notes([0, 2, 4], [1, 3, 5])).toEqual([
    'A ran first in every one of the 3 pairs, so what changes from one run to the next counts as a difference.',
  ]);
  expect(await notes([1, 3, 5], [0, 2, 4])).toEqual([expect.stringMatching(/^B ran first/)]);
  expect(await notes([0, 3, 4], [1, 2, 5])).toEqual([]);
});

describe('facts', () => {
  test('are those of the first run that knows them', async () => {
    const comparison = await against(
      [one('a'), one('a2', { modelBytes: 400, accuracy: 0.8 })],
      [one('b', { modelBytes: 100, accuracy: 0 })],
    );
    expect(metric(comparison, 'size')).toEqual({
      key: 'size',
      label: 'model size',
      unit: 'bytes',
      better: 'lower',
      role: 'fact',
      a: 400,
      b: 100,
      ratio: 0.25,
      inverse: 4,
      processes: { a: 2, b: 1 },
      interval: null,
      confidence: 0.95,
      p: null,
      pCorrected: null,
      test: null,
      shown: null,
      more: null,
      within: null,
    });
    // nothing is a multiple of zero
    expect(metric(comparison, 'accuracy')).toMatchObject({ a: 0.8, b: 0, ratio: 0, inverse: null });
  });
});

describe('what is shown', () => {
  const six = (id: string, ns: number) =>
    Array.from({ length: 6 }, (_, i) => runOf(`${id}${i}`, Array(6).fill(ns)));
  test.each<[why: string, a: Run[], b: Run[], shown: boolean | null, ratio: number]>([
    ['equal values on both sides: no difference', six('a', 5), six('b', 5), false, 1],
    ['constants that differ', six('a', 5), six('b', 10), true, 2],
    ['five jobs more or less: nothing by themselves', six('a', 5).slice(3), six('b', 10), null, 2],
    ['one process a side: nothing', six('a', 5).slice(5), six('b', 10).slice(5), null, 2],
  ])('%s', async (_why, a, b, shown, ratio) => {
    const { sentence, ...comparison } = await against(a, b.slice(0, a.length));
    const time = metric(comparison as Comparison, 'time');
    expect(time.shown).toBe(shown);
    expect(time.ratio).toBeCloseTo(ratio, 9);
    expect(time.interval).toEqual(
      shown === null ? null : { low: expect.closeTo(ratio, 9), high: expect.closeTo(ratio, 9) },
    );
    expect(sentence.includes("can't show")).toBe(shown === null);
  });

  test('of the jobs of two processes is repeatable, and another with another seed', async () => {
    const within = async (seed?: number) =>
      metric(
        await against([one('a')], [runOf('b', times(1.001e6, 9))], seed ? { seed } : {}),
        'time',
      ).within;
    expect(await within()).toEqual(await within());
    expect(await within(1)).toEqual(await within());
    expect(await within(2)).not.toEqual(await within());
  });
});

describe('the reader is told', () => {
  const rising = (by: number) =>
    runOf(
      'r',
      Array.from({ length: 100 }, (_, i) => 1e6 * (1 + (by * i) / 99) + 100 * ((i * 37) % 11)),
    );
  test.each<[string, Run, RegExp | null]>([
    [
      'that a run drifts upwards',
      rising(0.05),
      /^r: its time drifts: .* 1\.0\d+ ms in the last \(\+3\.3 %\)\.$/,
    ],
    ['or downwards', rising(-0.05), /^r: its time drifts: .*\(-3\.5 %\)\.$/],
    [
      'by no more than all that there was, though it fell at once',
      runOf('r', [...times(1e6, 1, 10), ...times(1e5, 2, 20)]),
      /1\.000 ms in the first third .* in the last \(-90\.\d %\)\.$/,
    ],
    ['but not of a drift below one per cent', rising(0.008), null],
  ])('%s', async (_what, run, note) => {
    const { notes } = await against([run], [one('b')]);
    const drifts = notes.filter((text) => text.includes('drifts'));
    if (note === null) expect(drifts).toEqual([]);
    else expect(drifts).toEqual([expect.stringMatching(note)]);
  });

  test('that neighbouring jobs are correlated, unless no more than chance or by little', async () => {
    const waves = Array.from({ length: 200 }, (_, i) => 1e6 + 1e4 * Math.sin(i / 5));
    const notes = async (values: number[]) =>
      (await against([runOf('w', values)], [one('b')])).notes.filter((n) =>
        n.includes('correlated'),
      );
    expect(await notes(waves)).toEqual([
      'w: neighbouring jobs are correlated (r = 0.98): the interval over its jobs is made of blocks of them.',
    ]);
    // by turns: they are correlated, too, but no interval is too narrow for that
    expect(await notes(waves.map((_, i) => 1e6 + 1e4 * (i % 2)))).toEqual([]);
  });

  test('in what else the sides differ', async () => {
    const { notes } = await against(
      [
        one('a', {
          identity: { cores: '1', scheduling: 'fifo 90' },
          file: file({ tool: { version: '0.1.0' } }),
        }),
      ],
      [
        one('b', {
          identity: { cores: '2', scheduling: 'other' },
          file: file({ tool: { version: '0.2.0' } }),
        }),
      ],
    );
    expect(notes).toEqual([
      'The sides differ in cores too: 1 and 2.',
      'The sides differ in scheduling too: fifo 90 and other.',
      'The sides differ in isochron version too: 0.1.0 and 0.2.0.',
    ]);
    // an axis of the sweep that is not the one which is compared
    const ofSweep = (id: string, identity: Run['identity']) => one(id, { suite: 's', identity });
    expect(
      (
        await against(
          [ofSweep('a', { threads: '1', period: '10 ms' })],
          [ofSweep('b', { threads: '2', period: '20 ms' })],
        )
      ).notes,
    ).toEqual(['The sides differ in period too: 10 ms and 20 ms.']);
    expect(
      (await against([ofSweep('a', { period: '10 ms' })], [ofSweep('b', { period: '20 ms' })]))
        .notes,
    ).toEqual([]);
    // the only difference is no further one, and an axis of the sweep is the one that is compared
    const cores = (id: string, value: string, suite: string | null) =>
      one(id, { suite, identity: { cores: value } });
    expect((await against([cores('a', '1', null)], [cores('b', '2', null)])).notes).toEqual([
      'The sides differ in cores: 1 and 2.',
    ]);
    expect((await against([cores('a', '1', 's')], [cores('b', '2', 's')])).notes).toEqual([]);
    const fifo = (id: string, priority: number) =>
      one(id, {
        suite: 's',
        identity: { fifo: priority, scheduling: `fifo ${priority}` },
        parameters: { fifo: priority },
      });
    expect((await against([fifo('a', 9)], [fifo('b', 90)])).notes).toEqual([]);
    // what only one of them tells is no difference
    expect((await against([one('a', { identity: { cores: '1' } })], [one('b')])).notes).toEqual([]);
  });
});
