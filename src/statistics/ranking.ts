/** Choosing among many: ranks over several metrics, and the Pareto front. */

export interface Criterion<T> {
  name: string;
  better: 'lower' | 'higher';
  /** Null = not known for this item. */
  value: (item: T) => number | null;
}

export interface RankedItem<T> {
  item: T;
  /** Per criterion, in the order given: 1 = best; null where the value is not known. */
  ranks: (number | null)[];
  /** Sum of the ranks; null unless all are known. */
  total: number | null;
}

/**
 * Ranks the items by every criterion and adds the ranks up, each criterion weighing the same; the smallest total is the
 * best compromise (the method of Table 5.5 of "Benchmarking Real-time Features of Deep Neural Network Inferences").
 * Equal values share the better rank, and the next one counts all before it (1, 2, 2, 4).
 *
 * @returns by ascending total; items with an unknown value last, in the order given
 */
export function rankItems<T>(
  items: readonly T[],
  criteria: readonly Criterion<T>[],
): RankedItem<T>[] {
  const columns = criteria.map(({ better, value }) => {
    const found = items.map((item) => {
      const v = value(item);
      return v === null || !Number.isFinite(v) ? null : better === 'lower' ? v : -v;
    });
    const order = found.filter((v) => v !== null).sort((a, b) => a - b);
    const rank = new Map<number, number>();
    order.forEach((v, i) => {
      if (!rank.has(v)) rank.set(v, i + 1);
    });
    return found.map((v) => (v === null ? null : (rank.get(v) as number)));
  });
  return items
    .map((item, i) => {
      const ranks = columns.map((column) => column[i] ?? null);
      const total = ranks.reduce<number | null>(
        (sum, rank) => (sum === null || rank === null ? null : sum + rank),
        0,
      );
      return { item, ranks, total };
    })
    .sort(
      (a, b) => (a.total ?? Number.POSITIVE_INFINITY) - (b.total ?? Number.POSITIVE_INFINITY) || 0,
    );
}

/**
 * The items that no other beats: none is at least as good by every criterion and better by one (Pareto). Items with an
 * unknown value are left out, since nothing can be said of them.
 *
 * @returns in the order given
 */
export function paretoFront<T>(items: readonly T[], criteria: readonly Criterion<T>[]): T[] {
  const known: { item: T; costs: number[] }[] = [];
  for (const item of items) {
    const costs = criteria.map(({ better, value }) => {
      const v = value(item) ?? Number.NaN;
      return better === 'lower' ? v : -v;
    });
    if (costs.every(Number.isFinite)) known.push({ item, costs });
  }
  const dominates = (a: number[], b: number[]) =>
    a.every((cost, i) => cost <= (b[i] as number)) && a.some((cost, i) => cost < (b[i] as number));
  return known
    .filter(({ costs }) => !known.some((other) => dominates(other.costs, costs)))
    .map(({ item }) => item);
}
