/** What a run is a run of: the facts by which runs are told apart, grouped and matched. */
import { basename } from 'node:path';
import { jobCores } from '../benchmark/job-cores.js';
import type { RunFile } from '../formats/run-file.js';
import { parseCores, parseSize, parseTime } from '../kernel/units.js';

/** A value of an axis, or of another fact by which runs are told apart. */
export type Fact = string | number | boolean;

/** Facts by name; an unknown one is left out. */
export type Identity = Readonly<Record<string, Fact>>;

/** Names of one fact that people use, and the name it has here. */
const ALIASES: Record<string, string> = {
  quantization: 'precision',
  quantisation: 'precision',
  type: 'precision',
  model: 'network',
  thread: 'threads',
  'num-threads': 'threads',
  core: 'cores',
  affinity: 'cores',
  policy: 'scheduling',
  priority: 'scheduling',
};

/** `quantization` → `precision`, and so on. */
export const factName = (name: string): string => ALIASES[name] ?? name;

const PRECISIONS: [pattern: RegExp, name: string][] = [
  [/(?:^|[_\-. @])(?:fp32|float32|f32|float)(?=$|[_\-. ])/i, 'fp32'],
  [/(?:^|[_\-. @])(?:fp16|float16|f16)(?=$|[_\-. ])/i, 'fp16'],
  [/(?:^|[_\-. @])(?:uint8|quant|u8)(?=$|[_\-. ])/i, 'uint8'],
  [/(?:^|[_\-. @])int16x8(?=$|[_\-. ])/i, 'int16x8'],
  [/(?:^|[_\-. @])(?:int8|i8|full_integer_quant)(?=$|[_\-. ])/i, 'int8'],
  [/(?:^|[_\-. @])(?:dynamic(?:_range)?|drq)(?=$|[_\-. ])/i, 'dynamic'],
];

/**
 * The network and the precision that a model's file name tells: `mobilenet_v1_1.0_224_uint8.tflite` is `uint8` of
 * `mobilenet_v1_1.0_224`. A name without a precision is all network.
 */
export function parseModelName(path: string): { network: string; precision: string | null } {
  const name = basename(path).replace(/\.tflite$/i, '');
  for (const [pattern, precision] of PRECISIONS) {
    if (!pattern.test(name)) continue;
    const network = name.replace(pattern, '');
    return { network: network === '' ? name : network.replace(/^[_\-. @]+/, ''), precision };
  }
  return { network: name, precision: null };
}

/** Facts that mostly follow from others (a period from how long the jobs take), so that runs are matched without them where they can be. */
export const INCIDENTAL: readonly string[] = ['period', 'deadline', 'jobs', 'warmup'];

/**
 * A text that is equal for runs that differ in nothing but the repetition and what `except` names. A fact that only one of
 * them tells makes them differ.
 */
export function sameKey(identity: Identity, except: readonly string[] = []): string {
  return JSON.stringify(
    Object.entries(identity)
      .filter(([name]) => name !== 'repetition' && !except.includes(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The same without incidental facts. */
export const matchKey = (identity: Identity, except: readonly string[] = []): string =>
  sameKey(identity, [...INCIDENTAL, ...except]);

const PRECISION_ORDER = ['fp32', 'fp16', 'dynamic', 'int16x8', 'int8', 'uint8'];

/** How much a value is, by each way to read it: bytes, a time, how many cores. Digits alone may be a code, which is no amount. */
const AMOUNTS: ((value: string | number) => number)[] = [
  (value) => parseSize(value, ''),
  (value) => parseTime(value, ''),
  (value) => parseCores(value, '').length,
];

/** By amount where both tell one of the same kind; 0 where they don't, or are equal. */
function compareAmounts(a: Fact, b: Fact): number {
  if (typeof a === 'boolean' || typeof b === 'boolean') return 0;
  if ([a, b].some((value) => typeof value === 'string' && /^\d+$/.test(value))) return 0;
  for (const amount of AMOUNTS)
    try {
      return amount(a) - amount(b);
    } catch {
      // not of this kind
    }
  return 0;
}

/**
 * Orders the values of a fact so that the plain case comes first, as the baseline: off (false is before true as text, too), one,
 * the smallest amount, fp32. Names have the order of the suite, where their places in it are known.
 */
export function compareFacts(
  a: Fact | undefined,
  b: Fact | undefined,
  [i, j]: readonly (number | undefined)[] = [],
): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [PRECISION_ORDER.indexOf(String(a)), PRECISION_ORDER.indexOf(String(b))];
  if (x >= 0 && y >= 0) return x - y;
  const amounts = compareAmounts(a, b);
  if (amounts !== 0) return amounts;
  if (typeof a === 'string' && typeof b === 'string' && i !== undefined && j !== undefined)
    return i - j;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

/** A fact in words: `xnnpack`, `no xnnpack`, `4 threads`, `uint8`. */
export function factInWords(name: string, value: Fact | undefined): string {
  if (value === undefined) return `unknown ${name}`;
  if (typeof value === 'boolean') return value ? name : `no ${name}`;
  if (name === 'threads') return `${value} ${value === 1 ? 'thread' : 'threads'}`;
  if (name === 'precision' || name === 'network') return String(value);
  return `${name} ${value}`;
}

/**
 * The identity of a run, from the file beside its CSV, from the sweep that made it, or else from its name.
 *
 * @param file null when there is none
 * @param csv the path, whose name is all that is left to go by without a file
 * @param parameters what a sweep varied; it wins over what follows from the file
 */
export function identityOf(
  file: RunFile | null,
  csv: string,
  parameters: Readonly<Record<string, Fact>>,
): Identity {
  const facts: Record<string, Fact> = {};
  const put = (name: string, value: Fact | null | undefined) => {
    if (value !== null && value !== undefined) facts[name] = value;
  };
  const plan = file?.plan ?? null;
  const workload = plan?.workload ?? null;
  if (workload === null || workload.kind === 'model') {
    // what the user called it: the file of a built network has the cache's own name
    const name = workload?.name ?? workload?.path ?? null;
    const { network, precision } = parseModelName(
      name ?? basename(csv).replace(/(?:_timing)?\.csv$/i, ''),
    );
    put('network', network);
    // a network that isochron builds is of floats unless its name says otherwise
    const built = name !== null && !/\.tflite$/i.test(name);
    put('precision', precision ?? (built ? 'fp32' : null));
  } else {
    put('network', workload.kind);
    put('us', workload.us);
    put('size', workload.sizeBytes);
    put('access', workload.access);
  }
  if (workload?.kind === 'model') {
    // what really ran counts, not what was asked for
    put('xnnpack', file?.xnnpackApplied == null ? workload.xnnpack : file.xnnpackApplied !== 'no');
    put('threads', workload.threads);
    put(
      'engine',
      file?.engine?.tflite ?? (workload.engine == null ? null : basename(workload.engine)),
    );
  }
  if (plan !== null) {
    put('period', plan.periodNs);
    put('deadline', plan.deadlineNs);
    // what was granted counts, which may also have been inherited
    const cores = jobCores(plan.cores, file?.granted);
    if (cores.length > 0) put('cores', cores.join(','));
    const s = file?.granted ?? plan.scheduling;
    if (s !== null) put('scheduling', s.priority ? `${s.policy} ${s.priority}` : s.policy);
  }
  if (Object.keys(parameters).length > 0) {
    // a sweep calibrates the period of each point: unless it is an axis, it tells nothing apart
    delete facts.period;
    delete facts.deadline;
  }
  for (const [name, value] of Object.entries(parameters)) {
    const known = factName(name);
    // a sweep names a model by its file, of which network and precision are already known
    if (known === 'network' && facts.network !== undefined) continue;
    facts[known] = value;
  }
  return facts;
}
