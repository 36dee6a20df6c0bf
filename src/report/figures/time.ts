/** What the inference takes in each configuration, and how far that is from its deadline. */
import { formatNs, formatPercent, plural } from '../../kernel/quantities.js';
import { bandsOf } from '../bands.js';
import type { Configuration, ConfigurationDeadline, ConfigurationTime } from '../configurations.js';
import {
  type Datum,
  type Figure,
  inBoth,
  missing,
  plainAxis,
  round,
  SWITCHED_SCALE,
  timeUnit,
  titled,
} from '../figure.js';
import { colouringOf } from '../label-lines.js';
import { extremes, groupColour, line, named, number } from '../marks.js';

/** Medians that are further apart than this are drawn on a logarithmic axis. */
const FAR_APART = 12;

export function timeFigure(configurations: readonly Configuration[]): Figure {
  const head = {
    id: 'time',
    section: 'Time and deadlines' as const,
    title: 'Inference time',
  };
  const known = configurations.flatMap((c) => (c.time === null ? [] : [{ ...c, time: c.time }]));
  const ends = extremes(known, (c) => c.time.median.median);
  if (ends === null)
    return missing(head, 'No run has a job besides the first one and the warm-up.');
  const reach = ({ time }: { time: ConfigurationTime }) =>
    Math.max(time.p99 ?? 0, time.median.high);
  const unit = timeUnit(known.map(reach));
  const scaled = (v: number | null) => (v === null ? null : round(v / unit.factor));
  const colouring = colouringOf(known);
  const rows: Datum[] = known.map((c) => ({
    configuration: c.label,
    ...(colouring === null ? {} : { group: colouring.of(c) }),
    processes: c.digests.length,
    jobs: c.time.jobs,
    median: scaled(c.time.median.median),
    least_process: scaled(c.time.median.low),
    greatest_process: scaled(c.time.median.high),
    min: scaled(c.time.min),
    p99: scaled(c.time.p99),
    p99_upper_bound: scaled(c.time.p99Upper),
    max: scaled(c.time.max),
    outliers: c.time.outliers,
  }));
  const several = known.some((c) => c.time.median.processes.length > 1);
  const processes = known.flatMap((c) =>
    c.time.median.processes.length < 2
      ? []
      : c.time.median.processes.map((ns) => ({ configuration: c.label, median: scaled(ns) })),
  );
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: titled('inference time', unit),
    scale: SWITCHED_SCALE,
  });
  const { least, most } = ends;
  const medianOf = (c: typeof least) => formatNs(c.time.median.median);
  return {
    ...head,
    message:
      known.length === 1
        ? `The median of ${least.time.jobs.toLocaleString('en')} jobs is ${medianOf(least)}; the fastest took ${formatNs(least.time.min)}, the slowest ${formatNs(least.time.max)}.`
        : `The lowest median is ${medianOf(least)} (${least.label}), the highest ${medianOf(most)} (${most.label}).`,
    caption: `The large dot is the median${several ? ' (over the processes, whose own medians are the small dots)' : ''}; the line goes from the fastest job to the 99th percentile, where there are jobs enough for one. The longest job stands at the end as a number, so that it flattens nothing. Without the first job and the warm-up.`,
    rows,
    log: {
      label: 'logarithmic time',
      on: most.time.median.median > FAR_APART * least.time.median.median,
    },
    specs: inBoth((layout) => {
      const bands = bandsOf(
        known.map((c) => c.label),
        layout,
        { values: known.map((c) => `${medianOf(c)}, max ${formatNs(c.time.max)}`) },
      );
      const at = (label: unknown) => round(bands.at(label as string));
      const placed = (data: Datum[]) => data.map((row) => ({ ...row, y: at(row.configuration) }));
      const tooltip = [
        named,
        number('median', titled('median', unit)),
        number('min', titled('fastest job', unit)),
        number('p99', titled('p99', unit)),
        number('p99_upper_bound', 'bound of the p99'),
        number('max', titled('longest job', unit)),
        { field: 'processes', title: 'processes' },
        { field: 'jobs', title: 'jobs' },
      ];
      const axis = plainAxis(layout);
      return {
        height: bands.height,
        data: { values: placed(rows) },
        layer: [
          {
            transform: [{ filter: 'datum.p99 !== null' }],
            mark: { type: 'rule', strokeWidth: 2, style: 'soft' },
            encoding: { x: { ...x('min'), axis }, x2: { field: 'p99' }, y: bands.y('y'), tooltip },
          },
          ...(processes.length === 0
            ? []
            : [
                {
                  data: { values: placed(processes) },
                  mark: { type: 'point', size: 26, style: 'ink', filled: false, opacity: 0.8 },
                  encoding: { x: x('median'), y: bands.y('y') },
                },
              ]),
          {
            mark: { type: 'point', size: 95, opacity: 1 },
            encoding: {
              x: { ...x('median'), axis },
              y: bands.y('y'),
              ...groupColour(colouring, layout),
              tooltip,
            },
          },
          ...bands.layers,
        ],
      };
    }),
    notes:
      known.length < configurations.length
        ? [
            `Without ${plural(configurations.length - known.length, 'configuration')} that ${configurations.length - known.length === 1 ? 'has' : 'have'} no job besides the first one and the warm-up.`,
          ]
        : [],
  };
}

/** Per cent of the deadline at which the picture ends; what is beyond stands there as a number. */
const MOST_PERCENT = 250;

type WithDeadline = Configuration & { deadline: ConfigurationDeadline };

function deadlineMessage(known: readonly WithDeadline[], nearest: WithDeadline): string {
  const sum = (of: (d: ConfigurationDeadline) => number) =>
    known.reduce((total, c) => total + of(c.deadline), 0).toLocaleString('en');
  const late = known.filter((c) => c.deadline.missed > 0).length;
  const { worst, deadline, worstIsFirst } = nearest.deadline;
  const whose = known.length > 1 ? ` (${nearest.label})` : '';
  const first = worstIsFirst ? ', the first job of its process,' : '';
  if (late === 0)
    return `Each of the ${sum((d) => d.jobs)} jobs met its deadline; the worst${whose}${first} took ${formatPercent(worst / deadline)} of it.`;
  const where = known.length === 1 ? '' : ` in ${late} of ${known.length} configurations`;
  return `${sum((d) => d.missed)} of ${sum((d) => d.jobs)} jobs missed their deadlines${where}; the worst${whose}${first} took ${formatNs(worst)}, and had ${formatNs(deadline)}.`;
}

const verdictOn = ({ worst, deadline, missed, jobs }: ConfigurationDeadline): string => {
  return missed === 0
    ? `${formatNs(deadline - worst)} left (${formatPercent(1 - worst / deadline)})`
    : `${missed} of ${jobs} missed (worst ${formatPercent(worst / deadline)})`;
};

export function deadlineFigure(configurations: readonly Configuration[]): Figure {
  const head = {
    id: 'deadline',
    section: 'Time and deadlines' as const,
    title: 'What is left before the deadline',
  };
  const known = configurations.flatMap((c) =>
    c.deadline === null ? [] : [{ ...c, deadline: c.deadline }],
  );
  const ends = extremes(known, (c) => c.deadline.worst / c.deadline.deadline);
  if (ends === null) return missing(head, 'No run had a deadline.');
  const percent = (ns: number, of: ConfigurationDeadline) => round((100 * ns) / of.deadline);
  const rows: Datum[] = known.map(({ label, deadline: d }) => ({
    configuration: label,
    deadline_ns: d.deadline,
    median_percent: round(100 * d.median),
    worst_percent: percent(d.worst, d),
    margin_ns: d.deadline - d.worst,
    missed: d.missed,
    jobs: d.jobs,
    worst_is_first_job: d.worstIsFirst,
  }));
  const { most } = ends;
  const end = Math.min(
    MOST_PERCENT,
    Math.max(105, ...rows.map((row) => 1.05 * (row.worst_percent as number))),
  );
  const domain = [0, round(end)];
  return {
    ...head,
    message: deadlineMessage(known, most),
    caption:
      'Response times, from a job’s release to its end, in per cent of the deadline, the first job included where it was no warm-up. The bar is what the worst job left, or took beyond; the dot is the median (over the processes, where there are several).',
    rows,
    specs: inBoth((layout) => {
      const bands = bandsOf(
        known.map((c) => c.label),
        layout,
        { values: known.map((c) => verdictOn(c.deadline)) },
      );
      const x = (field: string) => ({
        field,
        type: 'quantitative',
        title: 'response time (per cent of the deadline)',
        scale: { domain, nice: false },
        axis: plainAxis(layout),
      });
      const data = rows.map((row) => {
        const y = bands.at(row.configuration as string);
        const worst = Math.min(end, row.worst_percent as number);
        return {
          ...row,
          top: round(y - 7),
          bottom: round(y + 7),
          y: round(y),
          from: Math.min(worst, 100),
          to: Math.max(worst, 100),
          median: Math.min(end, row.median_percent as number),
          style: (row.worst_percent as number) > 100 ? 'alarm' : 'calm',
        };
      });
      return {
        height: bands.height,
        data: { values: data },
        layer: [
          ...(['calm', 'alarm'] as const).map((style) => ({
            transform: [{ filter: `datum.style === '${style}'` }],
            mark: { type: 'rect', clip: true, cornerRadius: 2, opacity: 0.85, style },
            encoding: {
              x: x('from'),
              x2: { field: 'to' },
              y: bands.y('top'),
              y2: { field: 'bottom' },
              tooltip: [
                named,
                number('worst_percent', 'worst job (% of the deadline)'),
                number('median_percent', 'median (% of the deadline)'),
                { field: 'missed', title: 'missed' },
                { field: 'jobs', title: 'jobs' },
              ],
            },
          })),
          {
            mark: { type: 'point', size: 45, style: 'ink', opacity: 1 },
            encoding: { x: x('median'), y: bands.y('y') },
          },
          line(100, { domain, nice: false }),
          ...bands.layers,
        ],
      };
    }),
    notes:
      known.length < configurations.length
        ? [
            `Without ${plural(configurations.length - known.length, 'configuration')} that had no deadline.`,
          ]
        : [],
  };
}
