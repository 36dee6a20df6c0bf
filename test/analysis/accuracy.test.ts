/** Accuracies that a user wrote down, by hand or in a spreadsheet. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it as test } from 'vitest';
import { readAccuracies } from '../../src/analysis/accuracy.js';
import { scratch } from './helpers.js';

const read = async (text: string) => {
  const folder = scratch();
  writeFileSync(join(folder, 'accuracy.csv'), text);
  const { accuracies, notes } = await readAccuracies(folder);
  return {
    found: Object.fromEntries(accuracies),
    notes: notes.map((n) => n.replace(/^.*csv/, '')),
  };
};

test.each<[why: string, text: string, found: object]>([
  ['shares', 'model,accuracy\na,0.5\nb,1\nc,0\n', { a: 0.5, b: 1, c: 0 }],
  ['per cent', 'model,accuracy\na,50\nb,100\n', { a: 0.5, b: 1 }],
  ['under another name of the column, in any order', 'x,accuracy,name\n1,0.5,a\n', { a: 0.5 }],
  ['files of models by their names', 'model,accuracy\na.tflite,0.5\n', { a: 0.5 }],
  ['with blanks around cells', 'model , accuracy\n\n a , 0.5 \n', { a: 0.5 }],
  [
    'as a spreadsheet of another country writes them',
    'model;accuracy\na;50,5\nb;70,9\n',
    { a: 0.505, b: 0.7090000000000001 },
  ],
])('%s are read', async (_why, text, found) => {
  const read_ = await read(text);
  expect(read_.found).toEqual(found);
});

test('a file with a value above 1 is in per cent throughout, and one below it is told', async () => {
  expect(await read('model,accuracy\na,87.2\nb,0.9\nc,1\n')).toEqual({
    found: { a: 0.872, b: expect.closeTo(0.009), c: 0.01 },
    notes: [' is taken to be in per cent throughout, for it has a value above 1: b is at 0.9 %.'],
  });
});

test('of two lines for one model the last counts, and it is said where they differ', async () => {
  expect(await read('model,accuracy\na,0.5\na,0.5\na,0.6\n')).toEqual({
    found: { a: 0.6 },
    notes: [', line 4: another accuracy of a, which counts.'],
  });
});

test.each<[line: string]>([
  ['c,much'],
  ['c,'],
  ['c'],
  ['c,-0.1'],
  ['c,100.1'],
  [',0.5'],
  ['.tflite,0.5'],
])('%j says nothing sensible: a note with its number, and the others count', async (line) => {
  expect(await read(`model,accuracy\na,0.5\n${line}\nb,0.6\n`)).toEqual({
    found: { a: 0.5, b: 0.6 },
    notes: [', line 3: no name with an accuracy from 0 to 1 (or to 100 %).'],
  });
});

test.each(['model,share\na,0.5\n', 'file,accuracy\na,0.5\n'])(
  'a first line without the two columns: the file is not used',
  async (text) => {
    expect(await read(text)).toEqual({
      found: {},
      notes: [' is not used: its first line must name the columns model and accuracy.'],
    });
  },
);

test('no file is no note', async () => {
  expect(await readAccuracies(scratch())).toEqual({ accuracies: new Map(), notes: [] });
});
