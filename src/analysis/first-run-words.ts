/** The explanation of a first run in words. */
import {
  type Explanation,
  FIRST_RUN_LIMIT,
  isWithinLimit,
  LEAST_SAVED,
  milli,
  type Part,
  type Split,
  type TreatmentResult,
  whole,
} from './explain-first-run.js';

const times = (ratio: number): string => `${ratio.toFixed(3)} ×`;

/** Sentences, the untreated run first, what removes its excess last. */
export function inWords(explanation: Explanation): string[] {
  const { treatments, split, proved } = explanation;
  const find = (name: string) => treatments.find((t) => t.treatment === name);
  const [untreated, warm, prefaulted, locked, warmed, recommended] = [
    'untreated',
    'warm',
    'prefaulted',
    'locked',
    'warmed up',
    'recommended',
  ].map(find);
  const words: string[] = [];
  if (untreated) {
    words.push(
      `Untreated, the first run takes ${milli(untreated.firstNs)} in the median, ${ratioInWords(untreated)}.`,
    );
    words.push(ordinaryInWords(untreated) ?? (split === null ? '' : mainCause(split)));
    words.push(...notCold(untreated));
    if (warm && untreated.coldRuns > untreated.runs / 2) words.push(diskInWords(untreated, warm));
  }
  const saves = warm && prefaulted && warm.minorFaults - prefaulted.minorFaults >= LEAST_SAVED;
  if (saves) words.push(savedInWords(explanation, warm, prefaulted, locked));
  if (prefaulted && prefaulted.minorFaults >= LEAST_SAVED) {
    const remains = [
      locked ? leftInWords('with locked memory', locked) : '',
      warmed ? leftInWords('with a warm-up job', warmed) : '',
    ].filter((text) => text !== '');
    words.push(
      `${saves ? 'The other' : 'With memory made present'} ${whole(prefaulted.minorFaults)}${saves ? '' : ' page faults are left, which'} are on memory that the engine takes only during its first inference${remains.length > 0 ? `: ${remains.join(', ')}` : ''}.`,
    );
  }
  if (recommended) {
    words.push(
      `Recommended: locked memory (the default) and --warmup 1. Then the first run that counts is ${ratioInWords(recommended)}${recommended.coldRuns === recommended.runs ? ', from a cold start' : ''}: ${verdictInWords(recommended)}.`,
    );
    const alone = [
      isWithinLimit(prefaulted) ? '--prefault' : '',
      isWithinLimit(locked) ? 'locked memory' : '',
    ].filter((text) => text !== '');
    if (proved && alone.length > 0)
      words.push(`Here ${alone.join(' or ')} alone is within it, too.`);
  } else if (treatments.length > 0)
    words.push('Nothing is recommended: no process tried locked memory with --warmup 1.');
  return words.filter((text) => text !== '');
}

/** The processes that did not start cold, and those of which nobody knows it. */
function notCold({ runs, coldRuns, maybeColdRuns }: TreatmentResult): string[] {
  const warm = runs - coldRuns - maybeColdRuns;
  const words: string[] = [];
  if (warm > 0)
    words.push(
      `Of these processes, ${warm} did not start cold: engine or model stayed in the file cache, or came back to it, because other processes use them.`,
    );
  if (maybeColdRuns > 0)
    words.push(
      `Whether ${runs === 1 ? 'it' : `${maybeColdRuns} of these ${runs} processes`} started cold is not known: the kernel tells what stayed in the file cache only of files that this user owns or may write.`,
    );
  return words;
}

const leftInWords = (how: string, { minorFaults, ratio }: TreatmentResult): string =>
  `${how} ${whole(minorFaults)} are left (${times(ratio.median)})`;

/** That the first run is no longer than one in ten of the later ones; null where it is. A single later job that was disturbed tells nothing. */
function ordinaryInWords(untreated: TreatmentResult): string | null {
  const { ratio, laterJobs, laterP90Ratio, laterAsLong } = untreated;
  const ordinary =
    laterP90Ratio === null ? laterAsLong >= 0.1 * laterJobs : ratio.median <= laterP90Ratio;
  if (!ordinary || laterJobs === 0) return null;
  const how =
    laterP90Ratio === null
      ? `${laterAsLong} of ${laterJobs} ${laterAsLong === 1 ? 'takes' : 'take'} ${times(ratio.median)} the median or longer`
      : `one in ten takes ${times(laterP90Ratio)} the median or longer`;
  return `That is no more than later runs vary by: ${how}.`;
}

/** Ratios are called saved only where the pairs of processes agree on it. */
function savedInWords(
  { faultInPlace, noFaultInPlace }: Explanation,
  warm: TreatmentResult,
  prefaulted: TreatmentResult,
  locked: TreatmentResult | undefined,
): string {
  const saved = `Making memory present before the first release saves ${whole(warm.minorFaults - prefaulted.minorFaults)} of ${whole(warm.minorFaults)} page faults`;
  const [from, to] = [times(warm.ratio.median), times(prefaulted.ratio.median)];
  return faultInPlace === null
    ? `${saved}; what that is in time can’t be told, for ${noFaultInPlace}. The first run is ${from} without it and ${to} with it${locked ? `, ${times(locked.ratio.median)} with locked memory` : ''}.`
    : `${saved} and ${milli(faultInPlace.savedNs)}: from ${from} to ${to}${locked ? `, locking it ${times(locked.ratio.median)}` : ''}.`;
}

/** Whether the first run is an ordinary one, as far as these processes can tell. */
function verdictInWords(result: TreatmentResult): string {
  const { ratio, ratioBound, ratioFloor, runs, lacking, outcome, needed } = result;
  const limit = `the limit of ${FIRST_RUN_LIMIT}`;
  if (outcome === 'within') return `proved, for the limit is ${FIRST_RUN_LIMIT}`;
  if (outcome === 'above')
    return `NOT within ${limit}, for the true median is ${ratioFloor?.toFixed(3)} at least`;
  const isAbove = ratio.median > FIRST_RUN_LIMIT;
  const side = `${isAbove ? 'above' : 'within'} ${limit}`;
  const these = `${runs} ${processes(runs)}`;
  if (lacking > 0)
    return `${side}, but that proves nothing: ${lacking} of ${these} lacked priority or cores that were asked for`;
  const takes = `t takes ${needed} at least (--repetitions ${needed})`;
  const bound = isAbove ? ratioFloor : ratioBound;
  if (bound === null) return `${side}, but ${these} can’t prove it; i${takes}`;
  return `${side}, but ${these} don’t prove it: the true median may be as ${isAbove ? 'low' : 'high'} as ${bound.toFixed(3)}. I${takes}`;
}

const processes = (n: number): string => (n === 1 ? 'process' : 'processes');

/** What a file cache that was empty did to the run. */
function diskInWords(cold: TreatmentResult, warm: TreatmentResult): string {
  if (cold.majorFaults >= 1)
    return `From a cold file cache it makes ${whole(cold.majorFaults)} major faults; with the files in memory it is ${times(warm.ratio.median)} the median.`;
  return `The disk has no part in it: from a cold file cache the first run makes no major fault${startUpGap(cold, warm)}.`;
}

const ratioInWords = ({ ratio, runs }: TreatmentResult): string =>
  `${times(ratio.median)} the median of those after it (${runs} fresh ${processes(runs)}, ${ratio.min.toFixed(3)} … ${ratio.max.toFixed(3)})`;

const NAMES: Record<Part['cause'], string> = {
  'page faults': 'page faults',
  waiting: 'waiting',
  instructions: 'extra instructions',
  stalls: 'cache and TLB refills',
  frequency: 'a lower frequency',
  unexplained: 'unexplained',
};

/** Less than this share, and the largest known part is not what it comes from. */
const LEAST_SHARE = 0.2;

function mainCause({ parts, excessNs, repetition }: Split): string {
  const known = parts.filter((p) => p.cause !== 'unexplained' && p.share !== null && p.share > 0);
  const [main] = known.sort((a, b) => (b.share as number) - (a.share as number));
  const rest = parts.find((p) => p.cause === 'unexplained')?.share ?? null;
  const of = `excess of ${milli(excessNs)} (process #${repetition + 1})`;
  const [low, high] = [main?.lowNs, main?.highNs].map((ns) => (ns ?? 0) / excessNs);
  const found = main !== undefined && (main.share as number) >= LEAST_SHARE;
  const exact = !found || percent(low) === percent(high);
  const left =
    exact && rest !== null && rest > 0.05
      ? ` ${percent(rest)} ${found ? 'is' : 'of it is'} unexplained.`
      : '';
  if (!found) return `What its ${of} comes from was not found.${left}`;
  const what = `${NAMES[main.cause]}: ${main.evidence}.`;
  if ((low as number) > 0.5) return `Most of its ${of} is ${what}${left}`;
  // what may be most of it, and may be little, is called neither
  return exact
    ? `The largest known part of its ${of} is ${what}${left}`
    : `Of its ${of}, ${percent(low)} to ${percent(high)} is ${what}`;
}

const percent = (share: number | null | undefined): string =>
  share == null ? 'an unknown part' : `${Math.round(100 * share)} %`;

/** What a cold start costs before the first release, where each of them cost more than any warm one. */
function startUpGap(cold: TreatmentResult, warm: TreatmentResult): string {
  const [from, to] = [cold.startUpNs, warm.startUpNs];
  if (from === null || to === null) return '';
  const gap = from.median - to.median;
  return gap > 500_000 && from.min > to.max
    ? `, but every start-up from it took longer, by ${milli(gap)} in the median`
    : '';
}
