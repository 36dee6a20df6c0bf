import { loadAddon } from '../addon/load-addon.js';
import type { NativeAddon } from '../addon/native.js';
import { modelFile } from '../models/model-file.js';
import { onCores } from './housekeeping.js';

/**
 * What a page fault costs on these cores (all that are allowed when none is given), on fresh memory and on the model's
 * file in the page cache.
 *
 * @param model a file or a network's name
 * @param onNote told when the file of the cache was not what had been put there, and is built again
 */
export async function measureFaultCost(
  model: string,
  cores: readonly number[],
  onNote?: (note: string) => void,
): Promise<ReturnType<NativeAddon['faultCost']>> {
  const addon = loadAddon();
  const path = await modelFile(model, undefined, onNote);
  return onCores(addon, cores, async () => addon.faultCost(path));
}
