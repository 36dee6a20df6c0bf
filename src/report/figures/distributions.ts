/** Distributions of the inference time: where it lies, and what shape it has. */
import { medianOf } from '../../statistics/sorted.js';
import type { Digest } from '../digest.js';
import {
  bandHeight,
  type Datum,
  type Figure,
  LABEL_LIMIT,
  missing,
  round,
  SWITCHED_SCALE,
  timeUnit,
} from '../figure.js';

export function rangeFigure(digests: readonly Digest[]): Figure {
  const head = {
    id: 'range',
    section: 'Distributions' as const,
    title: 'From the fastest job to the slowest',
  };
  const known = digests.flatMap((d) => (d.time === null ? [] : [{ ...d, time: d.time }]));
  if (known.length === 0)
    return missing(head, 'No run has a job besides the first one and the warm-up.');
  const unit = timeUnit(known.map((d) => d.time.max));
  const scaled = (v: number | null) => (v === null ? null : round(v / unit.ns));
  const rows: Datum[] = known.map(({ name, time }) => ({
    run: name,
    jobs: time.jobs,
    min: scaled(time.min),
    median: scaled(time.median),
    p99: scaled(time.p99),
    p99_upper_bound: scaled(time.p99Upper),
    max: scaled(time.max),
    outliers: time.outliers,
  }));
  const marks = known.flatMap(({ name, time }) =>
    (['min', 'median', 'p99', 'max'] as const).flatMap((mark) =>
      time[mark] === null ? [] : [{ run: name, mark, value: scaled(time[mark]) }],
    ),
  );
  const y = {
    field: 'run',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { labelLimit: LABEL_LIMIT, grid: true },
  };
  const scale = { ...SWITCHED_SCALE, nice: true };
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: `inference time (${unit.unit})`,
    scale,
  });
  const number = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    title,
    format: ',.5~r',
  });
  return {
    ...head,
    caption:
      'Minimum, median, 99th percentile and maximum of each run, without its first job and its warm-up.',
    rows,
    datasets: { marks },
    log: { label: 'logarithmic time', on: false },
    spec: {
      height: bandHeight(known.length),
      layer: [
        {
          data: { name: 'rows' },
          mark: { type: 'rule', strokeWidth: 2, style: 'soft' },
          encoding: { y, x: x('min'), x2: { field: 'max' } },
        },
        {
          data: { name: 'marks' },
          params: [{ name: 'shown', select: { type: 'point', fields: ['mark'] }, bind: 'legend' }],
          mark: { type: 'point', size: 75, opacity: 1 },
          encoding: {
            y,
            x: x('value'),
            color: {
              field: 'mark',
              type: 'nominal',
              sort: null,
              title: null,
              scale: { domain: ['min', 'median', 'p99', 'max'] },
            },
            shape: {
              field: 'mark',
              type: 'nominal',
              sort: null,
              title: null,
              scale: {
                domain: ['min', 'median', 'p99', 'max'],
                range: ['triangle-right', 'circle', 'diamond', 'triangle-left'],
              },
            },
            opacity: { condition: { param: 'shown', value: 1 }, value: 0.1 },
            tooltip: [
              { field: 'run', title: 'run' },
              { field: 'mark', title: 'of the jobs' },
              number('value', unit.unit),
            ],
          },
        },
      ],
    },
    notes: [],
  };
}

/** How far apart violins stand, and how high the highest is. */
const HALF = 0.42;

export function violinFigure(digests: readonly Digest[]): Figure {
  const head = {
    id: 'violins',
    section: 'Distributions' as const,
    title: 'Shape of the distribution',
  };
  const known = digests.flatMap((d) =>
    d.time === null || d.density.length === 0 ? [] : [{ ...d, time: d.time }],
  );
  if (known.length === 0)
    return missing(head, 'No run has the six jobs, besides the first, that a shape needs.');
  const names = known.map((d) => d.name);
  const window = windowOf(known);
  const outline = known.flatMap((d, i) => {
    const highest = Math.max(...d.density.map((p) => p.density));
    const points = d.density.length === 1 ? spike(d.density[0]?.at ?? 1, window) : d.density;
    return points
      .filter((p) => p.at * 100 >= window[0] && p.at * 100 <= window[1])
      .map((p) => {
        const half = d.density.length === 1 ? HALF : (HALF * p.density) / highest;
        return {
          run: d.name,
          percent: round(100 * p.at),
          low: round(i - half),
          high: round(i + half),
        };
      });
  });
  const relative = (value: number | null, d: (typeof known)[number]) =>
    value === null ? null : round((100 * value) / d.time.median);
  const rows: Datum[] = known.map((d, i) => ({
    run: d.name,
    position: i,
    jobs: d.time.jobs,
    min_percent: relative(d.time.min, d),
    median_ns: round(d.time.median),
    p99_percent: relative(d.time.p99, d),
    max_percent: relative(d.time.max, d),
    outliers: d.time.outliers,
  }));
  const marks = rows.flatMap((row) =>
    (
      [
        ['min', row.min_percent],
        ['median', 100],
        ['p99', row.p99_percent],
        ['max', row.max_percent],
      ] as const
    ).flatMap(([mark, percent]) =>
      typeof percent === 'number' && percent >= window[0] && percent <= window[1]
        ? [{ run: row.run, position: row.position, mark, percent }]
        : [],
    ),
  );
  const outside = rows.filter(
    (row) => (row.max_percent as number) > window[1] || (row.min_percent as number) < window[0],
  ).length;
  const x = {
    field: 'percent',
    type: 'quantitative',
    title: 'inference time (per cent of the run’s median)',
    scale: { domain: window, zero: false, nice: false },
  };
  const y = {
    type: 'quantitative',
    title: null,
    scale: { domain: [-0.6, names.length - 0.4], reverse: true, nice: false },
    axis: {
      values: names.map((_, i) => i),
      labelExpr: 'runNames[round(datum.value)]',
      labelLimit: LABEL_LIMIT,
      // Vega thins out given values when there are more than the theme’s number of ticks
      tickCount: names.length,
      labelOverlap: false,
      grid: false,
      ticks: false,
      domain: false,
    },
  };
  return {
    ...head,
    caption: `Width is density (each run’s greatest is drawn equally wide); marks are minimum, median, 99th percentile and maximum.${outside > 0 ? ` ${outside} ${outside === 1 ? 'run has jobs' : 'runs have jobs'} outside this window, which the chart of ranges shows.` : ''}`,
    rows,
    datasets: { outline, marks },
    spec: {
      height: bandHeight(names.length, names.length > 20 ? 26 : 44),
      params: [{ name: 'runNames', value: names }],
      layer: [
        {
          data: { name: 'outline' },
          mark: { type: 'area', clip: true, opacity: 0.75, line: false },
          encoding: {
            x,
            y: { ...y, field: 'low' },
            y2: { field: 'high' },
            detail: { field: 'run' },
            tooltip: [{ field: 'run', title: 'run' }],
          },
        },
        {
          data: { name: 'marks' },
          mark: { type: 'point', filled: true, size: 46, clip: true, opacity: 1 },
          encoding: {
            x,
            y: { ...y, field: 'position' },
            color: {
              field: 'mark',
              type: 'nominal',
              sort: null,
              title: null,
              scale: { domain: ['min', 'median', 'p99', 'max'] },
            },
            shape: {
              field: 'mark',
              type: 'nominal',
              sort: null,
              title: null,
              scale: {
                domain: ['min', 'median', 'p99', 'max'],
                range: ['triangle-right', 'circle', 'diamond', 'triangle-left'],
              },
            },
            tooltip: [
              { field: 'run', title: 'run' },
              { field: 'mark', title: 'of the jobs' },
              { field: 'percent', type: 'quantitative', title: '% of the median', format: '.5~r' },
            ],
          },
        },
      ],
    },
    notes:
      known.length < digests.length
        ? [
            `Without ${digests.length - known.length} of ${digests.length} runs, which have fewer than six jobs.`,
          ]
        : [],
  };
}

/**
 * Around 100, in per cent: wide enough for every outline, unless a few runs are so much wider than the usual one that they
 * would press the others flat.
 */
function windowOf(known: readonly { density: Digest['density'] }[]): [number, number] {
  const reach = (ends: number[]) => {
    const sorted = Float64Array.from(ends).sort();
    return Math.max(0.1, Math.min(sorted.at(-1) as number, 8 * (medianOf(sorted) as number)));
  };
  const below = reach(known.map((d) => 100 * (1 - (d.density[0]?.at ?? 1))));
  const above = reach(known.map((d) => 100 * ((d.density.at(-1)?.at ?? 1) - 1)));
  const margin = 0.03 * (below + above);
  return [round(Math.max(0, 100 - below - margin)), round(100 + above + margin)];
}

/** Constant data: a thin box. */
function spike(at: number, [low, high]: [number, number]) {
  const half = (high - low) / 100 / 400;
  return [at - half, at + half].map((x) => ({ at: x, density: 1 }));
}
