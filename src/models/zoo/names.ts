import { UsageError } from '../../kernel/errors.js';
import { didYouMean } from '../../kernel/suggest.js';
import { type Architecture, type Parameters, PRECISIONS, type Precision } from './architecture.js';
import { ARCHITECTURES } from './networks.js';

export type { Precision } from './architecture.js';

/** A network of the zoo with everything chosen. */
export interface ModelChoice {
  architecture: Architecture;
  parameters: Parameters;
  precision: Precision;
}

export type GivenParameters = { [K in keyof Parameters]?: Parameters[K] | undefined } & {
  precision?: string | undefined;
};

/** The order in which parameters stand in a name, as in `mobilenet_v1_0.25_128` or `yolov3_tiny_00012_0.5_320`. */
const IN_NAMES = ['depth', 'keep', 'alpha', 'resolution'] as const;

const UNUSED: Parameters = { depth: '00000', keep: 100, alpha: 1, resolution: 0 };

/**
 * Reads `NAME[_DEPTH][_KEEP][_ALPHA][_RESOLUTION][@PRECISION]` with the parameters that the network has, e.g.
 * `mobilenet_v1`, `mobilenet_v1_0.25_128@int8`, `yolov3_tiny_00012`, `cnv_50`.
 *
 * @param given parameters and precision from elsewhere (options); they win over the name's
 * @returns null when the name is not one of ours
 * @throws UsageError for a known network with parameters or a precision that it doesn't have
 */
export function parseModelName(text: string, given: GivenParameters = {}): ModelChoice | null {
  const [base = '', suffix, ...rest] = text.split('@');
  if (rest.length > 0) return null;
  const found = findArchitecture(base);
  if (!found) return null;
  const { architecture, values } = found;
  const parameters = {
    ...UNUSED,
    ...architecture.defaults,
    ...readValues(architecture, values, base),
  };
  for (const key of IN_NAMES) {
    const value = given[key];
    if (value === undefined) continue;
    if (architecture.defaults[key] === undefined)
      throw new UsageError(`${architecture.name} has no ${key} to choose.`);
    Object.assign(parameters, { [key]: value });
  }
  for (const key of parametersOf(architecture)) checkParameter(key, parameters);
  return {
    architecture,
    parameters,
    precision: parsePrecision(architecture, given.precision ?? suffix),
  };
}

/** The shortest name that `parseModelName` reads back to the same choice. */
export function modelName({ architecture, parameters, precision }: ModelChoice): string {
  const keys = parametersOf(architecture);
  const last = keys.findLastIndex((key) => parameters[key] !== architecture.defaults[key]);
  const values = keys.slice(0, last + 1).map((key) => `_${parameters[key]}`);
  return `${architecture.name}${values.join('')}${precision === 'fp32' ? '' : `@${precision}`}`;
}

/** Like `parseModelName`, but what is not a network's name is an error that helps. */
export function requireModelName(text: string, given: GivenParameters = {}): ModelChoice {
  const choice = parseModelName(text, given);
  if (choice) return choice;
  throw unknownName(text);
}

export function unknownName(text: string): UsageError {
  const names = ARCHITECTURES.map((a) => a.name);
  return new UsageError(
    `There is no network named ${text}.`,
    `${didYouMean(text, names, 6)}\`isochron models list\` shows all of them.`,
  );
}

function parametersOf(architecture: Architecture): (typeof IN_NAMES)[number][] {
  return IN_NAMES.filter((key) => architecture.defaults[key] !== undefined);
}

/** Takes numbers off the end of a name until an architecture is left. */
function findArchitecture(base: string): { architecture: Architecture; values: string[] } | null {
  const values: string[] = [];
  for (let name = base; ; ) {
    const architecture = ARCHITECTURES.find((a) => a.name === name);
    if (architecture) return { architecture, values };
    const match = /^(.+)_(\d+(?:\.\d+)?)$/.exec(name);
    if (!match) return null;
    name = match[1] as string;
    values.unshift(match[2] as string);
  }
}

function readValues(
  architecture: Architecture,
  values: string[],
  base: string,
): Partial<Parameters> {
  let keys = parametersOf(architecture);
  // A depth code may be left out before other parameters: it alone has five digits.
  if (keys[0] === 'depth' && values.length > 0 && !DEPTH_CODE.test(values[0] as string))
    keys = keys.slice(1);
  if (values.length > keys.length)
    throw new UsageError(
      `${architecture.name} has ${parametersOf(architecture).join(' and ') || 'no parameters'} to choose, so ${base} names nothing.`,
    );
  return Object.fromEntries(
    values.map((value, i) => [keys[i], keys[i] === 'depth' ? value : Number(value)]),
  );
}

const DEPTH_CODE = /^\d{5}$/;

const LIMITS = {
  keep: { min: 1, max: 100, whole: false },
  alpha: { min: 0.01, max: 8, whole: false },
  resolution: { min: 16, max: 4096, whole: true },
} as const;

function checkParameter(key: (typeof IN_NAMES)[number], parameters: Parameters): void {
  if (key === 'depth') {
    if (!DEPTH_CODE.test(parameters.depth))
      throw new UsageError(`The depth code ${parameters.depth} is not five digits.`);
    return;
  }
  const { min, max, whole } = LIMITS[key];
  const value = parameters[key];
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value)))
    throw new UsageError(
      `The ${key} ${value} is not ${whole ? 'a whole number ' : ''}between ${min} and ${max}.`,
    );
}

function parsePrecision(architecture: Architecture, text = 'fp32'): Precision {
  const precision = PRECISIONS.find((p) => p === text);
  if (!precision)
    throw new UsageError(
      `There is no precision ${text}.`,
      `Precisions are ${PRECISIONS.join(', ')}.`,
    );
  const precisions = architecture.precisions ?? PRECISIONS;
  if (!precisions.includes(precision))
    throw new UsageError(
      `${architecture.name} cannot be built in ${text}: TFLite has no such kernel for its main operators.`,
      `It can be had in ${precisions.join(', ')}.`,
    );
  return precision;
}
