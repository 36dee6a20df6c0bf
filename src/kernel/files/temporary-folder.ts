/** Folders below TMPDIR, for what a command needs only while it works. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsochronError } from '../errors.js';
import { WRITE_REASONS } from './write-reasons.js';

/**
 * Makes a folder of that beginning and a random rest; whoever asks for it removes it.
 *
 * @throws IsochronError E_WRITE_FAILED
 */
export function makeTemporaryFolder(prefix: string): string {
  const parent = tmpdir();
  try {
    return mkdtempSync(join(parent, prefix));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'it does not exist' : (WRITE_REASONS[code]?.[0] ?? code);
    throw new IsochronError(
      'E_WRITE_FAILED',
      `No temporary folder can be made in ${parent}: ${reason}.`,
      'Let TMPDIR name another folder.',
    );
  }
}
