/** What a user may write for `--events`: sets and names, alone or mixed. Knows no machine. */
import { UsageError } from '../kernel/errors.js';
import { didYouMean, nearest } from '../kernel/suggest.js';
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
  throw new UsageError(
    `there is no event "${item}".`,
    `${didYouMean(lower, knownNames())}isochron events lists all of them; raw numbers are written r17.`,
  );
}

/** Every name that an event, or a set of them, has. */
const knownNames = () => [
  ...Object.keys(EVENT_SETS),
  ...CATALOGUE.map((event) => event.name),
  ...GENERIC_NAMES,
];

/** Known names near to `name`, nearest first. */
export const closestNames = (name: string): string[] => nearest(name, knownNames());
