/** Trade-offs: size and accuracy against time with their Pareto fronts, time against L2 misses with lines of equal bandwidth. */
import {
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  plural,
} from '../../kernel/quantities.js';
import { paretoFront } from '../../statistics/ranking.js';
import type { Configuration } from '../configurations.js';
import {
  type Datum,
  type Figure,
  inBoth,
  type Layout,
  logTicks,
  missing,
  PLAIN,
  plainAxis,
  round,
  SWITCHED_SCALE,
  sizeUnit,
  timeUnit,
  titled,
} from '../figure.js';
import { type Colouring, colouringOf } from '../label-lines.js';
import { alone, extremes, faded, groupColour, named, number } from '../marks.js';
import { absence } from './bars.js';
import { nameLayers, placeNames } from './point-names.js';

const MB = 1e6;
const section = 'Trade-offs' as const;

const heightOf = (layout: Layout) => (layout === 'wide' ? 360 : 280);

/** What stands against the time. */
interface Against {
  id: string;
  title: string;
  key: 'size' | 'accuracy';
  label: string;
  better: 'lower' | 'higher';
  corner: string;
  format: (value: number) => string;
}

const SIZE: Against = {
  id: 'time-size',
  title: 'Inference time and model size',
  key: 'size',
  label: 'model size',
  better: 'lower',
  corner: 'Down and to the left is better.',
  format: formatBytes,
};
const ACCURACY: Against = {
  id: 'time-accuracy',
  title: 'Inference time and accuracy',
  key: 'accuracy',
  label: 'accuracy',
  better: 'higher',
  corner: 'Up and to the left is better.',
  format: formatPercent,
};

export const tradeOffFigures = (configurations: readonly Configuration[]): Figure[] => [
  againstTime(configurations, ACCURACY),
  againstTime(configurations, SIZE),
  timeMissesFigure(configurations),
];

/** The whisker of a configuration's processes. */
const spreadLayer = (x: (field: string) => object, y: object, rows: readonly Datum[]): object[] =>
  rows.some((row) => (row.low as number) < (row.high as number))
    ? [
        {
          mark: { type: 'rule', style: 'soft', strokeWidth: 1.5 },
          encoding: { x: x('low'), x2: { field: 'high' }, y },
        },
      ]
    : [];

function againstTime(configurations: readonly Configuration[], against: Against): Figure {
  const { key, label, format } = against;
  const head = { id: against.id, section, title: against.title };
  const known = configurations.flatMap((c) => {
    const value = c.medians[key];
    return c.time === null || value === null ? [] : [{ ...c, time: c.time, value: value.median }];
  });
  if (known.length < 2)
    return missing(
      head,
      known.length === 0
        ? absence(key, configurations)
        : `Only one configuration has both a time and ${key === 'size' ? 'a size' : 'an accuracy'}.`,
    );
  const unit = timeUnit(known.map((c) => c.time.median.high));
  const value = key === 'size' ? sizeUnit(known.map((c) => c.value)) : { unit: '%', factor: 0.01 };
  const front = paretoFront(known, [
    { name: 'time', better: 'lower', value: (c) => c.time.median.median },
    { name: label, better: against.better, value: (c) => c.value },
  ]);
  const colouring = colouringOf(known);
  const rows: Datum[] = known.map((c) => ({
    configuration: c.label,
    ...(colouring === null ? {} : { group: colouring.of(c) }),
    time: round(c.time.median.median / unit.factor),
    low: round(c.time.median.low / unit.factor),
    high: round(c.time.median.high / unit.factor),
    [key]: round(c.value / value.factor),
    pareto: front.includes(c),
  }));
  const ends = extremes(known, (c) => c.time.median.median);
  const { least, most } = ends as NonNullable<typeof ends>;
  const apart = most.time.median.median > 12 * least.time.median.median;
  const list = front
    .slice(0, 4)
    .map((c) => `${c.label} (${formatNs(c.time.median.median)}, ${format(c.value)})`);
  return {
    ...head,
    message: `No other beats ${front.length === 1 ? 'it' : 'these'} in both: ${list.join('; ')}${front.length > list.length ? ` and ${front.length - list.length} more` : ''}.`,
    caption: `${against.corner}${front.length > 1 ? ' The stepped line joins the configurations that no other beats in both (the Pareto front).' : ''}${rows.some((row) => (row.low as number) < (row.high as number)) ? ' A thin line through a dot goes from the least process to the greatest.' : ''}`,
    rows,
    log: {
      label: 'logarithmic time',
      on: apart,
    },
    specs: inBoth((layout) => {
      const x = (field: string) => ({
        field,
        type: 'quantitative',
        title: titled('median inference time', unit),
        scale: SWITCHED_SCALE,
        axis: plainAxis(layout),
      });
      const y = {
        field: key,
        type: 'quantitative',
        title: titled(label, value),
        scale: { zero: false, nice: true, padding: 14 },
        axis: plainAxis(layout),
      };
      return {
        data: { name: 'rows' },
        height: heightOf(layout),
        layer: [
          {
            transform: [{ filter: 'datum.pareto' }],
            mark: { type: 'line', interpolate: 'step-after', style: 'soft', strokeWidth: 1.5 },
            encoding: { x: x('time'), y },
          },
          ...spreadLayer(x, y, rows),
          points(x('time'), y, colouring, layout, [
            number('time', titled('time', unit)),
            number(key, titled(label, value)),
          ]),
          ...nameLayers(x('time'), y).map((layer) => ({
            data: {
              values: names(rows, frame('time', rows, apart), frame(key, rows, false), layout),
            },
            ...layer,
          })),
        ],
      };
    }),
    notes:
      known.length < configurations.length
        ? [
            `Without ${plural(configurations.length - known.length, 'configuration')} whose ${label} is not known.`,
          ]
        : [],
  };
}

const points = (
  x: object,
  y: object,
  colouring: Colouring | null,
  layout: Layout,
  more: object[],
): object => ({
  ...(colouring === null ? {} : { params: [alone('group')] }),
  mark: { type: 'point', size: 90, opacity: 1 },
  encoding: {
    x,
    y,
    ...groupColour(colouring, layout, 'axis'),
    ...(colouring === null ? {} : { opacity: faded }),
    tooltip: [named, ...more],
  },
});

type Frame = { field: string; low: number; high: number; log: boolean };

/** Where a value lies in a frame, 0 … 1. */
function shareOf({ field, low, high, log }: Frame, row: Datum): number {
  const on = log ? Math.log : (v: number) => v;
  return (on(row[field] as number) - on(low)) / (on(high) - on(low) || 1);
}

/** The points that can bear their name; those of the Pareto front come first. */
function names(
  rows: readonly Datum[],
  x: Frame,
  y: Frame,
  layout: Layout,
  written: readonly Datum[] = [],
): Datum[] {
  const ordered = [...rows].sort((a, b) => Number(b.pareto ?? 0) - Number(a.pareto ?? 0));
  const at = (row: Datum) => ({ x: shareOf(x, row), y: shareOf(y, row) });
  const placed = placeNames(
    ordered.map((row) => ({ name: row.configuration as string, ...at(row) })),
    layout,
    written.map((row) => ({ name: row.label as string, ...at(row) })),
  );
  return ordered.flatMap((row, i) => {
    const name = placed[i];
    if (name == null) return [];
    return [{ [x.field]: row[x.field] as number, [y.field]: row[y.field] as number, ...name }];
  });
}

/** About the frame that an axis with round ends gives. */
function frame(field: string, rows: readonly Datum[], log: boolean): Frame {
  const all = rows.map((row) => row[field] as number);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  if (log) return { field, low: low / 1.2, high: high * 1.2, log };
  const margin = 0.06 * (high - low || 1);
  return { field, low: low - margin, high: high + margin, log };
}

function timeMissesFigure(configurations: readonly Configuration[]): Figure {
  const head = { id: 'time-l2-misses', section, title: 'Inference time, L2 misses and bandwidth' };
  const known = configurations.flatMap((c) => {
    const misses = c.medians.l2_misses;
    return c.time === null || misses === null || misses.median <= 0
      ? []
      : [{ ...c, time: c.time, misses }];
  });
  const ends = extremes(known, (c) => c.misses.median);
  if (ends === null) return missing(head, absence('l2_misses', configurations));
  const unit = timeUnit(known.map((c) => c.time.median.high));
  const colouring = colouringOf(known);
  const times = known.map((c) => c.time.median.median / unit.factor);
  const misses = known.map((c) => c.misses.median / MB);
  const [t0, t1] = [Math.min(...times) / 1.25, Math.max(...times) * 1.25];
  const [m0, m1] = [Math.min(...misses) / 1.6, Math.max(...misses) * 1.6];
  const runs = known.flatMap((c) => c.digests.map(({ run }) => run));
  const line = runs.find(({ lineBytes }) => lineBytes !== null)?.lineBytes ?? null;
  const rows: Datum[] = known.map((c, i) => ({
    configuration: c.label,
    ...(colouring === null ? {} : { group: colouring.of(c) }),
    time: round(times[i] as number),
    low: round(c.time.median.low / unit.factor),
    high: round(c.time.median.high / unit.factor),
    misses: round(misses[i] as number),
    bandwidth: c.medians.bandwidth === null ? null : round(c.medians.bandwidth.median),
  }));
  const scale = { type: 'log', nice: false };
  const lines = line === null ? [] : isolines(line, unit.factor, [t0, t1], [m0, m1]);
  const labels = lines.filter((p) => p.end);
  const counted = (c: (typeof known)[number]) => formatCount(c.misses.median);
  return {
    ...head,
    message:
      known.length === 1
        ? `${ends.most.label}: ${counted(ends.most)} L2 misses in ${formatNs(ends.most.time.median.median)}.`
        : `L2 misses per job go from ${counted(ends.least)} (${ends.least.label}) to ${counted(ends.most)} (${ends.most.label}).`,
    caption:
      'Both axes are logarithmic, so that configurations of equal memory bandwidth (misses × line size / time) lie on a dashed line.',
    rows,
    datasets: { lines, labels },
    specs: inBoth((layout) => {
      const most = layout === 'wide' ? 8 : 5;
      const x = (field: string) => ({
        field,
        type: 'quantitative',
        title: titled('median inference time', unit),
        scale: { ...scale, domain: [t0, t1] },
        axis: { ...PLAIN, values: logTicks(t0, t1, most) },
      });
      const y = {
        field: 'misses',
        type: 'quantitative',
        title: 'L2 misses per job (millions)',
        scale: { ...scale, domain: [m0, m1] },
        axis: { ...PLAIN, values: logTicks(m0, m1, 8) },
      };
      const frames = [
        { field: 'time', low: t0, high: t1, log: true },
        { field: 'misses', low: m0, high: m1, log: true },
      ] as const;
      return {
        height: heightOf(layout),
        layer: [
          {
            data: { name: 'lines' },
            mark: { type: 'line', style: 'isoline', strokeWidth: 1, clip: true },
            encoding: { x: x('time'), y, detail: { field: 'bandwidth' } },
          },
          {
            data: { name: 'labels' },
            mark: { type: 'text', style: 'isolabel', align: 'right', dx: -3, dy: -6 },
            encoding: { x: x('time'), y, text: { field: 'label' } },
          },
          ...spreadLayer(x, y, rows).map((layer) => ({ data: { name: 'rows' }, ...layer })),
          {
            data: { name: 'rows' },
            ...points(x('time'), y, colouring, layout, [
              number('time', titled('time', unit)),
              number('misses', 'L2 misses (millions)'),
              number('bandwidth', 'bandwidth (MB/s)'),
            ]),
          },
          ...nameLayers(x('time'), y).map((layer) => ({
            data: { values: names(rows, ...frames, layout, labels) },
            ...layer,
          })),
        ],
      };
    }),
    notes:
      line === null
        ? ['The line size is not known, so there are no lines of equal bandwidth.']
        : [],
  };
}

/** Segments of misses = bandwidth · time / line within the frame, at 1, 2 and 5 times powers of ten. */
function isolines(
  line: number,
  nsPerUnit: number,
  [t0, t1]: [number, number],
  [m0, m1]: [number, number],
) {
  const perUnit = (mbS: number) => (mbS * nsPerUnit) / 1000 / line / MB; // millions of misses per unit of time
  const crossing = [];
  for (let power = -2; power <= 6; power++)
    for (const step of [1, 2, 5]) {
      const bandwidth = step * 10 ** power;
      const slope = perUnit(bandwidth);
      const from = Math.max(t0, m0 / slope);
      const to = Math.min(t1, m1 / slope);
      if (from < to) crossing.push({ bandwidth, slope, from, to, step });
    }
  // a few that can be read: of many, the powers of ten, and of many of these every other one
  const round = crossing.length > LINES ? crossing.filter(({ step }) => step === 1) : crossing;
  const every = Math.ceil(round.length / LINES);
  return round
    .filter((_, i) => i % every === 0)
    .flatMap(({ bandwidth, slope, from, to }) =>
      [from, to].map((time) => ({
        time,
        misses: slope * time,
        bandwidth,
        label:
          bandwidth >= 1000
            ? `${bandwidth / 1000} GB/s`
            : `${Number(bandwidth.toPrecision(1))} MB/s`,
        end: time === to && to / from > 1.1,
      })),
    );
}

/** Lines of equal bandwidth that a picture holds. */
const LINES = 6;
