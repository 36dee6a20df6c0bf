import { closeSync, fstatSync, openSync } from 'node:fs';
import { type Blob, fileBlob, memoryBlob, readFully } from './blob.js';

/** Random access to the bytes of a model, in memory or in a file of any size. */
export interface ByteSource {
  readonly size: number;
  /** A view of which `at` is the byte `at - start`; it holds the number there, however wide. */
  page(at: number): { view: DataView; start: number };
  /** Copies bytes out. */
  read(at: number, length: number): Uint8Array;
  /** Bytes that stay where they are. */
  blob(at: number, length: number): Blob;
}

const PAGE_BYTES = 1 << 16;
/** A misaligned number may straddle two pages, so each holds the start of the next. */
const OVERLAP_BYTES = 8;
const PAGES_KEPT = 64;

/** Bytes in memory as one page. */
export function memorySource(given: Uint8Array): ByteSource {
  // a Buffer's slice() would be no copy
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const whole = {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    start: 0,
  };
  return {
    size: bytes.byteLength,
    page: () => whole,
    read: (at, length) => bytes.slice(at, at + length),
    blob: (at, length) => memoryBlob(bytes.subarray(at, at + length)),
  };
}

/**
 * Runs `use` with a paged view of a file: reading the structure of a 600 MB model costs a few pages, not 600 MB.
 * Blobs that `use` hands out stay valid afterwards (they open the file again).
 */
export function withFileSource<T>(path: string, use: (source: ByteSource) => T): T {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const pages = new Map<number, { view: DataView; start: number }>();
    return use({
      size,
      page(at) {
        const start = at - (at % PAGE_BYTES);
        let page = pages.get(start);
        if (!page) {
          if (pages.size >= PAGES_KEPT) pages.delete(pages.keys().next().value as number);
          const bytes = new Uint8Array(Math.min(PAGE_BYTES + OVERLAP_BYTES, size - start));
          readFully(fd, bytes, start);
          page = { view: new DataView(bytes.buffer), start };
          pages.set(start, page);
        }
        return page;
      },
      read(at, length) {
        const bytes = new Uint8Array(length);
        readFully(fd, bytes, at);
        return bytes;
      },
      blob: (at, length) => fileBlob(path, at, length),
    });
  } finally {
    closeSync(fd);
  }
}
