import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

/**
 * One file out of a gzipped tar archive.
 *
 * @returns the file's bytes, or null where the archive has no such file
 * @throws Error with `code` Z_DATA_ERROR or Z_BUF_ERROR for what is no gzip or ends early, TAR_BAD_ARCHIVE for what is no tar
 */
export async function tarMember(tarball: Buffer, path: string): Promise<Buffer | null> {
  let found: Buffer | null = null;
  const archive = extract();
  archive.on('entry', ({ name, type }, stream, next) => {
    const chunks: Buffer[] = [];
    const wanted = type === 'file' && name === path;
    stream.on('data', (chunk: Buffer) => {
      if (wanted) chunks.push(chunk);
    });
    stream.on('end', () => {
      if (wanted) found = Buffer.concat(chunks);
      next();
    });
  });
  try {
    await pipeline(Readable.from([tarball]), createGunzip(), archive);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) throw error;
    throw Object.assign(new Error('not a tar archive'), { code: 'TAR_BAD_ARCHIVE', cause: error });
  }
  return found;
}
