/** The first run against the usual one (figures 5.10 to 5.12 of the study). */
import type { Digest } from '../digest.js';
import { bandHeight, type Datum, type Figure, LABEL_LIMIT, missing, round } from '../figure.js';

const LABELS = {
  time: 'time',
  instructions: 'instructions',
  l1_misses: 'L1D misses',
  l2_misses: 'L2 misses',
} as const;

/** Groups of bars that can be taken in at once. */
const MOST_GROUPS = 15;

export function firstRunFigure(digests: readonly Digest[]): Figure {
  const head = {
    id: 'first-run',
    section: 'First run' as const,
    title: 'First job relative to the median of the others',
  };
  const rows: Datum[] = digests.flatMap((d) =>
    Object.entries(LABELS).flatMap(([key, metric]) => {
      const ratio = d.firstRatios[key as keyof typeof LABELS];
      return ratio === null ? [] : [{ run: d.name, metric, ratio: round(ratio) }];
    }),
  );
  if (rows.length === 0)
    return missing(head, 'No run has both its first job and others to compare it with.');
  const runs = new Set(rows.map((row) => row.run)).size;
  const metrics = new Set(rows.map((row) => row.metric)).size;
  // many runs have room for a point each, not for a group of bars
  const many = runs > MOST_GROUPS;
  return {
    ...head,
    caption:
      'At 1 (the dashed line) the first job is like any other. Click a metric in the legend to see it alone.',
    rows,
    spec: {
      data: { name: 'rows' },
      height: bandHeight(runs, many ? 20 : Math.max(22, 11 * metrics + 8)),
      encoding: {
        y: {
          field: 'run',
          type: 'nominal',
          sort: null,
          title: null,
          axis: { labelLimit: LABEL_LIMIT, grid: many },
        },
      },
      layer: [
        {
          params: [
            { name: 'shown', select: { type: 'point', fields: ['metric'] }, bind: 'legend' },
          ],
          mark: many
            ? { type: 'point', size: 55, opacity: 1 }
            : { type: 'bar', cornerRadiusEnd: 2 },
          encoding: {
            x: {
              field: 'ratio',
              type: 'quantitative',
              title: 'first job / median',
              scale: { zero: !many },
            },
            ...(many ? {} : { yOffset: { field: 'metric', sort: null } }),
            color: { field: 'metric', type: 'nominal', sort: null, title: null },
            opacity: { condition: { param: 'shown', value: 1 }, value: 0.12 },
            tooltip: [
              { field: 'run', title: 'run' },
              { field: 'metric', title: 'metric' },
              { field: 'ratio', type: 'quantitative', title: 'first / median', format: '.4~r' },
            ],
          },
        },
        {
          data: { values: [{ at: 1 }] },
          mark: { type: 'rule', style: 'soft', strokeDash: [4, 3] },
          encoding: { x: { field: 'at', type: 'quantitative' }, y: null },
        },
      ],
    },
    notes: [],
  };
}
