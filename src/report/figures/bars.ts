/** One bar chart per metric (appendix C of the study). */
import { METRICS, type MetricKey } from '../../analysis/metric-values.js';
import type { Digest } from '../digest.js';
import { bandHeight, type Figure, LABEL_LIMIT, missing, round, timeUnit } from '../figure.js';

const CAPTIONS: Record<MetricKey, string> = {
  size: 'Size of the model file.',
  time: 'Median inference time; the thin line reaches to the 99th percentile where there are jobs enough for one, the tick marks the longest job.',
  accuracy: 'Share of right answers, as stated by the sweep or by accuracy.csv.',
  instructions: 'Median of the retired instructions of a job.',
  l1_misses: 'Median of the L1 data cache refills of a job.',
  l2_misses: 'Median of the L2 data cache refills of a job.',
  bandwidth: 'L2 refills × line size / time: what the last-level cache fetched from memory.',
  ipc: 'Retired instructions per cycle.',
};

export function barFigures(digests: readonly Digest[]): Figure[] {
  return METRICS.map((metric) => {
    const head = {
      id: `bars-${metric.key.replace('_', '-')}`,
      section: 'Overview' as const,
      title: title(metric.label),
    };
    const known = digests.filter((d) => d.medians[metric.key] !== null);
    if (known.length === 0) return missing(head, absence(metric.key, digests));
    const { factor, unit } = unitOf(metric.key, known);
    const scaled = (value: number | null) => (value === null ? null : round(value / factor));
    const rows = known.map((d) => ({
      run: d.name,
      value: scaled(d.medians[metric.key]),
      p99: metric.key === 'time' ? scaled(d.time?.p99 ?? null) : null,
      max: metric.key === 'time' ? scaled(d.time?.max ?? null) : null,
    }));
    const axis = unit === '' ? metric.label : `${metric.label} (${unit})`;
    const y = {
      field: 'run',
      type: 'nominal',
      sort: null,
      title: null,
      axis: { labelLimit: LABEL_LIMIT },
    };
    const tooltip = [
      { field: 'run', title: 'run' },
      { field: 'value', type: 'quantitative', title: axis, format: ',.4~r' },
      ...(metric.key === 'time'
        ? [
            { field: 'p99', type: 'quantitative', title: `p99 (${unit})`, format: ',.4~r' },
            { field: 'max', type: 'quantitative', title: `max (${unit})`, format: ',.4~r' },
          ]
        : []),
    ];
    // room for the figure at the end of the longest bar
    const most = Math.max(...rows.map(({ value, max }) => Math.max(value ?? 0, max ?? 0)));
    const headroom = (metric.key === 'time' ? 1.03 : 1.2) * (most || 1);
    const layer: object[] = [
      {
        mark: { type: 'bar', cornerRadiusEnd: 2, height: { band: 0.7 } },
        encoding: {
          x: {
            field: 'value',
            type: 'quantitative',
            title: axis,
            scale: { domainMax: headroom, nice: false },
          },
          tooltip,
        },
      },
    ];
    if (metric.key === 'time')
      layer.push(
        ...(rows.every((row) => row.p99 === null)
          ? []
          : [
              {
                mark: { type: 'rule', style: 'ink' },
                encoding: { x: { field: 'value', type: 'quantitative' }, x2: { field: 'p99' } },
              },
            ]),
        {
          mark: { type: 'tick', thickness: 2, height: { band: 0.45 } },
          encoding: { x: { field: 'max', type: 'quantitative' }, tooltip },
        },
      );
    else
      layer.push({
        mark: { type: 'text', align: 'left', dx: 4 },
        encoding: {
          x: { field: 'value', type: 'quantitative' },
          text: { field: 'value', type: 'quantitative', format: ',.3~r' },
        },
      });
    const absent = digests.length - known.length;
    return {
      ...head,
      caption: CAPTIONS[metric.key],
      rows,
      spec: { data: { name: 'rows' }, height: bandHeight(known.length), encoding: { y }, layer },
      notes: absent > 0 ? [`Not known for ${absent} of ${digests.length} runs.`] : [],
    };
  });
}

const title = (label: string) => label.charAt(0).toUpperCase() + label.slice(1);

function unitOf(key: MetricKey, digests: readonly Digest[]): { factor: number; unit: string } {
  const values = digests.map((d) => (key === 'time' ? (d.time?.max ?? 0) : (d.medians[key] ?? 0)));
  const most = Math.max(...values);
  switch (key) {
    case 'time': {
      const { ns, unit } = timeUnit(values);
      return { factor: ns, unit };
    }
    case 'size':
      return most >= 1e6 ? { factor: 1e6, unit: 'MB' } : { factor: 1e3, unit: 'kB' };
    case 'instructions':
    case 'l1_misses':
    case 'l2_misses':
      return most >= 1e6
        ? { factor: 1e6, unit: 'millions' }
        : most >= 1e3
          ? { factor: 1e3, unit: 'thousands' }
          : { factor: 1, unit: '' };
    case 'bandwidth':
      return { factor: 1, unit: 'MB/s' };
    case 'accuracy':
      return { factor: 0.01, unit: '%' };
    case 'ipc':
      return { factor: 1, unit: '' };
  }
}

/** Why no run has a metric. */
export function absence(key: MetricKey, digests: readonly Digest[]): string {
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
  const reasons = new Set(
    digests.flatMap((d) =>
      event !== undefined && d.run.absent[event] ? [d.run.absent[event]] : [],
    ),
  );
  return `Not counted in any run${reasons.size > 0 ? `: ${[...reasons].join('; ')}` : ''}.`;
}
