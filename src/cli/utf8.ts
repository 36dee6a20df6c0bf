import { isUtf8 } from 'node:buffer';
import { readFileSync, readlinkSync } from 'node:fs';
import { UsageError } from '../kernel/errors.js';

/** What Node puts in the place of bytes that are no UTF-8; a file of the name that it then gives is another, or none. */
const REPLACED = '\ufffd';

/** @throws UsageError where it is gone: no path can then be found, and no module that asks for it at once be loaded */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new UsageError('the current folder was removed.', 'Go to another one.');
  }
}

/**
 * Linux has names of any bytes, Node of UTF-8 only.
 *
 * @param words the arguments as Node gives them
 * @param self what the kernel knows of this process
 * @throws UsageError for an argument or a current folder that Node can't hand on
 */
export function requireUtf8(words: readonly string[], cwd: string, self = '/proc/self'): void {
  const damaged = (bytes: () => Buffer) => {
    try {
      return splitAtNul(bytes()).find((part) => !isUtf8(part));
    } catch {
      return undefined; // without /proc nobody can tell
    }
  };
  // a name may hold the character itself
  const word = words.some((text) => text.includes(REPLACED))
    ? damaged(() => readFileSync(`${self}/cmdline`))
    : undefined;
  if (word)
    throw new UsageError(
      `the argument $'${escaped(word)}' is no UTF-8, and Node can't tell such names.`,
      'Rename the file, or name a link to it.',
    );
  const folder = cwd.includes(REPLACED)
    ? damaged(() => readlinkSync(`${self}/cwd`, { encoding: 'buffer' }))
    : undefined;
  if (folder)
    throw new UsageError(
      `the current folder $'${escaped(folder)}' has a name that is no UTF-8, and Node can't find what is in it.`,
      'Rename it, or go to another one.',
    );
}

const splitAtNul = (bytes: Buffer) =>
  bytes
    .toString('latin1')
    .split('\0')
    .map((part) => Buffer.from(part, 'latin1'));

/** As a shell would take it. */
const escaped = (bytes: Buffer) =>
  [...bytes]
    .map((byte) =>
      byte < 0x20 || byte >= 0x7f || byte === 0x27 || byte === 0x5c
        ? `\\x${byte.toString(16).padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');
