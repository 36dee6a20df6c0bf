import { describe, expect, test } from 'vitest';
import {
  RandomWeights,
  randomIntegers,
  randomWeights,
} from '../../src/models/graph/random-integers.js';

const values = (weights: RandomWeights) =>
  [...weights.chunks()].flatMap((chunk) => [
    ...new Float32Array(chunk.slice().buffer, 0, chunk.length / 4),
  ]);

// A built model is the same bytes on every machine and in every version, and its weights come from here.
describe('randomIntegers', () => {
  // sfc32 whose state is the seed's low word, FNV-1a of the name and the seed's high word, computed from their definitions
  // in Python
  const known: [why: string, seed: number, name: string, outputs: number[]][] = [
    ['nothing', 0, '', [-1199747755, 1888347743, -1361339709, 942743748]],
    ['a seed and a name', 1, 'conv1/weights', [2116917533, 578149420, 2034995813, 1533119459]],
    [
      'a seed beyond 32 bits',
      2 ** 32 + 1,
      'conv1/weights',
      [-134172802, -590466844, -1072530640, -1138965485],
    ],
    ['another name', 1, 'conv2/weights', [1636819819, -1903131433, -1421751545, -2002625504]],
  ];
  test.each(known)('gives the published stream for %s', (_, seed, name, outputs) => {
    const next = randomIntegers(seed, name);
    expect(outputs.map(() => next())).toEqual(outputs);
  });
});

describe('RandomWeights', () => {
  test('gives each element the amplitude of its channel', () => {
    const amplitudes = Float32Array.from([1, 2, 4]);
    const weights = new RandomWeights(1, 'w', 12, amplitudes, { channels: 3, inner: 2 });
    const next = randomIntegers(1, 'w');
    const expected = [1, 1, 2, 2, 4, 4, 1, 1, 2, 2, 4, 4].map((a) =>
      Math.fround((next() * a) / 2 ** 31),
    );
    expect(weights.byteLength).toBe(48);
    expect(values(weights)).toEqual(expected);
  });

  test('has the deviation that was asked for, in channels whose sizes differ by up to three', () => {
    const layout = { channels: 256, inner: 1 };
    const weights = randomWeights(9, 'w', 256 * 400, 0.05, layout);
    const all = values(weights);
    const rms = Math.sqrt(all.reduce((sum, x) => sum + x * x, 0) / all.length);
    expect(Math.abs(rms / 0.05 - 1)).toBeLessThan(0.05);
    const ratio = Math.max(...weights.amplitudes) / Math.min(...weights.amplitudes);
    expect(ratio).toBeGreaterThan(2);
    expect(ratio).toBeLessThanOrEqual(3);
  });
});
