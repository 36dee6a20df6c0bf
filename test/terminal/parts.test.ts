import { describe, expect, it as test } from 'vitest';
import { markdownOf, markdownTable, type Part, renderParts } from '../../src/terminal/parts.js';

describe('a table as Markdown', () => {
  test('has figures to the right, and as many cells in each row as columns', () => {
    expect(markdownTable({ head: ['model', 'median'], rows: [['a', '1 ms'], ['b']] })).toBe(
      ['| model | median |', '| :-- | --: |', '| a | 1 ms |', '| b |  |'].join('\n'),
    );
  });

  test('takes nothing of a name for markup, and its colours away', () => {
    const [, , row] = markdownTable({
      head: ['model'],
      rows: [['a|b_c *d* `e` <f> [g](h) ~i~ \\ &amp; \u001b[31mred\u001b[39m\u0007']],
    }).split('\n');
    expect(row).toBe(
      '| a\\|b_c \\*d\\* \\`e\\` \\<f\\> \\[g\\](h) \\~i\\~ \\\\ \\&amp; red\\\\x07 |',
    );
    const lines = markdownTable({ head: ['two\nlines'], rows: [['_all of it_']] }).split('\n');
    expect(lines).toEqual(['| two<br>lines |', '| :-- |', '| \\_all of it\\_ |']);
  });
});

describe('a page of parts', () => {
  const parts: Part[] = [
    { text: 'B took 2× the time of A.', as: 'result' },
    { table: { title: 'Times', head: ['a'], rows: [['1']] } },
    { text: '= no difference shown' },
    { text: 'few processes', as: 'note' },
    { verbatim: '\n  a ``` b\n' },
    { text: '1. alone' },
  ];

  test('has the sentences, the tables and the notes of the terminal', () => {
    expect(markdownOf(parts)).toBe(
      [
        '**B took 2× the time of A.**',
        '**Times**',
        '| a |\n| :-- |\n| 1 |',
        '- \\= no difference shown\n- note: few processes',
        '````\n  a ``` b\n````',
        '1\\. alone\n',
      ].join('\n\n'),
    );
    const terminal = renderParts(parts, 80);
    for (const text of ['B took 2× the time of A.', 'Times', 'note: few processes', 'a ``` b'])
      expect(terminal).toContain(text);
  });
});
