import * as z from 'zod';
import { UsageError } from '../kernel/errors.js';
import { printable } from '../kernel/printable.js';
import { didYouMean } from '../kernel/suggest.js';
import { MAX_TIME_NS, parseCores, parseShare, parseSize, parseTime } from '../kernel/units.js';
import { ACCESSES, FORMATS, OVERRUNS } from './choices.js';
import { byOwnNames } from './option-names.js';

/** No file system and no C interface takes a null byte in a name. */
const text = z
  .string()
  .min(1)
  .refine((value) => !value.includes('\0'), 'it holds a null byte');
const time = (what: string) =>
  z.union([z.string(), z.number()]).transform((value) => parseTime(value, what));
const size = (what: string) =>
  z.union([z.string(), z.number()]).transform((value) => parseSize(value, what));
/** The job's and 63 of the engine's: each has a group of counters (native/src/pmc/reading.h, kMaxGroups). */
const MAX_COUNTED_THREADS = 64;

const cores = z
  .union([z.string(), z.number(), z.array(z.int().min(0).max(9999))])
  .transform((value) =>
    parseCores(Array.isArray(value) ? value.join(',') : value, 'the list of cores'),
  );
const core = z.int().min(0).max(9999);
const priority = z.int().min(1).max(99);
const nanoseconds = z.int().min(1).max(MAX_TIME_NS);

/** As version 1 wrote them. */
export interface ServerTimesNs {
  /** CPU time that a job is given, ns. */
  runtimeNs: number;
  /** From the release on, ns. */
  deadlineNs: number;
  /** ns */
  periodNs: number;
}

/** SCHED_DEADLINE's parameters. */
export interface ServerTimes {
  /** CPU time that a job is given: seconds, or with a unit. */
  runtime: string | number;
  /** From the release on: seconds, or with a unit. */
  deadline: string | number;
  /** Seconds, or with a unit. */
  period: string | number;
}

/** Where the sampling thread runs. */
export interface SamplerCore {
  /** The sampling thread's own core. */
  core: number;
}

/** As version 1 wrote it. */
export interface SamplerNs extends SamplerCore {
  /** From one reading to the next, ns. */
  intervalNs: number;
}

/** The sampling thread. */
export interface Sampler extends SamplerCore {
  /** From one reading to the next: seconds, or with a unit. */
  interval: string | number;
}

/** Times above 0 that belong together. In version 1 they were whole ns under `…Ns`; definitions that say so still load. */
function times<InNs, Written>(
  names: readonly (keyof Written & string)[],
  others: Record<string, z.ZodType>,
) {
  const shape: Record<string, z.ZodType> = {};
  for (const name of names) {
    shape[name] = time(`the ${name}`).optional();
    shape[`${name}Ns`] = nanoseconds.optional();
  }
  const parsed = z.strictObject({ ...others, ...shape }).transform((given, context) => {
    const result: Record<string, unknown> = { ...given };
    for (const name of names) {
      const { [name]: written, [`${name}Ns`]: ns } = result;
      delete result[name];
      result[`${name}Ns`] = written ?? ns;
      const wrong =
        written === undefined && ns === undefined
          ? 'it is missing'
          : written !== undefined && ns !== undefined
            ? `it is given twice, as ${name} and as ${name}Ns`
            : written === 0 && 'it must be above 0';
      if (wrong) context.addIssue({ code: 'custom', path: [name], message: wrong });
    }
    return result;
  });
  return parsed as unknown as z.ZodType<InNs, Written | InNs>;
}

/** The one description of a benchmark: the command line, configuration files and the API all go through it. */
export const definitionSchema = z.strictObject({
  /** A .tflite file, the name of a network that isochron builds, a plugin (.so), or noop, spin, bandwidth, latency. */
  workload: text,
  /** How tables and reports call this benchmark (default: made from the workload). */
  name: text.optional(),

  /** Release period P: seconds, or with a unit (ns, us, ms, s, m, h, d); 0 (default) = continuous. */
  period: time('the period').optional(),
  /** Relative deadline D ≤ P: seconds, or with a unit (default: P). */
  deadline: time('the deadline').optional(),
  /** Measured jobs; 0 = until stopped (default 300, the fewest of which a p99 is bounded; 10,000 at most with untilCi, and none where a duration is given). */
  jobs: z.int().min(0).max(1e12).optional(),
  /** Ends the run after this time even if jobs are left: seconds, or with a unit (default: it does not). */
  duration: time('the duration').optional(),
  /** Ends the run when the 95 % interval of the median elapsed time is within ± this share of it: `1%` (default: it does not). */
  untilCi: z
    .string()
    .transform((value) => parseShare(value, 'the share of untilCi'))
    .optional(),
  /** Jobs executed first, recorded with warmup=1 and left out of the summary (default 0). */
  warmup: z.int().min(0).max(1e9).optional(),
  /** What happens to releases that pass while a job runs (default skip). */
  overrun: z.enum(OVERRUNS).optional(),

  /** Cores of the job thread and of the engine's workers (default: not pinned). */
  cores: cores.optional(),
  /** SCHED_FIFO priority, 1 to 99 (default: the ordinary policy). */
  fifo: priority.optional(),
  /** SCHED_RR priority, 1 to 99 (default: the ordinary policy). */
  rr: priority.optional(),
  /** SCHED_DEADLINE's parameters, times as above: runtime ≤ deadline ≤ period (default: the ordinary policy). */
  schedDeadline: times<ServerTimesNs, ServerTimes>(
    ['runtime', 'deadline', 'period'],
    {},
  ).optional(),
  /** Go on without rights that are denied; the verdict says so (default false). */
  bestEffort: z.boolean().optional(),
  /** Move tasks and interrupts away from the cores and set their governor, and put it all back at the end (default false). */
  isolate: z.boolean().optional(),
  /** Lock all memory before the first release (default true). */
  lockMemory: z.boolean().optional(),
  /** Make all memory of the job present before the first release, without locking it (default false). */
  prefault: z.boolean().optional(),
  /** Take engine and model out of the file cache before the run, so that it starts as after a reboot (default false). */
  cold: z.boolean().optional(),
  /** Limit on what the workload's threads add to the heap, bytes, or with K, M, G (default: none); what the tool's own JavaScript allocates does not count. */
  memLimit: size('the memory limit').optional(),

  /** Use the XNNPACK delegate (default false). */
  xnnpack: z.boolean().optional(),
  /** Threads of the engine (default 1). */
  threads: z.int().min(1).max(256).optional(),
  /** Engine library: a path, or a name of `isochron engine list` (default: the installed one). */
  engine: text.optional(),
  /** Raw input files, in tensor order or as NAME=FILE (default: generated by `seed`). */
  inputs: z.array(text).optional(),
  /** Seed of generated inputs (default 1). */
  seed: z.int().min(0).max(0xffffffff).optional(),
  /** Folder that gets the last job's outputs (default: none). */
  dumpOutput: text.optional(),

  /** spin: busy time of a job, µs (default 100). */
  us: z.number().min(0).max(1e9).optional(),
  /** bandwidth, latency: size of the buffer, bytes, or with K, M, G (default 16M). */
  size: size('the buffer size').optional(),
  /** bandwidth: what a job does with the buffer (default read). */
  access: z.enum(ACCESSES).optional(),
  /** Arguments handed to a plugin (default: none). */
  args: z.string().optional(),

  /** Counter events: a set, or names (default rtbench). */
  events: z.union([z.string(), z.array(z.string())]).optional(),
  /** Count kernel mode too (default false). */
  eventsKernel: z.boolean().optional(),
  /** An event that can't be counted fails the run (default false). */
  requireEvents: z.boolean().optional(),
  /** Repeat the run for groups of events that don't fit the core's counters at once (default false). */
  eventPasses: z.boolean().optional(),
  /** Sampling thread: reads the job's counters every `interval` from another core (default: none). */
  sampler: times<SamplerNs, Sampler>(['interval'], { core }).optional(),

  /** CSV format (default extended). */
  format: z.enum(FORMATS).optional(),
  /** CSV path; the sidecar stands beside it (default: nothing is written). */
  output: text.optional(),
});

/** What a user writes: times in seconds or with a unit, sizes with K, M, G. */
export type BenchmarkDefinition = z.input<typeof definitionSchema>;
/** The same with every unit resolved: times in ns, sizes in bytes. */
export type ParsedDefinition = z.output<typeof definitionSchema>;

/**
 * Checks a definition and gives it back, so that mistakes show where it is written.
 *
 * @throws UsageError naming the first thing that is wrong
 */
export function defineBenchmark(definition: BenchmarkDefinition): BenchmarkDefinition {
  parseDefinition(definition);
  return definition;
}

/**
 * Checks a definition, its relations included, and resolves the units.
 *
 * @throws UsageError naming the first thing that is wrong
 */
export function parseDefinition(definition: unknown): ParsedDefinition {
  const named =
    typeof definition === 'object' && definition !== null && !Array.isArray(definition)
      ? byOwnNames(definition)
      : definition;
  const parsed = definitionSchema.safeParse(named);
  if (!parsed.success)
    throw new UsageError(printable(firstIssue(parsed.error)), meant(parsed.error));
  const d = parsed.data;
  const period = d.period ?? 0;
  if (d.deadline === 0)
    throw new UsageError('the deadline is 0.', 'Give a time above 0, or leave it out.');
  if (d.duration === 0)
    throw new UsageError('the duration is 0.', 'Give a time above 0, or leave it out.');
  if (d.deadline !== undefined && period > 0 && d.deadline > period)
    throw new UsageError(
      `the deadline (${d.deadline} ns) is longer than the period (${period} ns).`,
      'Give a deadline of at most one period.',
    );
  if (d.overrun === 'stop' && period === 0 && d.deadline === undefined)
    throw new UsageError(
      'overrun "stop" needs a deadline, and a continuous run has none of its own.',
      'Give a deadline (-d), or a period.',
    );
  const policies = [d.fifo, d.rr, d.schedDeadline].filter((p) => p !== undefined);
  if (policies.length > 1)
    throw new UsageError(
      'more than one scheduling policy is given.',
      'Choose one of -f, --rr, -T/-D/-P.',
    );
  if (d.schedDeadline) {
    const { runtimeNs, deadlineNs, periodNs } = d.schedDeadline;
    if (runtimeNs > deadlineNs || deadlineNs > periodNs)
      throw new UsageError('SCHED_DEADLINE needs runtime ≤ deadline ≤ period.');
  }
  if ((d.threads ?? 1) > MAX_COUNTED_THREADS && d.events !== 'none')
    throw new UsageError(
      `counters follow at most ${MAX_COUNTED_THREADS} threads, and the engine is to have ${d.threads}.`,
      'Ask for fewer threads, or for no counters (--events none).',
    );
  if (d.isolate && (d.cores ?? []).length === 0)
    throw new UsageError('isolation needs the cores of the job.', 'Name them with -c.');
  if (d.sampler && d.cores?.includes(d.sampler.core))
    throw new UsageError(
      `core ${d.sampler.core} can't both run the job and sample it.`,
      'Sample on a core that the job does not have.',
    );
  return d;
}

const KINDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
};
const kind = (expected: string) => KINDS[expected] ?? `a ${expected}`;

/** What may have been meant by the first name that is none. */
function meant({ issues: [issue] }: z.ZodError): string | undefined {
  if (issue?.code !== 'unrecognized_keys' || issue.path.length > 0) return undefined;
  const names = Object.keys(definitionSchema.shape);
  return printable(didYouMean(issue.keys[0] as string, names).trim()) || undefined;
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return 'the definition is not valid.';
  const where = issue.path.join('.');
  if (issue.code === 'unrecognized_keys')
    return `unknown ${issue.keys.length > 1 ? 'names' : 'name'} ${issue.keys.join(', ')} in the definition.`;
  if (!where)
    return issue.code === 'invalid_type'
      ? 'the definition must be an object.'
      : `${issue.message}.`;
  switch (issue.code) {
    case 'too_small':
      return issue.origin === 'string'
        ? `${where} is empty.`
        : `${where} must be at least ${issue.minimum}.`;
    case 'too_big':
      return `${where} must be at most ${issue.maximum}.`;
    case 'invalid_value':
      return `${where} must be one of ${issue.values.join(', ')}.`;
    case 'invalid_type':
      return `${where} must be ${kind(issue.expected)}.`;
    case 'invalid_union': {
      const kinds = issue.errors.flatMap(([first]) =>
        first?.code !== 'invalid_type'
          ? []
          : first.path.length === 0
            ? [kind(first.expected)]
            : [`a list of ${first.expected === 'string' ? 'strings' : 'whole numbers'}`],
      );
      return `${where} must be ${kinds.join(' or ')}.`;
    }
    default:
      return `${where}: ${issue.message}.`;
  }
}
