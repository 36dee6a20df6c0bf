/**
 * The kernel's watchdog of soft lockups: on each core of its mask its highest thread (migration/N) runs for some microseconds every
 * two fifths of kernel.watchdog_thresh, whatever priority a job has (Documentation/admin-guide/lockup-watchdogs.rst).
 */
import type { Machine } from '../formats/machine-facts.js';
import { readInteger, readText } from '../kernel/system-files.js';
import { parseCoreList } from './cores.js';

export const WATCHDOG_CORES = 'proc/sys/kernel/watchdog_cpumask';

/** Null where the kernel does not tell, or has none; without cores where it is off. */
export function watchdog(root: string): Machine['watchdog'] {
  const thresholdS = readInteger(root, 'proc/sys/kernel/watchdog_thresh');
  const cores = parseCoreList(readText(root, WATCHDOG_CORES)?.trim() ?? '');
  if (thresholdS === null || cores === null) return null;
  const isOff = ['watchdog', 'soft_watchdog'].some(
    (name) => readInteger(root, `proc/sys/kernel/${name}`) === 0,
  );
  return { periodS: (2 * thresholdS) / 5, cores: isOff || thresholdS <= 0 ? [] : cores };
}
