/** From a suite to its points, in the order in which they run. */
import { UsageError } from '../kernel/errors.js';
import { sha256Of } from '../kernel/sha256.js';
import { parseTime } from '../kernel/units.js';
import { type BenchmarkDefinition, parseDefinition } from './definition.js';
import {
  type Assignment,
  type AxisValue,
  type Matrix,
  type Order,
  ownNames,
  type Suite,
  SuiteError,
} from './suite.js';

/** A benchmark whose output the sweep decides, and perhaps its period, too. */
export type PointDefinition = Omit<BenchmarkDefinition, 'output' | 'period'> & {
  /** Seconds, or with a unit; `auto` = found by a calibration. */
  period?: string | number;
};

export type Fact = string | number | boolean;

/** One run of a sweep. */
export interface Point {
  /** Names its files; depends on nothing but what the point is. */
  id: string;
  /** The same for all its repetitions. */
  name: string;
  /** What the suite varies, by axis. */
  parameters: Record<string, Fact>;
  /** From 0. */
  repetition: number;
  /** `period` may be `auto`. */
  definition: PointDefinition;
  /** SHA-256 of all that decides what is run: not of its name. */
  hash: string;
}

/** A suite has at most as many points, and a matrix as many combinations; the manifest names them all. */
export const MAX_POINTS = 100_000;

/** How `period: 'auto'` is found. */
export interface AutoPeriod {
  factor: number;
  jobs: number;
  durationNs: number;
}

export interface Expansion {
  points: Point[];
  /** Values of each axis, in the order in which the suite names them. */
  axes: Record<string, Fact[]>;
  order: Order;
  seed: number;
  repetitions: number;
  auto: AutoPeriod;
}

interface Combination {
  parameters: Record<string, Fact>;
  options: Assignment;
  path: (string | number)[];
}

/**
 * All points of a checked suite in running order. A combination that is given twice is one point.
 *
 * @throws SuiteError for a point that can't be meant (a deadline beyond its period, no workload, …)
 */
export function expandSuite(suite: Suite): Expansion {
  const order = suite.order ?? 'interleaved';
  const seed = suite.seed ?? 1;
  const repetitions = suite.repetitions ?? 1;
  const auto = {
    factor: suite.auto?.factor ?? 1.5,
    jobs: suite.auto?.jobs ?? 300,
    durationNs: parseTime(suite.auto?.duration ?? '30s', 'the duration of a calibration'),
  };
  const matrices = suite.matrix === undefined ? [] : [suite.matrix].flat();
  requireFew(suite, matrices as Matrix[]);
  const combinations = [
    ...matrices.flatMap((matrix, i) => {
      const path = Array.isArray(suite.matrix) ? ['matrix', i] : ['matrix'];
      return excluding(suite, combine(matrix as Matrix, path));
    }),
    ...(suite.include ?? []).map((options, i) => ({
      parameters: factsOf(options),
      options: ownNames(options),
      path: ['include', i],
    })),
  ];
  const configurations = distinct(combinations.map((c) => configure(suite, c, auto)));
  if (configurations.length === 0)
    throw new SuiteError(['exclude'], 'everything is excluded: the suite has no points.');
  if (configurations.length * repetitions > MAX_POINTS)
    throw tooMany(['repetitions'], configurations.length * repetitions);
  const points = configurations.flatMap((configuration) =>
    Array.from(
      { length: repetitions },
      (_, repetition): Point => ({
        ...configuration,
        id: `${configuration.id}.r${repetition + 1}`,
        repetition,
      }),
    ),
  );
  const axes = axesOf(configurations.map(({ parameters }) => parameters));
  return { points: inOrder(points, order, seed), axes, order, seed, repetitions, auto };
}

function axesOf(parameters: readonly Record<string, Fact>[]): Record<string, Fact[]> {
  const axes = new Map<string, Set<Fact>>();
  for (const point of parameters)
    for (const [name, value] of Object.entries(point))
      axes.set(name, (axes.get(name) ?? new Set()).add(value));
  return Object.fromEntries([...axes].map(([name, values]) => [name, [...values]]));
}

/** Counts before anything is made of it: thirty axes of two values are a short file, and 2^30 points. */
function requireFew(suite: Suite, matrices: readonly Matrix[]): void {
  let sum = suite.include?.length ?? 0;
  for (const [i, matrix] of matrices.entries()) {
    const path = Array.isArray(suite.matrix) ? ['matrix', i] : ['matrix'];
    const sizes = Object.values(matrix).map((axis) => Object.keys(axis).length);
    sum += sizes.reduce((product, size) => product * size, 1);
    if (sum > MAX_POINTS) throw tooMany(path, sum);
  }
  if (sum > MAX_POINTS) throw tooMany(['include'], sum);
}

function tooMany(path: readonly (string | number)[], n: number): SuiteError {
  const count = n < 1e15 ? n.toLocaleString('en') : n.toExponential(1);
  return new SuiteError(
    path,
    `this comes to ${count} points, and a suite has at most ${MAX_POINTS.toLocaleString('en')}.`,
    'Split it into several suites, or vary fewer things at once.',
  );
}

function combine(matrix: Matrix, path: (string | number)[]): Combination[] {
  let combinations: Combination[] = [{ parameters: {}, options: {}, path }];
  for (const [name, axis] of Object.entries(matrix)) {
    const values: [Fact, Assignment][] = Array.isArray(axis)
      ? axis.map((value: AxisValue) => [factOf(value), { [name]: value } as Assignment])
      : Object.entries(axis as Record<string, Assignment>);
    combinations = combinations.flatMap(({ parameters, options }) =>
      values.map(([fact, own]) => ({
        parameters: { ...parameters, [name]: fact },
        options: { ...options, ...ownNames(own) },
        path,
      })),
    );
  }
  return combinations;
}

/** A list of cores is a fact as its text. */
const factOf = (value: unknown): Fact =>
  typeof value === 'number' || typeof value === 'boolean' ? value : String(value);

const factsOf = (options: Assignment): Record<string, Fact> =>
  Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) =>
      value === undefined || (typeof value === 'object' && !Array.isArray(value)) || name === 'name'
        ? []
        : [[name, factOf(value)]],
    ),
  );

function excluding(suite: Suite, combinations: Combination[]): Combination[] {
  const rules = suite.exclude ?? [];
  rules.forEach((rule, i) => {
    for (const name of Object.keys(rule))
      if (
        ![suite.matrix].flat().some((matrix) => matrix !== undefined && Object.hasOwn(matrix, name))
      )
        throw new SuiteError(['exclude', i, name], `the matrix has no axis called ${name}.`);
  });
  return combinations.filter(
    ({ parameters }) =>
      !rules.some((rule) =>
        Object.entries(rule).every(([name, wanted]) => {
          const values: unknown[] = Array.isArray(wanted) ? [...wanted, wanted] : [wanted];
          return values.some((value) => factOf(value) === parameters[name]);
        }),
      ),
  );
}

type Configuration = Omit<Point, 'repetition'>;

function configure(
  suite: Suite,
  { parameters, options, path }: Combination,
  auto: AutoPeriod,
): Configuration {
  const name = options.name ?? nameOf(parameters, suite);
  const definition = definitionOf({ ...ownNames(suite.base), ...options }, name, path);
  const { period, ...rest } = definition;
  try {
    parseDefinition(period === undefined || period === 'auto' ? rest : definition);
  } catch (error) {
    if (error instanceof SuiteError || !(error instanceof UsageError)) throw error;
    throw new SuiteError(path, `the point "${name}" can't be run: ${error.message}`, error.hint);
  }
  const {
    name: _name,
    jobs: _jobs,
    ...decisive
  } = {
    ...definition,
    ...(period === 'auto' ? { auto } : {}),
    // under the name of 0.1.0, whose folders are gone on with
    tasks: definition.jobs,
  };
  return { id: fileName(name), name, parameters, definition, hash: hashOf(decisive) };
}

/** The parts of a network's name put together again. */
function definitionOf(
  options: Assignment,
  name: string,
  path: (string | number)[],
): PointDefinition {
  const { workload: given, precision, depth, keep, alpha, resolution, ...rest } = options;
  if (given === undefined)
    throw new SuiteError(path, `the point "${name}" has no model.`, 'Name one under `model`.');
  const parts = [depth, keep, alpha, resolution].filter((part) => part !== undefined);
  const suffix = precision === undefined || precision === 'fp32' ? '' : `@${precision}`;
  if ((parts.length > 0 || suffix !== '') && /\.(tflite|so)$/i.test(given))
    throw new SuiteError(
      path,
      `the point "${name}" gives the file ${given} parts of a network's name.`,
      'Precision, depth, keep, alpha and resolution are for networks that isochron builds.',
    );
  return {
    ...rest,
    name,
    workload: `${[given, ...parts].join('_')}${suffix}`,
  } as PointDefinition;
}

/** `mobilenet_v1 int8 xnnpack 4 threads`: the axes in words, in their order. */
function nameOf(parameters: Record<string, Fact>, suite: Suite): string {
  const words = Object.entries(parameters).map(([name, value]) => {
    if (typeof value === 'boolean') return value ? name : `no ${name}`;
    if (name === 'threads') return value === 1 ? '1 thread' : `${value} threads`;
    if (name === 'model' || name === 'workload' || name === 'engine')
      return String(value)
        .replace(/^.*\//, '')
        .replace(/\.(tflite|so)$/i, '');
    if (typeof value === 'string' && !/^[\d.,]+$/.test(value) && name !== 'period') return value;
    return name === 'depth' ? String(value) : `${name} ${value}`;
  });
  return words.length > 0 ? words.join(' ') : (suite.base?.name ?? suite.name);
}

const MAX_FILE_NAME = 120;

function fileName(name: string): string {
  const plain = name.replace(/[^\w.@=-]+/g, '-').replace(/^[-.]+|-+$/g, '');
  return plain === '' || plain.length > MAX_FILE_NAME
    ? `${plain.slice(0, MAX_FILE_NAME - 9)}-${hashOf(name).slice(0, 8)}`
    : plain;
}

/** Equal points once; different ones with the same file name get a part of their hash appended. */
function distinct(configurations: Configuration[]): Configuration[] {
  const different = new Map(configurations.map((c) => [c.id + c.hash, c]));
  const names = new Map<string, number>();
  for (const { id } of different.values())
    names.set(id.toLowerCase(), (names.get(id.toLowerCase()) ?? 0) + 1);
  return [...different.values()].map((c) =>
    names.get(c.id.toLowerCase()) === 1 ? c : { ...c, id: `${c.id}-${c.hash.slice(0, 8)}` },
  );
}

/**
 * Chance is a hash of seed and point, so that a point's place among others does not depend on their number. Within the
 * repetitions of a comparison, too, the order is left to it: were it the same each time, what grows from one run to the
 * next (heat, say) would count for the one that always comes first. A single repetition compares nothing and keeps its order.
 */
function inOrder(points: Point[], order: Order, seed: number): Point[] {
  if (order === 'sequential') return points;
  if (order === 'interleaved' && points.every(({ repetition }) => repetition === 0)) return points;
  const keyed = points.map((point) => ({ point, key: hashOf([seed, point.id]) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : 1));
  const shuffled = keyed.map(({ point }) => point);
  return order === 'shuffled' ? shuffled : shuffled.sort((a, b) => a.repetition - b.repetition);
}

/** SHA-256 of JSON whose keys are sorted, as hexadecimal text. */
export function hashOf(value: unknown): string {
  const sorted = JSON.stringify(value, (_key, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
  return sha256Of(sorted);
}
