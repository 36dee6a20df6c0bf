/** JSON of this tool's own files. */

/** A BigInt as JSON has it: a number where a double holds it exactly, else a string of its digits. */
export const plainInteger = (v: bigint) =>
  v >= BigInt(Number.MIN_SAFE_INTEGER) && v <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(v)
    : v.toString();

/**
 * JSON of plain data with two-space indentation, a BigInt as `plainInteger` has it. Numbers that JSON lacks (NaN, infinities) become null.
 */
export function toJson(value: unknown): string {
  return `${JSON.stringify(
    value,
    (_key, v: unknown) => (typeof v === 'bigint' ? plainInteger(v) : v),
    2,
  )}\n`;
}
