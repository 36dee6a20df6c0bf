/** Outliers by the modified Z-score. */
import { medianOf, sortedFinite, type Values } from './sorted.js';

/** Iglewicz and Hoaglin's recommendation: |M| above 3.5 is an outlier. */
const OUTLIER_SCORE = 3.5;

/** E(MAD) of a normal sample in units of its standard deviation: the 0.75 quantile of N(0, 1). */
const NORMAL_MAD = 0.6745;
/** The same for the mean absolute deviation: sqrt(2/pi). */
const NORMAL_MEAN_AD = Math.sqrt(2 / Math.PI);

export interface OutlierScores {
  /** One score per value, in the order given; NaN where the value is absent. */
  scores: Float64Array;
  median: number | null;
  /** What the deviations were divided by; 0 for constant data, whose scores are all 0. */
  scale: number;
  /** Positions of the values whose |score| exceeds the threshold. */
  outliers: number[];
}

/**
 * Modified Z-scores M_i = 0.6745 (x_i - median) / MAD (B. Iglewicz, D. Hoaglin, "How to Detect and Handle Outliers",
 * ASQC, 1993). Where more than half of the values are equal the MAD is 0; the mean absolute deviation from the median
 * then takes its place (M_i = (x_i - median) / (1.2533 meanAD)), as the same authors suggest.
 *
 * @param values NaN = absent
 * @param threshold |M| above which a value is an outlier
 */
export function modifiedZScores(values: Values, threshold = OUTLIER_SCORE): OutlierScores {
  const scores = new Float64Array(values.length).fill(Number.NaN);
  const sorted = sortedFinite(values);
  const median = medianOf(sorted);
  if (median === null) return { scores, median, scale: 0, outliers: [] };
  const deviations = sorted.map((value) => Math.abs(value - median)).sort();
  const mad = medianOf(deviations) as number;
  const meanAd = deviations.reduce((sum, d) => sum + d, 0) / deviations.length;
  const scale = mad > 0 ? mad / NORMAL_MAD : meanAd / NORMAL_MEAN_AD;
  const outliers: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    const score = scale > 0 ? (value - median) / scale : 0;
    scores[i] = score;
    if (Math.abs(score) > threshold) outliers.push(i);
  }
  return { scores, median, scale, outliers };
}
