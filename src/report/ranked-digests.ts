/** The ranking over several metrics, as the report shows it. */
import { METRICS, type MetricKey } from '../analysis/metric-values.js';
import { type Criterion, type RankedItem, rankItems } from '../statistics/ranking.js';
import type { Digest } from './digest.js';

const RANKED: readonly MetricKey[] = ['time', 'accuracy', 'l2_misses', 'size'];

export interface Ranking {
  criteria: Criterion<Digest>[];
  items: RankedItem<Digest>[];
}

/** Null unless there are three runs and two metrics that most of them know. */
export function rankingOf(digests: readonly Digest[]): Ranking | null {
  if (digests.length < 3) return null;
  const criteria = METRICS.filter(
    ({ key }) =>
      RANKED.includes(key) &&
      digests.filter((d) => d.medians[key] !== null).length * 2 >= digests.length,
  ).map(({ key, label, better }) => ({
    name: label,
    better,
    value: (d: Digest) => d.medians[key],
  }));
  return criteria.length < 2 ? null : { criteria, items: rankItems(digests, criteria) };
}
