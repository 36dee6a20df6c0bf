/** A histogram of release latencies, in bins of equal width on a logarithmic scale. */

/** Bins per factor of ten. */
const PER_DECADE = 10;
/** Everything below is one bin: no clock that is read twice tells less. */
const LEAST_NS = 100;

export interface LatencyBin {
  /** Bounds of the bin, ns. */
  from: number;
  to: number;
  count: number;
}

/** Bins that hold something, in ascending order. Latencies at or below 100 ns (and negative ones) share the first. */
export function latencyHistogram(latencies: ArrayLike<number>): LatencyBin[] {
  const counts = new Map<number, number>();
  for (let i = 0; i < latencies.length; i++) {
    const value = latencies[i] as number;
    if (Number.isNaN(value)) continue;
    const bin =
      value <= LEAST_NS ? -1 : Math.floor(PER_DECADE * Math.log10(value / LEAST_NS) + 1e-9);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const edge = (bin: number) => LEAST_NS * 10 ** (bin / PER_DECADE);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bin, count]) => ({ from: bin < 0 ? edge(-1) : edge(bin), to: edge(bin + 1), count }));
}
