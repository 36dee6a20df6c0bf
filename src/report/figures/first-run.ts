/** The first run against the usual one (figures 5.10 to 5.12 of the study). */
import { formatRatio } from '../../kernel/quantities.js';
import { bandsOf } from '../bands.js';
import type { Configuration } from '../configurations.js';
import { type Datum, type Figure, inBoth, missing, round } from '../figure.js';
import {
  alone,
  clickWords,
  colourOf,
  extremes,
  faded,
  line,
  named,
  number,
  ratioAxis,
} from '../marks.js';

const LABELS = {
  time: 'time',
  instructions: 'instructions',
  l1_misses: 'L1D misses',
  l2_misses: 'L2 misses',
} as const;

const EACH = 9;

export function firstRunFigure(configurations: readonly Configuration[]): Figure {
  const head = {
    id: 'first-run',
    section: 'Job by job' as const,
    title: 'First job relative to the median of the others',
  };
  const rows: Datum[] = configurations.flatMap((c) =>
    Object.entries(LABELS).flatMap(([key, metric]) => {
      const ratio = c.firstRatios[key as keyof typeof LABELS];
      return ratio === null || ratio.low <= 0
        ? []
        : [
            {
              configuration: c.label,
              metric,
              ratio: round(ratio.median),
              least_process: round(ratio.low),
              greatest_process: round(ratio.high),
            },
          ];
    }),
  );
  const timed = configurations.flatMap((c) =>
    c.firstRatios.time === null ? [] : [{ label: c.label, ratio: c.firstRatios.time }],
  );
  const ends = extremes(timed, (c) => c.ratio.median);
  if (ends === null)
    return missing(head, 'No run has both its first job and others to compare it with.');
  const names = [...new Set(rows.map((row) => row.configuration as string))];
  const metrics = [...new Set(rows.map((row) => row.metric as string))];
  const all = rows.flatMap((row) => [row.least_process as number, row.greatest_process as number]);
  const domain = [
    round(Math.min(0.9, ...all) / 1.05),
    round(Math.max(1.2, ...all) * 1.05),
  ] as const;
  const scale = { type: 'log', domain, nice: false };
  const times = (ratio: number) => `${formatRatio(ratio)}×`;
  const { least, most } = ends;
  const processes = Math.max(...timed.map((c) => c.ratio.processes.length));
  return {
    ...head,
    message:
      timed.length === 1
        ? `The first job took ${times(least.ratio.median)} the usual time.`
        : `The first job took from ${times(least.ratio.median)} (${least.label}) to ${times(most.ratio.median)} (${most.label}) the usual time.`,
    caption: `At 1× (the dashed line) the first job is like any other. ${processes > 1 ? 'The dot is the median over the processes, the line goes from the least of them to the greatest. ' : ''}\`isochron first-run\` explains it.${clickWords('a metric', metrics)}`,
    rows,
    specs: inBoth((layout) => {
      const value = new Map(timed.map((c) => [c.label, times(c.ratio.median)]));
      const bands = bandsOf(names, layout, {
        room: EACH * metrics.length + 6,
        values: names.map((name) => value.get(name) ?? '–'),
      });
      const x = (field: string) => ({
        field,
        type: 'quantitative',
        title: 'first job / median of the others',
        scale,
        axis: ratioAxis(domain[0], domain[1], layout),
      });
      const color = colourOf('metric', metrics, layout);
      return {
        height: bands.height,
        data: {
          values: rows.map((row) => ({
            ...row,
            y: round(
              bands.at(row.configuration as string) +
                EACH * (metrics.indexOf(row.metric as string) - (metrics.length - 1) / 2),
            ),
          })),
        },
        layer: [
          line(1, scale),
          {
            transform: [{ filter: 'datum.least_process < datum.greatest_process' }],
            mark: { type: 'rule', strokeWidth: 1.5 },
            encoding: {
              x: x('least_process'),
              x2: { field: 'greatest_process' },
              y: bands.y('y'),
              color,
              opacity: faded,
            },
          },
          {
            params: [alone('metric')],
            mark: { type: 'point', size: 60, opacity: 1 },
            encoding: {
              x: x('ratio'),
              y: bands.y('y'),
              color,
              opacity: faded,
              tooltip: [
                named,
                { field: 'metric', title: 'metric' },
                number('ratio', 'first / median'),
              ],
            },
          },
          ...bands.layers,
        ],
      };
    }),
    notes: [],
  };
}
