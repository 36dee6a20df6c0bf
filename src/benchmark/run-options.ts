/**
 * Every option of a run, once: what a field of the definition is called on the command line, for which workloads it is, and
 * what it does to the measurement. Its values are checked by the field itself (definition.ts), which this file does not load:
 * help is shown without the checker.
 */
import { ACCESSES, FORMATS, OVERRUNS } from './choices.js';
import type { BenchmarkDefinition } from './definition.js';
import type { PlanWorkload } from './plan-workload.js';

type Field = keyof BenchmarkDefinition;
type Value<F extends Field> = NonNullable<BenchmarkDefinition[F]>;

/** What is written behind an option: nothing for a switch, one of a few words for a choice, a figure with its unit for a quantity. */
export type Kind = 'text' | 'texts' | 'number' | 'quantity' | 'switch' | readonly string[];
type KindOf<V> = [V] extends [boolean]
  ? 'switch'
  : [V] extends [number]
    ? 'number'
    : [V] extends [readonly string[]]
      ? 'texts'
      : [V] extends [string]
        ? string extends V
          ? 'text'
          : readonly V[]
        : [V] extends [string | number]
          ? 'quantity'
          : 'text';

/**
 * Whether a comma can't be part of one value, so that several behind commas (`--threads 1,2`, and `both` of a switch) are several:
 * the run becomes a sweep of them. Lists of cores and events, names and files are one value, commas and all.
 */
export const takesSeveral = (kind: Kind): boolean => kind !== 'text' && kind !== 'texts';

/** As it is written on the command line, behind two dashes or as a letter. */
export interface Flag<K extends Kind = Kind> {
  kind: K;
  /** The default of a value that is no switch is added to it. */
  help: string;
  letter?: string;
  /** Another name: RT-Bench's, or one thing of a list. */
  alias?: string;
}

export interface Meaning {
  group: 'Job' | 'Rights' | 'Engine' | 'Synthetic workloads' | 'Counters' | 'Output';
  /** The workloads to which it means something (default: all); given for another one it is a mistake, not noise. */
  for?: readonly PlanWorkload['kind'][];
  /**
   * Whether a job takes another time with it. Points that differ only where this is false share a calibration. `observed`:
   * what watches the jobs may hold them up, so points that differ in it share none, and a calibration goes without it.
   */
  affectsTiming: boolean | 'observed';
  /** What it does to the figures, where it does anything to them that its help does not say. */
  bias?: string;
}

/** What it is where none is given. One that is `plain` stands in the plan as it is, under its own name. */
type Default<V> = { plain: true; default: V } | { plain?: never; default?: V };

/** One that takes several words on the command line has several flags there. */
export type RunOption<K extends Kind = Kind, V = unknown> = Meaning &
  Default<V> &
  (Flag<K> | { flags: Readonly<Record<string, Flag>> });

/** In the order in which the help names them. The compiler demands every field of the definition. */
export const RUN_OPTIONS = {
  /** The command's own word. */
  workload: { group: 'Job', flags: {}, affectsTiming: true },
  period: {
    group: 'Job',
    kind: 'quantity',
    letter: 'p',
    help: 'release period: 0.5, 500ms, 500us, 1m (0 = continuous)',
    affectsTiming: false,
  },
  deadline: {
    group: 'Job',
    kind: 'quantity',
    letter: 'd',
    help: 'relative deadline (default: the period)',
    affectsTiming: false,
  },
  jobs: {
    group: 'Job',
    kind: 'number',
    letter: 't',
    alias: 'tasks-number',
    help: 'jobs to measure, 0 = until SIGINT',
    // the fewest of which a p99 is bounded, the first one left out
    default: 300,
    affectsTiming: false,
  },
  duration: {
    group: 'Job',
    kind: 'quantity',
    help: 'end after this time: 30s, 10m, 1h, 30d',
    affectsTiming: false,
  },
  untilCi: {
    group: 'Job',
    kind: 'text',
    help: 'end when the 95 % interval of the median is within ± this share of it: 1%; -t (then 10000 by default) and --duration are its limits',
    affectsTiming: false,
    bias: 'ends the run when the interval of the median is narrow: it holds the true median somewhat less often than 95 %',
  },
  warmup: {
    group: 'Job',
    kind: 'number',
    help: 'jobs executed first and left out of the summary',
    default: 0,
    plain: true,
    affectsTiming: false,
    bias: 'hides what the first inferences cost: page faults, cold caches, lazy initialisation',
  },
  overrun: {
    group: 'Job',
    kind: OVERRUNS,
    help: 'releases that pass while a job runs',
    default: 'skip',
    plain: true,
    affectsTiming: false,
    bias: 'queue starts jobs late and one after the other, so their response times hold the wait',
  },
  cores: {
    group: 'Rights',
    kind: 'text',
    letter: 'c',
    alias: 'core-affinity',
    help: 'cores of the job: 1 or 1,2 or 1-3',
    affectsTiming: true,
  },
  fifo: {
    group: 'Rights',
    kind: 'number',
    letter: 'f',
    help: 'SCHED_FIFO priority 1..99',
    affectsTiming: true,
  },
  rr: { group: 'Rights', kind: 'number', help: 'SCHED_RR priority 1..99', affectsTiming: true },
  schedDeadline: {
    group: 'Rights',
    flags: {
      'sched-runtime': { kind: 'text', letter: 'T', help: 'SCHED_DEADLINE runtime: 2ms, or ns' },
      'sched-deadline': { kind: 'text', letter: 'D', help: 'SCHED_DEADLINE deadline: 4ms, or ns' },
      'sched-period': { kind: 'text', letter: 'P', help: 'SCHED_DEADLINE period: 5ms, or ns' },
    },
    affectsTiming: true,
  },
  memLimit: {
    group: 'Rights',
    kind: 'quantity',
    letter: 'm',
    help: 'limit on what the workload and its threads add to the heap: 16M',
    affectsTiming: true,
  },
  lockMemory: {
    group: 'Rights',
    kind: 'switch',
    help: 'lock all memory before the first release',
    default: true,
    plain: true,
    affectsTiming: true,
    bias: 'takes page faults out of the jobs and puts their time before the first release',
  },
  prefault: {
    group: 'Rights',
    kind: 'switch',
    help: 'make all memory of the job present before the first release',
    default: false,
    plain: true,
    affectsTiming: true,
    bias: 'takes first page faults out of the jobs; what the kernel takes away later faults again',
  },
  cold: {
    group: 'Rights',
    kind: 'switch',
    help: 'take engine and model out of the file cache first',
    default: false,
    plain: true,
    affectsTiming: false,
    bias: 'slows the start and the first inference, for they read the disk',
  },
  isolate: {
    group: 'Rights',
    kind: 'switch',
    help: 'move tasks and interrupts off the job’s cores during the run (needs root)',
    default: false,
    plain: true,
    affectsTiming: true,
    bias: 'shows the core as it is alone: in service others share it',
  },
  bestEffort: {
    group: 'Rights',
    kind: 'switch',
    help: 'go on without rights that are denied',
    default: false,
    plain: true,
    affectsTiming: true,
  },
  xnnpack: {
    group: 'Engine',
    kind: 'switch',
    help: 'apply the XNNPACK delegate (default false)',
    for: ['model'],
    affectsTiming: true,
  },
  threads: {
    group: 'Engine',
    kind: 'number',
    help: 'threads of the engine',
    default: 1,
    for: ['model'],
    affectsTiming: true,
  },
  engine: {
    group: 'Engine',
    kind: 'text',
    help: 'TensorFlow Lite library: a path or a name of `engine list`',
    for: ['model'],
    affectsTiming: true,
  },
  inputs: {
    group: 'Engine',
    kind: 'texts',
    alias: 'input',
    help: 'raw input file, in tensor order, or NAME=FILE',
    for: ['model'],
    affectsTiming: true,
  },
  seed: {
    group: 'Engine',
    kind: 'number',
    help: 'seed of generated inputs',
    default: 1,
    for: ['model'],
    affectsTiming: true,
  },
  dumpOutput: {
    group: 'Engine',
    kind: 'text',
    help: 'folder for the last job’s outputs',
    for: ['model'],
    affectsTiming: 'observed',
  },
  us: {
    group: 'Synthetic workloads',
    kind: 'number',
    help: 'spin: busy time of a job in µs',
    for: ['spin'],
    affectsTiming: true,
  },
  size: {
    group: 'Synthetic workloads',
    kind: 'quantity',
    help: 'bandwidth, latency: buffer size, e.g. 16M',
    for: ['bandwidth', 'latency'],
    affectsTiming: true,
  },
  access: {
    group: 'Synthetic workloads',
    kind: ACCESSES,
    help: 'bandwidth: what a job does',
    for: ['bandwidth'],
    affectsTiming: true,
  },
  args: {
    group: 'Synthetic workloads',
    kind: 'text',
    letter: 'b',
    alias: 'bmark-args',
    help: 'the workload with its options in one string; arguments of a plugin',
    for: ['plugin'],
    affectsTiming: true,
  },
  events: {
    group: 'Counters',
    kind: 'text',
    help: 'rtbench, bandwidth, software, none, or a list',
    default: 'rtbench',
    affectsTiming: false,
  },
  eventsKernel: {
    group: 'Counters',
    kind: 'switch',
    help: 'count kernel mode too',
    default: false,
    plain: true,
    affectsTiming: 'observed',
  },
  requireEvents: {
    group: 'Counters',
    kind: 'switch',
    help: 'fail if an event can’t be counted',
    default: false,
    plain: true,
    affectsTiming: 'observed',
  },
  eventPasses: {
    group: 'Counters',
    kind: 'switch',
    help: 'repeat the run for events that don’t fit at once',
    default: false,
    plain: true,
    affectsTiming: 'observed',
    bias: 'counts of different passes are of different jobs: their ratios hold the spread between runs',
  },
  sampler: {
    group: 'Counters',
    flags: {
      'sampler-core': {
        kind: 'number',
        letter: 'C',
        alias: 'memory-profiling-core',
        help: 'sample the job’s counters from a thread on this core',
      },
      'sampler-interval': {
        kind: 'text',
        letter: 'B',
        alias: 'memory-profiling-time-bucket',
        help: 'sampling interval: 5ms, or ns (default 10ms)',
      },
      'memory-profiling-enable': {
        kind: 'number',
        letter: 'M',
        help: 'RT-Bench’s switch of the sampler: 0 leaves it out',
      },
    },
    affectsTiming: 'observed',
    bias: 'every sample interrupts the job’s core to read its counters, so a short interval slows the jobs',
  },
  output: {
    group: 'Output',
    kind: 'text',
    letter: 'o',
    help: 'CSV file; the sidecar .json stands beside it',
    affectsTiming: false,
  },
  format: {
    group: 'Output',
    kind: FORMATS,
    help: 'CSV format',
    default: 'extended',
    plain: true,
    affectsTiming: false,
  },
  name: { group: 'Output', kind: 'text', help: 'name in tables and reports', affectsTiming: false },
} as const satisfies { readonly [F in Field]-?: RunOption<KindOf<Value<F>>, Value<F>> };

/** The most jobs of a run that ends when its median is known, where nothing else is said. */
const JOBS_UNTIL_CI = 10_000;

/** Measured jobs of a run, by default too; 0 = until something else ends it. */
export function jobsAsked(given: {
  jobs?: number | undefined;
  duration?: unknown;
  untilCi?: unknown;
}): number {
  const { jobs, duration, untilCi } = given;
  if (jobs !== undefined || duration !== undefined) return jobs ?? 0;
  return untilCi === undefined ? RUN_OPTIONS.jobs.default : JOBS_UNTIL_CI;
}

const entries = Object.entries(RUN_OPTIONS) as [Field, RunOption][];

/** The fields that a plan has, too: each as it is given, or as it is by default. */
export type PlainField = {
  [F in Field]: (typeof RUN_OPTIONS)[F] extends { plain: true } ? F : never;
}[Field];

export const PLAIN_FIELDS = entries.flatMap(([field, { plain }]) =>
  plain ? [field] : [],
) as readonly PlainField[];

/** Those fields of a plan: each as the definition gives it, or as it is by default. */
export const plainOf = (given: { readonly [F in PlainField]?: Value<F> | undefined }) =>
  Object.fromEntries(
    PLAIN_FIELDS.map((field) => [field, given[field] ?? RUN_OPTIONS[field].default]),
  ) as { [F in PlainField]: Value<F> };

/** What the command line calls the fields that are one option there. */
export const FLAG_OF_FIELD: ReadonlyMap<Field, string> = new Map(
  entries.flatMap(([field, option]) => ('flags' in option ? [] : [[field, dashed(field)]])),
);

/** The fields that may have several values on the command line, by its names. */
export const SEVERAL: ReadonlyMap<Field, string> = new Map(
  entries.flatMap(([field, option]) =>
    'kind' in option && takesSeveral(option.kind) ? [[field, dashed(field)]] : [],
  ),
);

/** Those of them that are switches: `--xnnpack both`. */
export const BOTH: ReadonlySet<string> = new Set(
  [...SEVERAL].flatMap(([field, flag]) => {
    const option: RunOption = RUN_OPTIONS[field];
    return 'kind' in option && option.kind === 'switch' ? [flag] : [];
  }),
);

/** All that the command line has, by name, in the help's order. */
export const FLAGS: readonly [name: string, flag: Flag & Pick<Meaning, 'group'>][] =
  entries.flatMap(([field, option]): [string, Flag & Pick<Meaning, 'group'>][] =>
    'flags' in option
      ? Object.entries(option.flags).map(([name, flag]) => [name, { ...flag, group: option.group }])
      : [[dashed(field), { ...option, help: withDefault(option) }]],
  );

/** That a switch is off by default is not said: most are. */
function withDefault({ help, default: value }: Flag & { default?: unknown }): string {
  return value === undefined || value === false ? help : `${help} (default ${value})`;
}

function dashed(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The workloads that an option is for, of the options that are not for all. */
export const ONLY_FOR: readonly [Field, readonly PlanWorkload['kind'][]][] = entries.flatMap(
  ([field, option]): [Field, readonly PlanWorkload['kind'][]][] =>
    option.for ? [[field, option.for]] : [],
);

/** A definition's fields with one of these effects on how long a job takes. */
export function onlyWhere<D extends object>(
  definition: D,
  effects: readonly Meaning['affectsTiming'][],
): Partial<D> {
  return Object.fromEntries(
    Object.entries(definition).filter(([field]) =>
      effects.includes(RUN_OPTIONS[field as Field].affectsTiming),
    ),
  ) as Partial<D>;
}
