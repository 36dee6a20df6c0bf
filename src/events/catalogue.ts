/**
 * The events that isochron knows by name: the Arm architectural names in lower case, with their Armv8 PMUv3 numbers
 * (Arm Architecture Reference Manual, PMU common event numbers; 0xc2 from the Cortex-A53 Technical Reference Manual)
 * and the generic Linux event that stands for them elsewhere.
 */
import { cacheConfig, type GenericEvent, HARDWARE, PERF_TYPE, SOFTWARE } from './perf.js';

/** An event, and what stands for it on which machine. */
export interface CatalogueEvent {
  /** Also the column's name. */
  name: string;
  /** What is counted, for people. */
  description: string;
  /** Armv8 PMUv3 event number; null for software events. */
  arm: number | null;
  /** Main id register parts of the only cores whose event `arm` is; absent: every Armv8 core that implements it. */
  armParts?: readonly string[];
  /** What stands for it on other architectures; null where nothing does. */
  generic: GenericEvent | null;
}

const hardware = (perfName: string): GenericEvent => ({
  type: PERF_TYPE.hardware,
  config: HARDWARE[perfName] as bigint,
});
const cache = (...args: Parameters<typeof cacheConfig>): GenericEvent => ({
  type: PERF_TYPE.hwCache,
  config: cacheConfig(...args),
});
const software = (perfName: string): GenericEvent => ({
  type: PERF_TYPE.software,
  config: SOFTWARE[perfName] as bigint,
});

/** Main id register part of the Cortex-A53. */
const CORTEX_A53 = '0xd03';

/** Every event that has a name here, whether this machine counts it or not. */
export const CATALOGUE: readonly CatalogueEvent[] = [
  { name: 'cpu_cycles', arm: 0x11, generic: hardware('cycles'), description: 'core clock cycles' },
  {
    name: 'inst_retired',
    arm: 0x08,
    generic: hardware('instructions'),
    description: 'instructions executed',
  },
  {
    name: 'l1d_cache',
    arm: 0x04,
    generic: cache('L1-dcache', 'loads'),
    description: 'L1 data cache accesses (x86: loads)',
  },
  {
    name: 'l1d_cache_refill',
    arm: 0x03,
    generic: cache('L1-dcache', 'load-misses'),
    description: 'L1 data cache lines fetched (x86: load misses)',
  },
  {
    name: 'l2d_cache',
    arm: 0x16,
    generic: cache('LLC', 'loads'),
    description: 'L2 cache accesses (x86: last-level loads)',
  },
  {
    name: 'l2d_cache_refill',
    arm: 0x17,
    generic: cache('LLC', 'load-misses'),
    description: 'L2 cache lines fetched (x86: last-level load misses)',
  },
  { name: 'l2d_cache_wb', arm: 0x18, generic: null, description: 'L2 cache lines written back' },
  {
    name: 'l1i_cache',
    arm: 0x14,
    generic: cache('L1-icache', 'loads'),
    description: 'L1 instruction cache accesses',
  },
  {
    name: 'l1i_cache_refill',
    arm: 0x01,
    generic: cache('L1-icache', 'load-misses'),
    description: 'L1 instruction cache lines fetched',
  },
  {
    name: 'l1d_tlb_refill',
    arm: 0x05,
    generic: cache('dTLB', 'load-misses'),
    description: 'data TLB misses',
  },
  {
    name: 'l1i_tlb_refill',
    arm: 0x02,
    generic: cache('iTLB', 'load-misses'),
    description: 'instruction TLB misses',
  },
  {
    name: 'br_pred',
    arm: 0x12,
    generic: hardware('branches'),
    description: 'predictable branches (x86: all branches)',
  },
  {
    name: 'br_mis_pred',
    arm: 0x10,
    generic: hardware('branch-misses'),
    description: 'branches mispredicted or not predicted',
  },
  { name: 'mem_access', arm: 0x13, generic: null, description: 'loads and stores' },
  { name: 'bus_access', arm: 0x19, generic: null, description: 'bus transfers' },
  { name: 'bus_access_rd', arm: 0x60, generic: null, description: 'bus transfers, read' },
  { name: 'bus_access_wr', arm: 0x61, generic: null, description: 'bus transfers, write' },
  {
    name: 'prefetch_linefill',
    arm: 0xc2,
    armParts: [CORTEX_A53],
    generic: null,
    description: 'cache lines fetched by the prefetcher',
  },
  { name: 'task_clock', arm: null, generic: software('task-clock'), description: 'CPU time, ns' },
  {
    name: 'page_faults',
    arm: null,
    generic: software('page-faults'),
    description: 'page faults of user code',
  },
  {
    name: 'context_switches',
    arm: null,
    generic: software('context-switches'),
    description: 'times switched out',
  },
  {
    name: 'cpu_migrations',
    arm: null,
    generic: software('cpu-migrations'),
    description: 'moves to another core',
  },
];

/** RT-Bench's six counters, in its order. */
const RTBENCH = [
  'l1d_cache',
  'l1d_cache_refill',
  'l2d_cache',
  'l2d_cache_refill',
  'inst_retired',
  'cpu_cycles',
];

/** Names that stand for several events. */
export const EVENT_SETS: Readonly<Record<string, readonly string[]>> = {
  rtbench: RTBENCH,
  bandwidth: [...RTBENCH, 'l2d_cache_wb'],
  software: ['task_clock', 'page_faults', 'context_switches', 'cpu_migrations'],
  none: [],
};

/** perf's names of exactly the same quantity as a catalogue event: given either, the column has the catalogue's name. */
export const SYNONYMS: Readonly<Record<string, string>> = {
  cycles: 'cpu_cycles',
  'cpu-cycles': 'cpu_cycles',
  instructions: 'inst_retired',
  'task-clock': 'task_clock',
  'page-faults': 'page_faults',
  faults: 'page_faults',
  'context-switches': 'context_switches',
  cs: 'context_switches',
  'cpu-migrations': 'cpu_migrations',
  migrations: 'cpu_migrations',
};

const byName = new Map(CATALOGUE.map((event) => [event.name, event]));

/** The catalogue's entry of this name; null for any other event. */
export function catalogueEvent(name: string): CatalogueEvent | null {
  return byName.get(name) ?? null;
}
