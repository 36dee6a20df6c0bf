/** `--export-markdown FILE`: what a command shows at its end, for a page that keeps it. */
import { resolve } from 'node:path';
import { isExtended } from '../formats/columns.js';
import { readHeader } from '../formats/lines.js';
import { isRtbench } from '../formats/rtbench-log.js';
import { sidecarPath } from '../formats/sidecar.js';
import { UsageError } from '../kernel/errors.js';
import { requireWritable, writeAtomically } from '../kernel/files/atomic-file.js';
import { isStandardOutput, requireOtherFile } from '../kernel/files/target.js';
import { markdownOf, type Part } from '../terminal/parts.js';

export interface MarkdownFile {
  /** Whatever else would be shown there goes to stderr. */
  readonly toStdout: boolean;
  write(parts: readonly Part[]): Promise<void>;
}

/**
 * Finds out before anything is run whether the file can be written, and whose it is.
 *
 * @param given.others CSVs of runs that are read or about to be written
 * @param given.taken what has stdout, in a word of the command line
 * @returns null where none is asked for
 * @throws IsochronError E_USAGE, E_WRITE_FAILED, E_OUTPUT_BUSY
 */
export async function openMarkdown(
  path: string | undefined,
  { others, taken }: { others: readonly string[]; taken: string | null },
): Promise<MarkdownFile | null> {
  if (path === undefined) return null;
  if (path === '-' || (await isStandardOutput(path))) {
    if (taken !== null)
      throw new UsageError(
        `--export-markdown ${path} and ${taken} both write to stdout.`,
        'Give it a file.',
      );
    return {
      toStdout: true,
      write: async (parts) => {
        process.stdout.write(markdownOf(parts));
      },
    };
  }
  await requireNoResult(path, others);
  await requireWritable(path);
  return {
    toStdout: false,
    async write(parts) {
      // what this command has written meanwhile may have that name
      await requireNoResult(path, others);
      await writeAtomically(path, (file) => file.writeFile(markdownOf(parts)));
    },
  };
}

/** Nobody is to lose a result by a slip: the rows of any run or their like, the JSON of one, a sweep's manifest. */
async function requireNoResult(path: string, csvs: readonly string[]): Promise<void> {
  const hint = 'Name another file after --export-markdown.';
  const lost = (what: string) => new UsageError(`${path} is ${what}, and would be lost.`, hint);
  for (const csv of csvs) {
    if (resolve(path) === resolve(csv)) throw lost('the CSV of a run');
    if (resolve(path) === resolve(sidecarPath(csv))) throw lost('the JSON of a run');
  }
  const inputs = csvs.flatMap((csv) => [
    { path: csv, what: 'the CSV of a run' },
    { path: sidecarPath(csv), what: 'the JSON of a run' },
  ]);
  await requireOtherFile(path, inputs, hint);
  const header = await readHeader(path).catch(() => null);
  if (header === null) return;
  if (isExtended(header.cells) || isRtbench(header.cells)) throw lost('the CSV of a run');
  if (/\.(csv|json)$/i.test(path)) throw lost('a file of data by its name');
}
