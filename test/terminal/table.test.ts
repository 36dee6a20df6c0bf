import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it as test } from 'vitest';
import { renderFacts, renderTable, renderTableWithin } from '../../src/terminal/table.js';

describe('a table', () => {
  test('aligns names to the left and figures to the right, by what is seen', () => {
    const text = renderTable(
      ['model', 'median', 'p99'],
      [
        ['a', '12.3 µs', '–'],
        ['longer name', '4 ms', '10.0 ms'],
      ],
      { color: false },
    );
    expect(text).toBe(
      [
        'model         median      p99',
        'a            12.3 µs        –',
        'longer name     4 ms  10.0 ms',
      ].join('\n'),
    );
  });

  test('is the same with colours, apart from them', () => {
    const colored = renderTable(['a', 'b'], [['1', '2']], { color: true });
    expect(colored).toContain('\u001b[1m');
    expect(stripVTControlCharacters(colored)).toBe(
      renderTable(['a', 'b'], [['1', '2']], { color: false }),
    );
  });

  test('has no escape in it without colours', () => {
    expect(renderFacts([['kernel', '6.1']], { color: false })).toBe('kernel  6.1');
  });

  test('is turned where it is too wide for the terminal, so that it stays aligned', () => {
    const head = ['benchmark', 'jobs', 'median', 'verdict'];
    const rows = [
      ['one', '100', '12.34 ms', 'VALID'],
      ['two', '9', '1.2 ms', 'INVALID'],
    ];
    const wide = renderTableWithin(80, head, rows, { color: false });
    expect(wide.split('\n')).toHaveLength(3);
    expect(renderTableWithin(30, head, rows, { color: false }).split('\n')).toEqual([
      'benchmark       one      two',
      'jobs            100        9',
      'median     12.34 ms   1.2 ms',
      'verdict       VALID  INVALID',
    ]);
  });

  test('is turned only where it has to be, and only where that helps', () => {
    const head = ['ab', 'cd'];
    // six columns, turned or not
    expect(renderTableWithin(5, head, [['12', '34']], { color: false })).toBe('ab  cd\n12  34');
    const wide = ['a', 'b', 'c'];
    expect(renderTableWithin(7, wide, [['1', '2', '3']], { color: false })).toBe(
      'a  b  c\n1  2  3',
    );
    expect(renderTableWithin(6, wide, [['1', '2', '3']], { color: false })).toBe(
      'a  1\nb  2\nc  3',
    );
  });

  test('too wide turned or not, it goes without what may be left out, and says so', () => {
    const head = ['benchmark', 'jobs', 'median', 'verdict'];
    const rows = ['one', 'two', 'three', 'four', 'five', 'six'].map((name) => [
      name,
      '100',
      '12.34 ms',
      'INVALID',
    ]);
    const at = (columns: number) =>
      renderTableWithin(columns, head, rows, {
        color: false,
        dispensable: ['absent', 'jobs', 'median'],
      }).split('\n');
    expect(at(34)[0]).toBe('benchmark  jobs    median  verdict');
    expect([at(33)[0], at(33)[1], at(33).at(-1)]).toEqual([
      'benchmark    median  verdict',
      'one        12.34 ms  INVALID',
      'no room for: jobs',
    ]);
    expect([at(20)[0], at(20).at(-1)]).toEqual(['benchmark  verdict', 'no room for: jobs, median']);
    // nothing that is narrow enough: the narrowest
    expect(at(10)[0]).toBe('benchmark  verdict');
  });

  test('takes rows that are longer than its head, and cells of several lines', () => {
    expect(
      renderTable(
        [],
        [
          ['x', '1', '22'],
          ['y', '33', '4'],
        ],
        { color: false },
      ),
    ).toBe(['x   1  22', 'y  33   4'].join('\n'));
    expect(renderTable([], [['  x', 'a\nb']], { color: false })).toBe('  x  a\n     b');
  });

  test('of facts has both columns to the left, dim names where there is colour', () => {
    const facts = [
      ['a', '1'],
      ['long', '22'],
    ] as const;
    expect(renderFacts(facts, { color: false })).toBe('a     1\nlong  22');
    expect(renderFacts(facts, { color: true })).toContain('\u001b[2m');
  });

  test('stays as it is where turning would only widen it', () => {
    const rows = Array.from({ length: 20 }, (_, i) => [`benchmark ${i}`, '1']);
    expect(renderTableWithin(5, ['benchmark', 'jobs'], rows, { color: false })).toBe(
      renderTable(['benchmark', 'jobs'], rows, { color: false }),
    );
  });
});
