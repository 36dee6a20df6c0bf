/** Trade-offs: time against accuracy with the Pareto front, time against L2 misses with lines of equal bandwidth. */
import { paretoFront } from '../../statistics/ranking.js';
import type { Digest } from '../digest.js';
import { type Datum, type Figure, missing, round, SWITCHED_SCALE, timeUnit } from '../figure.js';
import { absence } from './bars.js';
import { nameLayers, placeNames } from './labels.js';

const MB = 1e6;

/** A legend of one entry tells nothing. */
const colorBy = (rows: readonly Datum[]) => ({
  field: 'group',
  type: 'nominal',
  sort: null,
  title: null,
  ...(new Set(rows.map((row) => row.group)).size > 1 ? {} : { legend: null }),
});
const HOVER = { name: 'shown', select: { type: 'point', fields: ['group'] }, bind: 'legend' };
const FADE = { condition: { param: 'shown', value: 0.9 }, value: 0.1 };

/** Runs are coloured by what there are few of: the networks, or else precision and XNNPACK. */
function groupOf(digests: readonly Digest[]): (d: Digest) => string {
  const variant = ({ run: { identity: i } }: Digest) =>
    [
      i.precision ?? '',
      i.xnnpack === true ? 'XNNPACK' : '',
      i.threads !== undefined && i.threads !== 1 ? `${i.threads} threads` : '',
    ]
      .filter((t) => t !== '')
      .join(', ') || 'other';
  const network = (d: Digest) => String(d.run.identity.network ?? d.name);
  return new Set(digests.map(network)).size <= 8 && new Set(digests.map(variant)).size === 1
    ? network
    : variant;
}

export function timeAccuracyFigure(digests: readonly Digest[]): Figure {
  const head = {
    id: 'time-accuracy',
    section: 'Trade-offs' as const,
    title: 'Inference time and accuracy',
  };
  const known = digests.filter((d) => d.time !== null && d.medians.accuracy !== null);
  if (known.length < 2)
    return missing(
      head,
      known.length === 0
        ? absence('accuracy', digests)
        : 'Only one run has both a time and an accuracy.',
    );
  const unit = timeUnit(known.map((d) => d.time?.median ?? 0));
  const front = new Set(
    paretoFront(known, [
      { name: 'time', better: 'lower', value: (d) => d.medians.time },
      { name: 'accuracy', better: 'higher', value: (d) => d.medians.accuracy },
    ]),
  );
  const group = groupOf(known);
  const rows: Datum[] = known.map((d) => ({
    run: d.name,
    group: group(d),
    time: round((d.medians.time as number) / unit.ns),
    accuracy: round(100 * (d.medians.accuracy as number)),
    pareto: front.has(d),
  }));
  const x = {
    field: 'time',
    type: 'quantitative',
    title: `median inference time (${unit.unit})`,
    scale: { ...SWITCHED_SCALE, nice: true },
  };
  const y = {
    field: 'accuracy',
    type: 'quantitative',
    title: 'accuracy (%)',
    scale: { zero: false },
  };
  return {
    ...head,
    caption:
      'Up and to the left is better. The line joins the runs that no other beats in both (the Pareto front).',
    rows,
    datasets: { names: names(rows, linear('time', rows), linear('accuracy', rows)) },
    log: { label: 'logarithmic time', on: false },
    spec: {
      data: { name: 'rows' },
      height: 380,
      layer: [
        {
          transform: [{ filter: 'datum.pareto' }],
          mark: { type: 'line', interpolate: 'step-after', style: 'soft', strokeWidth: 1.5 },
          encoding: { x, y },
        },
        {
          params: [HOVER],
          mark: { type: 'point', size: 90 },
          encoding: {
            x,
            y,
            color: colorBy(rows),
            opacity: FADE,
            tooltip: tips(unit.unit, ['accuracy', 'accuracy (%)']),
          },
        },
        ...nameLayers(x, y).map((layer) => ({ data: { name: 'names' }, ...layer })),
      ],
    },
    notes:
      known.length < digests.length
        ? [`Without ${digests.length - known.length} runs whose accuracy is not known.`]
        : [],
  };
}

type Frame = { field: string; low: number; high: number; log: boolean };

/** The points that can bear their name; those of the Pareto front come first. */
function names(rows: readonly Datum[], x: Frame, y: Frame): Datum[] {
  const share = ({ field, low, high, log }: Frame, row: Datum) => {
    const on = log ? Math.log : (v: number) => v;
    return (on(row[field] as number) - on(low)) / (on(high) - on(low) || 1);
  };
  const ordered = [...rows].sort((a, b) => Number(b.pareto ?? 0) - Number(a.pareto ?? 0));
  const placed = placeNames(
    ordered.map((row) => ({ name: row.run as string, x: share(x, row), y: share(y, row) })),
  );
  return ordered.flatMap((row, i) => {
    const name = placed[i];
    if (name == null) return [];
    return [{ [x.field]: row[x.field] as number, [y.field]: row[y.field] as number, ...name }];
  });
}

/** About the frame that a linear axis with round ends gives. */
function linear(field: string, rows: readonly Datum[]): Frame {
  const all = rows.map((row) => row[field] as number);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const margin = 0.06 * (high - low || 1);
  return { field, low: low - margin, high: high + margin, log: false };
}

const tips = (unit: string, [field, title]: [string, string]) => [
  { field: 'run', title: 'run' },
  { field: 'time', type: 'quantitative', title: `time (${unit})`, format: ',.4~r' },
  { field, type: 'quantitative', title, format: ',.4~r' },
];

export function timeMissesFigure(digests: readonly Digest[]): Figure {
  const head = {
    id: 'time-l2-misses',
    section: 'Trade-offs' as const,
    title: 'Inference time, L2 misses and bandwidth',
  };
  const known = digests.filter((d) => d.time !== null && (d.medians.l2_misses ?? 0) > 0);
  if (known.length < 1) return missing(head, absence('l2_misses', digests));
  const unit = timeUnit(known.map((d) => d.time?.median ?? 0));
  const group = groupOf(known);
  const times = known.map((d) => (d.medians.time as number) / unit.ns);
  const misses = known.map((d) => (d.medians.l2_misses as number) / MB);
  const [t0, t1] = [Math.min(...times) / 1.25, Math.max(...times) * 1.25];
  const [m0, m1] = [Math.min(...misses) / 1.6, Math.max(...misses) * 1.6];
  const line = known.find((d) => d.run.lineBytes !== null)?.run.lineBytes ?? null;
  const rows: Datum[] = known.map((d, i) => ({
    run: d.name,
    group: group(d),
    time: round(times[i] as number),
    misses: round(misses[i] as number),
    bandwidth: d.medians.bandwidth === null ? null : round(d.medians.bandwidth),
  }));
  const scale = { type: 'log', nice: false };
  const x = {
    field: 'time',
    type: 'quantitative',
    title: `median inference time (${unit.unit})`,
    scale: { ...scale, domain: [t0, t1] },
    axis: { tickCount: 6, format: '~g' },
  };
  const y = {
    field: 'misses',
    type: 'quantitative',
    title: 'L2 misses per job (millions)',
    scale: { ...scale, domain: [m0, m1] },
    axis: { tickCount: 6, format: '~g' },
  };
  const lines = line === null ? [] : isolines(line, unit.ns, [t0, t1], [m0, m1]);
  const labels = lines.filter((p) => p.end);
  return {
    ...head,
    caption:
      'Both axes are logarithmic, so that runs of equal memory bandwidth (misses × line size / time) lie on a dashed line.',
    rows,
    datasets: {
      lines,
      labels,
      names: names(
        rows,
        { field: 'time', low: t0, high: t1, log: true },
        { field: 'misses', low: m0, high: m1, log: true },
      ),
    },
    spec: {
      height: 380,
      layer: [
        {
          data: { name: 'lines' },
          mark: { type: 'line', style: 'isoline', strokeWidth: 1, clip: true },
          encoding: { x, y, detail: { field: 'bandwidth' } },
        },
        {
          data: { name: 'labels' },
          mark: { type: 'text', style: 'isolabel', align: 'right', dx: -3, dy: -6 },
          encoding: { x, y, text: { field: 'label' } },
        },
        {
          data: { name: 'rows' },
          params: [HOVER],
          mark: { type: 'point', size: 90 },
          encoding: {
            x,
            y,
            color: colorBy(rows),
            opacity: FADE,
            tooltip: [
              ...tips(unit.unit, ['misses', 'L2 misses (millions)']),
              {
                field: 'bandwidth',
                type: 'quantitative',
                title: 'bandwidth (MB/s)',
                format: ',.4~r',
              },
            ],
          },
        },
        ...nameLayers(x, y).map((layer) => ({ data: { name: 'names' }, ...layer })),
      ],
    },
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
  const points: { time: number; misses: number; bandwidth: number; label: string; end: boolean }[] =
    [];
  for (let power = -2; power <= 5; power++)
    for (const step of [1, 2, 5]) {
      const bandwidth = step * 10 ** power;
      const slope = perUnit(bandwidth);
      const from = Math.max(t0, m0 / slope);
      const to = Math.min(t1, m1 / slope);
      if (from >= to) continue;
      for (const time of [from, to])
        points.push({
          time,
          misses: slope * time,
          bandwidth,
          label: `${Number(bandwidth.toPrecision(1))} MB/s`,
          end: time === to && to / from > 1.1,
        });
    }
  return points;
}
