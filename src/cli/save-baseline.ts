/** `--save NAME` of the commands that measure. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  baselinesFolder,
  notKept,
  requireBaselineName,
  saveBaseline,
} from '../analysis/baselines.js';
import { UsageError } from '../kernel/errors.js';
import { makeFolder } from '../kernel/files/atomic-file.js';
import { targetOf } from '../kernel/files/target.js';
import type { RunResult } from '../run/run-result.js';
import { say } from '../terminal/say.js';

/** That of a sweep, which has a folder in any case. @throws UsageError before anything is run */
export function requireSaving(name: string | undefined): void {
  if (name !== undefined) requireBaselineName(name);
}

/** Keeps what stands there now, and says so: on stderr, for stdout may be a program's. */
export async function keepAs(name: string, results: string, quiet: boolean): Promise<void> {
  const { path, replaced, notes } = await saveBaseline(name, results);
  for (const note of notes) say(`baseline ${name}: ${note}`);
  if (!quiet)
    say(
      `saved as the baseline ${name}${replaced ? ', in place of the one before' : ''} (${path}): isochron compare RESULT --baseline ${name}.`,
    );
}

/**
 * A run whose rows are kept as a baseline, in the file that was named, too, or else there alone. One that failed is not saved:
 * it would take the place of one that did not.
 *
 * @param run given the CSV, and whether nobody is to be told of it
 */
export async function savedRun(
  name: string,
  output: string | undefined,
  quiet: boolean,
  run: (output: string, passing: boolean) => Promise<RunResult | undefined>,
): Promise<void> {
  requireBaselineName(name);
  if (output !== undefined && (await targetOf(output)).kind !== 'file')
    throw new UsageError(
      `--save keeps a run's files, and ${output} keeps none.`,
      'Name a file after -o, or leave it out.',
    );
  const place = output === undefined ? await makePlace() : null;
  const csv = output ?? join(place as string, 'run.csv');
  try {
    const result = await run(csv, place !== null);
    if (result === undefined) return;
    if (result.status === 'failed')
      say(`the run failed and is not saved: the baseline ${name} is as it was.`);
    else await keepAs(name, csv, quiet);
  } finally {
    if (place !== null) await rm(place, { recursive: true, force: true });
  }
}

async function makePlace(): Promise<string> {
  const folder = baselinesFolder();
  try {
    await makeFolder(folder);
    return await mkdtemp(join(folder, '.run-'));
  } catch (error) {
    throw notKept(folder, error);
  }
}
