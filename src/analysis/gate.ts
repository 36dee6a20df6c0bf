/**
 * Whether comparisons show a regression: that B's time is above A's by more than a share. It is a test of its own, of that
 * ratio instead of 1: a single comparison fails just where its whole 95 % interval lies above the threshold, and several are
 * corrected together (Holm), so that chance alone fails a gate in 5 % of cases at most.
 */
import { IsochronError } from '../kernel/errors.js';
import { holm } from '../statistics/holm.js';
import type { OpenComparison } from './compare.js';
import { ALPHA } from './compare-processes.js';

/** What a gate says of one comparison. */
export interface GateResult {
  /** Name of the baseline. */
  a: string;
  /** Name of what is compared with it. */
  b: string;
  /** Of "B takes just the threshold", corrected; null where so few processes can't decide it. */
  p: number | null;
  /**
   * `below`: it is shown to be below the threshold; `passed`: it is not shown to be above; `doubted`: it would be shown to be above,
   * had nothing that it rests on been left out or doubted; `undecided`: by too few processes; `untested`: one side has no job, or a
   * median of 0, of which there is no ratio.
   */
  outcome: 'failed' | 'passed' | 'below' | 'doubted' | 'undecided' | 'untested';
}

/** @param above share of A's time that B may take in addition: 0.02 for 2 % */
export function gate(comparisons: readonly OpenComparison[], above: number): GateResult[] {
  const shift = Math.log1p(above);
  const tests = comparisons.map((c) => c.metrics.find((m) => m.key === 'time')?.open?.test ?? null);
  // what is shown to be below is rejected, too, and leaves the others its share: at 0 % the p are those of the table
  const ps = tests.map((test) => test?.p(shift) ?? 1);
  const corrected = holm(ps, ALPHA);
  return comparisons.map(({ a, b, lost }, i) => {
    const { p, level } = corrected[i] as { p: number; level: number };
    const decided = (tests[i]?.least ?? 1) <= level;
    const rejected = (ps[i] as number) <= level;
    const above = (tests[i]?.estimate ?? 0) > shift;
    const shown = !above ? 'below' : lost.length > 0 ? 'doubted' : 'failed';
    return {
      a: a.name,
      b: b.name,
      p: decided ? p : null,
      outcome:
        tests[i] === null ? 'untested' : !decided ? 'undecided' : rejected ? shown : 'passed',
    };
  });
}

/** Why there is no test. */
export const UNTESTED = 'one side has no job, or a median of 0';

/**
 * Whether any of them failed.
 *
 * @param above in words
 * @param lost what was measured on one side only, or failed there: a sentence each
 * @throws IsochronError E_TOO_FEW where none did, but one could not have; E_RESULTS where something is missing that might
 *   have: a gate that can't shut is none
 */
export function isShut(
  results: readonly GateResult[],
  above: string,
  lost: readonly string[] = [],
): boolean {
  if (results.some(({ outcome }) => outcome === 'failed')) return true;
  if (lost[0] !== undefined)
    throw new IsochronError(
      'E_RESULTS',
      `--fail-above ${above} can't be decided${lost.length === 1 ? '' : `, for ${lost.length} reasons, the first of them`}: ${lost[0]}`,
      'Measure what is missing or left out again (in a sweep: --resume, with --again N for all of repetition N), or compare only what both sides have.',
    );
  const untested = results.find(({ outcome }) => outcome === 'untested');
  if (untested !== undefined)
    throw new IsochronError(
      'E_TOO_FEW',
      `--fail-above ${above} can't be decided for ${untested.b} and ${untested.a}: ${UNTESTED}.`,
      'Give both sides jobs that take longer than the clock tells.',
    );
  const open = results.find(({ outcome }) => outcome === 'undecided');
  if (open === undefined) return false;
  throw new IsochronError(
    'E_TOO_FEW',
    `--fail-above ${above} can't be decided for ${open.b} and ${open.a}: they are too few processes to show any slowness.`,
    'The comparison says how many more it takes: set the repetitions of the suite.',
  );
}
