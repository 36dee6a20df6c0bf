/** Lines over what a sweep varied in steps: layers added per module (figures 5.5 to 5.8 of the study), threads, resolution. */
import { METRICS, type MetricKey } from '../../analysis/metric-values.js';
import { followers } from '../../analysis/select.js';
import type { Digest } from '../digest.js';
import { type Datum, type Figure, missing, round, slug, timeUnit } from '../figure.js';

const SHOWN: readonly MetricKey[] = ['time', 'instructions', 'l1_misses', 'l2_misses'];

interface Step {
  digest: Digest;
  series: string;
  x: number;
}

export function axisFigures(digests: readonly Digest[]): Figure[] {
  const depth = depthSteps(digests);
  const axes: { id: string; title: string; x: string; steps: Step[] }[] =
    depth.length > 0
      ? [{ id: 'module', title: 'layers added per module', x: 'layers added', steps: depth }]
      : [];
  const ids = new Set(axes.map(({ id }) => id));
  for (const [name, steps] of numericAxes(digests))
    axes.push({ id: slug(name, ids), title: name, x: name, steps });
  if (axes.length === 0)
    return [
      missing(
        { id: 'axes', section: 'Axes of the sweep', title: 'Lines over the axes of the sweep' },
        'No number takes three values or more over otherwise equal runs.',
      ),
    ];
  return axes.flatMap(({ id, title, x, steps }) =>
    METRICS.filter(({ key }) => SHOWN.includes(key)).flatMap(({ key, label }) => {
      const known = steps.filter(({ digest }) => digest.medians[key] !== null);
      if (known.length < 3) return [];
      return [
        lineFigure(
          `axis-${id}-${key.replace('_', '-')}`,
          `${label}, by ${title}`,
          x,
          key,
          label,
          known,
        ),
      ];
    }),
  );
}

function lineFigure(
  id: string,
  title: string,
  xTitle: string,
  key: MetricKey,
  label: string,
  steps: Step[],
): Figure {
  const values = steps.map(({ digest }) => digest.medians[key] as number);
  const time = timeUnit(values);
  const { factor, unit } =
    key === 'time'
      ? { factor: time.ns, unit: time.unit }
      : Math.max(...values) >= 1e6
        ? { factor: 1e6, unit: 'millions' }
        : { factor: 1, unit: 'count' };
  const rows: Datum[] = steps.map(({ digest, series, x }, i) => ({
    run: digest.name,
    series,
    x,
    value: round((values[i] as number) / factor),
  }));
  return {
    id,
    section: 'Axes of the sweep',
    title: title.charAt(0).toUpperCase() + title.slice(1),
    caption: 'Medians. Click a line in the legend to see it alone.',
    rows,
    spec: {
      data: { name: 'rows' },
      height: 280,
      params: [{ name: 'shown', select: { type: 'point', fields: ['series'] }, bind: 'legend' }],
      mark: { type: 'line', point: { filled: true, size: 50 } },
      encoding: {
        x: {
          field: 'x',
          type: 'quantitative',
          title: xTitle,
          axis: { tickMinStep: 1, format: '~g' },
          scale: { zero: false, nice: false, padding: 12 },
        },
        y: {
          field: 'value',
          type: 'quantitative',
          title: `${label} (${unit})`,
          scale: { zero: false },
        },
        color: { field: 'series', type: 'nominal', sort: null, title: null },
        opacity: { condition: { param: 'shown', value: 1 }, value: 0.12 },
        tooltip: [
          { field: 'run', title: 'run' },
          { field: 'x', type: 'quantitative', title: xTitle },
          { field: 'value', type: 'quantitative', title: `${label} (${unit})`, format: ',.4~r' },
        ],
      },
    },
    notes: [],
  };
}

/**
 * Depth variants bear a digit per module, `yolov3-tiny_00300`: a line per module over the variants in which only that
 * module has grown, beginning with the unmodified network.
 */
function depthSteps(digests: readonly Digest[]): Step[] {
  const coded = digests.flatMap((digest) => {
    const match = /[_-](\d{3,9})$/.exec(String(digest.run.identity.network ?? digest.name));
    return match ? [{ digest, digits: [...(match[1] as string)].map(Number) }] : [];
  });
  const width = coded[0]?.digits.length ?? 0;
  const base = coded.find(({ digits }) => digits.every((d) => d === 0));
  if (base === undefined || coded.some(({ digits }) => digits.length !== width)) return [];
  const steps: Step[] = [];
  for (let module = 0; module < width; module++) {
    const grown = coded
      .filter(
        ({ digits }) =>
          (digits[module] as number) > 0 && digits.every((d, i) => i === module || d === 0),
      )
      .sort((a, b) => (a.digits[module] as number) - (b.digits[module] as number));
    if (grown.length === 0) continue;
    const series = `module ${module + 1}`;
    steps.push({ digest: base.digest, series, x: 0 });
    for (const { digest, digits } of grown)
      steps.push({ digest, series, x: digits[module] as number });
  }
  return steps;
}

const NO_AXES = new Set(['period', 'deadline', 'repetition', 'us', 'seed', 'jobs']);

/** Facts that are numbers with three values or more, each with a line per set of otherwise equal runs. */
function numericAxes(digests: readonly Digest[]): Map<string, Step[]> {
  const axes = new Map<string, Step[]>();
  const names = new Set(digests.flatMap(({ run }) => Object.keys(run.identity)));
  for (const name of names) {
    if (NO_AXES.has(name)) continue;
    const having = digests.filter(({ run }) => typeof run.identity[name] === 'number');
    if (new Set(having.map(({ run }) => run.identity[name])).size < 3) continue;
    const runs = having.map(({ run }) => run);
    const follow = new Set(followers(runs, name, [...names]) ?? []);
    const rest = ({ run }: Digest) =>
      Object.entries({ ...run.identity, ...(follow.size > 0 ? run.parameters : {}) })
        .filter(
          ([n]) =>
            n !== name &&
            !NO_AXES.has(n) &&
            !['engine', 'cores', 'scheduling'].includes(n) &&
            (!follow.has(n) || run.parameters[n] !== undefined),
        )
        .map(([n, value]) =>
          typeof value === 'boolean'
            ? value
              ? n
              : ''
            : n === 'threads' && value === 1
              ? ''
              : String(value),
        )
        .filter((text) => text !== '')
        .join(' ');
    axes.set(
      name,
      having
        .map((digest) => ({
          digest,
          series: rest(digest) || 'runs',
          x: digest.run.identity[name] as number,
        }))
        .sort((a, b) => a.x - b.x),
    );
  }
  return axes;
}
