// What the board scripts need of the host: their cache folder, tools with the Debian packages that have them, one lock.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Anything that keeps the board from running, in a sentence, with what to do about it where that is known. */
export class BoardError extends Error {
  /**
   * @param {string} code e.g. `E_BOARD_TOOL`
   * @param {string} message
   * @param {string} [hint]
   */
  constructor(code, message, hint) {
    super(message);
    this.name = 'BoardError';
    this.code = code;
    this.hint = hint;
  }
}

/** The Debian package of every command that the scripts start. */
const PACKAGE_OF = {
  'qemu-system-aarch64': 'qemu-system-arm',
  'qemu-aarch64-static': 'qemu-user-static',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  fdtput: 'device-tree-compiler',
  npm: 'npm',
  tar: 'tar',
  unshare: 'util-linux',
};

/** Packages of these commands that are missing here. */
export function missingPackages(commands) {
  return [
    ...new Set(
      commands
        .filter((command) => which(command) === undefined)
        .map((command) => PACKAGE_OF[command]),
    ),
  ];
}

/** @throws {BoardError} naming the Debian packages, when a command is missing */
export function needCommands(commands) {
  const packages = missingPackages(commands);
  if (packages.length === 0) return;
  const missing = commands.filter((command) => which(command) === undefined);
  throw new BoardError(
    'E_BOARD_TOOL',
    `The emulated board needs ${missing.join(', ')}.`,
    `apt-get install --no-install-recommends ${packages.join(' ')}`,
  );
}

/** The full path of a command, or undefined. */
export function which(command) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** isochron's cache (the same rule as src/kernel/user-folders.ts) with a folder of its own for the board. */
export function boardFolder() {
  const xdg = process.env.XDG_CACHE_HOME;
  const base = xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
  return join(
    process.env.ISOCHRON_CACHE ? resolve(process.env.ISOCHRON_CACHE) : join(base, 'isochron'),
    'board',
  );
}

/**
 * A fresh folder inside the board's cache, named after this process; what killed processes left behind is removed.
 * @param {string} purpose a word for its name
 */
export function scratchFolder(purpose) {
  mkdirSync(boardFolder(), { recursive: true });
  for (const name of readdirSync(boardFolder())) {
    const owner = /^scratch-[a-z]+\.(\d+)\./.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) {
      rmSync(join(boardFolder(), name), { recursive: true, force: true });
    }
  }
  return mkdtempSync(join(boardFolder(), `scratch-${purpose}.${process.pid}.`));
}

/**
 * Removes results of earlier parameters or tarballs.
 * @param {string} prefix of the folders' names in the board's cache
 * @param {string} current the folder in use, which stays
 * @param {number} others how many of the rest, the newest, stay too
 */
export function removeOldFolders(prefix, current, others) {
  const rest = readdirSync(boardFolder())
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(boardFolder(), name))
    .filter((folder) => folder !== current)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const folder of rest.slice(others)) rmSync(folder, { recursive: true, force: true });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

/**
 * Runs a command to its end.
 * @returns {string} its standard output
 * @throws {BoardError} with the end of what it said, when it fails
 */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20, ...options });
  if (result.status === 0) return result.stdout;
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trim();
  throw new BoardError(
    'E_BOARD_COMMAND',
    `${command} ${args[0] ?? ''} failed: ${said.split('\n').slice(-8).join('\n')}`,
  );
}

/** Runs `work` while no other process holds the lock of the same name; a dead holder's lock is taken over. */
export async function withLock(name, work) {
  const lock = join(boardFolder(), `${name}.lock`);
  mkdirSync(boardFolder(), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (isStale(lock)) rmSync(lock, { force: true });
      else await sleep(200);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isStale(lock) {
  try {
    const holder = Number(readFileSync(lock, 'utf8'));
    return holder > 0 && !isAlive(holder); // empty: its holder is just writing it
  } catch {
    return false; // released meanwhile
  }
}
