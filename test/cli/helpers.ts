/** Runs the real command line in a child process and reads the files that it wrote. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const main = join('dist', 'cli', 'main.js');

export interface CliResult {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunningCli {
  child: ChildProcess;
  result: Promise<CliResult>;
}

export interface CliOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Run through this command, e.g. ['setpriv', '--reuid=65534', …]. */
  wrapper?: string[];
  /** Folder of the package, e.g. an `installedCopy`; by default this checkout. */
  root?: string;
}

/** Starts `isochron ARGS` and gives both the process and its result. */
export function start(args: string[], options: CliOptions = {}): RunningCli {
  const [command, ...rest] = [
    ...(options.wrapper ?? []),
    process.execPath,
    join(options.root ?? root, main),
    ...args,
  ];
  const child = spawn(command as string, rest, {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return { child, result };
}

/** The package in `PROJECT/node_modules`, as a package manager leaves it that has run no install script. */
export function installedCopy(project: string): string {
  const copy = join(project, 'node_modules', 'isochron');
  mkdirSync(copy, { recursive: true });
  for (const part of ['dist', 'package.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Runs `isochron ARGS` to its end. */
export const isochron = (args: string[], options?: CliOptions) => start(args, options).result;

const folders: string[] = [];

/** A fresh folder that is removed after the test file. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'isochron-e2e-'));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Rows of a CSV by column name; every row must have as many cells as the header. */
export function csv(path: string): Record<string, string>[] {
  return parse(readFileSync(path), { columns: true, relax_column_count: false }) as Record<
    string,
    string
  >[];
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads arbitrary depths of a sidecar
export const json = (path: string): any => JSON.parse(readFileSync(path, 'utf8'));

/** A file of the shared material, or undefined where it is absent (the test is then skipped with this reason). */
export function shared(...parts: string[]): string | undefined {
  const root = process.env.ISOCHRON_SHARED;
  const path = root ? join(root, ...parts) : undefined;
  return path !== undefined && existsSync(path) ? path : undefined;
}
export const NO_SHARED = 'ISOCHRON_SHARED names no folder with the shared models';

/** Waits until `condition` holds. The limit only tells a wait in vain from a busy machine. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const giveUp = Date.now() + 900_000;
  while (!condition()) {
    if (Date.now() > giveUp) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
