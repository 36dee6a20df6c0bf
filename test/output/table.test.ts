import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderFacts, renderTable, renderTableWithin } from '../../src/output/table.js';

describe('a table', () => {
  it('aligns names to the left and figures to the right, by what is seen', () => {
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

  it('is the same with colours, apart from them', () => {
    const colored = renderTable(['a', 'b'], [['1', '2']], { color: true });
    expect(colored).toContain('\u001b[1m');
    expect(stripVTControlCharacters(colored)).toBe(
      renderTable(['a', 'b'], [['1', '2']], { color: false }),
    );
  });

  it('has no escape in it without colours', () => {
    expect(renderFacts([['kernel', '6.1']], { color: false })).toBe('kernel  6.1');
  });

  it('is turned where it is too wide for the terminal, so that it stays aligned', () => {
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

  it('stays as it is where turning would only widen it', () => {
    const rows = Array.from({ length: 20 }, (_, i) => [`benchmark ${i}`, '1']);
    expect(renderTableWithin(5, ['benchmark', 'jobs'], rows, { color: false })).toBe(
      renderTable(['benchmark', 'jobs'], rows, { color: false }),
    );
  });
});
