/** Seeded inputs of the kinds that the trained models of ../shared/models were made for. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomIntegers } from '../../src/models/graph/random-integers.js';
import { bmpToRgb } from '../cli/bmp.js';

/** Makes the i-th input of a seed. */
export type InputMaker = (seed: number, i: number) => Float32Array;

type Random = (low: number, high: number) => number;

const randomOf = (seed: number, i: number): Random =>
  (
    (next) => (low: number, high: number) =>
      low + ((next() >>> 0) / 2 ** 32) * (high - low)
  )(randomIntegers(seed, `input ${i}`));

/**
 * Cut-outs of two photographs at random places and sizes, some mirrored, with random brightness and contrast.
 *
 * @param side of the square input, pixels
 * @param white value of a white pixel
 */
export function photographs(folder: string, side: number, white: number): InputMaker {
  const pictures = ['cat.bmp', 'bird.bmp'].map((name) => {
    const bmp = readFileSync(join(folder, name));
    const [width, height] = [bmp.readInt32LE(18), bmp.readInt32LE(22)];
    return { width, height, rgb: bmpToRgb(bmp, width, height) };
  });
  return (seed, i) => {
    const random = randomOf(seed, i);
    const { width, height, rgb } = pictures[i % pictures.length] as (typeof pictures)[0];
    const size = random(side, Math.min(width, height) - 1);
    const [left, top] = [random(0, width - 1 - size), random(0, height - 1 - size)];
    const mirrored = random(0, 1) < 0.5;
    const [contrast, brightness] = [random(0.6, 1.3), random(-40, 40)];
    const values = new Float32Array(side * side * 3);
    const step = size / side;
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        for (let c = 0; c < 3; c++) {
          const column = mirrored ? side - 1 - x : x;
          // mean over the cut-out's pixels that fall into this one: a picture made smaller, not a sieve of it
          let sum = 0;
          let count = 0;
          for (let v = Math.floor(top + y * step); v < top + (y + 1) * step; v++)
            for (let u = Math.floor(left + column * step); u < left + (column + 1) * step; u++) {
              sum += rgb[(v * width + u) * 3 + c] as number;
              count++;
            }
          const value = (sum / count - 128) * contrast + 128 + brightness;
          values[(y * side + x) * 3 + c] =
            (Math.round(Math.min(255, Math.max(0, value))) / 255) * white;
        }
    return values;
  };
}

/**
 * Ten cepstral coefficients over 49 frames, as keyword spotting takes them: the first one, loudness, large and mostly
 * negative (silence before and after a word), the others around 0 and smaller the higher; all moving slowly in time.
 * Within the range that the official int8 file's input has, -123.6 to 25.5.
 */
export const cepstra: InputMaker = (seed, i) => {
  const random = randomOf(seed, i);
  const values = new Float32Array(49 * 10);
  const [silence, word] = [random(-120, -60), random(-40, 10)];
  const [start, length] = [random(5, 25), random(10, 25)];
  const clip = (value: number) => Math.min(25.5, Math.max(-123.5, value));
  const waves = Array.from({ length: 10 }, (_, c) => ({
    size: 25 / (1 + 0.4 * c),
    phase: random(0, 2 * Math.PI),
    pace: random(0.05, 0.5),
    level: random(-8, 8),
  }));
  for (let t = 0; t < 49; t++) {
    // how far inside the word this frame is, 0 to 1
    const spoken =
      Math.max(0, Math.sin((Math.PI * (t - start)) / length)) * Number(t < start + length);
    values[t * 10] = clip(silence + (word - silence) * Math.sqrt(spoken) + random(-3, 3));
    for (let c = 1; c < 10; c++) {
      const { size, phase, pace, level } = waves[c] as (typeof waves)[0];
      values[t * 10 + c] = clip(
        (0.2 + 0.8 * spoken) * (level + size * Math.sin(phase + pace * t)) + random(-2, 2),
      );
    }
  }
  return values;
};

/** Writes `count` inputs as raw files, as `--calibrate DIR` takes them. */
export function writeInputs(folder: string, make: InputMaker, seed: number, count: number): string {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++)
    writeFileSync(join(folder, `${String(i).padStart(4, '0')}.raw`), make(seed, i));
  return folder;
}
