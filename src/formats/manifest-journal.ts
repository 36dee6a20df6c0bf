/**
 * What has changed since a manifest was written as a whole, one line a change: of ten thousand points, the end of one must
 * not cost writing all of them. The journal is folded into the manifest when it has grown as long as that, and at the end.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeAtomically } from '../kernel/files/atomic-file.js';
import { readRegular } from '../kernel/files/regular-file.js';
import { syncedFolder } from '../kernel/files/target.js';
import { writeError } from '../kernel/files/write-reasons.js';
import { toJson } from './plain-json.js';

const JOURNAL = 'manifest.journal';

/** The journal beside a manifest. */
const journalOf = (manifest: string): string => join(dirname(manifest), JOURNAL);

/** One line. The first says which manifest it goes on from, the others what has changed. */
interface Line {
  extends?: string | null;
  at?: string;
  point?: unknown;
  calibration?: unknown;
}

/** A point or a calibration that replaces the one before. */
export interface Change {
  at: string;
  point?: unknown;
  calibration?: unknown;
}

/**
 * What the journal beside a manifest adds to it; nothing where there is none, or one of another manifest. A last line that was
 * cut off is no change.
 *
 * @param manifest the manifest's path
 * @param updatedAt as it stands in the manifest
 */
export async function changesSince(manifest: string, updatedAt: string | null): Promise<Change[]> {
  const text = await readRegular(journalOf(manifest)).catch(() => '');
  const [first, ...lines] = text.split('\n').flatMap(parsed);
  if (first?.extends === undefined || first.extends !== updatedAt) return [];
  return lines.flatMap(({ at, point, calibration }) =>
    typeof at === 'string' ? [{ at, point, calibration }] : [],
  );
}

function parsed(line: string): Line[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value] : [];
  } catch {
    return [];
  }
}

/** A manifest, as far as this file knows it. */
interface Dated {
  updatedAt: string | null;
}

/** Keeps a manifest on disk as it is in memory. */
export class ManifestKeeper {
  readonly #path: string;
  readonly #manifest: Dated;
  #journal: FileHandle | null = null;
  #journalBytes = 0;
  #manifestBytes = 0;

  constructor(path: string, manifest: Dated) {
    this.#path = path;
    this.#manifest = manifest;
  }

  /**
   * Writes or replaces the manifest as a whole, and begins its journal.
   * @throws IsochronError E_WRITE_FAILED
   */
  async save(): Promise<void> {
    await this.#letGo();
    this.#manifest.updatedAt = new Date().toISOString();
    const text = toJson(this.#manifest);
    await writeAtomically(this.#path, (file) => file.writeFile(text));
    this.#manifestBytes = Buffer.byteLength(text);
  }

  /**
   * Adds what has changed in the manifest to its journal, and syncs it.
   * @throws IsochronError E_WRITE_FAILED
   */
  async add(change: Omit<Change, 'at'>): Promise<void> {
    const at = new Date().toISOString();
    const text = `${JSON.stringify({ at, ...change })}\n`;
    if (this.#journalBytes + text.length > this.#manifestBytes) return this.save();
    try {
      if (this.#journal === null) {
        const head = `${JSON.stringify({ extends: this.#manifest.updatedAt })}\n`;
        const path = journalOf(this.#path);
        await rm(path, { force: true }); // nothing is written through a link of that name
        this.#journal = await open(path, 'ax');
        await this.#journal.writeFile(head);
        await syncedFolder(dirname(path));
      }
      await this.#journal.appendFile(text);
      await this.#journal.datasync();
    } catch (error) {
      // it may end in half a line, which would swallow the next one: that begins with the whole
      await this.#letGo();
      this.#manifestBytes = 0;
      throw writeError(journalOf(this.#path), error);
    }
    this.#journalBytes += Buffer.byteLength(text);
  }

  /**
   * Folds the journal into the manifest.
   * @throws IsochronError E_WRITE_FAILED
   */
  async close(): Promise<void> {
    if (this.#journal === null) return;
    await this.save();
    await rm(journalOf(this.#path), { force: true }).catch(() => {}); // it is of an older manifest and says nothing any more
  }

  async #letGo(): Promise<void> {
    await this.#journal?.close().catch(() => {});
    this.#journal = null;
    this.#journalBytes = 0;
  }
}
