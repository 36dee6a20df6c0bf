/** Sets of cores as the kernel writes them, and which of them are online. */
import { readText, SYSTEM_ROOT } from '../kernel/system-files.js';

/**
 * Parses the kernel's list format, e.g. `0-3,8` (Documentation/admin-guide/cputopology.rst); an empty list is
 * written as an empty line, and nohz_full as `(null)` where nothing was asked for.
 * @returns core numbers in ascending order, or null for text in no such format
 */
export function parseCoreList(text: string): number[] | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === '(null)') return [];
  const cores = new Set<number>();
  for (const part of trimmed.split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (range === null) return null;
    const first = Number(range[1]);
    const last = range[2] === undefined ? first : Number(range[2]);
    if (last < first || last - first > 65_536) return null;
    for (let core = first; core <= last; core++) cores.add(core);
  }
  return [...cores].sort((a, b) => a - b);
}

/** `[0, 1, 2, 5]` as `0-2,5`; no cores are an empty text. */
export function formatCoreList(cores: readonly number[]): string {
  const sorted = [...new Set(cores)].sort((a, b) => a - b);
  const ranges: [first: number, last: number][] = [];
  for (const core of sorted) {
    const range = ranges.at(-1);
    if (range !== undefined && core === range[1] + 1) range[1] = core;
    else ranges.push([core, core]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',');
}

/**
 * Parses the kernel's mask format: hexadecimal words of 32 bits, the highest first, e.g. `3` or `00000001,0000000f`.
 * @returns core numbers in ascending order, or null for text in no such format
 */
export function parseCoreMask(text: string): number[] | null {
  const words = text.trim().split(',');
  if (!words.every((word) => /^[0-9a-f]{1,8}$/i.test(word))) return null;
  const cores: number[] = [];
  for (const [i, word] of words.reverse().entries())
    for (let bit = 0; bit < 32; bit++)
      if ((Number.parseInt(word, 16) / 2 ** bit) & 1) cores.push(i * 32 + bit);
  return cores;
}

/** `[0, 1, 32]` as `1,00000003`. */
export function formatCoreMask(cores: readonly number[]): string {
  const words = Array.from({ length: Math.floor(Math.max(0, ...cores) / 32) + 1 }, () => 0);
  for (const core of new Set(cores))
    words[Math.floor(core / 32)] = (words[Math.floor(core / 32)] ?? 0) + 2 ** (core % 32);
  return words
    .reverse()
    .map((word, i) => (i === 0 ? word.toString(16) : word.toString(16).padStart(8, '0')))
    .join(',');
}

/** Reads a core list of /sys/devices/system/cpu; null where it is hidden or absent. */
export function readCoreList(
  name: 'online' | 'possible' | 'isolated' | 'nohz_full',
  root = SYSTEM_ROOT,
): number[] | null {
  const text = readText(root, `sys/devices/system/cpu/${name}`);
  return text === null ? null : parseCoreList(text);
}

/** The cores that are online; null where /sys is hidden. */
export function onlineCores(root = SYSTEM_ROOT): number[] | null {
  return readCoreList('online', root);
}
