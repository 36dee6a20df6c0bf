import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { readExtended } from '../../src/formats/columns.js';
import { splitCells } from '../../src/formats/lines.js';
import { extendedCsv, jobs, scratch } from '../analysis/helpers.js';

const write = (text: string) => {
  const path = join(scratch(), 'run.csv');
  writeFileSync(path, text);
  return path;
};

describe('reading an extended CSV', () => {
  test('gives columns by name, times relative to the first release, and NaN for empty cells', async () => {
    const columns = await readExtended(
      write(extendedCsv({ elapsed: [3000, 2000], counters: null })),
    );
    expect(columns.rows).toBe(2);
    expect(columns.originNs).toBe(1_000_000_000_000_000_000n);
    expect([...(columns.column('release_ns') as Float64Array)]).toEqual([0, 10_000_000]);
    expect([...(columns.column('end_ns') as Float64Array)]).toEqual([8000, 10_007_000]);
    expect([...(columns.column('elapsed_ns') as Float64Array)]).toEqual([3000, 2000]);
    expect([...(columns.column('inst_retired') as Float64Array)]).toEqual([Number.NaN, Number.NaN]);
    expect(columns.column('no_such_column')).toBeNull();
    expect(columns.notes).toEqual([]);
  });

  test('leaves out a last row that was cut, whatever it looks like', async () => {
    const text = extendedCsv({ elapsed: jobs(20, 1000) });
    for (const cut of [1, 2, 40]) {
      const columns = await readExtended(write(text.slice(0, -cut)));
      expect(columns.rows).toBe(19);
      expect(columns.notes).toEqual(['The last row is unfinished and was left out.']);
    }
  });

  test('passes over damaged rows, and says where: too few cells, and cells that are no number', async () => {
    const text = extendedCsv({ elapsed: jobs(4, 1000) });
    const [header, ...rows] = text.trimEnd().split('\n') as [string, ...string[]];
    const damaged = [
      'rubbish',
      '',
      header.replace(/\w+/g, 'nan'),
      (rows[1] as string).replace(/,\d+,/, ',NaN,'),
      (rows[1] as string).replace(/,\d+,/, ',1e400,'),
      '9,0',
      `${rows[3]},7`,
    ];
    const at = (lines: string[]) => write(`${[header, ...rows, ...lines].join('\n')}\n`);
    const columns = await readExtended(at(damaged));
    expect(columns.rows).toBe(4);
    expect(columns.notes).toEqual(['6 rows are damaged and were left out (first on line 6).']);
    expect((await readExtended(at(['rubbish']))).notes).toEqual([
      'The row on line 6 is damaged and was left out.',
    ]);
  });

  test('understands carriage returns, a byte order mark and quoted names', async () => {
    const text = extendedCsv({ elapsed: [1, 2] }).replace('counter_scale', '"counter_scale"');
    const columns = await readExtended(write(`\ufeff${text.replaceAll('\n', '\r\n')}`));
    expect(columns.rows).toBe(2);
    expect(columns.names).toContain('counter_scale');
    expect(columns.names[0]).toBe('job');
  });

  test('reads more rows than its first buffers hold', async () => {
    const columns = await readExtended(write(extendedCsv({ elapsed: jobs(5000, 1_000_000) })));
    expect(columns.rows).toBe(5000);
    expect((columns.column('job') as Float64Array)[4999]).toBe(4999);
  });

  test.each([
    ['', 'is empty'],
    ['a,b\n1,2\n', 'is not a CSV of isochron'],
  ])('refuses %j', async (text, sentence) => {
    await expect(readExtended(write(text))).rejects.toThrow(sentence);
    await expect(readExtended(join(scratch(), 'none.csv'))).rejects.toThrow('does not exist');
  });
});

test('splits quoted cells', () => {
  expect(splitCells('a,"b, ""c""",d')).toEqual(['a', 'b, "c"', 'd']);
});

describe('reading an extended CSV that another program saved', () => {
  test.each([
    [';', '“;”'],
    ['\t', 'tabs'],
  ])('names its separator %j, and the rounding that comes with it', async (separator, name) => {
    const text = extendedCsv({ elapsed: [3000, 2000] }).replaceAll(',', separator);
    await expect(readExtended(write(text))).rejects.toMatchObject({
      code: 'E_RESULTS',
      message: expect.stringContaining(`separates its columns by ${name}`),
    });
  });
});
