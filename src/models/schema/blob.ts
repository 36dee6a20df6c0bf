import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Bytes that may be large: held in memory, lying in a file, or generated when asked for. Weights travel as blobs, so
 * that neither reading nor writing a model ever holds more than one chunk of them.
 */
export interface Blob {
  readonly byteLength: number;
  /** The bytes in order, from the start at each call. A chunk may be reused by the next: copy what you keep. */
  chunks(): Iterable<Uint8Array>;
}

/** Every chunk but the last has this size (a multiple of all element sizes), whatever the blob. */
export const CHUNK_BYTES = 1 << 20;

/** A blob over bytes in memory. */
export function memoryBlob(bytes: Uint8Array): Blob {
  return {
    byteLength: bytes.byteLength,
    *chunks() {
      for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES)
        yield bytes.subarray(at, at + CHUNK_BYTES);
    },
  };
}

/** A blob over part of a file; the file is opened anew for each reading. */
export function fileBlob(path: string, offset: number, byteLength: number): Blob {
  return {
    byteLength,
    *chunks() {
      const buffer = new Uint8Array(Math.min(CHUNK_BYTES, byteLength));
      const fd = openSync(path, 'r');
      try {
        for (let at = 0; at < byteLength; at += CHUNK_BYTES) {
          const chunk = buffer.subarray(0, Math.min(CHUNK_BYTES, byteLength - at));
          readFully(fd, chunk, offset + at);
          yield chunk;
        }
      } finally {
        closeSync(fd);
      }
    },
  };
}

/** The whole blob in memory, as a copy of its own (aligned for every typed array). */
export function blobBytes(blob: Blob): Uint8Array {
  const bytes = new Uint8Array(blob.byteLength);
  let at = 0;
  for (const chunk of blob.chunks()) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** Little-endian bytes of typed values: what TFLite expects on every machine. */
export function littleEndian(values: Float32Array | Int32Array | Int8Array | Uint8Array): Blob {
  return memoryBlob(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** Fills `into` from a file position. Throws when the file ends before (it shrank while we read). */
export function readFully(fd: number, into: Uint8Array, position: number): void {
  let done = 0;
  while (done < into.byteLength) {
    const count = readSync(fd, into, done, into.byteLength - done, position + done);
    if (count === 0) throw new Error(`file ends before byte ${position + into.byteLength}`);
    done += count;
  }
}
