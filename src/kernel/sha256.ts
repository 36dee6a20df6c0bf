/** What a content is told by, wherever it is written down: one hash, of text and bytes at hand and of files. */
import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { openRegular } from './files/regular-file.js';

/** Lower-case hex, where nothing else is asked for. */
export const sha256Of = (
  content: string | Uint8Array,
  encoding: 'hex' | 'base64' = 'hex',
): string => startSha256().update(content).digest(encoding);

/** For what comes in pieces. */
export const startSha256 = (): Hash => createHash('sha256');

/**
 * A file's hash and how many bytes it is of. It is read piece by piece: a network of 575 MB need not fit in memory.
 *
 * @throws the system's error; one with the code `NO_FILE` for what is neither a file nor a folder
 */
export async function hashFile(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = startSha256();
  const file = (await openRegular(path)).createReadStream({ highWaterMark: 1 << 20 });
  await pipeline(file, hash);
  return { sha256: hash.digest('hex'), bytes: file.bytesRead };
}

/** Null for a file that can't be read. */
export const sha256OfFile = (path: string): Promise<string | null> =>
  hashFile(path).then(
    (found) => found.sha256,
    () => null,
  );
