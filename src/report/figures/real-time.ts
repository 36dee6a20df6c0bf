/** Release latency as cyclictest shows it, and each run over time with its misses. */
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

/** Curves that can be told apart; more runs make a map of colours. */
const CURVES = 6;

export function latencyFigure(digests: readonly Digest[]): Figure {
  const head = {
    id: 'release-latency',
    section: 'Real-time behaviour' as const,
    title: 'Release latency',
  };
  const known = digests.flatMap((d) =>
    d.latency === null ? [] : [{ name: d.name, latency: d.latency }],
  );
  if (known.length === 0)
    return missing(
      head,
      'No run waited for its releases (continuous ones do not) and knows when its jobs started (logs of RT-Bench do not), so there is no release latency.',
    );
  const rows: Datum[] = known.flatMap(({ name, latency }) =>
    latency.bins.map((bin) => ({
      run: name,
      from_us: round(bin.from / 1000),
      to_us: round(bin.to / 1000),
      jobs: bin.count,
      share: round(bin.count / latency.jobs),
    })),
  );
  const scale = { type: 'log', nice: false };
  const x = {
    field: 'from_us',
    type: 'quantitative',
    title: 'release latency (µs)',
    scale,
    axis: { format: '~s', tickCount: 8 },
  };
  const tooltip = [
    { field: 'run', title: 'run' },
    { field: 'from_us', type: 'quantitative', title: 'from (µs)', format: ',.3~r' },
    { field: 'to_us', type: 'quantitative', title: 'to (µs)', format: ',.3~r' },
    { field: 'jobs', type: 'quantitative', title: 'jobs', format: ',' },
    { field: 'share', type: 'quantitative', title: 'share', format: '.2%' },
  ];
  const caption =
    'From a job’s release to its thread’s wake-up, as cyclictest measures it (of files without woken_ns, to its start). Both scales are logarithmic, so that a single late job shows.';
  if (known.length <= CURVES) {
    const steps = known.flatMap(({ name, latency }) => staircase(name, latency.bins));
    return {
      ...head,
      caption,
      rows,
      datasets: { steps },
      spec: {
        height: 300,
        layer: [
          {
            data: { name: 'steps' },
            params: [{ name: 'shown', select: { type: 'point', fields: ['run'] }, bind: 'legend' }],
            mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2 },
            encoding: {
              x: { ...x, field: 'us' },
              y: {
                field: 'jobs',
                type: 'quantitative',
                title: 'jobs',
                scale: { type: 'log', domainMin: 0.7 },
                axis: { format: '~s', tickCount: 5 },
              },
              color: { field: 'run', type: 'nominal', sort: null, title: null },
              opacity: { condition: { param: 'shown', value: 1 }, value: 0.12 },
            },
          },
          {
            data: { name: 'rows' },
            mark: { type: 'bar', opacity: 0.001 },
            encoding: {
              x,
              x2: { field: 'to_us' },
              y: { field: 'jobs', type: 'quantitative', scale: { type: 'log', domainMin: 0.7 } },
              y2: { datum: 0.7 },
              tooltip,
            },
          },
        ],
      },
      notes: [],
    };
  }
  return {
    ...head,
    caption: `${caption} The stronger the colour, the more jobs.`,
    rows,
    spec: {
      data: { name: 'rows' },
      height: bandHeight(known.length, 20),
      mark: { type: 'rect' },
      encoding: {
        x,
        x2: { field: 'to_us' },
        y: {
          field: 'run',
          type: 'nominal',
          sort: null,
          title: null,
          axis: { labelLimit: LABEL_LIMIT },
        },
        color: {
          field: 'share',
          type: 'quantitative',
          title: 'share of the jobs',
          scale: { type: 'log' },
          legend: { format: '~%', gradientLength: 220, tickCount: 3 },
        },
        tooltip,
      },
    },
    notes: [],
  };
}

/** Points of a step line that returns to the ground where a bin is empty. */
function staircase(
  run: string,
  bins: readonly { from: number; to: number; count: number }[],
): Datum[] {
  const ground = 0.7;
  const points: Datum[] = [];
  bins.forEach((bin, i) => {
    const before = bins[i - 1];
    if (before === undefined || before.to < bin.from * 0.999)
      points.push({ run, us: round(bin.from / 1000), jobs: ground });
    points.push({ run, us: round(bin.from / 1000), jobs: bin.count });
    const next = bins[i + 1];
    if (next === undefined || next.from > bin.to * 1.001)
      points.push({ run, us: round(bin.to / 1000), jobs: ground });
  });
  return points;
}

export function timelineFigure(digests: readonly Digest[]): Figure {
  const head = { id: 'timeline', section: 'Real-time behaviour' as const, title: 'Jobs over time' };
  const known = digests.filter((d) => d.timeline.stretches.length > 0);
  if (known.length === 0) return missing(head, 'No run has a job.');
  const unit = timeUnit(known.flatMap((d) => d.timeline.stretches.map((s) => s.high)));
  const scaled = (ns: number) => round(ns / unit.ns);
  const rows: Datum[] = known.flatMap(({ name, timeline }) =>
    timeline.stretches.map((s) => ({
      run: name,
      job: s.job,
      jobs: s.jobs,
      least: scaled(s.low),
      median: scaled(s.median),
      greatest: scaled(s.high),
    })),
  );
  const misses = known.flatMap(({ name, timeline }) =>
    timeline.misses.map((m) => ({ run: name, job: m.job, time: scaled(m.time) })),
  );
  const near = known.flatMap(({ name, run, timeline }) => {
    const slowest = Math.max(...timeline.stretches.map((s) => s.high));
    return run.deadlineNs === null || run.deadlineNs > NEAR * slowest
      ? []
      : [{ run: name, deadline: scaled(run.deadlineNs) }];
  });
  const names = known.map((d) => d.name);
  const select = [{ filter: 'datum.run === run' }];
  const scale = { ...SWITCHED_SCALE, nice: true };
  const y = (field: string, title: string | null = `time (${unit.unit})`) => ({
    field,
    type: 'quantitative',
    title,
    scale,
  });
  const x = {
    field: 'job',
    type: 'quantitative',
    title: 'job',
    axis: { format: ',d', tickMinStep: 1 },
    scale: { nice: false, padding: 8 },
  };
  const missLayer = {
    data: { name: 'misses' },
    transform: select,
    mark: { type: 'point', shape: 'diamond', size: 70, style: 'alarm', filled: true, opacity: 1 },
    encoding: {
      x,
      y: y('time'),
      tooltip: [
        { field: 'job', type: 'quantitative', title: 'missed its deadline: job', format: ',d' },
        { field: 'time', type: 'quantitative', title: `time (${unit.unit})`, format: ',.5~r' },
      ],
    },
  };
  return {
    ...head,
    caption:
      'The line is the median of consecutive jobs, the band reaches from the fastest to the slowest of them; diamonds are missed deadlines, the dashed line is the deadline where it is near. The first job is included.',
    rows,
    datasets: { misses, near },
    log: { label: 'logarithmic time', on: false },
    spec: {
      height: 300,
      params: [
        {
          name: 'run',
          value: mostInteresting(known),
          bind: { input: 'select', options: names, name: 'run ' },
        },
      ],
      layer: [
        {
          data: { name: 'rows' },
          transform: select,
          mark: { type: 'area', opacity: 0.3 },
          encoding: { x, y: y('least'), y2: { field: 'greatest' } },
        },
        {
          data: { name: 'rows' },
          transform: select,
          mark: { type: 'line', strokeWidth: 1.5, point: { size: 14 } },
          encoding: {
            x,
            y: y('median'),
            tooltip: [
              { field: 'job', type: 'quantitative', title: 'from job', format: ',d' },
              { field: 'jobs', type: 'quantitative', title: 'jobs' },
              {
                field: 'least',
                type: 'quantitative',
                title: `least (${unit.unit})`,
                format: ',.5~r',
              },
              {
                field: 'median',
                type: 'quantitative',
                title: `median (${unit.unit})`,
                format: ',.5~r',
              },
              {
                field: 'greatest',
                type: 'quantitative',
                title: `greatest (${unit.unit})`,
                format: ',.5~r',
              },
            ],
          },
        },
        ...(misses.length > 0 ? [missLayer] : []),
        ...(near.length > 0
          ? [
              {
                data: { name: 'near' },
                transform: select,
                mark: { type: 'rule', style: 'alarm', strokeDash: [6, 4] },
                encoding: { y: y('deadline') },
              },
            ]
          : []),
      ],
    },
    notes: known
      .filter((d) => d.timeline.missed > d.timeline.misses.length)
      .map(
        (d) =>
          `${d.name}: of ${d.timeline.missed} misses the ${d.timeline.misses.length} longest are drawn.`,
      ),
  };
}

/** The run with most misses, or else the first. */
function mostInteresting(known: readonly Digest[]): string {
  const worst = known.reduce(
    (best, d) => (d.timeline.missed > best.timeline.missed ? d : best),
    known[0] as Digest,
  );
  return worst.name;
}

/** A deadline farther away than this times the slowest job would press the jobs flat. */
const NEAR = 1.3;
