/**
 * The journal of an isolation: what is about to be changed, on disk before it is. Whoever finds the journal of a process
 * that is gone takes its changes back.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { IsochronError } from '../../kernel/errors.js';
import { bootId, isAlive } from '../../kernel/living.js';
import { cacheDir } from '../../kernel/user-folders.js';
import { readTaskOf } from '../tasks.js';
import { folderOfStrangers, type JournalContent, readJournalFile } from './journal-file.js';
import type { Step } from './steps.js';

/** A run's isolation, and what `doctor --fix` leaves. */
export type JournalName = 'isolation' | 'kept';
const NAMES: readonly JournalName[] = ['isolation', 'kept'];

/** Where this process writes: /run, which is there for it and cleared at boot, needs root. */
export function journalFolder(root: string): string {
  return process.geteuid?.() === 0 ? join(root, 'run', 'isochron') : cacheDir('isolation');
}

/** Journals that may be there, this user's and root's. */
export function journalPaths(root: string): string[] {
  const folders = new Set([join(root, 'run', 'isochron'), ...userFolder()]);
  return [...folders].flatMap((folder) => NAMES.map((name) => join(folder, `${name}.json`)));
}

/** Of a user without a home, who can have left nothing, none. */
function userFolder(): string[] {
  try {
    return [cacheDir('isolation')];
  } catch {
    return [];
  }
}

export class Journal {
  readonly path: string;
  readonly content: JournalContent;

  private constructor(path: string, content: JournalContent) {
    this.path = path;
    this.content = content;
  }

  /**
   * Begins a journal with these steps.
   *
   * @throws IsochronError E_ISOLATED when there is one already, E_JOURNAL when it can't be written
   */
  static begin(root: string, name: JournalName, steps: Step[]): Journal {
    const owner = readTaskOf(process.pid, root);
    const content: JournalContent = {
      format: 'isochron-isolation',
      version: 1,
      bootId: bootId(root),
      owner: name === 'kept' ? null : { pid: process.pid, startTime: owner?.startTime ?? null },
      startedAt: new Date().toISOString(),
      steps,
    };
    const journal = new Journal(join(journalFolder(root), `${name}.json`), content);
    journal.#write('create');
    return journal;
  }

  /**
   * Null when there is none.
   * @throws IsochronError E_JOURNAL for one of another version, and for what is nobody's journal that may be believed
   */
  static read(path: string): Journal | null {
    const content = readJournalFile(path);
    return content === null ? null : new Journal(path, content);
  }

  /** Adds steps that are about to be made. */
  append(steps: readonly Step[]): void {
    if (steps.length === 0) return;
    this.content.steps.push(...steps);
    this.#write('replace');
  }

  /** Leaves only what could not be taken back; removes the file when that is nothing. */
  settle(remaining: Step[]): void {
    this.content.steps = remaining;
    if (remaining.length === 0) rmSync(this.path, { force: true });
    else this.#write('replace');
  }

  /** Whether its changes are from before the last boot. */
  outlived(root: string): boolean {
    const now = bootId(root);
    return now !== null && this.content.bootId !== null && now !== this.content.bootId;
  }

  /** The process that will undo it, while it lives. */
  livingOwner(root: string): number | null {
    const { owner } = this.content;
    if (owner === null || !isAlive(owner.pid)) return null;
    const task = readTaskOf(owner.pid, root);
    const reused = task !== null && owner.startTime !== null && task.startTime !== owner.startTime;
    return reused ? null : owner.pid;
  }

  #write(how: 'create' | 'replace'): void {
    const temporary = `${this.path}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o755 });
      const strangers = folderOfStrangers(dirname(this.path));
      if (strangers !== null) throw new Error(`it ${strangers}`);
      removeQuietly(temporary);
      const file = openSync(temporary, 'wx', 0o644);
      try {
        writeSync(file, `${JSON.stringify(this.content)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      // link() fails where rename() would replace: of two that begin at once one loses
      if (how === 'create') linkSync(temporary, this.path);
      else renameSync(temporary, this.path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (how === 'create' && code === 'EEXIST') {
        // what is there may be no journal at all, and waiting would not help then
        Journal.read(this.path);
        throw new IsochronError(
          'E_ISOLATED',
          'Another isochron isolates cores on this machine at this moment.',
          `Wait until it has ended; its journal is ${this.path}.`,
        );
      }
      throw new IsochronError(
        'E_JOURNAL',
        `Cores can't be isolated, because the journal of it can't be written: ${message}.`,
        'Without it the changes could not be undone after a crash. ISOCHRON_CACHE names another folder (for root it is /run/isochron).',
      );
    } finally {
      removeQuietly(temporary);
    }
  }
}

/** Where the folder is a file, removing what could not be made in it fails as well. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
