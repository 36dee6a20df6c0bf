import type { Argv } from 'yargs';

/** Of an option that is given again, the last one counts, so that a script can append to a command. */
const last = <T>(given: T | T[]): T => (Array.isArray(given) ? (given.at(-1) as T) : given);

/** Options with one value; that it is missing is a mistake. */
const text = { type: 'string', requiresArg: true, coerce: last<string> } as const;
const choice = { requiresArg: true, coerce: last<string> } as const;
/** An empty number is none, rather than the 0 that JavaScript makes of it: `-t ""` would run until stopped. */
const number = {
  requiresArg: true,
  coerce: (given: string | number | (string | number)[]) => {
    const value = last(given);
    return typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  },
} as const;

/** Options of `isochron run`: RT-Bench's letters keep their meaning, the rest is isochron's own. */
export function runOptions(yargs: Argv) {
  return yargs
    .option('period', {
      alias: 'p',
      ...text,
      describe: 'release period: 0.5, 500ms, 500us, 1m (0 = continuous)',
      group: 'Job:',
    })
    .option('deadline', {
      alias: 'd',
      ...text,
      describe: 'relative deadline (default: the period)',
      group: 'Job:',
    })
    .option('tasks-number', {
      alias: 't',
      ...number,
      describe: 'jobs to measure, 0 = until SIGINT (default 100)',
      group: 'Job:',
    })
    .option('duration', {
      ...text,
      describe: 'end after this time: 30s, 10m, 1h, 30d',
      group: 'Job:',
    })
    .option('warmup', {
      ...number,
      describe: 'jobs executed first and left out of the summary (default 0)',
      group: 'Job:',
    })
    .option('overrun', {
      choices: ['skip', 'queue', 'stop'] as const,
      ...choice,
      describe: 'releases that pass while a job runs (default skip)',
      group: 'Job:',
    })
    .option('core-affinity', {
      alias: 'c',
      ...text,
      describe: 'cores of the job: 1 or 1,2 or 1-3',
      group: 'Rights:',
    })
    .option('fifo', {
      alias: 'f',
      ...number,
      describe: 'SCHED_FIFO priority 1..99',
      group: 'Rights:',
    })
    .option('rr', { ...number, describe: 'SCHED_RR priority 1..99', group: 'Rights:' })
    .option('sched-runtime', {
      alias: 'T',
      ...number,
      describe: 'SCHED_DEADLINE runtime, ns',
      group: 'Rights:',
    })
    .option('sched-deadline', {
      alias: 'D',
      ...number,
      describe: 'SCHED_DEADLINE deadline, ns',
      group: 'Rights:',
    })
    .option('sched-period', {
      alias: 'P',
      ...number,
      describe: 'SCHED_DEADLINE period, ns',
      group: 'Rights:',
    })
    .option('mem-limit', {
      alias: 'm',
      ...text,
      describe: 'limit on the growth of the heap: 16M',
      group: 'Rights:',
    })
    .option('lock-memory', {
      type: 'boolean',
      describe: 'lock all memory before the first release (default true)',
      group: 'Rights:',
    })
    .option('prefault', {
      type: 'boolean',
      describe: 'make all memory of the job present before the first release',
      group: 'Rights:',
    })
    .option('cold', {
      type: 'boolean',
      describe: 'take engine and model out of the file cache first',
      group: 'Rights:',
    })
    .option('isolate', {
      type: 'boolean',
      describe: 'move tasks and interrupts off the job’s cores during the run (needs root)',
      group: 'Rights:',
    })
    .option('best-effort', {
      type: 'boolean',
      describe: 'go on without rights that are denied',
      group: 'Rights:',
    })
    .option('xnnpack', {
      type: 'boolean',
      describe: 'apply the XNNPACK delegate (default false)',
      group: 'Engine:',
    })
    .option('threads', {
      ...number,
      describe: 'threads of the engine (default 1)',
      group: 'Engine:',
    })
    .option('engine', {
      ...text,
      describe: 'TensorFlow Lite library: a path or a name of `engine list`',
      group: 'Engine:',
    })
    .option('input', {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'raw input file, in tensor order, or NAME=FILE',
      group: 'Engine:',
    })
    .option('seed', {
      ...number,
      describe: 'seed of generated inputs (default 1)',
      group: 'Engine:',
    })
    .option('dump-output', {
      ...text,
      describe: 'folder for the last job’s outputs',
      group: 'Engine:',
    })
    .option('us', {
      ...number,
      describe: 'spin: busy time of a job in µs',
      group: 'Synthetic workloads:',
    })
    .option('size', {
      ...text,
      describe: 'bandwidth, latency: buffer size, e.g. 16M',
      group: 'Synthetic workloads:',
    })
    .option('access', {
      choices: ['read', 'write'] as const,
      ...choice,
      describe: 'bandwidth: what a job does',
      group: 'Synthetic workloads:',
    })
    .option('bmark-args', {
      alias: 'b',
      ...text,
      describe: 'the workload with its options in one string; arguments of a plugin',
      group: 'Synthetic workloads:',
    })
    .option('events', {
      ...text,
      describe: 'rtbench, bandwidth, software, none, or a list (default rtbench)',
      group: 'Counters:',
    })
    .option('events-kernel', {
      type: 'boolean',
      describe: 'count kernel mode too',
      group: 'Counters:',
    })
    .option('require-events', {
      type: 'boolean',
      describe: 'fail if an event can’t be counted',
      group: 'Counters:',
    })
    .option('event-passes', {
      type: 'boolean',
      describe: 'repeat the run for events that don’t fit at once',
      group: 'Counters:',
    })
    .option('memory-profiling-enable', {
      alias: 'M',
      ...number,
      describe: '1: sample the job’s counters from another core',
      group: 'Counters:',
    })
    .option('memory-profiling-core', {
      alias: 'C',
      ...number,
      describe: 'core of the sampling thread',
      group: 'Counters:',
    })
    .option('memory-profiling-time-bucket', {
      alias: 'B',
      ...number,
      describe: 'sampling interval, ns (default 10000000)',
      group: 'Counters:',
    })
    .option('output', {
      alias: 'o',
      ...text,
      describe: 'CSV file; the sidecar .json stands beside it',
      group: 'Output:',
    })
    .option('format', {
      choices: ['extended', 'rtbench'] as const,
      ...choice,
      describe: 'CSV format (default extended)',
      group: 'Output:',
    })
    .option('log-level', {
      alias: 'l',
      ...number,
      describe: '1 errors, 2 summary, 3 rows on stdout, 4 details, 5 debug (default 2)',
      group: 'Output:',
    })
    .option('name', { ...text, describe: 'name in tables and reports', group: 'Output:' })
    .option('json', { type: 'boolean', describe: 'summary as JSON on stdout', group: 'Output:' })
    .option('quiet', { type: 'boolean', describe: 'no progress, no table', group: 'Output:' })
    .option('strict', {
      type: 'boolean',
      describe: 'exit with 4 when the verdict is INVALID',
      group: 'Output:',
    })
    .option('configuration-file', {
      alias: 'g',
      ...text,
      describe: 'definition in a JSON file; options given here win',
      group: 'Output:',
    });
}
