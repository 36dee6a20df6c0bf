import { type Blob, CHUNK_BYTES } from '../schema/blob.js';

/**
 * sfc32, a small fast generator of 32-bit integers (Doty-Humphrey, PractRand). Equal seeds give equal streams on every
 * machine.
 *
 * @param seed of the whole model
 * @param stream a name, e.g. of a tensor: every name has a stream of its own
 */
export function randomIntegers(seed: number, stream: string): () => number {
  let a = seed | 0;
  let b = hash(stream);
  let c = Math.floor(seed / 2 ** 32) | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum;
  };
  for (let i = 0; i < 15; i++) next(); // the first outputs still show the seed
  return next;
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h;
}

/** How the channels of a tensor lie in memory: element i belongs to channel floor(i / inner) mod channels. */
export interface ChannelLayout {
  channels: number;
  inner: number;
}

/**
 * Uniform random float32 weights with an amplitude for each channel, as folding a batch norm into weights leaves them.
 * Nothing is generated before the bytes are asked for. The smallest magnitude other than 0 is 2^-31 of the amplitude: no
 * denormals.
 */
export class RandomWeights implements Blob {
  readonly byteLength: number;
  readonly #seed: number;
  readonly #stream: string;
  readonly #count: number;

  constructor(
    seed: number,
    stream: string,
    count: number,
    /** Channel c takes values in [-amplitudes[c], amplitudes[c]). */
    readonly amplitudes: Float32Array,
    readonly layout: ChannelLayout,
  ) {
    this.#seed = seed;
    this.#stream = stream;
    this.#count = count;
    this.byteLength = 4 * count;
  }

  *chunks(): Iterable<Uint8Array> {
    const { amplitudes, layout } = this;
    const next = randomIntegers(this.#seed, this.#stream);
    const values = new Float32Array(Math.min(CHUNK_BYTES / 4, this.#count));
    let channel = 0;
    let left = layout.inner;
    for (let done = 0; done < this.#count; ) {
      const length = Math.min(values.length, this.#count - done);
      let scale = (amplitudes[channel] as number) / 2 ** 31;
      for (let i = 0; i < length; i++) {
        values[i] = next() * scale;
        if (--left === 0) {
          left = layout.inner;
          channel = channel + 1 === layout.channels ? 0 : channel + 1;
          scale = (amplitudes[channel] as number) / 2 ** 31;
        }
      }
      done += length;
      yield new Uint8Array(values.buffer, 0, 4 * length);
    }
  }
}

/**
 * Weights of a given standard deviation whose channels differ in size by up to a factor of three, as trained ones do.
 *
 * @param deviation root mean square over all weights
 */
export function randomWeights(
  seed: number,
  name: string,
  count: number,
  deviation: number,
  layout: ChannelLayout,
): RandomWeights {
  const next = randomIntegers(seed, `${name}/amplitudes`);
  const amplitudes = new Float32Array(layout.channels);
  // A uniform distribution on [-a, a] has the deviation a / √3; a spread uniform on [0.5, 1.5] has mean square 13/12.
  const typical = deviation * Math.sqrt(3 / (13 / 12));
  for (let c = 0; c < amplitudes.length; c++)
    amplitudes[c] = typical * (0.5 + (next() >>> 0) / 2 ** 32);
  return new RandomWeights(seed, name, count, amplitudes, layout);
}
