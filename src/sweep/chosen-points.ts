/** Which points of a suite are meant. */
import { type Expansion, expandSuite, type Point } from '../benchmark/expand.js';
import { selectPoints } from '../benchmark/select-points.js';
import { quickSuite, type Suite, SuiteError } from '../benchmark/suite.js';
import { requireKind } from '../kernel/caller.js';
import { UsageError } from '../kernel/errors.js';
import { requireOwnNames } from '../run/named-libraries.js';
import type { LoadedSuite } from './load-suite.js';
import { fromSuite } from './point-workload.js';

export interface Choice {
  /** The suite's quick variant (default false). */
  quick?: boolean | undefined;
  /** Only points whose name holds this (`*` = anything), or `AXIS=VALUE`; several must all match (default: all points). */
  only?: readonly string[] | undefined;
  /** Repetitions, from 1, that are run again as a whole, whatever of them stands: those of one repetition are to run side by side (default: none). */
  again?: readonly number[] | undefined;
}

/**
 * @throws UsageError for a suite without what is asked for; its line is named where the suite is a file of data
 * @throws IsochronError E_LIBRARY_UNTRUSTED where the file is not root's to believe and names a library
 */
export function expandFor(
  loaded: LoadedSuite,
  { quick = false, only = [], again = [] }: Choice,
): { suite: Suite; quick: boolean; expansion: Expansion; selected: Point[] } {
  requireKind(loaded, 'object', 'a suite as loadSuite or suiteInMemory gives it');
  requireKind(loaded.suite, 'object', 'the suite in what loadSuite or suiteInMemory gives');
  const suite = quick ? quickSuite(loaded.suite) : loaded.suite;
  try {
    const expansion = expandSuite(suite);
    const selected = selectPoints(expansion.points, only);
    requireRepetitions(again, expansion.repetitions);
    const { file, doubt = null } = loaded;
    for (const { definition } of selected)
      requireOwnNames(fromSuite(definition, file), { file, doubt });
    return { suite, quick, expansion, selected };
  } catch (error) {
    throw error instanceof SuiteError ? loaded.locate(error) : error;
  }
}

function requireRepetitions(again: readonly number[], repetitions: number): void {
  const none = again.find((n) => !Number.isInteger(n) || n < 1 || n > repetitions);
  if (none !== undefined)
    throw new UsageError(
      `there is no repetition ${none} to be run again.`,
      repetitions === 1 ? 'The suite has one.' : `The suite has 1 to ${repetitions}.`,
    );
}
