/** Release latency as cyclictest and rtla show it: how many jobs waited longer than so long, and where each configuration lies. */
import { formatNs } from '../../kernel/quantities.js';
import { bandsOf } from '../bands.js';
import type { Configuration } from '../configurations.js';
import {
  type Datum,
  type Figure,
  inBoth,
  type Layout,
  logTicks,
  missing,
  PLAIN,
  round,
} from '../figure.js';
import { type Colouring, colouringOf } from '../label-lines.js';
import { alone, colourOf, extremes, faded, named } from '../marks.js';
import { exceedance } from '../shapes.js';

/** Curves that are told apart by their colours; more are coloured by what varies in few values. */
const CURVES = 8;

const WHAT =
  'From a job’s release to its thread’s wake-up, as cyclictest measures it (of files without woken_ns, to its start).';

export function latencyFigures(configurations: readonly Configuration[]): Figure[] {
  const section = 'Release latency' as const;
  const curves = { id: 'release-latency', section, title: 'How many jobs waited longer' };
  const map = { id: 'release-latency-map', section, title: 'Where the release latencies lie' };
  const known = configurations.flatMap((c) =>
    c.latency === null ? [] : [{ ...c, latency: c.latency }],
  );
  const ends = extremes(known, (c) => c.latency.max);
  if (ends === null)
    return [
      missing(
        { ...curves, title: 'Release latency' },
        'No run waited for its releases (continuous ones do not) and knows when its jobs started (logs of RT-Bench do not), so there is no release latency.',
      ),
    ];
  const from = Math.min(...known.map((c) => c.latency.bins[0]?.from ?? 100)) / 1000;
  const to = Math.max(...known.map((c) => c.latency.bins.at(-1)?.to ?? 1000)) / 1000;
  const domain: [number, number] = [round(from), round(Math.max(to, from * 1.1))];
  const x = (layout: Layout, field: string) => ({
    field,
    type: 'quantitative',
    title: 'release latency (µs)',
    scale: { type: 'log', nice: false, domain },
    axis: { ...PLAIN, values: logTicks(...domain, layout === 'wide' ? 9 : 5) },
  });
  const worst = ends.most;
  const jobs = known.reduce((sum, c) => sum + c.latency.jobs, 0);
  return [
    {
      ...curves,
      message: `The longest of ${jobs.toLocaleString('en')} waits was ${formatNs(worst.latency.max)}${known.length > 1 ? ` (${worst.label})` : ''}.`,
      caption: `${WHAT} The share of jobs that waited longer than the time below it: the further to the left a curve falls, the better. Both axes are logarithmic; each curve ends at its longest wait.`,
      ...curvesOf(known, x),
      notes: [],
    },
    {
      ...map,
      message: `The median wait is ${known.length === 1 ? formatNs(worst.latency.median.median) : `between ${formatNs(Math.min(...known.map((c) => c.latency.median.median)))} and ${formatNs(Math.max(...known.map((c) => c.latency.median.median)))}`}.`,
      caption: `${WHAT} The stronger the colour, the more jobs; a single late job shows, too. The number is the longest wait.`,
      ...mapOf(known, x),
      notes: [],
    },
  ];
}

type Known = Configuration & { latency: NonNullable<Configuration['latency']> };
type X = (layout: Layout, field: string) => object;

function curvesOf(known: readonly Known[], x: X): Pick<Figure, 'rows' | 'specs'> {
  const few = known.length <= CURVES;
  const colouring: Colouring | null = few
    ? { fact: '', of: ({ label }) => label, values: known.map((c) => c.label) }
    : colouringOf(known);
  const rows: Datum[] = known.flatMap((c) =>
    exceedance(c.latency.bins, c.latency.max).map(({ ns, share }) => ({
      configuration: c.label,
      ...(colouring === null ? {} : { group: colouring.of(c) }),
      us: round(ns / 1000),
      share: round(share),
    })),
  );
  const least = Math.min(...rows.map((row) => row.share as number));
  const domain: [number, number] = [round(least / 1.3), 1];
  return {
    rows,
    specs: inBoth((layout) => ({
      height: layout === 'wide' ? 300 : 260,
      data: { name: 'rows' },
      ...(colouring === null ? {} : { params: [alone('group')] }),
      mark: { type: 'line', strokeWidth: few ? 2 : 1.2, clip: true },
      encoding: {
        x: x(layout, 'us'),
        y: {
          field: 'share',
          type: 'quantitative',
          title: 'share of jobs that waited longer',
          scale: { type: 'log', domain, nice: false },
          axis: {
            values: logTicks(domain[0], 1, 6),
            labelExpr: "format(datum.value * 100, '.3~r') + ' %'",
          },
        },
        detail: { field: 'configuration' },
        ...(colouring === null
          ? {}
          : { color: colourOf('group', colouring.values, layout, 'axis'), opacity: faded }),
        tooltip: [
          named,
          { field: 'us', type: 'quantitative', title: 'longer than (µs)', format: ',.4~r' },
          { field: 'share', type: 'quantitative', title: 'share of the jobs', format: '.3~%' },
        ],
      },
    })),
  };
}

function mapOf(known: readonly Known[], x: X): Pick<Figure, 'rows' | 'specs'> {
  const rows: Datum[] = known.flatMap((c) =>
    c.latency.bins.map((bin) => ({
      configuration: c.label,
      from_us: round(bin.from / 1000),
      to_us: round(bin.to / 1000),
      jobs: bin.count,
      share: round(bin.count / c.latency.jobs),
    })),
  );
  const shares = rows.map((row) => row.share as number);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return {
    rows,
    specs: inBoth((layout) => {
      const bands = bandsOf(
        known.map((c) => c.label),
        layout,
        { values: known.map((c) => formatNs(c.latency.max)), room: 16 },
      );
      return {
        height: bands.height,
        data: {
          values: rows.map((row) => ({
            ...row,
            top: round(bands.at(row.configuration as string) - 8),
            bottom: round(bands.at(row.configuration as string) + 8),
          })),
        },
        layer: [
          {
            mark: { type: 'rect' },
            encoding: {
              x: x(layout, 'from_us'),
              x2: { field: 'to_us' },
              y: bands.y('top'),
              y2: { field: 'bottom' },
              color: {
                field: 'share',
                type: 'quantitative',
                title: 'share of the jobs',
                scale: { type: 'log' },
                legend: {
                  labelExpr: "format(datum.value * 100, '.2~r') + ' %'",
                  gradientLength: layout === 'wide' ? 220 : 160,
                  // a number at either end would be wider than the end
                  values: logTicks(least * 1.4, most / 1.4, 4),
                },
              },
              tooltip: [
                named,
                { field: 'from_us', type: 'quantitative', title: 'from (µs)', format: ',.3~r' },
                { field: 'to_us', type: 'quantitative', title: 'to (µs)', format: ',.3~r' },
                { field: 'jobs', type: 'quantitative', title: 'jobs', format: ',' },
                { field: 'share', type: 'quantitative', title: 'share', format: '.3~%' },
              ],
            },
          },
          ...bands.layers,
        ],
      };
    }),
  };
}
