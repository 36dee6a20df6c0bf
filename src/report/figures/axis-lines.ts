/** Lines over what a sweep varied in steps: layers added per module (figures 5.5 to 5.8 of the study), threads, resolution. */

import { partInWords } from '../../analysis/labels.js';
import { METRICS, type MetricKey } from '../../analysis/metric-values.js';
import type { Run } from '../../analysis/results.js';
import { followers } from '../../analysis/select.js';
import { formatBandwidth, formatCount, formatNs, formatRatio } from '../../kernel/quantities.js';
import type { Configuration, Spread } from '../configurations.js';
import {
  countUnit,
  type Datum,
  type Figure,
  inBoth,
  missing,
  plainAxis,
  round,
  slug,
  timeUnit,
  titled,
} from '../figure.js';
import { alone, capital, clickWords, colourOf, faded, named, number } from '../marks.js';

const SHOWN: readonly MetricKey[] = ['time', 'instructions', 'l1_misses', 'l2_misses'];

interface Step {
  configuration: Configuration;
  series: string;
  x: number;
}

const section = 'Over the axes' as const;

export function lineFigures(configurations: readonly Configuration[]): Figure[] {
  const depth = depthSteps(configurations);
  const axes: { id: string; title: string; x: string; steps: Step[] }[] =
    depth.length > 0
      ? [{ id: 'module', title: 'layers added per module', x: 'layers added', steps: depth }]
      : [];
  const ids = new Set(axes.map(({ id }) => id));
  for (const [name, steps] of numericAxes(configurations))
    axes.push({ id: slug(name, ids), title: name, x: name, steps });
  if (axes.length === 0)
    return [
      missing(
        { id: 'axes', section, title: 'Lines over the axes of the sweep' },
        'No number takes three values or more over otherwise equal configurations.',
      ),
    ];
  return axes.flatMap(({ id, title, x, steps }) =>
    METRICS.filter(({ key }) => SHOWN.includes(key)).flatMap(({ key, label }) => {
      const known = steps.flatMap(({ configuration, ...step }) => {
        const spread = configuration.medians[key];
        return spread === null ? [] : [{ ...step, name: configuration.label, spread }];
      });
      if (known.length < 3) return [];
      const head = {
        id: `axis-${id}-${key.replace('_', '-')}`,
        section,
        title: capital(`${label}, by ${title}`),
      };
      return [lineFigure(head, x, key, label, known)];
    }),
  );
}

interface Point {
  name: string;
  series: string;
  x: number;
  spread: Spread;
}

function lineFigure(
  head: Pick<Figure, 'id' | 'section' | 'title'>,
  xTitle: string,
  key: MetricKey,
  label: string,
  points: readonly Point[],
): Figure {
  const highest = points.map(({ spread }) => spread.high);
  const unit = key === 'time' ? timeUnit(highest) : countUnit(highest);
  const scaled = (value: number) => round(value / unit.factor);
  const several = points.some(({ spread }) => spread.low < spread.high);
  const rows: Datum[] = points.map(({ name, series, x, spread }) => ({
    configuration: name,
    series,
    x,
    value: scaled(spread.median),
    ...(several ? { low: scaled(spread.low), high: scaled(spread.high) } : {}),
  }));
  const series = [...new Set(points.map((p) => p.series))];
  const title = titled(label, unit);
  return {
    ...head,
    message: lineMessage(points, xTitle, FORMATS[key] ?? String),
    caption: `Medians${several ? '; the vertical lines go from the least process to the greatest' : ''}.${clickWords('a line', series)}`,
    rows,
    specs: inBoth((layout) => {
      const x = {
        field: 'x',
        type: 'quantitative',
        title: xTitle,
        axis: { ...plainAxis(layout), tickMinStep: 1 },
        scale: { zero: false, nice: false, padding: 12 },
      };
      const y = (field: string) => ({
        field,
        type: 'quantitative',
        title,
        scale: { zero: false },
        axis: plainAxis(layout),
      });
      const color = colourOf('series', series, layout, 'axis');
      const opacity = faded;
      return {
        data: { name: 'rows' },
        height: layout === 'wide' ? 280 : 230,
        layer: [
          {
            params: [alone('series')],
            mark: { type: 'line', point: { filled: true, size: 50 } },
            encoding: {
              x,
              y: y('value'),
              color,
              opacity,
              tooltip: [named, number('x', xTitle), number('value', title)],
            },
          },
          ...(several
            ? [
                {
                  mark: { type: 'rule', strokeWidth: 1.5 },
                  encoding: { x, y: y('low'), y2: { field: 'high' }, color, opacity },
                },
              ]
            : []),
        ],
      };
    }),
    notes: [],
  };
}

const FORMATS: Partial<Record<MetricKey, (value: number) => string>> = {
  time: formatNs,
  instructions: formatCount,
  l1_misses: formatCount,
  l2_misses: formatCount,
  bandwidth: formatBandwidth,
  ipc: formatRatio,
};

/** From the first value of the axis to the last: for the line that grows most. */
function lineMessage(
  points: readonly Point[],
  xTitle: string,
  format: (value: number) => string,
): string {
  const lines = [...new Set(points.map((p) => p.series))].flatMap((series) => {
    const own = points.filter((p) => p.series === series);
    const [first, last] = [own[0], own.at(-1)];
    return first && last && first !== last && first.spread.median > 0
      ? [{ series, first, last, growth: last.spread.median / first.spread.median }]
      : [];
  });
  if (lines.length === 0) return 'No line has two points.';
  const most = lines.reduce((a, b) =>
    Math.abs(Math.log(b.growth)) > Math.abs(Math.log(a.growth)) ? b : a,
  );
  return `${lines.length > 1 ? `${capital(most.series)} changes most: from` : 'From'} ${format(most.first.spread.median)} at ${xTitle} ${most.first.x} to ${format(most.last.spread.median)} at ${most.last.x}.`;
}

/**
 * Depth variants bear a digit per module, `yolov3-tiny_00300`: a line per module over the variants in which only that
 * module has grown, beginning with the unmodified network.
 */
function depthSteps(configurations: readonly Configuration[]): Step[] {
  const coded = configurations.flatMap((configuration) => {
    const network = runOf(configuration).identity.network ?? configuration.label;
    const match = /[_-](\d{3,9})$/.exec(String(network));
    return match ? [{ configuration, digits: [...(match[1] as string)].map(Number) }] : [];
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
    steps.push({ configuration: base.configuration, series, x: 0 });
    for (const { configuration, digits } of grown)
      steps.push({ configuration, series, x: digits[module] as number });
  }
  return steps;
}

const NO_AXES = new Set(['period', 'deadline', 'repetition', 'us', 'seed', 'jobs']);

const runOf = (configuration: Configuration): Run => configuration.digests[0]?.run as Run;

/** Facts that are numbers with three values or more, each with a line per set of otherwise equal configurations. */
function numericAxes(configurations: readonly Configuration[]): Map<string, Step[]> {
  const axes = new Map<string, Step[]>();
  const names = new Set(configurations.flatMap((c) => Object.keys(runOf(c).identity)));
  for (const name of names) {
    if (NO_AXES.has(name)) continue;
    const having = configurations.filter((c) => typeof runOf(c).identity[name] === 'number');
    if (new Set(having.map((c) => runOf(c).identity[name])).size < 3) continue;
    const follow = new Set(followers(having.map(runOf), name, [...names]) ?? []);
    const rest = (c: Configuration) => {
      const { identity, parameters } = runOf(c);
      const facts = { ...identity, ...(follow.size > 0 ? parameters : {}) };
      return new Map(
        Object.entries(facts).filter(
          ([n]) => n !== name && !NO_AXES.has(n) && (!follow.has(n) || parameters[n] !== undefined),
        ),
      );
    };
    const all = having.map(rest);
    // what all lines share names none of them
    const varying = new Set(
      all.flatMap((facts) =>
        [...facts].filter(([n, v]) => all.some((o) => o.get(n) !== v)).map(([n]) => n),
      ),
    );
    axes.set(
      name,
      having
        .map((configuration, i) => ({
          configuration,
          series:
            [...(all[i] as ReturnType<typeof rest>)]
              .filter(([n]) => varying.has(n))
              .map(([n, value]) => partInWords(n, value, runOf(configuration)))
              .join(', ') || 'all',
          x: runOf(configuration).identity[name] as number,
        }))
        .sort((a, b) => a.x - b.x),
    );
  }
  return axes;
}
