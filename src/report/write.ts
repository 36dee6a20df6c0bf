/** The report's files. */
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { textCell } from '../formats/row-format.js';
import { makeFolder, writeAtomically } from '../kernel/files/atomic-file.js';
import { outputError } from '../kernel/files/write-reasons.js';
import type { Report } from './gather.js';
import { type PageFacts, renderPage } from './page.js';
import { THEMES } from './themes.js';
import { runtimeScripts, svgRenderer } from './vega.js';

/**
 * Writes the page, whole or not at all.
 *
 * @returns its size in bytes
 * @throws IsochronError E_NO_VEGA, E_WRITE_FAILED
 */
export async function writePage(
  path: string,
  report: Report,
  facts: Omit<PageFacts, 'runtime'>,
): Promise<number> {
  const html = renderPage(report, { ...facts, runtime: await runtimeScripts() });
  await writeAtomically(path, async (file) => {
    await file.writeFile(html);
  });
  return Buffer.byteLength(html);
}

/**
 * Writes each figure that has a picture as `ID.svg`, with its data as `ID.csv`.
 *
 * @returns the names of the figures
 * @throws IsochronError E_NO_VEGA, E_OUTPUT, E_WRITE_FAILED
 */
export async function writeFigures(folder: string, report: Report): Promise<string[]> {
  const render = await svgRenderer(THEMES[0]);
  await makeFolder(folder).catch((error: unknown) => {
    throw outputError(folder, error);
  });
  const written: string[] = [];
  for (const figure of report.figures) {
    if (figure.specs === null) continue;
    const svg = await render(figure);
    const columns = [...new Set(figure.rows.flatMap((row) => Object.keys(row)))];
    const csv = stringify(figure.rows, {
      header: true,
      columns: columns.map((key) => ({ key, header: textCell(key) })),
      cast: { boolean: (b) => (b ? '1' : '0'), string: textCell },
    });
    for (const [ending, text] of [
      ['svg', svg],
      ['csv', csv],
    ] as const)
      await writeAtomically(join(folder, `${figure.id}.${ending}`), async (file) => {
        await file.writeFile(text);
      });
    written.push(figure.id);
  }
  return written;
}
