/** What a user may write for `--events`: sets and names, alone or mixed. Knows no machine. */
import { UsageError } from '../kernel/errors.js';
import { CATALOGUE, catalogueEvent, EVENT_SETS, SYNONYMS } from './catalogue.js';
import { GENERIC_NAMES, genericEvent } from './perf.js';

/** `rNN`: the PMU's own event number in hexadecimal. */
export const RAW_EVENT = /^r([0-9a-f]{1,16})$/i;
/** `pmu/terms/`: an event that a kernel PMU names, or its fields. */
export const PMU_EVENT = /^([\w.-]+)\/([^/]+)\/$/;

/**
 * Event names, sets expanded, each once, in the order given.
 * @param events a set (`rtbench`, `bandwidth`, `software`, `none`), a comma-separated list of sets and names, or an
 *   array of these. Names: the catalogue's, perf's generic ones, `rNN`, `pmu/event/`, `pmu/field=value,…/`.
 * @throws UsageError for a name that means nothing, with the closest that do
 */
export function expandEvents(events: string | readonly string[]): string[] {
  const items = (typeof events === 'string' ? [events] : events).flatMap(splitList);
  if (items.length === 0)
    throw new UsageError('no event is named.', 'For no counters at all: --events none.');
  if (items.length > 1 && items.includes('none'))
    throw new UsageError('"none" can not be mixed with other events.');
  return [...new Set(items.flatMap(expand))];
}

/** Splits at commas, except at those between the slashes of a `pmu/a=1,b=2/`. */
function splitList(text: string): string[] {
  return (text.match(/(?:[^,/]|\/[^/]*\/?)+/g) ?? []).map((item) => item.trim()).filter(Boolean);
}

function expand(item: string): readonly string[] {
  const lower = item.toLowerCase();
  if (Object.hasOwn(EVENT_SETS, lower)) return EVENT_SETS[lower] ?? [];
  if (catalogueEvent(lower)) return [lower];
  const generic = GENERIC_NAMES.find((name) => name.toLowerCase() === lower);
  if (generic && genericEvent(generic)) return [SYNONYMS[generic] ?? generic];
  if (RAW_EVENT.test(item)) return [lower];
  if (PMU_EVENT.test(item)) return [item];
  const close = closestNames(lower);
  throw new UsageError(
    `there is no event "${item}".`,
    `${close.length > 0 ? `Did you mean ${close.join(', ')}? ` : ''}isochron events lists all of them; raw numbers are written r17.`,
  );
}

/** Known names near to `name`, nearest first: few edits away, or containing it. */
export function closestNames(name: string): string[] {
  const known = [...Object.keys(EVENT_SETS), ...CATALOGUE.map((e) => e.name), ...GENERIC_NAMES];
  const limit = Math.max(1, Math.floor(name.length / 3));
  return known
    .map((candidate) => {
      const lower = candidate.toLowerCase();
      const contained = name.length >= 3 && (lower.includes(name) || name.includes(lower));
      return { candidate, distance: contained ? 1 : editDistance(lower, name) };
    })
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}
