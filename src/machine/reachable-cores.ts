/** Which cores a job can have, and where it goes when nobody says. */
import { loadAddon } from '../addon/load-addon.js';
import type { NativeAddon } from '../addon/native.js';
import { readText, SYSTEM_ROOT } from '../kernel/system-files.js';
import { onlineCores, parseCoreList } from './cores.js';

/** Whether a thread of this process may be put on a core, whatever it is kept to now: its cpuset decides. */
export function isReachable(core: number, addon: NativeAddon = loadAddon()): boolean {
  try {
    addon.tryAffinity([core]);
    return true;
  } catch {
    return false;
  }
}

/** The core of a job that names none; where this process may not run there, as in a container, the last one that it may. */
export function defaultCores(): number[] {
  const core = defaultJobCore();
  if (core === null) return [];
  try {
    const addon = loadAddon();
    return isReachable(core, addon) ? [core] : addon.getAffinity().slice(-1);
  } catch {
    return [core]; // without the addon; who needs it says so
  }
}

/** The last isolated core, else the last online one (the first has the system's work). */
export function defaultJobCore(root = SYSTEM_ROOT): number | null {
  const online = onlineCores(root);
  const isolated = parseCoreList(readText(root, 'sys/devices/system/cpu/isolated') ?? '') ?? [];
  const usable = isolated.filter((core) => online?.includes(core) ?? true);
  return usable.at(-1) ?? online?.at(-1) ?? null;
}
