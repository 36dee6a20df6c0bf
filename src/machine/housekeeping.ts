import type { NativeAddon } from '../addon/native.js';

/**
 * Cores for everything that is not the job: those on which this process may run, less the job's (and, if any are left,
 * less the sampler's). Empty when there is nothing to move away from or nowhere to go.
 */
export function housekeepingCores(
  allowed: readonly number[],
  jobCores: readonly number[],
  samplerCore: number | null,
): number[] {
  if (jobCores.length === 0) return [];
  const free = allowed.filter((core) => !jobCores.includes(core));
  const quiet = free.filter((core) => core !== samplerCore);
  return quiet.length > 0 ? quiet : free;
}

/** Runs `work` with every thread of this process on `cores` (if any), and puts them back afterwards. */
export async function onCores<T>(
  addon: NativeAddon,
  cores: readonly number[],
  work: () => Promise<T>,
): Promise<T> {
  if (cores.length === 0) return work();
  addon.confine([...cores]);
  try {
    return await work();
  } finally {
    addon.unconfine();
  }
}
