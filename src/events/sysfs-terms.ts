/** Events written as a kernel PMU's terms (`event=0x3c,umask=0x1`), placed into config by its format files. */
import type { Pmu } from './pmu.js';

export type Encoded = { config: bigint } | { problem: string };

/**
 * Encodes the text between the slashes of `pmu/…/`: the name of one of the PMU's events, or terms.
 * Understood: `field`, `field=value` for fields of the PMU's format folder that lie in `config`, and `config=value`.
 */
export function encodeTerms(pmu: Pmu, text: string): Encoded {
  const named = Object.hasOwn(pmu.events, text) ? pmu.events[text] : undefined;
  let config = 0n;
  for (const term of (named ?? text).split(',')) {
    const [field = '', value, ...more] = term.trim().split('=');
    const number = value === undefined ? 1n : parseNumber(value);
    if (number === null || more.length > 0)
      return { problem: `"${term}" has no number that the kernel would understand` };
    if (field === 'config') {
      config |= number;
      continue;
    }
    const format = Object.hasOwn(pmu.formats, field) ? pmu.formats[field] : undefined;
    if (format === undefined) return { problem: unknownField(pmu, field) };
    const placed = place(number, format);
    if (placed === null)
      return {
        problem: `${field}=${value ?? 1} does not fit into ${format} of the PMU ${pmu.name}`,
      };
    config |= placed;
  }
  return { config };
}

function unknownField(pmu: Pmu, field: string): string {
  const events = Object.keys(pmu.events);
  const some = events.length > 0 ? `; its events: ${events.slice(0, 12).join(', ')}` : '';
  return `the PMU ${pmu.name} has no event or field "${field}"${some}`;
}

/** Decimal or 0x…; null for anything else or more than 64 bits. */
function parseNumber(text: string): bigint | null {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) return null;
  const number = BigInt(text);
  return number >> 64n === 0n ? number : null;
}

/**
 * Spreads a value over the bits of a format file: `config:0-7,32-35` takes the value's bits from the lowest up.
 * Null when the value is too large, or the bits are not those of `config` (config1 and config2 are not supported).
 */
export function place(value: bigint, format: string): bigint | null {
  const match = /^config:(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)$/.exec(format.trim());
  if (!match?.[1]) return null;
  let rest = value;
  let config = 0n;
  for (const range of match[1].split(',')) {
    const [low = 0, high = low] = range.split('-').map(Number);
    if (high < low || high > 63) return null;
    const width = BigInt(high - low + 1);
    config |= (rest & ((1n << width) - 1n)) << BigInt(low);
    rest >>= width;
  }
  return rest === 0n ? config : null;
}
