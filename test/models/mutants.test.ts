/** Broken models: what is said of them, in one process, and what the engine does with them in another. */
import { describe, expect, it as test } from 'vitest';
import { engineMissing } from './engine.js';
import { builtBases, sharedBases } from './mutant-bases.js';
import { tryMutants } from './mutant-trial.js';
import { mutate } from './mutator.js';

const missing = engineMissing();

describe(`500 broken models (${missing ?? 'with the engine'})`, () => {
  test('get an answer, in bounded time and memory, that the engine does not contradict', async () => {
    const { findings, said } = await tryMutants(builtBases(), 1, 500);
    expect(
      findings.map(({ mutant: m, ...f }) => ({ ...f, mutant: [m.base, m.seed, m.change] })),
    ).toEqual([]);
    // They are broken in ways that are seen, and in ways that aren't.
    expect(said.get('done')).toBeGreaterThan(100);
    expect(said.get('E_MODEL_CORRUPT')).toBeGreaterThan(50);
    expect(said.get('E_MODEL_TRUNCATED')).toBeGreaterThan(25);
  });

  test('are the same for the same seed, and leave their base as it was', () => {
    for (const base of [...builtBases(), ...sharedBases()]) {
      const before = Buffer.from(base.bytes);
      const mutants = Array.from({ length: 40 }, (_, seed) => mutate(base, seed));
      expect(base.bytes.equals(before)).toBe(true);
      expect(Array.from({ length: 40 }, (_, seed) => mutate(base, seed))).toEqual(mutants);
      expect(mutants.filter(({ bytes }) => bytes.equals(before)).length).toBeLessThan(20);
    }
  });
});
