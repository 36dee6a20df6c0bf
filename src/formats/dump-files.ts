/** The files that are made of a model's outputs at the end of a run (`--dump-output`): what earlier runs may have left of them. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { IsochronError } from '../kernel/errors.js';
import { readRegular } from '../kernel/files/regular-file.js';
import { requireOtherFile, targetOf } from '../kernel/files/target.js';
import { OUTPUTS_JSON as INDEX, rawName } from './outputs-json.js';

export function dumpPaths(folder: string, outputs: number): string[] {
  const names = [...Array.from({ length: outputs }, (_, i) => rawName(i)), INDEX];
  return names.map((name) => join(folder, name));
}

/**
 * The process of the engine empties whatever has these names. An earlier dump may go, nobody else's file.
 *
 * @param others what this run reads and writes besides
 * @throws IsochronError E_USAGE for one of `others`, or the JSON of a run; E_OUTPUT for any other file that is no dump's
 */
export async function requireNoForeignDump(
  folder: string,
  outputs: number,
  others: readonly { path: string; what: string }[],
): Promise<void> {
  const earlier = await readIndex(join(folder, INDEX));
  for (const path of dumpPaths(folder, outputs)) {
    await requireOtherFile(path, others, 'Name another folder after --dump-output.');
    const found = await stat(path).catch(() => null);
    if (found === null) continue;
    const { kind } = await targetOf(path);
    // a FIFO would hold up the job's process, and a descriptor is another one there
    if (kind === 'stream' && found.isCharacterDevice()) continue;
    if (kind === 'file' && found.isFile()) {
      // a full disk may have cut the earlier one, but a larger file is none of its
      const most = basename(path) === INDEX ? Infinity : (earlier?.get(basename(path)) ?? 0);
      if (found.size === 0 || (earlier && found.size <= most)) continue;
    }
    throw new IsochronError(
      'E_OUTPUT',
      `${path} would hold an output of the model or the list of them, but it is something else already.`,
      'Choose another folder with --dump-output, or move that file away.',
    );
  }
}

/** The bytes of each file of an earlier dump; null where there is none. */
async function readIndex(path: string): Promise<Map<string, number> | null> {
  let value: { outputs?: unknown } | null;
  try {
    value = JSON.parse(await readRegular(path));
  } catch {
    return null;
  }
  const outputs = value?.outputs;
  if (!Array.isArray(outputs) || Object.keys(value ?? {}).length !== 1) return null;
  const files = new Map<string, number>();
  for (const [index, output] of outputs.entries()) {
    const { file, bytes } = (output ?? {}) as { file?: unknown; bytes?: unknown };
    if (file !== rawName(index) || typeof bytes !== 'number') return null;
    files.set(file, bytes);
  }
  return files;
}
