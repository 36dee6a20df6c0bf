/** The table of a run's options: what is made of it besides the command line, and that it contradicts nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PointDefinition } from '../../src/benchmark/expand.js';
import { OTHER_NAMES } from '../../src/benchmark/option-names.js';
import { planSchema } from '../../src/benchmark/plan.js';
import {
  FLAG_OF_FIELD,
  FLAGS,
  type Flag,
  onlyWhere,
  RUN_OPTIONS,
  type RunOption,
} from '../../src/benchmark/run-options.js';
import { timingKey } from '../../src/sweep/point-workload.js';

/** Every field but the output, which a sweep decides. */
const whole: PointDefinition = {
  workload: 'm.tflite',
  name: 'a',
  period: 'auto',
  deadline: '1ms',
  jobs: 5,
  duration: '1s',
  warmup: 2,
  overrun: 'skip',
  cores: [1],
  fifo: 1,
  rr: 2,
  schedDeadline: { runtimeNs: 1, deadlineNs: 2, periodNs: 3 },
  bestEffort: true,
  isolate: true,
  lockMemory: false,
  prefault: true,
  cold: true,
  memLimit: '1M',
  xnnpack: true,
  threads: 2,
  engine: 'e',
  inputs: ['x'],
  seed: 3,
  dumpOutput: 'd',
  us: 4,
  size: '1K',
  access: 'read',
  args: 'a',
  events: 'none',
  eventsKernel: true,
  requireEvents: true,
  eventPasses: true,
  sampler: { core: 0, intervalNs: 5 },
  format: 'rtbench',
};

test('the command line has every name and every letter once', () => {
  const words = FLAGS.flatMap(([name, { letter, alias }]) =>
    [name, letter, alias].filter((word) => word !== undefined),
  );
  expect(words.filter((word, i) => words.indexOf(word) !== i)).toEqual([]);
});

test('the key of a calibration is the one that the first manifests hold', () => {
  // an option that joins the table with `affectsTiming: false` leaves it alone
  expect(timingKey({ definition: whole })).toBe(
    '15ab12738a660320e3dd05e10702e2cbd8530d89918fbf97c786326505363ad9',
  );
});

test('a calibration keeps what a job’s time depends on, and nothing that only watches it', () => {
  const left = Object.keys(onlyWhere(whole, [true]));
  expect(Object.keys(whole).filter((field) => !left.includes(field))).toEqual([
    ...['name', 'period', 'deadline', 'jobs', 'duration', 'warmup', 'overrun', 'cold'],
    ...['dumpOutput', 'events', 'eventsKernel', 'requireEvents', 'eventPasses', 'sampler'],
    'format',
  ]);
});

test('the documentation says of every option that has a bias which one', () => {
  const runs = readFileSync(join(import.meta.dirname, '../../docs/runs.md'), 'utf8');
  const missing = Object.entries<RunOption>(RUN_OPTIONS).filter(
    ([, { bias }]) => bias !== undefined && !runs.includes(bias),
  );
  expect(missing.map(([field]) => field)).toEqual([]);
});

/** Where the JSON of a run has a field under another name than its own: in another unit, or resolved. */
const IN_THE_PLAN: Readonly<Record<string, string>> = {
  ...{ period: 'periodNs', deadline: 'deadlineNs', duration: 'durationNs' },
  ...{ fifo: 'scheduling.priority', rr: 'scheduling.priority', schedDeadline: 'scheduling' },
  ...{ memLimit: 'heapLimitBytes', size: 'workload.sizeBytes' },
};

function namesTable(): string[] {
  const code = (names: readonly (string | undefined)[]) =>
    names.flatMap((name) => (name === undefined ? [] : `\`${name}\``)).join(', ');
  return Object.entries<RunOption>(RUN_OPTIONS).map(([field, option]) => {
    const flags: [name: string, flag: Pick<Flag, 'letter' | 'alias'>][] =
      'flags' in option
        ? Object.entries(option.flags)
        : [[FLAG_OF_FIELD.get(field as keyof typeof RUN_OPTIONS) as string, option]];
    const others = [...OTHER_NAMES].filter(([, own]) => own === field).map(([other]) => other);
    const aliases = flags.flatMap(([, { letter, alias }]) => [
      letter && `-${letter}`,
      alias && `--${alias}`,
    ]);
    const inPlan = field in planSchema.shape ? field : `workload.${field}`;
    const cells = [
      code([field]),
      code(flags.map(([name]) => `--${name}`)),
      code([...aliases, ...others]),
      code([IN_THE_PLAN[field] ?? inPlan]),
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

test('the documentation has every name of every option once', () => {
  const runs = readFileSync(join(import.meta.dirname, '../../docs/runs.md'), 'utf8');
  const [, table] = /<!-- names -->([\s\S]*)<!-- end -->/.exec(runs) ?? [];
  expect(table?.trim().split('\n').slice(2)).toEqual(namesTable());
});
