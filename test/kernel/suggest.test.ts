import { expect, test } from 'vitest';
import { didYouMean, nearest } from '../../src/kernel/suggest.js';

const NAMES = ['run', 'report', 'first-run', 'compare', 'tasks-number', 'XNNPACK'];

test.each<[string, string[]]>([
  ['rum', ['run']],
  ['compair', ['compare']],
  ['tasks', ['tasks-number']],
  ['xnnpak', ['XNNPACK']],
  ['first', ['first-run']],
  ['runs', ['run']],
  ['zzzz', []],
  ['', []],
])('what may be meant by “%s”', (word, near) => {
  expect(nearest(word, NAMES)).toEqual(near);
});

test('the nearest come first, and no more than asked for', () => {
  expect(nearest('run', NAMES)).toEqual(['run', 'first-run']);
  expect(nearest('run', NAMES, 1)).toEqual(['run']);
  expect(didYouMean('rum', NAMES)).toBe('Did you mean run? ');
  expect(didYouMean('zzzz', NAMES)).toBe('');
  expect(nearest('run', [])).toEqual([]);
});
