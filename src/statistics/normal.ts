/** The standard normal distribution, accurate in its tails (a rank test of 5,000 jobs has tiny p-values). */

/**
 * P(Z <= z), to about 1e-15 absolutely and with a correct relative size in the lower tail.
 *
 * Hart's rational approximation (algorithm 5666 of Hart et al., "Computer Approximations", 1968) in the form of
 * West, "Better approximations to cumulative normal functions", Wilmott Magazine, May 2005. The table lookup of
 * simple-statistics has two decimals of z, which is too coarse for p-values.
 */
export function normalCdf(z: number): number {
  const lower = lowerTail(Math.abs(z));
  return z > 0 ? 1 - lower : lower;
}

/** Two-sided p-value of a standard normal statistic: P(|Z| >= |z|). */
export function twoSidedP(z: number): number {
  return Math.min(1, 2 * lowerTail(Math.abs(z)));
}

/** P(Z <= -x) for x >= 0. */
function lowerTail(x: number): number {
  if (x > 37) return 0;
  const e = Math.exp((-x * x) / 2);
  if (x < 7.07106781186547) {
    const above =
      ((((((3.52624965998911e-2 * x + 0.700383064443688) * x + 6.37396220353165) * x +
        33.912866078383) *
        x +
        112.079291497871) *
        x +
        221.213596169931) *
        x +
        220.206867912376) *
      e;
    const below =
      ((((((8.83883476483184e-2 * x + 1.75566716318264) * x + 16.064177579207) * x +
        86.7807322029461) *
        x +
        296.564248779674) *
        x +
        637.333633378831) *
        x +
        793.826512519948) *
        x +
      440.413735824752;
    return above / below;
  }
  // a continued fraction takes over far out
  return e / (x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))))) / 2.506628274631;
}
