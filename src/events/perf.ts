/** Numbers of linux/perf_event.h. */

export const PERF_TYPE = { hardware: 0, software: 1, hwCache: 3, raw: 4 } as const;

/** PERF_TYPE_HARDWARE configs by perf's names. */
export const HARDWARE: Record<string, bigint> = {
  'cpu-cycles': 0n,
  cycles: 0n,
  instructions: 1n,
  'cache-references': 2n,
  'cache-misses': 3n,
  'branch-instructions': 4n,
  branches: 4n,
  'branch-misses': 5n,
  'bus-cycles': 6n,
  'stalled-cycles-frontend': 7n,
  'idle-cycles-frontend': 7n,
  'stalled-cycles-backend': 8n,
  'idle-cycles-backend': 8n,
  'ref-cycles': 9n,
};

/** PERF_TYPE_SOFTWARE configs by perf's names. */
export const SOFTWARE: Record<string, bigint> = {
  'cpu-clock': 0n,
  'task-clock': 1n,
  'page-faults': 2n,
  faults: 2n,
  'context-switches': 3n,
  cs: 3n,
  'cpu-migrations': 4n,
  migrations: 4n,
  'minor-faults': 5n,
  'major-faults': 6n,
  'alignment-faults': 7n,
  'emulation-faults': 8n,
};

const CACHE_IDS = { 'L1-dcache': 0, 'L1-icache': 1, LLC: 2, dTLB: 3, iTLB: 4, branch: 5, node: 6 };
/** perf's suffixes: operation and result. */
const CACHE_SUFFIXES = {
  loads: [0, 0],
  'load-misses': [0, 1],
  stores: [1, 0],
  'store-misses': [1, 1],
  prefetches: [2, 0],
  'prefetch-misses': [2, 1],
} as const;

export type CacheName = keyof typeof CACHE_IDS;
export type CacheSuffix = keyof typeof CACHE_SUFFIXES;

/** The config of PERF_TYPE_HW_CACHE: cache | operation << 8 | result << 16. */
export function cacheConfig(cache: CacheName, suffix: CacheSuffix): bigint {
  const [operation, result] = CACHE_SUFFIXES[suffix];
  return BigInt(CACHE_IDS[cache] | (operation << 8) | (result << 16));
}

/** Every `L1-dcache-load-misses` and the like, by perf's spelling. */
const HW_CACHE: Record<string, bigint> = Object.fromEntries(
  (Object.keys(CACHE_IDS) as CacheName[]).flatMap((cache) =>
    (Object.keys(CACHE_SUFFIXES) as CacheSuffix[]).map((suffix) => [
      `${cache}-${suffix}`,
      cacheConfig(cache, suffix),
    ]),
  ),
);

/** An event as perf_event_open(2) takes it. */
export interface GenericEvent {
  /** perf_event_attr's type. */
  type: number;
  /** perf_event_attr's config. */
  config: bigint;
}

/** An event by perf's own name, exactly as perf spells it. */
export function genericEvent(name: string): GenericEvent | null {
  const tables = [
    [PERF_TYPE.hardware, HARDWARE],
    [PERF_TYPE.software, SOFTWARE],
    [PERF_TYPE.hwCache, HW_CACHE],
  ] as const;
  for (const [type, table] of tables) {
    const config = Object.hasOwn(table, name) ? table[name] : undefined;
    if (config !== undefined) return { type, config };
  }
  return null;
}

/** Every name of perf's that is understood. */
export const GENERIC_NAMES: readonly string[] = [
  ...Object.keys(HARDWARE),
  ...Object.keys(SOFTWARE),
  ...Object.keys(HW_CACHE),
];
