/** Results on disk compared as a whole: two of them, or one along an axis, and whether that shows a regression. */
import { type Kinds, requireKind, requireOptions } from '../kernel/caller.js';
import { type ErrorInfo, fromErrorInfo, toErrorInfo, UsageError } from '../kernel/errors.js';
import { compareSides, conclude, type OpenComparison } from './compare.js';
import type { Comparison } from './comparison.js';
import { type GateResult, gate, isShut } from './gate.js';
import { factName } from './identity.js';
import { type ComparisonName, namesOf } from './labels.js';
import { loadResults } from './load-results.js';
import { differencesBetween, sharedRuns } from './mixtures.js';
import type { Results } from './results.js';
import { contestsBy, labelOf, matchResults, onlyTwo, type Selection } from './select.js';

/** What is compared with the baseline, and how. */
export interface CompareResultsOptions {
  /** What to compare with the baseline: a CSV, the JSON beside it, or a folder. Without it, what lies in the one folder. */
  with?: string | undefined;
  /** Within one folder: the axis or fact whose values are the sides (`xnnpack`, `threads`, `quantization`, …). Not beside `with`. */
  by?: string | undefined;
  /** Of the bootstrap over the jobs of a single process on each side: a whole number from 100 to 1000000 (default 4000). */
  resamples?: number | undefined;
  /** Of the bootstrap: a whole number from 0 to 4294967295 (default 1). */
  seed?: number | undefined;
  /** Share of the baseline's time by which the other side may be slower before it is a regression: 0.02 for 2 %. None: no gate. */
  failAbove?: number | undefined;
}

/** Whether comparisons show a regression. */
export interface Gate {
  /** The share of the baseline's time that was allowed in addition: 0.02 for 2 %. */
  above: number;
  /** One for each comparison, in their order. */
  results: GateResult[];
  /** What was measured on one side only, or failed there: a sentence each. Any of them keeps the gate from being passed. */
  lost: string[];
  /** One of them is shown to be slower by more than `above`; null where that can't be decided. */
  regression: boolean | null;
  /** Why it can't be decided (`E_TOO_FEW`, `E_RESULTS`); null where it is. A gate that can't shut is none: take it as a failure. */
  undecided: ErrorInfo | null;
}

/** What a comparison of results comes to. */
export interface ResultsComparison {
  /** The axis that was compared by; null for two results. */
  by: string | null;
  /** Made together, and corrected for their number (Holm). */
  comparisons: Comparison[];
  /** What each of them is called beside the others, in their order. */
  names: ComparisonName[];
  /** What the reader should know of the results before believing them, a sentence each. */
  notes: string[];
  /** Null where no limit was given. */
  gate: Gate | null;
}

const OPTIONS: Kinds<CompareResultsOptions> = {
  with: 'string',
  by: 'string',
  resamples: 'number',
  seed: 'number',
  failAbove: 'number',
};

/**
 * Compares results: `with` against the baseline, or the runs of one folder along an axis, or the only two of a folder. What
 * `isochron compare` does.
 *
 * @param baseline a CSV, the JSON beside it, or a folder
 * @throws UsageError for options that can't be meant, and where nothing fits together
 * @throws IsochronError E_RESULTS where there are no results, E_RESULTS_CHANGED where they are not as they were written
 */
export async function compareResults(
  baseline: string,
  options: CompareResultsOptions = {},
): Promise<ResultsComparison> {
  requireKind(baseline, 'string', 'the baseline of compareResults');
  requireOptions('compareResults', options, OPTIONS);
  const { by, resamples = 4000, seed = 1, failAbove } = options;
  if (!Number.isInteger(resamples) || resamples < 100 || resamples > 1e6)
    throw new UsageError(`--resamples is a whole number from 100 to 1000000, not ${resamples}.`);
  // the generator behind it has a state of 32 bits
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new UsageError(`--seed is a whole number from 0 to 4294967295, not ${seed}.`);
  if (failAbove !== undefined && !(failAbove >= 0 && failAbove <= 10))
    throw new UsageError(`failAbove is a share from 0 to 10 (0.02 for 2 %), not ${failAbove}.`);
  if (options.with !== undefined && by !== undefined)
    throw new UsageError('--by compares within one folder, and two paths are given.');
  const left = await loadResults(baseline);
  const right = options.with === undefined ? null : await loadResults(options.with);
  const selection = selectionOf(left, right, by);
  const cache = new Map();
  const open: OpenComparison[] = [];
  for (const { a, b, lost = [] } of selection.contests) {
    const compared = await compareSides(a, b, { resamples, seed, cache });
    open.push({ ...compared, lost: [...lost, ...compared.lost] });
  }
  const shared = right === null ? [] : sharedRuns(left, right);
  const without = [...left.missing, ...(right?.missing ?? [])].map(missing);
  const lost = [...shared, ...selection.lost, ...open.flatMap((one) => one.lost), ...without];
  // of two results each says of which it speaks
  const own =
    right === null
      ? left.notes
      : [
          ...left.notes.map((note) => `${labelOf(left, right)}: ${note}`),
          ...right.notes.map((note) => `${labelOf(right, left)}: ${note}`),
        ];
  const notes = [...own, ...shared, ...selection.notes];
  if (right !== null) notes.push(...differencesBetween(left, right));
  notes.push(...without);
  const comparisons = conclude(open);
  const runs = [...left.runs, ...(right?.runs ?? [])];
  return {
    by: by ?? null,
    comparisons,
    names: namesOf({ fact: by === undefined ? '' : factName(by), comparisons }, runs).map(
      ({ comparison: _comparison, ...name }) => name,
    ),
    notes,
    gate: failAbove === undefined ? null : gateOf(open, failAbove, lost),
  };
}

function selectionOf(left: Results, right: Results | null, by: string | undefined): Selection {
  if (right !== null) return matchResults(left, right);
  return by === undefined ? onlyTwo(left) : contestsBy(left, by);
}

function gateOf(open: readonly OpenComparison[], above: number, lost: string[]): Gate {
  const results = gate(open, above);
  try {
    return {
      above,
      results,
      lost,
      regression: isShut(results, percent(above), lost),
      undecided: null,
    };
  } catch (error) {
    return { above, results, lost, regression: null, undecided: toErrorInfo(error) };
  }
}

/**
 * Whether a gate shows a regression.
 *
 * @throws IsochronError E_TOO_FEW, E_RESULTS where it can't be decided
 */
export function requireDecided({ regression, undecided }: Gate): boolean {
  if (undecided !== null) throw fromErrorInfo(undecided);
  return regression === true;
}

/** 0.02 → `2%`, as it is typed. */
const percent = (share: number): string => `${Number((100 * share).toPrecision(12))}%`;

const missing = ({ name, reason }: { name: string; reason: string }): string =>
  `${name} has no rows: ${reason}.`.replace(/\.\.$/, '.');
