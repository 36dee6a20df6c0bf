/** What a suite is: a matrix of benchmarks, and how it is written and checked. Its expansion stands in expand.ts. */
import * as z from 'zod';
import { UsageError } from '../kernel/errors.js';
import { printable } from '../kernel/printable.js';
import { didYouMean } from '../kernel/suggest.js';
import { parseTime } from '../kernel/units.js';
import { definitionSchema } from './definition.js';
import { byOwnNames } from './option-names.js';

const time = (what: string) =>
  z.union([z.string(), z.number()]).transform((value) => parseTime(value, what));

/**
 * What a point of a suite may say: everything of a benchmark's definition but its output, and the parts of a network's
 * name one by one, so that they can vary apart.
 */
export const assignmentSchema = definitionSchema
  .omit({ output: true })
  .partial()
  .extend({
    /** The same as `workload`. */
    model: z.string().min(1).optional(),
    /** What stands behind `@` in a network's name (default: what the name says, else fp32). */
    precision: z.enum(['fp32', 'fp16', 'dynamic', 'int8', 'uint8']).optional(),
    /** Five digits, YOLOv3-tiny's depth code (default: what the name says, else 00000). */
    depth: z
      .string('a depth code is a text of five digits: in YAML, write it in quotes')
      .regex(/^\d{5}$/, 'a depth code is five digits')
      .optional(),
    /** Share of channels that pruning keeps, in percent (default: what the name says, else 100). */
    keep: z.number().positive().max(100).optional(),
    /** Width multiplier (default: what the name says, else that of the network's paper). */
    alpha: z.number().positive().max(8).optional(),
    /** Input height and width, pixels (default: what the name says, else that of the network's paper). */
    resolution: z.int().min(1).max(10_000).optional(),
    /** The same as `fifo`. */
    priority: z.int().min(1).max(99).optional(),
    /** The same as `jobs`. */
    tasks: definitionSchema.shape.jobs,
    /**
     * Seconds, or a time with a unit, or `auto`: a multiple of the p99 that a calibration run measures (of the longest job where fewer than 299 jobs were
     * measured; see `auto` of the suite). Default 0: continuous.
     */
    period: z.union([z.literal('auto'), time('the period')]).optional(),
  });

/** Options of a point, as a suite writes them. */
export type Assignment = z.input<typeof assignmentSchema>;

/** By the definition's names, so that what wins over what is decided by the option and not by how it was called. */
export const ownNames = (options: Assignment = {}): Assignment => byOwnNames(options);

const autoSchema = z.strictObject({
  /** The period is this multiple of the p99, or of the longest job where fewer than 299 jobs were measured (default 1.5). */
  factor: z.number().min(1).max(1000).optional(),
  /** Jobs of a calibration run (default 300). */
  jobs: z.int().min(3).max(100_000).optional(),
  /** It ends after this time even if jobs are left (default 30 s). */
  duration: time('the duration of a calibration').optional(),
});

const orderSchema = z.enum(['interleaved', 'shuffled', 'sequential']);
export type Order = z.output<typeof orderSchema>;

/** Axes are checked one by one in `checkMatrix`, for messages that name the axis. */
const matrixSchema = z.record(z.string(), z.unknown());

const axisValueSchema = z.union([z.string(), z.number(), z.boolean(), z.array(z.number())]);

const contentShape = {
  /** Options that all points share; a point's own win. */
  base: z.unknown().optional(),
  /** Every combination of the axes is a point; several matrices give the points of each. */
  matrix: z.union([matrixSchema, z.array(matrixSchema)]).optional(),
  /** Further points, one by one. */
  include: z.array(z.unknown()).optional(),
  /** Points of the matrix that are left out: all that is named must match. */
  exclude: z
    .array(z.record(z.string(), z.union([axisValueSchema, z.array(axisValueSchema)])))
    .optional(),
  repetitions: z.int().min(1).max(10_000).optional(),
  order: orderSchema.optional(),
  seed: z.int().min(0).max(0xffffffff).optional(),
  auto: autoSchema.optional(),
};

const suiteSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'a name is of letters, digits, "-", "_" and "."'),
  title: z.string().optional(),
  description: z.string().optional(),
  ...contentShape,
  quick: z.strictObject(contentShape).optional(),
});

/** One value of an axis. */
export type AxisValue = string | number | boolean | number[];

/**
 * An axis: the values of the option that it is named after, or, under any name, labelled bundles of options.
 *
 * @example { model: ['mobilenet_v1', 'resnet50_v2'], xnnpack: [false, true], memory: { paged: { lockMemory: false }, locked: {} } }
 */
export type Axis = readonly AxisValue[] | Readonly<Record<string, Assignment>>;
/** Axes by name: every combination of their values is a point. */
export type Matrix = Readonly<Record<string, Axis>>;

/** What a suite runs. */
export interface SuiteContent {
  /** Options that all points share; a point's own win. */
  base?: Assignment;
  /** Every combination of the axes is a point; several matrices give the points of each. */
  matrix?: Matrix | readonly Matrix[];
  /** Further points, one by one. */
  include?: readonly Assignment[];
  /** Points of the matrix that are left out: all that is named must match; a list matches any of its values. */
  exclude?: readonly Readonly<Record<string, AxisValue | readonly AxisValue[]>>[];
  /** How often every point is run, each time in a fresh process (default 1). */
  repetitions?: number;
  /**
   * `interleaved` (default): all points once, then all again, each time in another order by the seed, so that what changes
   * with time meets all alike. `shuffled`: all at random by the seed. `sequential`: a point's repetitions follow each other.
   */
  order?: Order;
  /** Of the order, where chance has a part in it (default 1). */
  seed?: number;
  /** How `period: 'auto'` is found: a multiple of the p99 (of the longest job where fewer than 299 jobs were measured). */
  auto?: {
    /** The period is this multiple of the p99, from 1 to 1000 (default 1.5). */
    factor?: number;
    /** Of a calibration run, from 3 to 100000 (default 300). */
    jobs?: number;
    /** A calibration ends after this time even if jobs are left: seconds, or with a unit (default 30 s). */
    duration?: string | number;
  };
}

/** A suite: what to run, and a quick variant of it. */
export interface Suite extends SuiteContent {
  /** Names the folder of results: letters, digits, `-`, `_`, `.`. */
  name: string;
  /** What it shows, in one line. */
  title?: string;
  /** What it shows, in some sentences. */
  description?: string;
  /** With `--quick`, these win over the above (`base` option by option, everything else as a whole). */
  quick?: SuiteContent;
}

/** A mistake in a suite, with the way to it (`['include', 17, 'tasks']`), so that a reader of files can name the line. */
export class SuiteError extends UsageError {
  readonly path: readonly (string | number)[];
  /** The sentence without the place. */
  readonly fault: string;
  constructor(path: readonly (string | number)[], message: string, hint?: string) {
    // one line, whatever is in the names and values that it quotes
    super(
      printable(path.length > 0 ? `${formatPath(path)}: ${message}` : message),
      hint === undefined ? undefined : printable(hint),
      'E_SUITE',
    );
    this.path = path;
    this.fault = printable(message);
  }
}

/** `include[17].tasks` */
const formatPath = (path: readonly (string | number)[]): string =>
  path.map((p, i) => (typeof p === 'number' ? `[${p}]` : i === 0 ? p : `.${p}`)).join('');

/**
 * Checks a suite and gives it back, so that mistakes show where it is written.
 *
 * @throws SuiteError (a UsageError) naming the first thing that is wrong
 */
export function defineSuite(suite: Suite): Suite {
  return checkSuite(suite);
}

/**
 * Checks what should be a suite.
 *
 * @throws SuiteError naming the first thing that is wrong
 */
export function checkSuite(value: unknown): Suite {
  require(suiteSchema, value, []);
  const suite = value as Suite;
  checkContent(suite, []);
  if (suite.quick) checkContent(suite.quick, ['quick']);
  requirePrintable({ ...suite, description: '' }, []);
  if (suite.matrix === undefined && suite.include === undefined)
    throw new SuiteError([], 'the suite has neither a matrix nor points to include.');
  return suite;
}

/** The suite with its quick variant in place of what it varies. */
export function quickSuite(suite: Suite): Suite {
  const { quick, ...full } = suite;
  if (!quick)
    throw new UsageError(
      `the suite ${suite.name} has no quick variant.`,
      'Run it without --quick, or give it a `quick`.',
    );
  // a matrix or points of its own replace both: else the long ones would stay
  const { matrix: _matrix, include: _include, ...rest } = full;
  const kept = quick.matrix !== undefined || quick.include !== undefined ? rest : full;
  return { ...kept, ...quick, base: { ...ownNames(suite.base), ...ownNames(quick.base) } };
}

function checkContent(content: SuiteContent, path: (string | number)[]): void {
  if (content.base !== undefined) requireOptions(content.base, [...path, 'base']);
  const { matrix } = content;
  if (Array.isArray(matrix)) each(matrix as Matrix[], [...path, 'matrix'], checkMatrix);
  else if (matrix !== undefined) checkMatrix(matrix as Matrix, [...path, 'matrix']);
  each(content.include ?? [], [...path, 'include'], requireOptions);
}

function requireOptions(options: unknown, path: (string | number)[]): void {
  require(assignmentSchema, options, path);
  try {
    ownNames(options as Assignment);
  } catch (error) {
    throw new SuiteError(path, (error as UsageError).message, (error as UsageError).hint);
  }
}

/** Every element of a list with its place; a hole in it (`[, 1]`, which schemas and forEach pass over) is a mistake. */
function each<T>(
  list: readonly T[],
  path: (string | number)[],
  check: (value: T, at: (string | number)[]) => void,
): void {
  for (const [i, value] of list.entries()) {
    if (value === undefined) throw new SuiteError([...path, i], 'nothing stands here.');
    check(value, [...path, i]);
  }
}

const OPTIONS: Readonly<Record<string, z.ZodType>> = assignmentSchema.shape;

function checkMatrix(matrix: Matrix, path: (string | number)[]): void {
  for (const [name, axis] of Object.entries(matrix)) {
    const at = [...path, name];
    if (name === '__proto__')
      throw new SuiteError(at, 'an axis of this name would be lost in files.', 'Choose another.');
    if (Array.isArray(axis)) {
      const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
      if (!option)
        throw new SuiteError(
          at,
          `no option is called ${name}.`,
          `${didYouMean(name, Object.keys(OPTIONS))}An axis with a name of your own gives labelled options: {label: {option: value}}.`,
        );
      if (axis.length === 0) throw new SuiteError(at, 'the axis has no values.');
      each(axis as unknown[], at, (value, place) => {
        require(option, value, place);
      });
    } else if (typeof axis === 'object' && axis !== null) {
      if (Object.keys(axis).length === 0) throw new SuiteError(at, 'the axis has no values.');
      for (const [label, options] of Object.entries(axis)) requireOptions(options, [...at, label]);
    } else throw new SuiteError(at, 'an axis is a list of values, or labelled options.');
  }
}

/** Names go to terminals, logs and reports. Called for what the schemas have let pass, so it ends. */
function requirePrintable(value: unknown, path: readonly (string | number)[]): void {
  const bad = (text: string) => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
  if (typeof value === 'string' && bad(value))
    throw new SuiteError(path, `${JSON.stringify(value)} holds a control character.`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    if (bad(key)) throw new SuiteError(path, `${JSON.stringify(key)} holds a control character.`);
    if (key !== 'args') requirePrintable(part, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}

/** What a schema refuses, as an error at the innermost place that it names. */
function require(schema: z.ZodType, value: unknown, path: readonly (string | number)[]): void {
  let result: z.ZodSafeParseResult<unknown>;
  try {
    result = schema.safeParse(value);
  } catch (error) {
    // times and sizes say what is wrong with them in their own words
    if (error instanceof UsageError && !(error instanceof SuiteError))
      throw new SuiteError(placeOf(schema, value, path), error.message, error.hint);
    throw error;
  }
  const issue = result.error?.issues[0];
  if (!issue) return;
  const at = [...path, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] as string;
    throw new SuiteError([...at, key], `no option is called ${key}.`, meant(key, schema));
  }
  throw new SuiteError(at, `${issue.message.replace(/^Invalid input: /, '')}.`);
}

/** What people call these from other tools. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  axes: 'matrix',
  vary: 'matrix',
  grid: 'matrix',
  runs: 'repetitions',
  repeat: 'repetitions',
  network: 'model',
  iterations: 'jobs',
  tasks: 'jobs',
};

/** What may have been meant by a name that the schema does not know. */
function meant(key: string, schema: z.ZodType): string | undefined {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const other = Object.hasOwn(OTHER_WORDS, key) ? (OTHER_WORDS[key] as string) : null;
  if (other !== null && names.includes(other)) return `It is called ${other} here.`;
  return didYouMean(key, names).trim() || undefined;
}

/** Which property's own parser threw. */
function placeOf(
  schema: z.ZodType,
  value: unknown,
  path: readonly (string | number)[],
): readonly (string | number)[] {
  const whole = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  if (!(whole instanceof z.ZodObject) || typeof value !== 'object' || value === null) return path;
  for (const [key, part] of Object.entries(whole.shape as Record<string, z.ZodType>)) {
    const own = (value as Record<string, unknown>)[key];
    if (own === undefined) continue;
    try {
      part.safeParse(own);
    } catch {
      return placeOf(part, own, [...path, key]);
    }
  }
  return path;
}
