import { writeAtomically } from '../../platform/atomic-file.js';
import { encodeModel, readModel } from '../read-model.js';
import { toDynamicRange, toFloat16 } from './weight-only.js';

/**
 * Rewrites a float model with smaller weights.
 *
 * @returns the size of the new file in bytes
 * @throws IsochronError of reading and writing; E_MODEL_UNSUPPORTED for a model that cannot be rewritten
 */
export async function quantizeWeights(
  input: string,
  output: string,
  precision: 'fp16' | 'dynamic',
  signal?: AbortSignal,
): Promise<{ bytes: number }> {
  const model = readModel(input);
  const file = encodeModel(precision === 'fp16' ? toFloat16(model) : toDynamicRange(model));
  await writeAtomically(output, async (handle) => {
    for (const chunk of file.chunks()) {
      signal?.throwIfAborted();
      await handle.writeFile(chunk);
    }
  });
  return { bytes: file.byteLength };
}
