/**
 * The JSON beside a CSV (`out.json` beside `out.csv`): what was asked for, on what, and how it went. It is written
 * when the run starts (status `running`, so that the rows of a killed run explain themselves) and again at its end.
 */
import { access } from 'node:fs/promises';
import { dirname, extname, join, parse } from 'node:path';
import { IsochronError } from '../kernel/errors.js';
import { writeAtomically } from '../kernel/files/atomic-file.js';
import { readRegular } from '../kernel/files/regular-file.js';
import { outputError } from '../kernel/files/write-reasons.js';
import { toJson } from './plain-json.js';
import type { ReadSidecar, Sidecar } from './sidecar-shape.js';

export type {
  FileIdentity,
  ReadSidecar,
  RunStatus,
  Sidecar,
  SidecarJson,
} from './sidecar-shape.js';

/** `out.csv` → `out.json`; a CSV without that ending gets `.json` appended, so that neither overwrites the other. */
export function sidecarPath(csv: string): string {
  const { dir, name } = parse(csv);
  return extname(csv).toLowerCase() === '.csv' ? join(dir, `${name}.json`) : `${csv}.json`;
}

/**
 * Writes or replaces the file as a whole: a reader sees the old one or the new one, never a part.
 * @throws IsochronError E_OUTPUT when the folder is missing; E_WRITE_FAILED for what else the file system refuses
 */
export async function writeSidecar(path: string, sidecar: Sidecar): Promise<void> {
  // the run has made it: one that somebody has removed meanwhile is not made again
  await access(dirname(path)).catch((error: unknown) => {
    throw outputError(path, error);
  });
  const json = toJson(sidecar);
  await writeAtomically(path, async (file) => {
    await file.writeFile(json);
  });
}

/**
 * For a path where a sidecar is about to be: a definition (`-g run.json -o run.csv`) or any other file of the user's is
 * not to be replaced by one.
 * @throws IsochronError E_OUTPUT when a file stands there that is no sidecar
 */
export async function requireNoForeignFile(path: string): Promise<void> {
  // a FIFO is none that could be replaced, and what can't be read can't be written either
  const text = await readRegular(path).catch(() => '');
  if (text.trim() === '') return;
  try {
    if ((JSON.parse(text) as { format?: unknown } | null)?.format === 'isochron-run') return;
  } catch {
    // no JSON, so no sidecar
  }
  throw new IsochronError(
    'E_OUTPUT',
    `${path} would hold what is known of this run, but it is another file already.`,
    'Choose another name with -o, or move that file away.',
  );
}

/**
 * Reads a sidecar back.
 * @throws IsochronError E_SIDECAR when the file is missing, is no JSON, or is no sidecar of a version known here
 */
export async function readSidecar(path: string): Promise<ReadSidecar> {
  // its schema is large, and a run that writes one does not need it
  const { readSchema, SIDECAR_VERSION } = await import('./sidecar-shape.js');
  let value: unknown;
  try {
    value = JSON.parse(await readRegular(path));
  } catch (error) {
    throw new IsochronError('E_SIDECAR', `${path} can't be read: ${(error as Error).message}.`);
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== 'isochron-run')
    throw new IsochronError('E_SIDECAR', `${path} is not the JSON file of a run.`);
  if (version !== SIDECAR_VERSION)
    throw new IsochronError(
      'E_SIDECAR',
      `${path} is of version ${String(version)}, and this isochron reads ${SIDECAR_VERSION}.`,
      'Use the isochron that wrote it.',
    );
  return withPlugin(readSchema.parse(value));
}

/** Version 0.1.0 filed a plugin under `engine`. */
export function withPlugin<File extends Pick<ReadSidecar, 'plan' | 'engine' | 'plugin'>>(
  file: File,
): File {
  if (file.plan?.workload?.kind !== 'plugin' || file.plugin !== null || file.engine === null)
    return file;
  const { tflite: _, ...plugin } = file.engine;
  return { ...file, engine: null, plugin };
}
