/** From event names to what perf_event_open takes on this machine: pure functions of a description of its PMUs. */

import { armCoreFacts } from './arm-cores.js';
import { type CatalogueEvent, catalogueEvent } from './catalogue.js';
import { PMU_EVENT, RAW_EVENT } from './parse.js';
import { type GenericEvent, genericEvent, PERF_TYPE } from './perf.js';
import { corePmuFor, corePmus, type Pmu, type PmuMachine, partOf } from './pmu.js';
import { encodeTerms } from './sysfs-terms.js';

export type ResolvedEvent = EncodedEvent | AbsentEvent;

export interface EncodedEvent {
  name: string;
  /** perf_event_attr.type and .config. */
  type: number;
  config: bigint;
  absentReason?: undefined;
  /** What to know when reading its counts on this core; one clause. */
  note?: string;
}

/** An event that this machine has no encoding for; one clause says why. */
export interface AbsentEvent {
  name: string;
  absentReason: string;
}

/**
 * The encodings of events on the job's cores, in the order of `names`.
 * @param names as `expandEvents` returns them
 * @param machine the PMUs, as `probePmus()` reads them
 * @param cores where the job is pinned; empty: not pinned. On a machine with several kinds of cores the PMU of these is
 *   taken; a job that may run on several kinds has no true hardware counts, so they are absent.
 */
export function resolveEvents(
  names: readonly string[],
  machine: PmuMachine,
  cores: readonly number[] = [],
): ResolvedEvent[] {
  return names.map((name) => resolveEvent(name, machine, cores));
}

function resolveEvent(name: string, machine: PmuMachine, cores: readonly number[]): ResolvedEvent {
  const known = catalogueEvent(name);
  if (known) return resolveKnown(known, machine, cores);
  const generic = genericEvent(name);
  if (generic)
    return onCorePmu(name, machine, cores, (pmu) => withPmu(name, generic, machine, pmu));
  const raw = RAW_EVENT.exec(name);
  if (raw) {
    const config = BigInt(`0x${raw[1]}`);
    return onCorePmu(name, machine, cores, (pmu) => ({ name, type: rawType(pmu), config }));
  }
  return resolveOfPmu(name, machine, cores);
}

function resolveKnown(
  event: CatalogueEvent,
  machine: PmuMachine,
  cores: readonly number[],
): ResolvedEvent {
  const { name, arm, generic } = event;
  if (generic?.type === PERF_TYPE.software) return { name, ...generic };
  if (machine.arch !== 'arm64' || arm === null) {
    const family = machine.arch === 'x64' ? 'x86' : machine.arch;
    if (!generic) return { name, absentReason: `${family} has no generic event for ${name}` };
    return onCorePmu(name, machine, cores, (pmu) => withPmu(name, generic, machine, pmu));
  }
  const part = partOf(machine, cores);
  if (event.armParts && (part === null || !event.armParts.includes(part))) {
    const here =
      armCoreFacts(part)?.name ?? (part === null ? 'an unknown core' : `core part ${part}`);
    const known = event.armParts.map((p) => armCoreFacts(p)?.name ?? p).join(', ');
    return {
      name,
      absentReason: `event 0x${arm.toString(16)} means this on ${known} only, and this is ${here}`,
    };
  }
  return onCorePmu(name, machine, cores, (pmu) => {
    const note = armNote(event, pmu, part);
    return { name, type: rawType(pmu), config: BigInt(arm), ...(note === null ? {} : { note }) };
  });
}

/** Hardware events count on one kind of core; software events everywhere. */
function onCorePmu(
  name: string,
  machine: PmuMachine,
  cores: readonly number[],
  encode: (pmu: Pmu | null) => ResolvedEvent,
): ResolvedEvent {
  const choice = corePmuFor(machine, cores);
  switch (choice.kind) {
    case 'one':
      return encode(choice.pmu);
    case 'none':
      return encode(null); // the generic types may work all the same; opening it tells
    case 'several':
      return {
        name,
        absentReason: `the job may run on cores of several kinds (${choice.pmus
          .map((pmu) => pmu.name)
          .join(
            ', ',
          )}), and a counter counts on one kind only; pin it with -c to cores of one kind`,
      };
  }
}

/** The core PMU's own type, so that a heterogeneous machine counts on the right kind of core. */
function rawType(pmu: Pmu | null): number {
  return pmu?.type ?? PERF_TYPE.raw;
}

/**
 * Hybrid x86 takes the PMU's type in the upper half of a generic event's config (PERF_PMU_TYPE_SHIFT, Linux 5.14).
 */
function withPmu(
  name: string,
  generic: GenericEvent,
  machine: PmuMachine,
  pmu: Pmu | null,
): EncodedEvent {
  const hybrid = machine.arch === 'x64' && pmu !== null && /^cpu_(core|atom)$/.test(pmu.name);
  const extended = hybrid && generic.type !== PERF_TYPE.software;
  return {
    name,
    type: generic.type,
    config: extended ? generic.config | (BigInt(pmu.type) << 32n) : generic.config,
  };
}

/** Common events above this number are not announced by the core's identification registers. */
const ANNOUNCED_BELOW = 0x40;

function armNote(event: CatalogueEvent, pmu: Pmu | null, part: string | null): string | null {
  const announced = pmu ? Object.keys(pmu.events) : [];
  if (
    event.arm !== null &&
    event.arm < ANNOUNCED_BELOW &&
    announced.length > 0 &&
    !announced.includes(event.name)
  )
    return 'the core does not announce this event (PMCEID): it may open and never count';
  const facts = armCoreFacts(part);
  if (facts?.privateL2 && event.name.startsWith('l2d_cache'))
    return `the L2 of a ${facts.name} is private to the core: a refill or write-back may end in an L3 cache, not in memory`;
  return null;
}

/** `pmu/event/` and `pmu/field=value/`. */
function resolveOfPmu(name: string, machine: PmuMachine, cores: readonly number[]): ResolvedEvent {
  const [, pmuName = '', text = ''] = PMU_EVENT.exec(name) ?? [];
  const pmu = machine.pmus.find((candidate) => candidate.name === pmuName);
  if (!pmu) {
    const names = machine.pmus.map((candidate) => candidate.name).join(', ');
    return {
      name,
      absentReason: `this machine has no PMU "${pmuName}"${names === '' ? '' : ` (it has ${names})`}`,
    };
  }
  const { cpus } = pmu;
  const elsewhere =
    cores.length === 0 ? corePmus(machine).length > 1 : cores.some((core) => !cpus?.includes(core));
  if (cpus && elsewhere)
    return {
      name,
      absentReason: `the PMU ${pmuName} counts cores ${cpus.join(', ')} only, and the job may run elsewhere`,
    };
  const encoded = encodeTerms(pmu, text);
  if ('problem' in encoded) return { name, absentReason: encoded.problem };
  return { name, type: pmu.type, config: encoded.config };
}
