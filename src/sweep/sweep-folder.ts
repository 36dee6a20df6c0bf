/** A folder of results while a sweep works in it: one suite, one sweep at a time, and what is there already. */
import {
  accessSync,
  appendFileSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { SERIES_NAMES } from '../addon/streams.js';
import type { Point, PointDefinition } from '../benchmark/expand.js';
import {
  MANIFEST,
  type Manifest,
  type ManifestPoint,
  readManifest,
  readPoint,
} from '../formats/manifest.js';
import { type ReadSidecar, readSidecar, sidecarPath } from '../formats/sidecar.js';
import { IsochronError, UsageError } from '../kernel/errors.js';
import { makeFolder } from '../kernel/files/atomic-file.js';
import { FileLock } from '../kernel/files/lock-file.js';
import { outputError } from '../kernel/files/write-reasons.js';
import { plural } from '../kernel/quantities.js';
import { identityOf, MachineNow, whatDiffers } from './machine-identity.js';
import { contentOf, FileHashes, whatChanged } from './point-content.js';
import { isComplete } from './sweep-result.js';

const LOCK = '.sweep.lock';
const LOG = 'sweep.log';
/** Where complete results are while their points are run again. Hidden: nothing takes them for results of this sweep. */
const ASIDE = '.before';

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
   * Makes the folder and those above it where they are missing, and takes it for this process.
   *
   * @throws IsochronError E_OUTPUT for a folder that can't be made or written, E_SWEEP_BUSY while a sweep works in it, E_LOCKED
   *   where nobody can tell
   */
  static async open(given: string): Promise<SweepFolder> {
    const folder = new SweepFolder(resolve(given));
    try {
      await makeFolder(folder.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw outputError(folder.path, error);
      requireFolder(folder.path);
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
      folder.path,
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

  /**
   * Removes what an earlier attempt at a point has left.
   * @throws IsochronError E_OUTPUT
   */
  clear(id: string): void {
    for (const name of filesOf(this.path, id)) orSay(this.path, name, unlinkSync);
  }

  /**
   * Puts a complete result aside while its point is run again. Its CSV goes last and comes back first (`putBack`): it tells
   * whose the files in the folder are, wherever that is cut short.
   * @throws IsochronError E_OUTPUT
   */
  putAside(id: string): void {
    const aside = join(this.path, ASIDE);
    orSay(this.path, ASIDE, (folder) => mkdirSync(folder, { recursive: true }));
    for (const name of csvLast(id, filesOf(this.path, id)))
      orSay(this.path, name, (file) => renameSync(file, join(aside, name)));
  }

  /**
   * Brings back what `putAside` has put away, in place of what was written since.
   * @throws IsochronError E_OUTPUT
   */
  putBack(id: string): void {
    const aside = join(this.path, ASIDE);
    const names = csvLast(id, filesOf(aside, id));
    if (names.includes(`${id}.csv`)) this.clear(id);
    for (const name of names.reverse())
      orSay(this.path, name, (file) => renameSync(join(aside, name), file));
    this.dropAside(id);
  }

  /**
   * Makes whole what a killed sweep has left of a point: a result that was put aside comes back, unless the one in its place is
   * the complete one that the manifest tells of. (The manifest alone does not tell: its journal may not have been copied.)
   * @throws IsochronError E_OUTPUT
   */
  async repair(id: string, entry: ManifestPoint | undefined, hashes: FileHashes): Promise<void> {
    if (filesOf(join(this.path, ASIDE), id).length === 0) return;
    if (await isReplaced(this.path, entry, hashes)) this.dropAside(id);
    else this.putBack(id);
  }

  /**
   * The result that was put aside is replaced.
   * @throws IsochronError E_OUTPUT
   */
  dropAside(id: string): void {
    const aside = join(this.path, ASIDE);
    for (const name of filesOf(aside, id)) orSay(aside, name, unlinkSync);
    try {
      rmdirSync(aside);
    } catch {} // another point's, or not there
  }

  /**
   * Whether points can still be written here, after one could not.
   * @throws IsochronError E_OUTPUT
   */
  requireUsable(): void {
    try {
      accessSync(this.path, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw outputError(this.path, error);
    }
  }

  close(): void {
    this.#lock?.release();
    this.#lock = null;
  }
}

const ENDING = new RegExp(`^(?:\\.pass\\d+)?(?:\\.(?:${SERIES_NAMES.join('|')}))?\\.(?:csv|json)$`);

/** Names of a point's files in a folder. */
function filesOf(folder: string, id: string): string[] {
  try {
    return readdirSync(folder).filter(
      (name) => name.startsWith(id) && ENDING.test(name.slice(id.length)),
    );
  } catch {
    return []; // not there; that it can be read was looked at when it was opened
  }
}

const csvLast = (id: string, names: string[]): string[] => {
  const csv = `${id}.csv`;
  return [...names.filter((name) => name !== csv), ...names.filter((name) => name === csv)];
};

function orSay(folder: string, name: string, action: (path: string) => void): void {
  const path = join(folder, name);
  try {
    action(path);
  } catch (error) {
    throw outputError(path, error);
  }
}

/** Of what is there already: root would be told of a permission that a file lacks. */
function requireFolder(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  throw new IsochronError(
    'E_OUTPUT',
    there ? `${path} is not a folder.` : `${path} is a link that leads nowhere.`,
    'Choose another folder with -o.',
  );
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
      'Choose another folder with -o, or move what this one holds away.',
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
  const done = earlier.points.filter(({ status }) => isComplete(status)).length;
  // of an attempt that has left nothing complete there is nothing to go on with
  if (resume || (done === 0 && earlier.retired.length === 0)) return;
  const known = new Set(earlier.points.map(({ id }) => id));
  if (!points.some(({ id }) => known.has(id)))
    throw say(
      `${folder} holds ${plural(done, 'result')} of other points.`,
      'Choose another folder with -o.',
    );
  throw say(
    `${folder} already holds this sweep (${done} of ${earlier.points.length} points done).`,
    'Go on with --resume, or choose another folder with -o.',
  );
}

/** All that an earlier sweep tells of points, by id; those that the suite had lost, too. */
export const entriesOf = (earlier: Manifest | null): Map<string, ManifestPoint> =>
  new Map(
    [...(earlier?.retired ?? []), ...(earlier?.points ?? [])].map((point) => [point.id, point]),
  );

/** What is found now, looked at once for all points. */
export class Present {
  readonly hashes = new FileHashes();
  readonly machine = new MachineNow();
}

/** An earlier result of a point, and the folder that its files are in. */
export interface Standing {
  entry: ManifestPoint | undefined;
  folder: string;
}

/** The sweep's folder that a result is in, also where it lies aside because its point is being run again. */
export function sweepFolderOf(csvPath: string): string {
  const folder = dirname(csvPath);
  return basename(folder) === ASIDE ? dirname(folder) : folder;
}

/** What an earlier sweep has left of a point: of one that was being run again when it was killed, the result from before. */
export async function standingOf(
  folder: string,
  entry: ManifestPoint | undefined,
  hashes: FileHashes,
): Promise<Standing> {
  const before = entry?.status === 'running' ? readPoint(entry.before) : null;
  const standing = before ?? entry;
  const aside = join(folder, ASIDE);
  const away =
    standing !== undefined &&
    existsSync(csvOf(aside, standing.id)) &&
    !(await isReplaced(folder, entry, hashes));
  return { entry: standing, folder: away ? aside : folder };
}

/** Whether a point's own files are the complete ones that the manifest tells of, so that what was put aside is of no use. */
const isReplaced = async (
  folder: string,
  entry: ManifestPoint | undefined,
  hashes: FileHashes,
): Promise<boolean> =>
  entry !== undefined &&
  entry.before === null &&
  isComplete(entry.status) &&
  (await whatIsLost(folder, entry, hashes)) === null;

/**
 * Why an earlier result can't stand for a point now; null when it can.
 *
 * @param definition the point's own, with its paths resolved
 * @param again repetitions, from 1, of which nothing is to stand
 */
export async function whyAgain(
  { entry: earlier, folder }: Standing,
  point: Point,
  definition: PointDefinition,
  { hashes, machine }: Present,
  again: readonly number[] = [],
): Promise<{ reason: string; changed: boolean } | null> {
  if (!earlier || earlier.status === null || earlier.status === 'pending')
    return { reason: 'not run yet', changed: false };
  if (earlier.status === 'failed') return { reason: 'failed before', changed: false };
  if (earlier.status === 'running' || earlier.status === 'interrupted')
    return { reason: 'was interrupted', changed: false };
  if (earlier.hash !== point.hash) return { reason: 'its definition has changed', changed: true };
  const lost = await whatIsLost(folder, earlier, hashes);
  if (lost !== null) return { reason: lost, changed: true };
  let sidecar: ReadSidecar;
  try {
    sidecar = await readSidecar(sidecarPath(csvOf(folder, point.id)));
  } catch {
    return { reason: `its file ${point.id}.json can't be read`, changed: true };
  }
  if (sidecar.status !== 'done' && sidecar.status !== 'deadline_miss')
    return { reason: 'its files are not complete', changed: false };
  // a manifest of before knows of no inputs: what they were is not to be had any more
  const then = earlier.content ?? { ...(await contentOf(sidecar, definition)), inputs: null };
  const reason =
    (await whatChanged(then, definition, hashes)) ??
    whatDiffers(identityOf(sidecar), machine.of(definition));
  if (reason !== null) return { reason, changed: true };
  return again.includes(point.repetition + 1)
    ? { reason: 'all of its repetition is run again', changed: false }
    : null;
}

/** What a sidecar says that its run came to; null where it can't be read. */
export function readStatus(path: string): string | null {
  try {
    const { status } = JSON.parse(readFileSync(path, 'utf8')) as { status?: unknown };
    return typeof status === 'string' ? status : null;
  } catch {
    return null;
  }
}

/** Which of a point's own files is not as the sweep left it: rows that somebody has edited are not what was measured. */
async function whatIsLost(
  folder: string,
  { id, csvBytes, hashes: written }: ManifestPoint,
  hashes: FileHashes,
): Promise<string | null> {
  const csv = csvOf(folder, id);
  if (!existsSync(csv)) return `its file ${id}.csv is missing`;
  if (csvBytes !== null && statSync(csv).size !== csvBytes)
    return `its file ${id}.csv is not as it was`;
  for (const [name, hash] of Object.entries(written ?? {})) {
    const now = await hashes.of(join(folder, basename(name)));
    if (now !== hash) return `its file ${name} is ${now === null ? 'missing' : 'not as it was'}`;
  }
  return null;
}
