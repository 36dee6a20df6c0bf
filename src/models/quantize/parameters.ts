/** How a real number r is stored: q = round(r / scale) + zeroPoint. */
export interface AffineParameters {
  scale: number;
  zeroPoint: number;
}

/**
 * Parameters for a range. It is widened to hold 0, which padding needs exactly (Jacob et al., "Quantization and training
 * of neural networks for efficient integer-arithmetic-only inference", 2017).
 */
export function affineParameters(
  [min, max]: readonly [number, number],
  type: 'INT8' | 'UINT8',
): AffineParameters {
  const low = Math.min(min, 0);
  const high = Math.max(max, 0);
  const lowest = type === 'INT8' ? -128 : 0;
  // What is always 0 has no range to divide. A scale of 1 keeps the ratios between scales, which kernels limit, sane.
  const scale = high - low < 1e-9 ? 1 : Math.fround((high - low) / 255);
  const zeroPoint = Math.max(lowest, Math.min(lowest + 255, Math.round(lowest - low / scale)));
  return { scale, zeroPoint };
}

/** The outputs that TFLite's kernels fix, as for int8; uint8 zero points are 128 higher. */
const FIXED = new Map<string, AffineParameters>(
  Object.entries({
    SOFTMAX: { scale: 1 / 256, zeroPoint: -128 },
    LOGISTIC: { scale: 1 / 256, zeroPoint: -128 },
    TANH: { scale: 1 / 128, zeroPoint: 0 },
    L2_NORMALIZATION: { scale: 1 / 128, zeroPoint: 0 },
    LOG_SOFTMAX: { scale: 16 / 256, zeroPoint: 127 },
  }),
);

export function fixedParameters(operator: string, type: 'INT8' | 'UINT8'): AffineParameters | null {
  const fixed = FIXED.get(operator);
  if (!fixed) return null;
  return type === 'INT8' ? fixed : { scale: fixed.scale, zeroPoint: fixed.zeroPoint + 128 };
}

export function equalParameters(a: AffineParameters, b: AffineParameters): boolean {
  return a.scale === b.scale && a.zeroPoint === b.zeroPoint;
}
