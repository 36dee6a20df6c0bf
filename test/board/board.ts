import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import {
  BOARD_COMMANDS,
  type BoardJob,
  type BoardResult,
  bootBoard,
} from '../../scripts/board/boot.mjs';
import { BoardError, missingPackages } from '../../scripts/board/host.mjs';
import { buildImage } from '../../scripts/board/image.mjs';
import { type InstalledPackage, installedPackage } from '../../scripts/board/package.mjs';
import type { BenchmarkDefinition } from '../../src/benchmark/definition.js';
import type { Sidecar } from '../../src/formats/sidecar.js';
import type { ErrorInfo } from '../../src/kernel/errors.js';
import type { Verdict } from '../../src/metrics/verdict.js';
import { csv, isochron, json, scratch } from '../cli/helpers.js';

/** Set by the gate: what keeps the board from running is then a failure and no reason to skip. */
const required = process.env.ISOCHRON_BOARD === 'required';

/**
 * Why the emulated board can't run here, or undefined when it can; the image is built on the way. To be awaited at the top
 * of a test file and handed to `describe.skipIf`, with the reason in the title.
 *
 * @param commands what the tests need besides the board itself (default: the board)
 */
export async function whyNoBoard(commands: string[] = BOARD_COMMANDS): Promise<string | undefined> {
  const packages = missingPackages(commands);
  if (packages.length > 0) return orFail(`not installed: ${packages.join(' ')}`);
  try {
    await buildImage();
    return undefined;
  } catch (error) {
    if (error instanceof BoardError) return orFail(error.message.split('\n')[0] ?? error.code);
    throw error;
  }
}

function orFail(reason: string): string {
  if (required) throw new Error(`The gate requires the emulated board, but: ${reason}`);
  return reason;
}

/** A title that says why the tests below it are skipped. */
export function titled(title: string, reason: string | undefined): string {
  return reason === undefined ? title : `${title} (skipped: ${reason})`;
}

/** Boots the board for one command; what comes back in `outDir` is removed when the test ends. */
export async function onBoard(job: BoardJob): Promise<BoardResult> {
  const outDir = job.outDir ?? mkdtempSync(join(tmpdir(), 'isochron-board-test-'));
  onTestFinished(() => rmSync(outDir, { recursive: true, force: true }));
  return bootBoard({ ...job, outDir });
}

let installed: Promise<InstalledPackage> | undefined;

/** This checkout's isochron, packed as it is (other tests are running dist/) and installed for the board. */
export function boardPackage(): Promise<InstalledPackage> {
  installed ??= installedPackage({ build: false });
  return installed;
}

/** One step in the guest: a run, or a file to be written (a sysctl, say). */
export type Step =
  | { name: string; run: BenchmarkDefinition }
  | { write: `/${string}`; text: string };

/** What became of a step that was a run. */
export interface StepResult {
  status: string | null;
  error: ErrorInfo | null;
  verdict: Verdict;
  notes: string[];
  /** The run was refused with this error; the other fields are then null. */
  thrown: { name: string; code: string; message: string; hint: string } | null;
}

/** What came back from one boot in which runs and commands were carried out. */
export class BoardFiles {
  constructor(readonly boot: BoardResult) {}

  path(...parts: string[]): string {
    return join(this.boot.outDir, ...parts);
  }

  /** What the run's promise gave. */
  result(name: string): StepResult {
    return (json(this.path('results.json')) as Record<string, StepResult>)[name] as StepResult;
  }

  rows(name: string): Record<string, string>[] {
    return csv(this.path(`${name}.csv`));
  }

  /** One column of a run's rows. */
  column(name: string, column: string): string[] {
    return this.rows(name).map((row) => {
      const cell = row[column];
      if (cell === undefined) throw new Error(`${name}.csv has no column ${column}`);
      return cell;
    });
  }

  sidecar(name: string): Sidecar {
    return json(this.path(`${name}.json`)) as Sidecar;
  }

  /** What a command of `commands` gave. */
  command(name: string): { status: number; stdout: string; stderr: string } {
    const text = (ending: string) => readFileSync(this.path(`${name}.${ending}`), 'utf8');
    return { status: Number(text('status')), stdout: text('stdout'), stderr: text('stderr') };
  }
}

/**
 * Boots the board once with isochron on it for many runs and commands, whose files the tests then look at. To be called in
 * `beforeAll`; the files are removed after the last test of the file.
 *
 * @param steps carried out by the installed package's API, first
 * @param commands shell lines, carried out after that; each keeps its streams and status under its name
 */
export async function bootOnce(
  job: Omit<BoardJob, 'command' | 'files'> & { files?: Record<string, string | { text: string }> },
  steps: Step[],
  commands: Record<string, string> = {},
): Promise<BoardFiles> {
  const outDir = mkdtempSync(join(tmpdir(), 'isochron-board-test-'));
  afterAll(() => rmSync(outDir, { recursive: true, force: true }));
  const { layer } = await boardPackage();
  const kept = ([name, line]: [string, string]) =>
    `( ${line}\n) > out/${name}.stdout 2> out/${name}.stderr; echo $? > out/${name}.status`;
  const boot = await bootBoard({
    timeout: 3000, // a busy host makes the board slow, in real time most
    ...job,
    files: {
      ...job.files,
      'runs.mjs': join(import.meta.dirname, 'guest', 'runs.mjs'),
      'steps.json': { text: JSON.stringify(steps) },
    },
    layers: [layer],
    command: [
      'ln -s /opt/isochron/node_modules node_modules',
      ...(steps.length > 0 ? ['node runs.mjs || exit'] : []),
      ...Object.entries(commands).map(kept),
    ].join('\n'),
    outDir,
  });
  if (boot.status !== 0)
    throw new Error(`The steps ended with status ${boot.status}:\n${boot.stdout}${boot.stderr}`);
  return new BoardFiles(boot);
}

/** A small network of the model zoo, built on this host by the command line: MobileNet v1 0.25 for 32×32 pixels. */
export async function builtModel(network = 'mobilenet_v1'): Promise<string> {
  const file = join(scratch(), `${network}.tflite`);
  const shape = ['--alpha', '0.25', '--resolution', '32'];
  const { status, stderr } = await isochron(['models', 'build', network, ...shape, '-o', file]);
  if (status !== 0) throw new Error(`The model was not built: ${stderr}`);
  return file;
}
