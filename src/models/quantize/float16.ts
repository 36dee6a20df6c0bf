/** IEEE 754 half precision; Node 20 has no Float16Array. */

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The half-precision bits of a float32 value, rounded to nearest, ties to even; what is too large becomes infinite. */
export function halfBits(value: number): number {
  float[0] = value;
  return halfOfFloatBits(bits[0] as number);
}

/** The same for the bits of a float32. */
export function halfOfFloatBits(f: number): number {
  const sign = (f >>> 16) & 0x8000;
  const exponent = (f >>> 23) & 0xff;
  const mantissa = f & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 : 0);
  const half = exponent - 127 + 15;
  if (half >= 0x1f) return sign | 0x7c00;
  // Below 2^-14 halves are subnormal: the implicit one becomes explicit and everything moves right.
  const shift = half > 0 ? 13 : 14 - half;
  if (shift > 24) return sign;
  const full = half > 0 ? mantissa : mantissa | 0x800000;
  const kept = full >>> shift;
  const rest = full & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  const up = rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0;
  // A carry out of the mantissa raises the exponent, as it should.
  return sign + ((half > 0 ? half << 10 : 0) + kept + up);
}

/** The value of half-precision bits. */
export function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
