/** Accuracies that a user knows from elsewhere: `accuracy.csv` in a results folder, with the columns model and accuracy. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decimal, forEachLine, type Separator, splitCells, splitHeader } from '../formats/lines.js';

/**
 * @returns by name of run or model, as shares of right answers (0 … 1). The file may give them in per cent: all of it does where a
 * value is above 1. A line that says nothing sensible, or something else of a model than one before it, becomes a note with its number.
 */
export async function readAccuracies(
  folder: string,
): Promise<{ accuracies: Map<string, number>; notes: string[] }> {
  const accuracies = new Map<string, number>();
  const notes: string[] = [];
  const path = join(folder, 'accuracy.csv');
  if (!existsSync(path)) return { accuracies, notes };
  let model = -1;
  let accuracy = -1;
  let separator: Separator = ',';
  await forEachLine(path, (text, number) => {
    if (text.trim() === '') return true;
    if (number === 1) ({ separator } = splitHeader(text));
    const cells = splitCells(text, separator).map((cell) => cell.trim());
    if (number === 1) {
      model = cells.findIndex((name) => name === 'model' || name === 'name');
      accuracy = cells.indexOf('accuracy');
      if (model >= 0 && accuracy >= 0) return true;
      notes.push(`${path} is not used: its first line must name the columns model and accuracy.`);
      return false;
    }
    const name = (cells[model] ?? '').replace(/\.tflite$/, '');
    const value = Number(decimal(cells[accuracy] ?? '', separator) || Number.NaN);
    if (name === '' || !(value >= 0 && value <= 100))
      notes.push(`${path}, line ${number}: no name with an accuracy from 0 to 1 (or to 100 %).`);
    else {
      if ((accuracies.get(name) ?? value) !== value)
        notes.push(`${path}, line ${number}: another accuracy of ${name}, which counts.`);
      accuracies.set(name, value);
    }
    return true;
  });
  const values = [...accuracies];
  if (!values.some(([, value]) => value > 1)) return { accuracies, notes };
  const small = values.find(([, value]) => value > 0 && value <= 1);
  if (small !== undefined)
    notes.push(
      `${path} is taken to be in per cent throughout, for it has a value above 1: ${small[0]} is at ${small[1]} %.`,
    );
  return { accuracies: new Map([...accuracies].map(([name, v]) => [name, v / 100])), notes };
}
