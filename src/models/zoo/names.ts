import { UsageError } from '../../errors.js';
import type { Architecture, Parameters } from './architecture.js';
import { ARCHITECTURES } from './index.js';

export const PRECISIONS = ['fp32'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** A network of the zoo with everything chosen. */
export interface ModelChoice {
  architecture: Architecture;
  parameters: Parameters;
  precision: Precision;
}

/** The order in which parameters stand in a name, as in `mobilenet_v1_0.25_128`. */
const IN_NAMES = ['alpha', 'resolution'] as const;

const LIMITS: Record<keyof Parameters, { min: number; max: number; whole: boolean }> = {
  alpha: { min: 0.01, max: 8, whole: false },
  resolution: { min: 16, max: 4096, whole: true },
};

/**
 * Reads `NAME[_ALPHA[_RESOLUTION]][@PRECISION]`, e.g. `mobilenet_v1`, `mobilenet_v1_0.25_128@int8`.
 *
 * @param given parameters and precision from elsewhere (options); they win over the name's
 * @returns null when the name is not one of ours
 * @throws UsageError for a known network with parameters or a precision that it doesn't have
 */
export function parseModelName(
  text: string,
  given: Partial<Parameters> & { precision?: string | undefined } = {},
): ModelChoice | null {
  const [base = '', suffix, ...rest] = text.split('@');
  if (rest.length > 0) return null;
  const found = findArchitecture(base);
  if (!found) return null;
  const { architecture, values } = found;
  const takes = IN_NAMES.filter((key) => architecture.defaults[key] !== undefined);
  if (values.length > takes.length)
    throw new UsageError(
      `${architecture.name} takes ${takeText(takes)}, so ${base} names nothing.`,
    );
  const parameters: Parameters = { alpha: 1, resolution: 0, ...architecture.defaults };
  values.forEach((value, i) => {
    parameters[takes[i] as (typeof takes)[number]] = value;
  });
  for (const key of IN_NAMES) {
    const value = given[key];
    if (value === undefined) continue;
    if (architecture.defaults[key] === undefined)
      throw new UsageError(`${architecture.name} has no ${key} to choose.`);
    parameters[key] = value;
  }
  for (const key of takes) checkLimits(key, parameters[key]);
  return { architecture, parameters, precision: parsePrecision(given.precision ?? suffix) };
}

/** The shortest name that `parseModelName` reads back to the same choice. */
export function modelName(choice: ModelChoice): string {
  const { architecture, parameters, precision } = choice;
  const takes = IN_NAMES.filter((key) => architecture.defaults[key] !== undefined);
  const last = takes.findLastIndex((key) => parameters[key] !== architecture.defaults[key]);
  const values = takes.slice(0, last + 1).map((key) => `_${parameters[key]}`);
  return `${architecture.name}${values.join('')}${precision === 'fp32' ? '' : `@${precision}`}`;
}

/** Like `parseModelName`, but what is not a network's name is an error that helps. */
export function requireModelName(
  text: string,
  given: Partial<Parameters> & { precision?: string | undefined } = {},
): ModelChoice {
  const choice = parseModelName(text, given);
  if (choice) return choice;
  const near = ARCHITECTURES.map((a) => a.name).filter((name) => name.startsWith(text.slice(0, 4)));
  throw new UsageError(
    `There is no network named ${text}.`,
    near.length > 0
      ? `Did you mean ${near.slice(0, 6).join(', ')}?`
      : '`isochron models list` shows all of them.',
  );
}

/** Splits numbers off the end of a name until an architecture is left. */
function findArchitecture(base: string): { architecture: Architecture; values: number[] } | null {
  const values: number[] = [];
  for (let name = base; ; ) {
    const architecture = ARCHITECTURES.find((a) => a.name === name);
    if (architecture) return { architecture, values };
    const match = /^(.+)_(\d+(?:\.\d+)?)$/.exec(name);
    if (!match) return null;
    name = match[1] as string;
    values.unshift(Number(match[2]));
  }
}

function checkLimits(key: keyof Parameters, value: number): void {
  const { min, max, whole } = LIMITS[key];
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value)))
    throw new UsageError(
      `The ${key} ${value} is not ${whole ? 'a whole number ' : ''}between ${min} and ${max}.`,
    );
}

function parsePrecision(text = 'fp32'): Precision {
  const precision = PRECISIONS.find((p) => p === text);
  if (precision) return precision;
  throw new UsageError(
    `There is no precision ${text}.`,
    `Precisions are ${PRECISIONS.join(', ')}.`,
  );
}

function takeText(takes: readonly string[]): string {
  return takes.length === 0 ? 'no parameters' : takes.join(' and ');
}
