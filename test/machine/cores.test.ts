import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatCoreList,
  formatCoreMask,
  parseCoreList,
  parseCoreMask,
} from '../../src/machine/cores.js';

const cores = fc
  .uniqueArray(fc.integer({ min: 0, max: 300 }))
  .map((list) => list.sort((a, b) => a - b));

describe('sets of cores in the kernel’s formats', () => {
  test('lists', () => {
    expect(formatCoreList([5, 1, 0, 2])).toBe('0-2,5');
    expect(formatCoreList([])).toBe('');
    fc.assert(
      fc.property(cores, (set) => {
        expect(parseCoreList(formatCoreList(set))).toEqual(set);
      }),
    );
  });

  test('masks, in words of 32', () => {
    expect(parseCoreMask('f')).toEqual([0, 1, 2, 3]);
    expect(parseCoreMask('00000001,00000003\n')).toEqual([0, 1, 32]);
    expect(formatCoreMask([0, 1, 32])).toBe('1,00000003');
    expect(parseCoreMask('0-3')).toBeNull();
    fc.assert(
      fc.property(cores, (set) => {
        expect(parseCoreMask(formatCoreMask(set))).toEqual(set);
      }),
    );
  });
});
