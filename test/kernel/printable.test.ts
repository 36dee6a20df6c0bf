import { describe, expect, it as test } from 'vitest';
import { printable, printableColoured, printableLines } from '../../src/kernel/printable.js';
import { renderTable } from '../../src/terminal/table.js';

describe('foreign text on a terminal', () => {
  test.each([
    ['\u001b[2J\u001b[1;1Hgone', '\\x1b[2J\\x1b[1;1Hgone'],
    ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
    ['\u009b31mred', '\\x9b31mred'], // CSI as one character of C1
    ['a\u0000b\u007f', 'a\\x00b\\x7f'],
    ['a\nisochron: all is well', 'a\\nisochron: all is well'],
    ['50 %\r99 %', '50 %\\r99 %'],
    ['abc\u202egnp.exe', 'abc\\u202egnp.exe'], // shown as abcexe.png otherwise
    ['a\u200bb', 'a\\u200bb'],
    ['\u2028', '\\u2028'],
    ['\ud83d', '\\ud83d'],
  ])('%j is shown as %j', (given, shown) => expect(printable(given)).toBe(shown));

  test('leaves letters of every script, pairs of surrogates and ordinary marks as they are', () => {
    const text = 'naïve Größe µs → 推論 🦉 C:\\models\\a.tflite "x"';
    expect(printable(text)).toBe(text);
  });

  test('keeps line breaks where several lines are meant', () => {
    expect(printableLines('one\n\u001b[Htwo\n')).toBe('one\n\\x1b[Htwo\n');
  });

  test('keeps nothing of escape sequences but our own colours in a table', () => {
    expect(printableColoured('\u001b[1mname\u001b[22m \u001b[2J')).toBe(
      '\u001b[1mname\u001b[22m \\x1b[2J',
    );
    const table = renderTable(['op'], [['\u001b]8;;http://x\u0007evil\u001b[8m']], {
      color: false,
    });
    expect(table).not.toContain('\u001b');
    expect(table).toContain('\\x1b]8;;http://x\\x07evil\\x1b[8m');
  });
});
