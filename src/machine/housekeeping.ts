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

/**
 * Runs `work` with every thread of this process on `cores` (if any), and puts them back afterwards, or as soon as `work` says
 * that it needs that no more.
 */
export async function onCores<T>(
  addon: NativeAddon,
  cores: readonly number[],
  work: (leave: () => void) => Promise<T>,
): Promise<T> {
  if (cores.length === 0) return work(() => {});
  addon.confine([...cores]);
  let there = true;
  const leave = () => {
    if (there) addon.unconfine();
    there = false;
  };
  try {
    return await work(leave);
  } finally {
    leave();
  }
}
