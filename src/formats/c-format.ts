/** The few formats of C's printf that RT-Bench's files are written with. */

/**
 * `%.<decimals>f`. Like toFixed, but a number that lies exactly between two results goes to the even one, as
 * glibc rounds; toFixed goes to the larger. (1/128 is such a number at six decimals.)
 */
function toFixedEven(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  const scaled = Math.abs(value) * 10 ** decimals;
  if (Math.abs(scaled - Math.floor(scaled) - 0.5) > 1e-3) return text;
  // All digits of the double (a tie has few), split behind the last one that stays.
  const exact = value.toFixed(100);
  const cut = exact.length - 100 + decimals;
  if (!/^50*$/.test(exact.slice(cut))) return text;
  return /[13579]$/.test(text) ? exact.slice(0, decimals === 0 ? cut - 1 : cut) : text;
}

/** The same for toExponential. (2^-14 lies between two results of nine digits.) */
function toExponentialEven(value: number, decimals: number): string {
  const text = value.toExponential(decimals);
  const [mantissa = '', exponent] = value.toExponential(100).split('e');
  const cut = mantissa.length - 100 + decimals;
  if (!/^50*$/.test(mantissa.slice(cut)) || !/[13579]e/.test(text)) return text;
  return `${mantissa.slice(0, decimals === 0 ? cut - 1 : cut)}e${exponent}`;
}

/** `%.<digits>g`: that many significant digits, no trailing zeros, an exponent below 1e-4 and from 10^digits on. */
export function formatG(value: number, digits: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return String(value);
  const exponent = Number(value.toExponential(digits - 1).split('e')[1]);
  if (exponent >= -4 && exponent < digits)
    return withoutTrailingZeros(toFixedEven(value, digits - 1 - exponent));
  const size = String(Math.abs(exponent)).padStart(2, '0');
  const [mantissa = ''] = toExponentialEven(value, digits - 1).split('e');
  return `${withoutTrailingZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${size}`;
}

function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `%.9f` of a non-negative number of ns, as seconds; exact at any size. */
export function formatSeconds(ns: bigint): string {
  const digits = ns.toString().padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** `%f`: six decimals, also for values at which JavaScript would turn to an exponent. */
export function formatF(value: number): string {
  return Math.abs(value) < 1e21 ? toFixedEven(value, 6) : `${BigInt(value)}.000000`;
}
