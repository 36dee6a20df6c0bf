import { describe, expect, it as test } from 'vitest';
import { extendedFormat } from '../../src/formats/extended.js';
import { textCell } from '../../src/formats/row-format.js';

describe('a name as a cell', () => {
  test.each(['=cmd|" /C calc"!A0', '+1+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '=', '-'])(
    'that a spreadsheet would compute becomes text: %j',
    (text) => expect(textCell(text)).toBe(`'${text}`),
  );

  test.each(['resnet8', '-1.5', '+3', '-1e-9', '', 'a=b', "'quoted"])(
    'that is a number, or no formula, stays as it is: %j',
    (text) => expect(textCell(text)).toBe(text),
  );

  test('of a plugin’s metric heads its column', () => {
    const { header } = extendedFormat({ events: [], extras: ['=cmd', 'hits'] });
    expect(header.slice(-2)).toEqual(["'=cmd", 'hits']);
  });
});
