/** Samples that another language can make too: a linear congruential generator (the C standard's example rand). */
export function lcg(n: number, seed: number, modulus: number, offset: number): number[] {
  let state = seed;
  return Array.from({ length: n }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return ((state >>> 16) % modulus) + offset;
  });
}

export const ascending = (values: readonly number[]) => Float64Array.from(values).sort();
