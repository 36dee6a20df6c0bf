/**
 * How this process and a child that loads the engine write to each other: every write is a frame that says what it is, which one it is, how
 * long it is and what its content sums up to. The engine lives in the child and may write into any descriptor of its
 * process; what it writes into these is noticed and never taken for a record.
 */
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { forEachStream } from '../addon/streams.js';
import { IsochronError } from '../kernel/errors.js';
import { CONTROL_KIND, PIPES } from './pipes.js';

/** What a frame carries: a message, or records of a stream. */
export const FRAME = {
  control: CONTROL_KIND,
  ...forEachStream((name) => PIPES[name].frameKind),
} as const;
export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

const titleOf = (kind: FrameKind) =>
  Object.values(PIPES).find(({ frameKind }) => frameKind === kind)?.title ?? 'messages';

/** "isoF" in little endian. */
const MAGIC = 0x466f7369;
export const HEADER_BYTES = 20;
const AT = { magic: 0, kind: 4, sequence: 8, length: 12, checksum: 16 } as const;

export interface FrameLimits {
  /** The longest content that is believed. */
  maxBytes: number;
  /** The content is a multiple of this. */
  unitBytes?: number;
}

/** Numbers the frames of one direction of one pipe. */
export class FrameWriter {
  readonly #kind: FrameKind;
  #sequence = 0;

  constructor(kind: FrameKind) {
    this.#kind = kind;
  }

  /** Header and content, copied into one buffer. */
  frame(content: Uint8Array): Buffer {
    const bytes = Buffer.allocUnsafe(HEADER_BYTES + content.length);
    bytes.writeUInt32LE(MAGIC, AT.magic);
    bytes.writeUInt32LE(this.#kind, AT.kind);
    bytes.writeUInt32LE(this.#sequence++ >>> 0, AT.sequence);
    bytes.writeUInt32LE(content.length, AT.length);
    bytes.writeUInt32LE(crc32(content), AT.checksum);
    bytes.set(content, HEADER_BYTES);
    return bytes;
  }
}

/** Finds the frames in what a pipe brings; a part of a frame waits for the next chunk. */
export class FrameReader {
  readonly #kind: FrameKind;
  readonly #limits: FrameLimits;
  #sequence = 0;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** So many make it worth looking: a long frame that comes in many chunks is put together once. */
  #wanted = 0;

  constructor(kind: FrameKind, limits: FrameLimits) {
    this.#kind = kind;
    this.#limits = limits;
  }

  /**
   * The contents of the frames that are complete now, one by one.
   *
   * @throws IsochronError E_PROTOCOL at the first byte that is not what the other side writes
   */
  *take(chunk: Buffer): Generator<Buffer> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#wanted) return;
    let data = this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : chunk;
    this.#keep(Buffer.alloc(0), 0);
    let wanted = 0;
    while (data.length >= HEADER_BYTES) {
      const length = this.#lengthOf(data);
      if (data.length < HEADER_BYTES + length) {
        wanted = HEADER_BYTES + length;
        break;
      }
      const content = data.subarray(HEADER_BYTES, HEADER_BYTES + length);
      if (crc32(content) !== data.readUInt32LE(AT.checksum))
        throw this.#fault(`the content of frame ${this.#sequence} was changed`);
      this.#sequence = (this.#sequence + 1) >>> 0;
      data = data.subarray(HEADER_BYTES + length);
      yield content;
    }
    // what can't be the beginning of a frame need not wait for its end
    if (data.length >= 4 && data.readUInt32LE(AT.magic) !== MAGIC)
      throw this.#fault('foreign bytes');
    this.#keep(data, wanted);
  }

  #keep(rest: Buffer, wanted: number): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    this.#wanted = wanted;
  }

  /** Bytes of a frame that is not complete. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  #lengthOf(data: Buffer): number {
    if (data.readUInt32LE(AT.magic) !== MAGIC) throw this.#fault('foreign bytes');
    const kind = data.readUInt32LE(AT.kind);
    if (kind !== this.#kind) throw this.#fault(`a frame of kind ${kind}`);
    const sequence = data.readUInt32LE(AT.sequence);
    if (sequence !== this.#sequence)
      throw this.#fault(`frame ${sequence} where frame ${this.#sequence} should be`);
    const length = data.readUInt32LE(AT.length);
    const { maxBytes, unitBytes = 1 } = this.#limits;
    if (length > maxBytes || length % unitBytes !== 0)
      throw this.#fault(`a frame of ${length} bytes`);
    return length;
  }

  #fault(found: string): IsochronError {
    return protocolError(`the pipe of its ${titleOf(this.#kind)} brought ${found}`);
  }
}

/** What the child says can't be: it is the failure of what it was started for, and no more of it is believed. */
export function protocolError(what: string): IsochronError {
  return new IsochronError(
    'E_PROTOCOL',
    `What came from the engine's process is not what isochron writes there: ${what}.`,
    'The engine, a delegate or a plugin writes into a descriptor or into memory that is not its own. Rows before it are kept.',
  );
}

/** Something came by a pipe into which the child never writes. */
export const strayBytes = () => protocolError('the pipe of its commands brought foreign bytes');

export interface FrameHandlers {
  /** The content of each frame; the next one is taken when this has been dealt with. */
  content(content: Buffer): Promise<void> | void;
  /** What is wrong with the frames, or what `content` has thrown: told once, nothing is handed on after it. */
  fault(error: unknown): void;
  /** A chunk has come (`true`), and has been dealt with (`false`). */
  busy?(is: boolean): void;
}

/** Never rejects. After a fault it reads on, so that the child can end. */
export async function readFrames(
  pipe: Readable,
  kind: FrameKind,
  limits: FrameLimits,
  { content: handle, fault, busy }: FrameHandlers,
): Promise<void> {
  const frames = new FrameReader(kind, limits);
  let failed = false;
  try {
    for await (const chunk of pipe) {
      busy?.(true);
      try {
        if (!failed) for (const content of frames.take(chunk as Buffer)) await handle(content);
      } catch (error) {
        failed = true;
        fault(error);
      }
      busy?.(false);
    }
  } catch {
    // the pipe broke or was closed under us: the end of the process says more, and what is missing shows in the counts
  }
}
