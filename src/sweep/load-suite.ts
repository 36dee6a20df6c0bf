/** Finding and reading suites: modules, JSON and YAML. */
import { existsSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { checkSuite, type Suite, SuiteError } from '../benchmark/suite.js';
import { forCaller, requireKind } from '../kernel/caller.js';
import { IsochronError, UsageError } from '../kernel/errors.js';
import { type Mistrust, mistrust, readWithDoubt } from '../kernel/files/trusted-file.js';
import { packageRoot } from '../kernel/package.js';
import { sha256Of } from '../kernel/sha256.js';
import { didYouMean } from '../kernel/suggest.js';

/** A hundred thousand points in full are shorter. */
const MAX_BYTES = 32 * 2 ** 20;

const ENDINGS = ['.js', '.mjs', '.ts', '.mts', '.json', '.yaml', '.yml'] as const;

/** The suites that come with isochron. */
const READY_SUITES = join(packageRoot, 'bench');

/** A suite, and where it is from. */
export interface LoadedSuite {
  /** What it says. */
  suite: Suite;
  /** Absolute path; null for a suite that no file holds. */
  file: string | null;
  /** Of the file, hexadecimal; null for a suite that no file holds. */
  sha256: string | null;
  /** Why root loads no library that the suite names; a module that was run at all may do anything. */
  doubt?: Mistrust | null;
  /** The same mistake with the file's line in front of it, where that can be told. */
  locate(error: SuiteError): UsageError;
}

/** Names of the suites that come with isochron. */
export function readySuites(): string[] {
  if (!existsSync(READY_SUITES)) return [];
  return readdirSync(READY_SUITES)
    .filter((name) => extname(name) === '.js')
    .map((name) => name.slice(0, -3));
}

/**
 * Reads a suite.
 *
 * @param name a ready suite (`quantization` or `bench/quantization`), else a file with or without its ending; `./quantization`
 *   is always a file
 * @param onNote told when root executes what another user can have written
 * @throws UsageError for a file that is no suite, naming its line where there is one; IsochronError E_SUITE_MISSING,
 *   E_SUITE_UNTRUSTED where root would execute what anyone can have written
 */
export async function loadSuite(
  name: string,
  onNote?: (note: string) => void,
): Promise<LoadedSuite> {
  requireKind(name, 'string', 'the name of a suite');
  return forCaller('loadSuite', { onNote }, { onNote: 'function' }, (ours) =>
    loadFrom(name, ours.onNote),
  );
}

async function loadFrom(
  name: string,
  onNote: ((note: string) => void) | undefined,
): Promise<LoadedSuite> {
  const ready = findReady(name);
  const file = ready ?? findFile(name);
  const isData = /\.(json|ya?ml)$/.test(file);
  if (ready === null && !isData) requireTrusted(file, onNote);
  const { text, doubt } = readSuite(file);
  const sha256 = sha256Of(text);
  if (isData) {
    const { value, lineOf } = parseText(text, file);
    const locate = (error: SuiteError) => {
      const line = lineOf(error.path);
      return new UsageError(`${file}, line ${line}: ${error.message}`, error.hint, error.code);
    };
    return { suite: checked(value, locate), file, sha256, doubt, locate };
  }
  const locate = (error: SuiteError) =>
    new UsageError(`${file}: ${error.message}`, error.hint, error.code);
  return { suite: checked(await importSuite(file), locate), file, sha256, locate };
}

function readSuite(file: string): ReturnType<typeof readWithDoubt> {
  const refuse = (why: string) => new UsageError(`${file} ${why}.`, undefined, 'E_SUITE');
  if (statSync(file).size > MAX_BYTES)
    throw refuse(`is larger than ${MAX_BYTES / 2 ** 20} MiB: that is no suite`);
  try {
    return readWithDoubt(file);
  } catch (error) {
    throw refuse(`can't be read: ${(error as Error).message}`);
  }
}

/** A module is executed to be read, by --dry-run, too. */
function requireTrusted(file: string, onNote: ((note: string) => void) | undefined): void {
  const doubt = mistrust(file);
  if (doubt === null) return;
  const remedy = 'A suite in JSON or YAML is read only.';
  if (doubt.anyone)
    throw new IsochronError(
      'E_SUITE_UNTRUSTED',
      `The suite ${file} is a program, and root does not run it: it ${doubt.reason}.`,
      `Take the right to write it from others (chmod o-w), or run isochron as another user. ${remedy}`,
    );
  onNote?.(`the suite ${file} is run with root's rights, and it ${doubt.reason}. ${remedy}`);
}

function checked(value: unknown, locate: (error: SuiteError) => UsageError): Suite {
  try {
    return checkSuite(value);
  } catch (error) {
    throw error instanceof SuiteError ? locate(error) : error;
  }
}

/** The file of a ready suite; what a folder happens to hold never stands for it. */
function findReady(name: string): string | null {
  const plain = name.replace(/^bench\//, '');
  return readySuites().includes(plain) ? join(READY_SUITES, `${plain}.js`) : null;
}

function findFile(name: string): string {
  const given = resolve(name);
  for (const ending of ['', ...ENDINGS])
    if (ENDINGS.some((e) => (given + ending).endsWith(e)) && isFile(given + ending))
      return given + ending;
  for (const ending of ['', ...ENDINGS]) requireAbsent(given + ending);
  throw new IsochronError(
    'E_SUITE_MISSING',
    `There is no suite ${name}.`,
    `${didYouMean(name, readySuites())}A suite is a .js, .ts, .json or .yaml file; ready ones are ${readySuites().join(', ')}.`,
  );
}

/** Something has that name, and is no suite all the same: a folder is left for what may be meant instead. */
function requireAbsent(path: string): void {
  const found = statOf(path);
  if (found === null || found.isDirectory()) return;
  const refuse = (why: string) =>
    new UsageError(
      `${path} ${why}.`,
      `A suite is a file with one of these endings: ${ENDINGS.join(', ')}.`,
      'E_SUITE',
    );
  if (!found.isFile()) throw refuse('is a pipe, a socket or a device, and a suite is a file');
  throw refuse('has not the ending of a suite');
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null; // not there, or no path at all
  }
}

function isFile(path: string): boolean {
  return statOf(path)?.isFile() === true;
}

/** The yaml parser reads JSON, too, and knows where everything stands. */
function parseText(
  text: string,
  file: string,
): { value: unknown; lineOf: (path: readonly (string | number)[]) => number } {
  const lines = new LineCounter();
  const refuse = (place: string, what: string) =>
    new UsageError(`${file}${place}: ${what.replace(/\.?$/, '.')}`, undefined, 'E_SUITE');
  // its warnings are about values that no suite may have, and which are refused with their line
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [problem] = document.errors;
  if (problem) {
    const { line } = lines.linePos(problem.pos[0]);
    throw refuse(`, line ${line}`, inOurWords(problem.code, problem.message));
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // aliases of aliases: a few lines that stand for billions of values; or ones that are nowhere
    throw refuse('', inOurWords('BAD_ALIAS', (error as Error).message));
  }
  const lineOf = (path: readonly (string | number)[]) => {
    let at = 0;
    let node: unknown = document.contents;
    for (const part of path) {
      if (isMap(node)) {
        const pair = node.items.find(
          (p) => isScalar(p.key) && String(p.key.value) === String(part),
        );
        if (!pair || !isPair(pair)) break;
        at = startOf(pair.key) ?? at;
        node = pair.value;
      } else {
        const item: unknown = (
          node as { get?: (key: unknown, keep: boolean) => unknown } | null
        )?.get?.(part, true);
        if (!isNode(item)) break;
        node = item;
        at = startOf(item) ?? at;
      }
    }
    return lines.linePos(at).line;
  };
  return { value, lineOf };
}

function inOurWords(code: string, message: string): string {
  if (/call stack/.test(message)) return 'it is nested too deeply';
  if (/Excessive alias count/.test(message)) return 'its aliases stand for too much (*name)';
  if (code === 'MULTIPLE_DOCS') return 'a second document begins, and a suite is one';
  return message;
}

const startOf = (node: unknown): number | undefined =>
  isNode(node) ? (node as Node).range?.[0] : undefined;

async function importSuite(file: string): Promise<unknown> {
  const module = (await (/\.m?ts$/.test(file) ? importTypeScript(file) : importPlain(file))) as {
    default?: unknown;
    suite?: unknown;
  };
  // a module that was compiled to CommonJS has its exports below `default`
  const inner = (module.default as { default?: unknown } | undefined)?.default;
  const value = inner ?? module.default ?? module.suite;
  if (value === undefined)
    throw new UsageError(
      `${file} exports no suite.`,
      'Write `export default { name: …, matrix: … }`.',
      'E_SUITE',
    );
  return value;
}

const importPlain = async (file: string): Promise<unknown> => {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw asSuiteProblem(file, error);
  }
};

/** Node 22.18 and later reads TypeScript by itself; for older ones tsx does, if the suite's own project has it. */
async function importTypeScript(file: string): Promise<unknown> {
  if ((process.features as { typescript?: unknown }).typescript) return importPlain(file);
  const tsx = tsxBeside(file);
  if (tsx === null)
    throw new IsochronError(
      'E_SUITE_TYPESCRIPT',
      `Node ${process.versions.node} can't read the TypeScript of ${file}.`,
      'Use Node 22.18 or later, or install tsx beside the suite, or write the suite as .js, .json or .yaml.',
    );
  const { tsImport } = (await import(pathToFileURL(tsx).href)) as {
    tsImport: (file: string, parent: string) => Promise<unknown>;
  };
  try {
    return await tsImport(pathToFileURL(file).href, import.meta.url);
  } catch (error) {
    throw asSuiteProblem(file, error);
  }
}

/** The module of tsx's API that a suite's project would import; null where it has none. */
function tsxBeside(file: string): string | null {
  try {
    // what require() resolves to is the API for CommonJS
    const manifest = createRequire(file).resolve('tsx/package.json');
    const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      exports: Record<string, { import: { default: string } }>;
    };
    return join(dirname(manifest), exports['./esm/api']?.import.default as string);
  } catch {
    return null;
  }
}

/** What a module throws while it is read is its author's mistake, not ours. */
function asSuiteProblem(file: string, error: unknown): unknown {
  if (error instanceof SuiteError)
    return new UsageError(`${file}: ${error.message}`, error.hint, error.code);
  if (error instanceof IsochronError) return error;
  const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
  // the one package that a suite is likely to name, and needs for nothing but an editor's help
  const hint = /Cannot find package 'isochron'/.test(String(message))
    ? 'Run `npm link isochron` in its folder (or install the tarball there), or leave the import out and write `export default { name: …, matrix: … }`.'
    : undefined;
  return new UsageError(`${file} can't be read as a module: ${message}`, hint, 'E_SUITE');
}
