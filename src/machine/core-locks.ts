/**
 * Runs of several processes that would use the same core. Each holds a flock(2) on a file of each of its cores: the
 * kernel gives it back whatever becomes of the process (a pid in a file needs a guess at who is still alive), it needs
 * no more than a descriptor for reading (so a user may take part in what root has made), and it holds wherever the file
 * is seen (a socket of an abstract name ends at the network namespace, which services and containers have of their own).
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
} from 'node:fs';
import { constants as osConstants, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { NativeAddon } from '../addon/native.js';
import type { Plan } from '../benchmark/plan.js';
import { IsochronError } from '../kernel/errors.js';
import { onlineCores } from './cores.js';

const WOULD_BLOCK = osConstants.errno.EWOULDBLOCK;

/** Where the files are looked for; parameters, so that a test has a machine of its own. */
export interface LockPlaces {
  /** Of the whole machine: made by root, read by everybody. */
  machine: string;
  /** Of one user, where root has made none. */
  user: string;
  uid: number;
}

/** The places of this process; `ISOCHRON_LOCKS` names one for both, such as a folder that several containers share. */
export function lockPlaces(): LockPlaces {
  const uid = process.geteuid?.() ?? 0;
  const { ISOCHRON_LOCKS: given, XDG_RUNTIME_DIR: runtime } = process.env;
  if (given !== undefined && isAbsolute(given)) return { machine: given, user: given, uid };
  return {
    machine: '/run/isochron',
    user:
      runtime !== undefined && isAbsolute(runtime)
        ? join(runtime, 'isochron')
        : join(tmpdir(), `isochron-${uid}`),
    uid,
  };
}

/**
 * Says that this process uses the plan's cores, until the function that comes back is called or the process ends. A core
 * that another run uses is worth a note; where both want it at real-time priority, one would starve the other.
 *
 * @throws IsochronError E_BUSY when another run uses one of the cores at real-time priority, and so would this one
 */
export function lockCores(
  { cores, scheduling }: Pick<Plan, 'cores' | 'scheduling'>,
  addon: Pick<NativeAddon, 'tryLockFile'>,
  onNote: ((note: string) => void) | undefined,
  places: LockPlaces = lockPlaces(),
): () => void {
  const held: number[] = [];
  const release = () => {
    for (const descriptor of held.splice(0)) closeSync(descriptor);
  };
  const realTime = scheduling.policy !== 'other';
  try {
    for (const core of cores) {
      if (realTime) {
        const priority = openLock(places, `core-${core}.rt`);
        if (priority === null) onNote?.(UNSEEN);
        else {
          held.push(priority);
          if (addon.tryLockFile(priority, true) === WOULD_BLOCK) throw busy(core);
        }
      }
      const use = openLock(places, `core-${core}.use`);
      if (use === null) continue;
      held.push(use);
      if (addon.tryLockFile(use, true) === WOULD_BLOCK)
        onNote?.(
          `Core ${core} is used by another run of isochron, too: each disturbs the other's times.`,
        );
      addon.tryLockFile(use, false);
    }
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

const UNSEEN =
  'There is no folder to tell other runs of isochron which core this one uses, so two may share it unnoticed.';

const busy = (core: number) =>
  new IsochronError(
    'E_BUSY',
    `Core ${core} is in use by another run at real-time priority.`,
    'Wait for its end, or choose another core with -c: one of two would hold the other up.',
  );

/**
 * Takes an open output for as long as it is open; false where another run has it. A file system that has no such locks
 * refuses nobody.
 */
export const claimFile = (descriptor: number, addon: Pick<NativeAddon, 'tryLockFile'>): boolean =>
  addon.tryLockFile(descriptor, true) !== WOULD_BLOCK;

/** A descriptor of the file, or null where there can be none. */
function openLock(places: LockPlaces, name: string): number | null {
  const { machine, user, uid } = places;
  if (uid === 0 && makeFolder(machine, 0, 0o755)) {
    // the users' runs can open what is there, and make nothing
    for (const core of onlineCores() ?? [])
      for (const kind of ['rt', 'use']) {
        const descriptor = openFile(join(machine, `core-${core}.${kind}`), 0, true);
        if (descriptor !== null) closeSync(descriptor);
      }
    return openFile(join(machine, name), 0, true);
  }
  if (isOwn(machine, 0)) {
    const descriptor = openFile(join(machine, name), 0, false);
    if (descriptor !== null) return descriptor;
  }
  return makeFolder(user, uid, 0o700) ? openFile(join(user, name), uid, true) : null;
}

/** True for a folder of this owner's that nobody else can put anything into. */
function isOwn(path: string, uid: number): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === uid && (stat.mode & 0o022) === 0;
}

function makeFolder(path: string, uid: number, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    chmodSync(path, mode); // whatever the umask
  } catch {
    // it is there, or it can't be
  }
  try {
    return isOwn(path, uid);
  } catch {
    return false;
  }
}

/** Never through a link, never a pipe or a device, never another user's. */
function openFile(path: string, uid: number, create: boolean): number | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_CREAT } = constants;
  let descriptor: number;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | (create ? O_CREAT : 0), 0o644);
  } catch {
    return null;
  }
  const stat = fstatSync(descriptor);
  if (!stat.isFile() || stat.uid !== uid) {
    closeSync(descriptor);
    return null;
  }
  if (create && (stat.mode & 0o777) !== 0o644) fchmodSync(descriptor, 0o644);
  return descriptor;
}
