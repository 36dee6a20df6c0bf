/** A suite in one line: a benchmark of which some options have several values each. */
import { basename } from 'node:path';
import { UsageError } from '../kernel/errors.js';
import type { BenchmarkDefinition } from './definition.js';
import { SEVERAL } from './run-options.js';
import {
  type Assignment,
  type Axis,
  type AxisValue,
  checkSuite,
  type Suite,
  SuiteError,
} from './suite.js';
import { requireMeant } from './workloads.js';

export interface Variants {
  /** What all of them share. */
  base: Partial<Omit<BenchmarkDefinition, 'output'>>;
  /** By field, two values or more. */
  varied: ReadonlyMap<string, readonly AxisValue[]>;
  /** Runs of each combination (default 1). */
  repetitions?: number | undefined;
}

/**
 * The suite of every combination, as a file of one would say it: named `run`, so that what one command has begun another can go on
 * with.
 *
 * @throws UsageError naming the option that can't be meant
 */
export function suiteOfVariants({ base, varied, repetitions }: Variants): Suite {
  const { name, ...shared } = base;
  for (const [field, values] of varied) {
    const twice = values.find((value, i) => values.slice(0, i).includes(value));
    if (twice !== undefined)
      throw new UsageError(
        `${flagOf(field)} has ${String(twice)} twice.`,
        'For several runs of the same there is --repetitions.',
      );
  }
  const given = (field: string) => varied.has(field) || Object.hasOwn(shared, field);
  for (const workload of varied.get('workload') ?? [base.workload])
    requireMeant(String(workload), given);
  // 1,000 is one of them, too
  const endless = (varied.get('jobs') ?? [shared.jobs]).includes(0);
  if (endless && !given('duration') && !given('untilCi'))
    throw new UsageError(
      '--jobs 0 is a run without an end, and others are to follow it.',
      'Give each a number of jobs, without separators (1000), or a --duration.',
    );
  const suite: Suite = {
    name: 'run',
    // a point is called by what varies
    ...(name === undefined ? {} : { title: name }),
    base: shared as Assignment,
    ...(varied.size === 0
      ? { include: [name === undefined ? {} : { name }] }
      : { matrix: Object.fromEntries([...varied].map(axisOf)) }),
    ...(repetitions === undefined ? {} : { repetitions }),
  };
  try {
    return checkSuite(suite);
  } catch (error) {
    throw error instanceof SuiteError ? inOptions(error) : error;
  }
}

/** A mistake in that suite, by the option of the command line that it is of. */
export function inOptions(error: SuiteError): UsageError {
  const [place, field] = error.path;
  const option =
    place === 'repetitions'
      ? '--repetitions'
      : (place === 'matrix' || place === 'base') && typeof field === 'string'
        ? flagOf(field)
        : null;
  const words = option === null ? error.fault : `${option}: ${error.fault}`;
  return new UsageError(words, error.hint, error.code);
}

const flagOf = (field: string): string => {
  const flag = (SEVERAL as ReadonlyMap<string, string>).get(field);
  return flag === undefined ? `the ${field}` : `--${flag}`;
};

/** Files of one name in several folders would be points of one name, so each is called by its path. */
function axisOf([field, values]: [string, readonly AxisValue[]]): [string, Axis] {
  const names = values.map((value) => basename(String(value)).replace(/\.(tflite|so)$/i, ''));
  const alike = field === 'workload' && new Set(names).size < names.length;
  return alike
    ? ['file', Object.fromEntries(values.map((value) => [value, { workload: String(value) }]))]
    : [field, values];
}
