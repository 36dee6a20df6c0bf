/** Ranks with ties. */

export interface Ranked {
  /** 1-based ranks in the order given; tied values share the mean of theirs. */
  ranks: Float64Array;
  /** Sum of t^3 - t over the groups of t tied values: what ties take from the variance of a rank statistic. */
  tieTerm: number;
}

/** Mid-ranks of finite values. */
export function midRanks(values: ArrayLike<number>): Ranked {
  const n = values.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  order.sort((i, j) => (values[i] as number) - (values[j] as number));
  const ranks = new Float64Array(n);
  let tieTerm = 0;
  for (let from = 0; from < n; ) {
    const value = values[order[from] as number] as number;
    let to = from + 1;
    while (to < n && values[order[to] as number] === value) to++;
    const ties = to - from;
    tieTerm += ties ** 3 - ties;
    for (let i = from; i < to; i++) ranks[order[i] as number] = (from + to + 1) / 2;
    from = to;
  }
  return { ranks, tieTerm };
}

/**
 * For two ascending samples at once, without ranking each value: the rank sum of the second in the pooled sample.
 */
export function rankSum(a: Float64Array, b: Float64Array): { rankSumB: number; tieTerm: number } {
  let i = 0;
  let j = 0;
  let rankSumB = 0;
  let tieTerm = 0;
  while (i < a.length || j < b.length) {
    const value = Math.min(
      i < a.length ? (a[i] as number) : Number.POSITIVE_INFINITY,
      j < b.length ? (b[j] as number) : Number.POSITIVE_INFINITY,
    );
    const before = i + j;
    const fromB = j;
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    const ties = i + j - before;
    rankSumB += (j - fromB) * (before + (ties + 1) / 2);
    tieTerm += ties ** 3 - ties;
  }
  return { rankSumB, tieTerm };
}
