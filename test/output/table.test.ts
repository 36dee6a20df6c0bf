import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderFacts, renderTable } from '../../src/output/table.js';

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
});
