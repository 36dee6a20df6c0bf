/** Whether root may do what a file says: code in it runs with root's rights, whoever wrote it. */
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { IsochronError } from '../errors.js';

/** Why root does not trust a file. */
export interface Mistrust {
  /** What makes the file somebody else's word, after "it": `belongs to the user 1000`. */
  reason: string;
  /** Any user could have written it, not a certain one. */
  anyone: boolean;
}

/** Who this process is, and who asked it to be root. */
export interface Actor {
  euid: number | undefined;
  /** sudo's word for the user who called it: may do everything anyway. */
  sudoUid: number | undefined;
  sudoGid: number | undefined;
  /** The owner of the folder that root works in, where that shall count as asking, too. */
  host?: { uid: number; gid: number } | undefined;
}

const numberOf = (text: string | undefined) =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

const thisActor = (): Actor => ({
  euid: process.geteuid?.(),
  sudoUid: numberOf(process.env.SUDO_UID),
  sudoGid: numberOf(process.env.SUDO_GID),
});

/**
 * Why root should not act on a file: it, or a folder above it, is another user's or can be written by others. Links are
 * followed, and what is said of the file holds for each of them: another user's can lead elsewhere by the time the file is
 * opened. In a folder with the sticky bit (/tmp) others can't replace a file.
 *
 * @returns null for whoever is not root, and for a file that only root (or who called sudo) can have written
 * @throws what the file system says of a file that is not there
 */
export function mistrust(path: string, actor: Actor = thisActor()): Mistrust | null {
  if (actor.euid !== 0) return null;
  const real = realpathSync(path);
  const found = ofOne(statSync(real), actor, false) ?? ofFolders(real, actor);
  if (found !== null) return found;
  for (const link of linksOn(path)) {
    const { uid, gid } = lstatSync(link);
    const doubt = ofOne({ uid, gid, mode: 0 }, actor, false) ?? ofFolders(link, actor);
    if (doubt) return { ...doubt, reason: `is reached by the link ${link}, which ${doubt.reason}` };
  }
  return null;
}

/** Of the folders above a file whose path has no links. */
function ofFolders(path: string, actor: Actor): Mistrust | null {
  for (let at = dirname(path); ; at = dirname(at)) {
    const found = ofOne(statSync(at), actor, true);
    if (found) return { ...found, reason: `is in ${at}, which ${found.reason}` };
    if (dirname(at) === at) return null;
  }
}

/** The links that lead from a path to its file, its folders included, each by a path that has none above it. */
function linksOn(path: string): string[] {
  const links: string[] = [];
  let at = '/';
  for (const rest = resolve(path).split('/'); rest.length > 0 && links.length < MAX_LINKS; ) {
    const next = join(at, rest.shift() as string);
    const target = linkAt(next);
    if (target === null) at = next;
    else {
      links.push(next);
      rest.unshift(...target.split('/'));
      if (target.startsWith('/')) at = '/';
    }
  }
  return links;
}

/** As the kernel has it (MAXSYMLINKS); realpath has refused more. */
const MAX_LINKS = 40;

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/**
 * The text of a file, and why root should not act on it: on what was read, wherever the file's name leads by then.
 *
 * @throws what the file system says of a file that can't be read
 */
export function readWithDoubt(path: string): { text: string; doubt: Mistrust | null } {
  const descriptor = openSync(path, 'r');
  try {
    const actor = thisActor();
    const stats = fstatSync(descriptor);
    const doubt =
      actor.euid !== 0
        ? null
        : stats.isFile()
          ? mistrust(`/proc/self/fd/${descriptor}`, actor)
          : ofOne(stats, actor, false); // a pipe may have no name
    return { text: readFileSync(descriptor, 'utf8'), doubt };
  } finally {
    closeSync(descriptor);
  }
}

/**
 * For a library, which has all of root's rights as soon as it is loaded: what anyone, or some other user, can have written
 * is refused. What belongs to the user in whose folder root works is loaded and said where root has named its path: that is
 * how containers and CI have it, root in a checkout of somebody's. One that was found may lie in a folder of that user's,
 * such as the home that a CI gives to root, but has to be root's own.
 *
 * @param what `engine` or `plugin`
 * @param onNote told when root runs what the owner of the working folder can have written
 * @param nameIt for one that was found: the option by which its path is named
 * @throws IsochronError E_LIBRARY_UNTRUSTED
 */
export function requireTrustedLibrary(
  path: string,
  what: string,
  onNote: ((note: string, urgent: boolean) => void) | undefined,
  nameIt?: string,
): void {
  const actor = thisActor();
  const doubt = mistrust(path, actor);
  if (doubt === null) return;
  const named = mistrust(path, { ...actor, host: ownerOfWorkingFolder() }) === null;
  const found = nameIt !== undefined && ofOne(statSync(path), actor, false) !== null;
  if (named && !found) {
    onNote?.(`the ${what} ${path} runs with root's rights, and it ${doubt.reason}.`, true);
    return;
  }
  throw new IsochronError(
    'E_LIBRARY_UNTRUSTED',
    `The ${what} ${path} would run with root's rights, and it ${doubt.reason}.`,
    named
      ? `If it is to be loaded all the same, name it: ${nameIt} ${path}.`
      : "Copy it to where root alone can write (install -m 644 FILE FOLDER), take others' right to write it (chmod go-w), or run isochron as another user.",
  );
}

function ownerOfWorkingFolder(): Actor['host'] {
  try {
    const { uid, gid } = statSync('.');
    return uid === 0 ? undefined : { uid, gid }; // root's own folder may have the group of many
  } catch {
    return undefined; // removed meanwhile
  }
}

function ofOne(
  { uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>,
  actor: Actor,
  isFolder: boolean,
): Mistrust | null {
  if (uid !== 0 && uid !== actor.sudoUid && uid !== actor.host?.uid)
    return { reason: `belongs to the user ${uid}`, anyone: false };
  if (isFolder && (mode & 0o1000) !== 0) return null;
  if ((mode & 0o002) !== 0) return { reason: 'can be written by anyone', anyone: true };
  const ours = gid === 0 || gid === actor.sudoGid || gid === actor.host?.gid;
  if ((mode & 0o020) !== 0 && !ours)
    return { reason: `can be written by the group ${gid}`, anyone: false };
  return null;
}
