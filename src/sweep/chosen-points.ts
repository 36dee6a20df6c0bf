/** Which points of a suite are meant. */
import { type Expansion, expandSuite, type Point } from '../benchmark/expand.js';
import { selectPoints } from '../benchmark/select-points.js';
import { quickSuite, type Suite, SuiteError } from '../benchmark/suite.js';
import { requireKind } from '../kernel/caller.js';
import { requireOwnNames } from '../run/named-libraries.js';
import type { LoadedSuite } from './load-suite.js';
import { fromSuite } from './point-workload.js';

export interface Choice {
  /** The suite's quick variant. */
  quick?: boolean | undefined;
  /** Patterns of points; see `selectPoints`. */
  only?: readonly string[] | undefined;
}

/**
 * @throws UsageError for a suite without what is asked for; its line is named where the suite is a file of data
 * @throws IsochronError E_LIBRARY_UNTRUSTED where the file is not root's to believe and names a library
 */
export function expandFor(
  loaded: LoadedSuite,
  { quick = false, only = [] }: Choice,
): { suite: Suite; quick: boolean; expansion: Expansion; selected: Point[] } {
  requireKind(loaded, 'object', 'a suite as loadSuite or suiteInMemory gives it');
  requireKind(loaded.suite, 'object', 'the suite in what loadSuite or suiteInMemory gives');
  const suite = quick ? quickSuite(loaded.suite) : loaded.suite;
  try {
    const expansion = expandSuite(suite);
    const selected = selectPoints(expansion.points, only);
    const { file, doubt = null } = loaded;
    for (const { definition } of selected)
      requireOwnNames(fromSuite(definition, file), { file, doubt });
    return { suite, quick, expansion, selected };
  } catch (error) {
    throw error instanceof SuiteError ? loaded.locate(error) : error;
  }
}
