import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const BLOCK = 512;

/**
 * One file out of a gzipped tar archive, in the plain form (POSIX ustar) that npm's tarballs have. Extensions for long
 * names are stepped over, so a file with one is not found.
 *
 * @returns the file's bytes, or null where the archive has no such file
 * @throws Error with `code` Z_DATA_ERROR or Z_BUF_ERROR for what is no gzip or ends early, TAR_BAD_ARCHIVE for what is no tar
 */
export async function tarMember(tarball: Buffer, path: string): Promise<Buffer | null> {
  const tar = await promisify(gunzip)(tarball);
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return null; // the end mark
    if (checksum(header) !== octal(header, 148, 8)) throw badArchive();
    const start = at + BLOCK;
    const bytes = octal(header, 124, 12);
    if (start + bytes > tar.length) throw badArchive();
    const isFile = header[156] === 0x30 || header[156] === 0; // '0', or nothing in old archives
    if (isFile && nameOf(header) === path) return tar.subarray(start, start + bytes);
    at = start + Math.ceil(bytes / BLOCK) * BLOCK;
  }
  return null;
}

function nameOf(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** The sum of the header's bytes with spaces in the checksum's place. */
function checksum(header: Buffer): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i] as number;
  return sum;
}

function text(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function octal(header: Buffer, at: number, length: number): number {
  const digits = text(header, at, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw badArchive();
  return Number.parseInt(digits, 8);
}

function badArchive(): Error {
  return Object.assign(new Error('not a tar archive'), { code: 'TAR_BAD_ARCHIVE' });
}
