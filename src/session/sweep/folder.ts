/** A folder of results while a sweep works in it: one suite, one sweep at a time, and what is there already. */
import { createHash } from 'node:crypto';
import {
  accessSync,
  appendFileSync,
  constants,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Point } from '../../benchmark/expand.js';
import { IsochronError, UsageError } from '../../errors.js';
import { outputError } from '../../output/csv-file.js';
import { FileLock } from '../../output/lock-file.js';
import {
  MANIFEST,
  type Manifest,
  type ManifestPoint,
  readManifest,
} from '../../output/manifest.js';
import { readSidecar, type Sidecar, sidecarPath } from '../../output/sidecar.js';

const LOCK = '.sweep.lock';
const LOG = 'sweep.log';

/** The CSV of a point within a folder. */
export const csvOf = (folder: string, id: string): string => join(folder, `${id}.csv`);

export class SweepFolder {
  readonly path: string;
  #lock: FileLock | null = null;

  private constructor(path: string) {
    this.path = path;
  }

  get manifest(): string {
    return join(this.path, MANIFEST);
  }

  /**
   * Makes the folder if only it is missing (`deep`: those above, too), and takes it for this process.
   *
   * @throws IsochronError E_OUTPUT for a folder that can't be made or written, E_SWEEP_BUSY while a sweep works in it, E_LOCKED
   *   where nobody can tell
   */
  static open(given: string, deep: boolean): SweepFolder {
    const folder = new SweepFolder(resolve(given));
    try {
      mkdirSync(folder.path, { recursive: deep });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw outputError(folder.path, error);
    }
    try {
      accessSync(folder.path, constants.W_OK | constants.X_OK);
      readdirSync(folder.path);
    } catch (error) {
      throw outputError(folder.path, error);
    }
    folder.#lock = FileLock.take(
      join(folder.path, LOCK),
      (pid) =>
        new IsochronError(
          'E_SWEEP_BUSY',
          `A sweep is at work in ${folder.path} (process ${pid}).`,
          'Wait for it, or choose another folder with -o.',
        ),
    );
    return folder;
  }

  /**
   * The manifest of an earlier sweep here.
   *
   * @throws IsochronError E_MANIFEST for one that is damaged
   */
  async earlier(): Promise<Manifest | null> {
    return existsSync(this.manifest) ? readEarlier(this.manifest) : null;
  }

  /** One line of sweep.log; a log that can't be written is no reason to stop. */
  log(line: string): void {
    try {
      appendFileSync(join(this.path, LOG), `${new Date().toISOString()} ${line}\n`);
    } catch {}
  }

  /** Removes what an earlier attempt at a point has left. */
  clear(id: string): void {
    const ending = /^(?:\.pass\d+)?(?:\.samples)?\.(?:csv|json)$/;
    for (const name of readdirSync(this.path))
      if (name.startsWith(id) && ending.test(name.slice(id.length)))
        rmSync(join(this.path, name), { force: true });
  }

  close(): void {
    this.#lock?.release();
    this.#lock = null;
  }
}

/**
 * The manifest at a path.
 * @throws IsochronError E_MANIFEST for one that is damaged
 */
export async function readEarlier(path: string): Promise<Manifest> {
  const { manifest, problem } = await readManifest(path);
  if (manifest === null)
    throw new IsochronError(
      'E_MANIFEST',
      `${path} is there, but ${problem}.`,
      'Move it away to begin anew, or choose another folder with -o.',
    );
  return manifest;
}

/**
 * Refuses to mix: a second suite, or a second sweep that was not meant to go on.
 *
 * @throws UsageError E_SWEEP_THERE
 */
export function requireSameSweep(
  folder: string,
  earlier: Manifest | null,
  suite: { name: string; quick: boolean },
  resume: boolean,
  points: readonly Point[],
): void {
  const say = (message: string, hint: string) => new UsageError(message, hint, 'E_SWEEP_THERE');
  if (earlier === null) {
    const taken = points.find((point) => existsSync(csvOf(folder, point.id)));
    if (taken)
      throw say(
        `${folder} holds ${taken.id}.csv, but no ${MANIFEST} that says whose it is.`,
        'Choose another folder with -o.',
      );
    return;
  }
  const label = (name: string, quick: boolean) => `${name}${quick ? ' --quick' : ''}`;
  const there = label(earlier.suite?.name ?? 'an unknown suite', earlier.suite?.quick ?? false);
  if (there !== label(suite.name, suite.quick))
    throw say(
      `${folder} holds results of ${there}, and this is ${label(suite.name, suite.quick)}.`,
      'One suite has one folder: choose another with -o.',
    );
  if (resume) return;
  const done = earlier.points.filter(
    (p) => p.status === 'done' || p.status === 'deadline_miss',
  ).length;
  throw say(
    `${folder} already holds this sweep (${done} of ${earlier.points.length} points done).`,
    'Go on with --resume, or choose another folder with -o.',
  );
}

/** Why an earlier result can't stand for a point now; null when it can. */
export async function whyAgain(
  folder: string,
  earlier: ManifestPoint | undefined,
  point: Point,
  hashes: FileHashes,
): Promise<{ reason: string; changed: boolean } | null> {
  if (!earlier || earlier.status === null || earlier.status === 'pending')
    return { reason: 'not run yet', changed: false };
  if (earlier.status === 'failed') return { reason: 'failed before', changed: false };
  if (earlier.status === 'running' || earlier.status === 'interrupted')
    return { reason: 'was interrupted', changed: false };
  if (earlier.hash !== point.hash) return { reason: 'its definition has changed', changed: true };
  const csv = csvOf(folder, point.id);
  const bytes = existsSync(csv) ? statSync(csv).size : null;
  if (bytes === null || (earlier.csvBytes !== null && bytes !== earlier.csvBytes))
    return {
      reason: `its file ${point.id}.csv is ${bytes === null ? 'missing' : 'not as it was'}`,
      changed: true,
    };
  let sidecar: Sidecar;
  try {
    sidecar = await readSidecar(sidecarPath(csv));
  } catch {
    return { reason: `its file ${point.id}.json can't be read`, changed: true };
  }
  if (sidecar.status !== 'done' && sidecar.status !== 'deadline_miss')
    return { reason: 'its files are not complete', changed: false };
  for (const [what, file] of [
    ['model', sidecar.model],
    ['engine', sidecar.engine],
  ] as const) {
    if (!file) continue;
    const now = await hashes.of(file.path);
    if (now !== null && now !== file.sha256)
      return { reason: `its ${what} ${file.path} has changed`, changed: true };
  }
  return null;
}

/** SHA-256 of files, each read once. */
export class FileHashes {
  readonly #known = new Map<string, Promise<string | null>>();

  /** Null for a file that is not there. */
  of(path: string): Promise<string | null> {
    let hash = this.#known.get(path);
    if (!hash) {
      hash = sha256(path).catch(() => null);
      this.#known.set(path, hash);
    }
    return hash;
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
