/** Ratio bars (appendix D of the study): what one fact changes, metric by metric. */
import type { Comparison, MetricComparison } from '../../analysis/comparison.js';
import { INVALID_NOTE } from '../../analysis/comparison-words.js';
import { bandHeight, type Datum, type Figure, LABEL_LIMIT, missing, round } from '../figure.js';

/** Comparisons by one fact. */
export interface FactComparisons {
  fact: string;
  comparisons: readonly Comparison[];
}

/** From one end of an interval to the other, where there is one: too few processes have none. */
const whiskers = {
  transform: [{ filter: 'datum.low !== null' }],
  mark: { type: 'rule', style: 'ink' },
  encoding: {
    x: { field: 'low', type: 'quantitative' },
    x2: { field: 'high' },
    yOffset: { field: 'metric', sort: null },
  },
};

function differenceOf({ role, shown, more }: MetricComparison): string {
  if (shown === null) return more === null ? 'not tested' : 'too few processes to show one';
  return `${shown ? 'shown' : 'none shown'}${role === 'exploratory' ? ' (exploratory)' : ''}`;
}

export function ratioFigures(facts: readonly FactComparisons[]): Figure[] {
  if (facts.length === 0)
    return [
      missing(
        { id: 'ratios', section: 'Ratios', title: 'Ratios' },
        'No two runs differ in precision, XNNPACK or threads only, so there is nothing to put in relation.',
      ),
    ];
  return facts.map(({ fact, comparisons }) => {
    const rows: Datum[] = [];
    for (const { a, b, metrics } of comparisons)
      for (const m of metrics) {
        if (m.ratio === null) continue;
        rows.push({
          pair: `${b.name} / ${a.name}`,
          metric: m.label,
          percent: round(100 * m.ratio),
          low: m.interval === null ? null : round(100 * m.interval.low),
          high: m.interval === null ? null : round(100 * m.interval.high),
          p: (m.pCorrected ?? m.p) === null ? null : round((m.pCorrected ?? m.p) as number),
          difference: differenceOf(m),
        });
      }
    const pairs = new Set(rows.map((row) => row.pair)).size;
    const metrics = new Set(rows.map((row) => row.metric)).size;
    const x = { field: 'percent', type: 'quantitative', title: 'per cent of the baseline' };
    return {
      id: `ratios-${fact}`,
      section: 'Ratios',
      title: `By ${fact}`,
      caption:
        'Each metric of the one as a percentage of the other; 100 % is no change. With several processes it is the estimate that belongs to the test (Hodges-Lehmann), not the quotient of two medians. The interval is over processes, and it is there where they are enough: inference time is corrected for all comparisons on this page (Holm), the other metrics are exploratory. Click a metric in the legend to see it alone.',
      rows,
      spec: {
        data: { name: 'rows' },
        height: bandHeight(pairs, Math.max(28, 15 * metrics + 10)),
        encoding: {
          y: {
            field: 'pair',
            type: 'nominal',
            sort: null,
            title: null,
            axis: { labelLimit: LABEL_LIMIT, labelExpr: "split(datum.label, ' / ')" },
          },
        },
        layer: [
          {
            params: [
              { name: 'shown', select: { type: 'point', fields: ['metric'] }, bind: 'legend' },
            ],
            mark: { type: 'bar', cornerRadiusEnd: 2 },
            encoding: {
              x,
              yOffset: { field: 'metric', sort: null },
              color: { field: 'metric', type: 'nominal', sort: null, title: null },
              opacity: { condition: { param: 'shown', value: 1 }, value: 0.12 },
              tooltip: [
                { field: 'pair', title: 'compared' },
                { field: 'metric', title: 'metric' },
                {
                  field: 'percent',
                  type: 'quantitative',
                  title: '% of the baseline',
                  format: '.4~r',
                },
                { field: 'low', type: 'quantitative', title: 'CI from', format: '.4~r' },
                { field: 'high', type: 'quantitative', title: 'CI to', format: '.4~r' },
                { field: 'difference', title: 'difference' },
              ],
            },
          },
          ...(rows.every((row) => row.low === null) ? [] : [whiskers]),
          {
            data: { values: [{ at: 100 }] },
            mark: { type: 'rule', style: 'soft', strokeDash: [4, 3] },
            encoding: { x: { field: 'at', type: 'quantitative' }, y: null },
          },
        ],
      },
      findings: [...new Set(comparisons.map((c) => c.sentence))],
      // verdicts stand in the report's own table
      notes: [
        ...new Set(
          comparisons.flatMap((c) => c.notes.filter((note) => !note.includes(INVALID_NOTE))),
        ),
      ],
    };
  });
}
