/** The files beside a CSV that hold a run's other streams of records: `out.csv` has `out.samples.csv`. */
import { extname, join, parse } from 'node:path';
import { SERIES_NAMES, type SeriesName, STREAMS } from '../addon/streams.js';
import { IsochronError } from '../kernel/errors.js';
import { openRegular } from '../kernel/files/regular-file.js';

/** `out.csv` → `out.samples.csv`. */
export function seriesPath(csv: string, series: SeriesName): string {
  const { dir, name } = parse(csv);
  return extname(csv).toLowerCase() === '.csv'
    ? join(dir, `${name}.${series}.csv`)
    : `${csv}.${series}.csv`;
}

/** Whether a file of this name is such a one. */
export const isSeriesName = (file: string): boolean =>
  SERIES_NAMES.some((series) => file.endsWith(`.${series}.csv`));

/**
 * For a path where a series is about to be: `out.samples.csv` may hold the rows of a run that had this name.
 * @throws IsochronError E_OUTPUT when a file stands there that does not begin with these columns
 */
export async function requireNoForeignSeries(
  path: string,
  series: SeriesName,
  columns: readonly string[],
): Promise<void> {
  const head = `${columns.join(',')}\n`;
  // a FIFO is none that could be replaced, and what can't be read can't be written either
  const file = await openRegular(path).catch(() => null);
  if (file === null) return;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(head.length), 0, head.length, 0);
    if (bytesRead === 0 || buffer.toString('utf8') === head) return;
  } finally {
    await file.close();
  }
  throw new IsochronError(
    'E_OUTPUT',
    `${path} would hold the ${STREAMS[series].title} of this run, but it is another file already.`,
    'Choose another name with -o, or move that file away.',
  );
}
