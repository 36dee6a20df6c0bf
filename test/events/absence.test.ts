import { expect, test } from 'vitest';
import { absenceLine } from '../../src/events/absence.js';

type Event = { name: string; reason: string | null };
const cases: [why: string, events: Event[], line: string | null][] = [
  ['nothing is missing of nothing', [], null],
  ['an event that is counted is no part of the line', [{ name: 'a', reason: null }], null],
  [
    'one that is not stands with its reason, without the reason’s own full stop',
    [
      { name: 'a', reason: null },
      { name: 'b', reason: 'not there.' },
    ],
    'not counted: b (not there).',
  ],
  [
    'those with the same reason stand together, in the order of the first',
    [
      { name: 'a', reason: 'not there' },
      { name: 'b', reason: 'v. 2 only' },
      { name: 'c', reason: 'not there' },
    ],
    'not counted: a, c (not there); b (v. 2 only).',
  ],
];
test.each(cases)('%s', (_, events, line) => {
  expect(absenceLine(events)).toBe(line);
});
