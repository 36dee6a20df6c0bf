/** One bar chart per metric besides the time (appendix C of the study). */
import { METRICS, type MetricKey } from '../../analysis/metric-values.js';
import { groupBy } from '../../kernel/group-by.js';
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatPercent,
  formatRatio,
  plural,
} from '../../kernel/quantities.js';
import { bandsOf } from '../bands.js';
import { type Configuration, configurationsOf, type Spread } from '../configurations.js';
import {
  countUnit,
  type Datum,
  type Figure,
  inBoth,
  missing,
  plainAxis,
  round,
  sizeUnit,
  titled,
  type Unit,
} from '../figure.js';
import { capital, extremes, named, number } from '../marks.js';

type BarKey = Exclude<MetricKey, 'time'>;

const CAPTIONS: Record<BarKey, string> = {
  size: 'Of the model file.',
  accuracy: 'Share of right answers, as stated by the sweep or by accuracy.csv.',
  instructions: 'Median of the retired instructions of a job.',
  l1_misses: 'Median of the L1 data cache refills of a job.',
  l2_misses: 'Median of the L2 data cache refills of a job.',
  bandwidth: 'L2 refills × line size / time: what the last-level cache fetched from memory.',
  ipc: 'Retired instructions per cycle.',
};

const FORMATS: Record<BarKey, (value: number) => string> = {
  size: formatBytes,
  accuracy: formatPercent,
  instructions: formatCount,
  l1_misses: formatCount,
  l2_misses: formatCount,
  bandwidth: formatBandwidth,
  ipc: formatRatio,
};

export function barFigures(configurations: readonly Configuration[]): Figure[] {
  return METRICS.filter((metric) => metric.key !== 'time').map((metric) =>
    barFigure(metric.key as BarKey, metric.label, configurations),
  );
}

function barFigure(key: BarKey, label: string, all: readonly Configuration[]): Figure {
  const head = {
    id: `bars-${key.replace('_', '-')}`,
    section: 'Counters and sizes' as const,
    title: capital(label),
  };
  // a file has one size, however it is run
  const configurations = key === 'size' ? byModel(all) : all;
  const known = configurations.flatMap((c) => {
    const spread = c.medians[key];
    return spread === null ? [] : [{ label: c.label, spread }];
  });
  const ends = extremes(known, (c) => c.spread.median);
  if (ends === null) return missing(head, absence(key, all));
  const unit = barUnit(
    key,
    known.map((c) => c.spread.high),
  );
  const scaled = (value: number) => round(value / unit.factor);
  const several = known.some((c) => c.spread.low < c.spread.high);
  const rows: Datum[] = known.map(({ label: configuration, spread }) => ({
    configuration,
    value: scaled(spread.median),
    ...(several
      ? { least_process: scaled(spread.low), greatest_process: scaled(spread.high) }
      : {}),
  }));
  const format = ({ median }: Spread) => FORMATS[key](median);
  const { least, most } = ends;
  return {
    ...head,
    message:
      known.length === 1
        ? `${capital(label)}: ${format(least.spread)}.`
        : least.spread.median === most.spread.median
          ? `${capital(label)}: ${format(least.spread)} in all.`
          : `From ${format(least.spread)} (${least.label}) to ${format(most.spread)} (${most.label}).`,
    caption: `${CAPTIONS[key]}${several ? ' Small dots are the processes.' : ''}`,
    rows,
    specs: inBoth((layout) => {
      const bands = bandsOf(
        known.map((c) => c.label),
        layout,
        { values: known.map((c) => format(c.spread)), room: 16 },
      );
      const x = (field: string) => ({
        field,
        type: 'quantitative',
        title: titled(label, unit),
        scale: { zero: true, nice: true },
        axis: plainAxis(layout),
      });
      const at = (configuration: unknown) => bands.at(configuration as string);
      const dots = known.flatMap((c) =>
        c.spread.low === c.spread.high
          ? []
          : c.spread.processes.map((value) => ({ value: scaled(value), y: round(at(c.label)) })),
      );
      return {
        height: bands.height,
        data: {
          values: rows.map((row) => ({
            ...row,
            zero: 0,
            top: round(at(row.configuration) - 6),
            bottom: round(at(row.configuration) + 6),
          })),
        },
        layer: [
          {
            mark: { type: 'rect', cornerRadius: 2 },
            encoding: {
              x: x('zero'),
              x2: { field: 'value' },
              y: bands.y('top'),
              y2: { field: 'bottom' },
              tooltip: [named, number('value', titled(label, unit))],
            },
          },
          ...(dots.length === 0
            ? []
            : [
                {
                  data: { values: dots },
                  mark: { type: 'point', size: 20, style: 'ink', filled: false },
                  encoding: { x: x('value'), y: bands.y('y') },
                },
              ]),
          ...bands.layers,
        ],
      };
    }),
    notes:
      known.length < configurations.length
        ? [
            `Not known of ${configurations.length - known.length} of ${plural(configurations.length, 'configuration')}.`,
          ]
        : [],
  };
}

/** A configuration per model, with the first that ran it. */
function byModel(configurations: readonly Configuration[]): Configuration[] {
  const models = groupBy(
    configurations.filter((c) => c.medians.size !== null),
    (c) => {
      const [first] = c.digests;
      const { network, precision } = first?.run.identity ?? {};
      return JSON.stringify([
        first?.run.file?.model?.sha256,
        network,
        precision,
        c.medians.size?.median,
      ]);
    },
  );
  return configurationsOf([...models.values()].flatMap(([first]) => first?.digests ?? []));
}

function barUnit(key: BarKey, values: readonly number[]): Unit {
  if (key === 'size') return sizeUnit(values);
  if (key === 'bandwidth')
    return Math.max(...values) >= 1e4
      ? { unit: 'GB/s', factor: 1000 }
      : { unit: 'MB/s', factor: 1 };
  if (key === 'accuracy') return { unit: '%', factor: 0.01 };
  if (key === 'ipc') return { unit: '', factor: 1 };
  return countUnit(values);
}

/** Why no run has a metric. */
export function absence(key: MetricKey, configurations: readonly Configuration[]): string {
  const event = {
    instructions: 'inst_retired',
    l1_misses: 'l1d_cache_refill',
    l2_misses: 'l2d_cache_refill',
    bandwidth: 'l2d_cache_refill',
    ipc: 'cpu_cycles',
  }[key as string];
  if (key === 'accuracy')
    return 'No accuracy is known: write accuracy.csv with the columns model and accuracy into the results folder to see it here.';
  if (key === 'size') return 'No run says which model file it ran.';
  if (key === 'time') return 'No run has a job besides the first one and the warm-up.';
  const runs = configurations.flatMap((c) => c.digests.map((d) => d.run));
  const reasons = new Set(
    runs.flatMap((run) => (event !== undefined && run.absent[event] ? [run.absent[event]] : [])),
  );
  return `Not counted in any run${reasons.size > 0 ? `: ${[...reasons].join('; ')}` : ''}.`;
}
