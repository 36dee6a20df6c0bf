/** What a machine offers, event by event: each is resolved and tried. The trying is given, so that this stays pure. */
import { CATALOGUE, EVENT_SETS } from './catalogue.js';
import { PERF_TYPE } from './perf.js';
import { corePmus, type PmuMachine } from './pmu.js';
import { type EncodedEvent, resolveEvents } from './resolve-events.js';
import { splitIntoPasses } from './split-passes.js';

/** Opens events as one group, lets it run, closes it: `probeEvents` of the native addon. */
export type Probe = (events: { name: string; type: number; config: bigint }[]) => {
  events: { opened: boolean; reason: string }[];
  fits: boolean;
};

/** One event of the catalogue on this machine. */
export interface OfferedEvent {
  /** In the catalogue; also the column's. */
  name: string;
  /** What is counted, for people. */
  description: string;
  /** perf's way of writing it (`raw 0x17`, `cache 0x10002`); null where this machine has no encoding. */
  encoding: string | null;
  /** This machine counts it. */
  offered: boolean;
  /** Why not; null for an offered event. */
  reason: string | null;
  /** What to know when reading its counts; null for nothing. */
  note: string | null;
}

/** A name that stands for several events, on this machine. */
export interface OfferedSet {
  /** By which a definition's `events` names it. */
  name: string;
  /** Names of its events. */
  events: readonly string[];
  /** Those of its events that are offered, in as many runs as they need: one list if all are counted at once. */
  passes: string[][];
}

/** What this machine can count. */
export interface EventOffer {
  /** Every event of the catalogue. */
  events: OfferedEvent[];
  /** Every set of events. */
  sets: OfferedSet[];
  /** Hardware events (other than cycles) that run at once, measured; null where no hardware event works. */
  countersAtOnce: number | null;
  /** Cycles are counted besides these, by a counter of their own; null where that can't be told. */
  cycleCounter: boolean | null;
  /** Events that the kernel names for this machine's core PMUs, as `--events` takes them. */
  kernelNamed: string[];
}

/** More counters than any core has. */
const SEARCH_LIMIT = 16;

/** @param cores where the job would be pinned; empty: not pinned */
export function offeredEvents(
  machine: PmuMachine,
  cores: readonly number[],
  probe: Probe,
): EventOffer {
  const resolved = resolveEvents(
    CATALOGUE.map((event) => event.name),
    machine,
    cores,
  );
  const working = new Map<string, EncodedEvent>();
  const events = CATALOGUE.map(({ name, description }, i): OfferedEvent => {
    const event = resolved[i];
    if (!event || event.absentReason !== undefined)
      return {
        name,
        description,
        encoding: null,
        offered: false,
        reason: event?.absentReason ?? null,
        note: null,
      };
    const result = probe([event]).events[0];
    const offered = result?.opened === true;
    if (offered) working.set(name, event);
    return {
      name,
      description,
      encoding: encodingText(event),
      offered,
      reason: offered ? null : (result?.reason ?? null),
      note: event.note ?? null,
    };
  });
  const encoded = (names: readonly string[]) =>
    names.map((name) => working.get(name)).filter((event) => event !== undefined);
  const sets = Object.entries(EVENT_SETS).map(([name, members]) => ({
    name,
    events: members,
    passes: splitIntoPasses(encoded(members), (subset) => probe([...subset]).fits).map((pass) =>
      pass.map((event) => event.name),
    ),
  }));
  return { events, sets, ...measureRoom(working, probe), kernelNamed: kernelNamed(machine) };
}

/** Counts the same event ever more often at once, until the group no longer runs. */
function measureRoom(
  working: ReadonlyMap<string, EncodedEvent>,
  probe: Probe,
): Pick<EventOffer, 'countersAtOnce' | 'cycleCounter'> {
  const one = [...working.values()].find(
    (event) => event.type !== PERF_TYPE.software && event.name !== 'cpu_cycles',
  );
  if (!one) return { countersAtOnce: null, cycleCounter: null };
  let room = 0;
  while (room < SEARCH_LIMIT && probe(Array(room + 1).fill(one)).fits) room++;
  const cycles = working.get('cpu_cycles');
  return {
    countersAtOnce: room === 0 || room === SEARCH_LIMIT ? null : room,
    cycleCounter:
      cycles && room > 0 && room < SEARCH_LIMIT
        ? probe([cycles, ...Array<EncodedEvent>(room).fill(one)]).fits
        : null,
  };
}

function kernelNamed(machine: PmuMachine): string[] {
  return corePmus(machine).flatMap((pmu) =>
    Object.keys(pmu.events).map((event) => `${pmu.name}/${event}/`),
  );
}

/** An encoding as a person compares it with a manual. */
export function encodingText({ type, config }: { type: number; config: bigint }): string {
  const hex = `0x${config.toString(16)}`;
  switch (type) {
    case PERF_TYPE.hardware:
      return `hardware ${hex}`;
    case PERF_TYPE.software:
      return `software ${hex}`;
    case PERF_TYPE.hwCache:
      return `cache ${hex}`;
    case PERF_TYPE.raw:
      return `raw ${hex}`;
    default:
      return `PMU ${type}, ${hex}`;
  }
}
