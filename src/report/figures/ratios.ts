/** Ratios (appendix D of the study): what one fact changes, metric by metric. */
import type { Comparison, MetricComparison } from '../../analysis/comparison.js';
import { formatFactor } from '../../analysis/comparison-words.js';
import {
  type FactComparisons,
  type NamedComparison,
  namesOf,
  valuesOf,
} from '../../analysis/labels.js';
import { FACTS } from '../../analysis/metric-values.js';
import { bandsOf } from '../bands.js';
import type { Configuration } from '../configurations.js';
import { type Datum, type Figure, inBoth, missing, round, slug } from '../figure.js';
import { alone, clickWords, colourOf, faded, line, number, ratioAxis } from '../marks.js';

function differenceOf({ role, shown, more }: MetricComparison): string {
  if (shown === null) return more === null ? 'not tested' : 'too few processes to show one';
  return `${shown ? 'shown' : 'none shown'}${role === 'exploratory' ? ' (exploratory)' : ''}`;
}

/** Px of a metric's mark. */
const EACH = 11;

/** Half of the axis at least, as a factor. */
const LEAST_REACH = 1.1;

/** Ids of the figures, by fact: the name of an axis may be anything. */
export function ratioIds(facts: readonly FactComparisons[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(facts.map(({ fact }) => [fact, `ratios-${slug(fact, taken)}`]));
}

export function ratioFigures(
  facts: readonly FactComparisons[],
  configurations: readonly Configuration[],
): Figure[] {
  const section = 'Differences' as const;
  if (facts.length === 0)
    return [
      missing(
        { id: 'ratios', section, title: 'Ratios' },
        'No two configurations differ in one fact only, so there is nothing to put in relation.',
      ),
    ];
  const ids = ratioIds(facts);
  const runs = configurations.flatMap((c) => c.digests.map((d) => d.run));
  return facts.map((one) => {
    const { fact } = one;
    const compared = namesOf(one, runs);
    // a figure of the model that the fact leaves as it is
    const alike = new Set(
      FACTS.filter((key) =>
        one.comparisons.every((c) => (c.metrics.find((m) => m.key === key)?.ratio ?? 1) === 1),
      ),
    );
    const rows: Datum[] = compared.flatMap((named) =>
      named.comparison.metrics.flatMap((m) =>
        m.ratio === null || m.ratio <= 0 || alike.has(m.key)
          ? []
          : [
              {
                comparison: named.name,
                values: valuesOf(named),
                metric: m.label,
                ratio: round(m.ratio),
                low: m.interval === null ? null : round(m.interval.low),
                high: m.interval === null ? null : round(m.interval.high),
                p: (m.pCorrected ?? m.p) === null ? null : round((m.pCorrected ?? m.p) as number),
                difference: differenceOf(m),
              },
            ],
      ),
    );
    const head = {
      id: ids.get(fact) as string,
      section,
      title: `By ${fact === 'xnnpack' ? 'XNNPACK' : fact}`,
    };
    if (rows.length === 0) return missing(head, 'No metric is known on both sides.');
    const names = compared.map(({ name }) => name);
    const metrics = [...new Set(rows.map((row) => row.metric as string))];
    const values = [...new Set(compared.map(valuesOf))];
    const away = (v: number) => Math.max(v, 1 / v);
    const reach = Math.max(
      LEAST_REACH,
      1.08 * Math.max(...rows.map((row) => away(row.ratio as number))),
    );
    const domain: [number, number] = [round(1 / reach), round(reach)];
    const scale = { type: 'log', domain, nice: false };
    const timeOf = ({ metrics: all }: Comparison) =>
      all.find((m) => m.key === 'time')?.ratio ?? null;
    return {
      ...head,
      message: ratioMessage(compared),
      caption: `${values.length === 1 ? `${values[0]}: ` : ''}1× is no change, and 0.25× is as far from it as 4×. Filled marks are differences that the test shows, hollow ones are not shown or not tested. With several processes the ratio is the estimate that belongs to the test (Hodges-Lehmann), and the line its interval; inference time is corrected for all comparisons on this page (Holm), the other metrics are exploratory.${clickWords('a metric', metrics)}`,
      rows,
      specs: inBoth((layout) => {
        const bands = bandsOf(names, layout, {
          room: EACH * metrics.length + 4,
          values: compared.map(({ comparison }) => {
            const ratio = timeOf(comparison);
            return ratio === null ? '–' : `time ${formatFactor(ratio)}×`;
          }),
        });
        const data = rows.map((row) => ({
          ...row,
          filled: String(row.difference).startsWith('shown'),
          low: row.low === null ? null : Math.max(domain[0], row.low as number),
          high: row.high === null ? null : Math.min(domain[1], row.high as number),
          y: round(
            bands.at(row.comparison as string) +
              EACH * (metrics.indexOf(row.metric as string) - (metrics.length - 1) / 2),
          ),
        }));
        const x = (field: string) => ({
          field,
          type: 'quantitative',
          title: values.length === 1 ? (values[0] as string) : 'ratio',
          scale,
          axis: ratioAxis(domain[0], domain[1], layout),
        });
        const tooltip = [
          { field: 'comparison', title: 'compared' },
          { field: 'values', title: 'values' },
          { field: 'metric', title: 'metric' },
          number('ratio', 'ratio (×)'),
          number('low', 'interval from'),
          number('high', 'to'),
          { field: 'difference', title: 'difference' },
        ];
        const color = colourOf('metric', metrics, layout);
        return {
          height: bands.height,
          data: { values: data },
          layer: [
            line(1, scale),
            {
              transform: [{ filter: 'datum.low !== null' }],
              mark: { type: 'rule', strokeWidth: 1.5 },
              encoding: {
                x: x('low'),
                x2: { field: 'high' },
                y: bands.y('y'),
                color,
                opacity: faded,
              },
            },
            {
              params: [alone('metric')],
              mark: { type: 'point', size: 62, filled: true },
              encoding: {
                x: x('ratio'),
                y: bands.y('y'),
                color,
                fillOpacity: {
                  condition: { test: 'datum.filled', value: 1 },
                  value: 0,
                },
                stroke: colourOf('metric', metrics, layout),
                strokeWidth: { value: 1.8 },
                opacity: faded,
                tooltip,
              },
            },
            ...bands.layers,
          ],
        };
      }),
      notes: [],
    };
  });
}

function ratioMessage(compared: readonly NamedComparison[]): string {
  const known = compared.flatMap(({ comparison, name }) => {
    const time = comparison.metrics.find((m) => m.key === 'time');
    return time?.ratio ? [{ name, ratio: time.ratio, shown: time.shown }] : [];
  });
  const [first] = known;
  if (first === undefined) return 'No inference time is known on both sides.';
  const times = (ratio: number) => `${formatFactor(ratio)}×`;
  if (known.length === 1)
    return `Inference time: ${times(first.ratio)}${first.shown === true ? ', a difference that the test shows' : first.shown === false ? ', no difference shown' : ', not tested'}.`;
  const sorted = [...known].sort((a, b) => a.ratio - b.ratio);
  const [least, most] = [sorted[0] as typeof first, sorted.at(-1) as typeof first];
  const shown = known.filter((k) => k.shown === true).length;
  const tested = known.filter((k) => k.shown !== null).length;
  return `Inference time: from ${times(least.ratio)} (${least.name}) to ${times(most.ratio)} (${most.name}); ${tested === 0 ? 'not tested, for the processes are too few' : `${shown} of ${known.length} differences are shown`}.`;
}
