import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import type { Identity } from '../../src/analysis/identity.js';
import { labelsOf } from '../../src/analysis/labels.js';
import type { Run } from '../../src/analysis/results.js';
import { bandsOf } from '../../src/report/bands.js';
import { logTicks } from '../../src/report/figure.js';
import { colouringOf, wrap } from '../../src/report/label-lines.js';
import { ratioTicks } from '../../src/report/marks.js';

const run = (identity: Identity, parameters: Identity = {}): Run =>
  ({ identity, parameters, file: null }) as unknown as Run;
const labels = (runs: Run[]) =>
  labelsOf(
    runs,
    runs.map((_, i) => `run ${i}`),
  ).map(({ label }) => label);

describe('labels of configurations', () => {
  test('say what varies, and neither what all share nor what follows from it', () => {
    const base = { network: 'net', engine: '2.9.0', cores: '1' };
    const found = labels(
      [1, 2].flatMap((threads) =>
        [false, true].map((xnnpack) =>
          run(
            { ...base, threads, xnnpack, period: threads * 1e6 + Number(xnnpack) },
            { threads, xnnpack },
          ),
        ),
      ),
    );
    expect(found).toEqual([
      '1 thread, no XNNPACK',
      '1 thread, XNNPACK',
      '2 threads, no XNNPACK',
      '2 threads, XNNPACK',
    ]);
  });

  test('keep a fact where the network does not tell it', () => {
    expect(
      labels([
        run({ network: 'a', precision: 'fp32' }),
        run({ network: 'a', precision: 'int8' }),
        run({ network: 'b', precision: 'fp32' }),
      ]),
    ).toEqual(['a, fp32', 'a, int8', 'b, fp32']);
    expect(
      labels([run({ network: 'a', precision: 'fp32' }), run({ network: 'b', precision: 'int8' })]),
    ).toEqual(['a', 'b']);
  });

  test('are the runs’ own names where nothing is known that tells them apart', () => {
    expect(labels([run({ network: 'a' }), run({ network: 'a' })])).toEqual(['run 0', 'run 1']);
    expect(labels([run({ network: 'a' })])).toEqual(['run 0']);
  });

  test('say that XNNPACK was asked for and took nothing', () => {
    const refused = { ...run({ network: 'a', xnnpack: true }), file: { xnnpackApplied: 'no' } };
    expect(labels([refused as unknown as Run, run({ network: 'b', xnnpack: false })])[0]).toBe('a');
    expect(labels([refused as unknown as Run, run({ network: 'a', xnnpack: false })])[0]).toBe(
      'XNNPACK (asked for, not applied)',
    );
  });

  const fact = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.constantFrom('x', 'y'));
  test('are distinct whatever the facts are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ network: fact, threads: fact, xnnpack: fact, own: fact }), {
          minLength: 1,
          maxLength: 12,
        }),
        (identities) => {
          const found = labels(identities.map((identity) => run(identity)));
          expect(new Set(found).size).toBe(found.length);
          expect(found.every((label) => label !== '')).toBe(true);
        },
      ),
    );
  });

  test('are coloured by a fact of few values, and by none where there is no such', () => {
    const all = labelsOf(
      ['a', 'b', 'c'].flatMap((network) =>
        [false, true].map((xnnpack) => run({ network, xnnpack })),
      ),
      Array(6).fill(''),
    );
    expect(colouringOf(all)).toMatchObject({ fact: 'xnnpack', values: ['no XNNPACK', 'XNNPACK'] });
    expect(colouringOf(labelsOf([run({ network: 'a' }), run({ network: 'b' })], ['', '']))).toBe(
      null,
    );
  });
});

describe('a label in lines', () => {
  test('loses no character and is nowhere longer than its line', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((t) => t.trim() !== ''),
        fc.integer({ min: 4, max: 40 }),
        (label, most) => {
          const lines = wrap(label, most);
          expect(lines.every((line) => line.length <= most)).toBe(true);
          expect(lines.join('').replaceAll(' ', '')).toBe(label.replaceAll(' ', ''));
        },
      ),
    );
  });
});

describe('bands', () => {
  test('keep names, values and marks of one from those of the next, however long the names are', () => {
    const names = ['short', 'a name of many words that takes two lines at least, and then some'];
    for (const layout of ['wide', 'narrow'] as const) {
      const bands = bandsOf(names, layout, { values: ['1.000 ms', '2.000 ms, max 3.000 ms'] });
      expect(bands.at(names[0] as string)).toBeLessThan(bands.at(names[1] as string));
      const lines = bands.layers.flatMap(
        (layer) => (layer as { data: { values: { text: string; y: number }[] } }).data.values,
      );
      const half = bands.height / 2;
      for (const { text, y } of lines)
        expect(y < half, `${layout}: ${text}`).toBe('short 1.000 ms'.includes(text));
      if (layout === 'narrow')
        for (const { y } of lines)
          expect(Math.min(...names.map((n) => Math.abs(bands.at(n) - y)))).toBeGreaterThan(7);
    }
  });
});

describe('ticks', () => {
  test('of a logarithmic axis lie within it and are no more than asked for', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -6, max: 6, noNaN: true }),
        fc.double({ min: 0.05, max: 8, noNaN: true }),
        fc.integer({ min: 3, max: 9 }),
        (power, decades, most) => {
          const [low, high] = [10 ** power, 10 ** (power + decades)];
          const ticks = logTicks(low, high, most);
          expect(ticks.length).toBeLessThanOrEqual(most);
          expect(ticks.every((t) => t >= low && t <= high)).toBe(true);
        },
      ),
    );
  });

  test('of ratios are alike on both sides of 1', () => {
    for (const reach of [1.1, 1.3, 2, 5, 40, 3000])
      for (const layout of ['wide', 'narrow'] as const) {
        const ticks = ratioTicks(1 / reach, reach, layout);
        expect(ticks.length).toBeGreaterThanOrEqual(3);
        expect(ticks.length).toBeLessThanOrEqual(layout === 'wide' ? 9 : 5);
        ticks.forEach((t, i) => {
          expect(t * (ticks.at(-1 - i) as number)).toBeCloseTo(1, 9);
        });
      }
  });
});
