import { setImmediate } from 'node:timers/promises';
import { type ChannelLayout, RandomWeights } from '../graph/random-integers.js';
import type { Blob } from '../schema/blob.js';
import { halfOfFloatBits } from './float16.js';

/** Smallest and largest value of each channel. */
export interface ChannelRanges {
  min: Float32Array;
  max: Float32Array;
  /** False where a value is NaN or infinite. */
  finite: boolean;
}

/** What has been read once: the blob's bytes never change. */
const known = new WeakMap<Blob, Map<string, ChannelRanges>>();

/** Reads float32 weights once and returns the range of each channel. Synthetic weights know theirs without being generated. */
export function channelRanges(weights: Blob, layout: ChannelLayout): ChannelRanges {
  const before = knownRanges(weights, layout);
  if (before) return before;
  const scan = scanRanges(weights, layout);
  for (;;) {
    const { done, value } = scan.next();
    if (done) return remember(weights, layout, value);
  }
}

/**
 * Reads them as `channelRanges` does, which then has the answer at hand, but lets the event loop have its turn after each
 * chunk: weights may be hundreds of megabytes, and a Ctrl-C should not wait for them.
 *
 * @throws the signal's reason
 */
export async function readChannelRanges(
  weights: Blob,
  layout: ChannelLayout,
  signal?: AbortSignal,
): Promise<ChannelRanges> {
  const before = knownRanges(weights, layout);
  if (before) return before;
  const scan = scanRanges(weights, layout);
  for (;;) {
    const { done, value } = scan.next();
    if (done) return remember(weights, layout, value);
    await setImmediate();
    signal?.throwIfAborted();
  }
}

function knownRanges(weights: Blob, layout: ChannelLayout): ChannelRanges | undefined {
  if (
    weights instanceof RandomWeights &&
    weights.layout.channels === layout.channels &&
    weights.layout.inner === layout.inner
  )
    return { min: weights.amplitudes.map((a) => -a), max: weights.amplitudes, finite: true };
  return known.get(weights)?.get(keyOf(layout));
}

function remember(weights: Blob, layout: ChannelLayout, ranges: ChannelRanges): ChannelRanges {
  known.set(weights, (known.get(weights) ?? new Map()).set(keyOf(layout), ranges));
  return ranges;
}

const keyOf = ({ channels, inner }: ChannelLayout) => `${channels} ${inner}`;

/** Pauses after each chunk. */
function* scanRanges(weights: Blob, layout: ChannelLayout): Generator<void, ChannelRanges> {
  const min = new Float32Array(layout.channels).fill(Number.POSITIVE_INFINITY);
  const max = new Float32Array(layout.channels).fill(Number.NEGATIVE_INFINITY);
  let residue = 0; // v - v is 0 for every number and NaN for what is none
  const cursor = new ChannelCursor(layout);
  for (const chunk of weights.chunks()) {
    const values = floats(chunk);
    cursor.runs(values.length, (from, to, channel) => {
      let low = min[channel] as number;
      let high = max[channel] as number;
      for (let i = from; i < to; i++) {
        const value = values[i] as number;
        if (value < low) low = value;
        if (value > high) high = value;
        residue += value - value;
      }
      min[channel] = low;
      max[channel] = high;
    });
    yield;
  }
  return { min, max, finite: residue === 0 };
}

/** All values of a constant in one; synthetic weights keep the layout that they know. */
export function wholeLayout(weights: Blob): ChannelLayout {
  return weights instanceof RandomWeights
    ? weights.layout
    : { channels: 1, inner: weights.byteLength / 4 };
}

/** The range over all channels. */
export function totalRange({
  min,
  max,
}: Omit<ChannelRanges, 'finite'>): [min: number, max: number] {
  return [
    min.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    max.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
}

/**
 * Float32 weights as 8-bit integers, q = round(w / scale) + zeroPoint, clipped to [low, high]; computed while they are
 * read.
 *
 * @param scales one for each channel of the layout
 */
export function quantizedBlob(
  weights: Blob,
  layout: ChannelLayout,
  scales: readonly number[],
  zeroPoint: number,
  low: number,
  high: number,
): Blob {
  const inverse = Float64Array.from(scales, (s) => 1 / s);
  return {
    byteLength: weights.byteLength / 4,
    *chunks() {
      const state = new ChannelCursor(layout);
      for (const chunk of weights.chunks()) {
        const values = floats(chunk);
        const bytes = new Int8Array(values.length);
        state.runs(values.length, (from, to, channel) => {
          const factor = inverse[channel] as number;
          for (let i = from; i < to; i++) {
            const q = Math.round((values[i] as number) * factor) + zeroPoint;
            bytes[i] = Math.min(Math.max(q, low), high); // wraps into two's complement for uint8
          }
        });
        yield new Uint8Array(bytes.buffer);
      }
    },
  };
}

/** Float32 values in half precision; computed while they are read. */
export function halfBlob(weights: Blob): Blob {
  return {
    byteLength: weights.byteLength / 2,
    *chunks() {
      for (const chunk of weights.chunks()) {
        const { buffer, byteOffset, length } = floats(chunk);
        const bits = new Uint32Array(buffer, byteOffset, length);
        const halves = new Uint16Array(length);
        for (let i = 0; i < length; i++) halves[i] = halfOfFloatBits(bits[i] as number);
        yield new Uint8Array(halves.buffer);
      }
    },
  };
}

/** A chunk's bytes as floats, copied only where they are not aligned. */
export function floats(chunk: Uint8Array): Float32Array {
  const aligned = chunk.byteOffset % 4 === 0 ? chunk : chunk.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** Walks through elements in memory order and cuts them into runs of one channel, across chunks. */
class ChannelCursor {
  #channel = 0;
  #left: number;
  readonly #layout: ChannelLayout;

  constructor(layout: ChannelLayout) {
    this.#layout = layout;
    this.#left = layout.inner;
  }

  runs(count: number, visit: (from: number, to: number, channel: number) => void): void {
    for (let at = 0; at < count; ) {
      const to = Math.min(count, at + this.#left);
      visit(at, to, this.#channel);
      this.#left -= to - at;
      at = to;
      if (this.#left === 0) {
        this.#left = this.#layout.inner;
        this.#channel = this.#channel + 1 === this.#layout.channels ? 0 : this.#channel + 1;
      }
    }
  }
}
