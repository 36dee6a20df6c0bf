/** Sets of cores as the kernel writes them, and which of them are online. */
import { readText, SYSTEM_ROOT } from './system-files.js';

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
