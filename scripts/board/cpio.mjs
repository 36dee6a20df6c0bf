// Writes the archives that Linux unpacks as its first file system: cpio "newc" (kernel: driver-api/early-userspace/
// buffer-format). Every entry belongs to root and has the time 0, so equal trees give equal archives, without root's rights.
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = 0o040755;

/**
 * Writes one archive.
 * @param {string} file
 * @param {{ [guestPath: string]: string | { text: string, mode?: number } | null }} tree what to put where in the guest:
 *   a host path (a folder goes in whole, links stay links), a text, or null for an empty folder. Folders above are made.
 */
export function writeCpio(file, tree) {
  const fd = openSync(file, 'w');
  try {
    const archive = new Archive(fd);
    for (const [guestPath, source] of Object.entries(tree))
      archive.add(guestPath.replace(/^\/+|\/+$/g, ''), source);
    archive.end();
  } finally {
    closeSync(fd);
  }
}

class Archive {
  #fd;
  #entries = 0;
  #folders = new Set(['']);

  constructor(fd) {
    this.#fd = fd;
  }

  add(name, source) {
    this.#addFolders(name.split('/').slice(0, -1));
    if (source === null) this.#addFolders(name.split('/'));
    else if (typeof source === 'string') this.#addFromHost(name, source);
    else this.#entry(name, 0o100000 | (source.mode ?? 0o644), Buffer.from(source.text));
  }

  end() {
    this.#entry('TRAILER!!!', 0, Buffer.alloc(0));
  }

  #addFromHost(name, path) {
    const status = lstatSync(path);
    if (status.isSymbolicLink()) this.#entry(name, 0o120777, Buffer.from(readlinkSync(path)));
    else if (status.isDirectory()) {
      this.#addFolders(name.split('/'));
      for (const child of readdirSync(path).sort())
        this.#addFromHost(name === '' ? child : `${name}/${child}`, join(path, child));
    } else if (status.isFile())
      this.#entry(name, 0o100000 | (status.mode & 0o777), readFileSync(path));
  }

  #addFolders(parts) {
    for (let i = 1; i <= parts.length; i++) {
      const folder = parts.slice(0, i).join('/');
      if (this.#folders.has(folder)) continue;
      this.#folders.add(folder);
      this.#entry(folder, DIRECTORY, Buffer.alloc(0));
    }
  }

  #entry(name, mode, content) {
    this.#entries += 1;
    const links = (mode & 0o170000) === 0o040000 ? 2 : 1;
    const fields = [
      this.#entries,
      mode,
      0,
      0,
      links,
      0,
      content.length,
      0,
      0,
      0,
      0,
      Buffer.byteLength(name) + 1,
      0,
    ];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
    this.#write(Buffer.from(`${header}${name}\0`));
    this.#write(content);
  }

  /** Both the header with the name and the content are filled up to a multiple of four bytes. */
  #write(bytes) {
    const padded =
      bytes.length % 4 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
    for (let written = 0; written < padded.length; )
      written += writeSync(this.#fd, padded, written);
  }
}
