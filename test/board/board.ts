import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  BOARD_COMMANDS,
  type BoardJob,
  type BoardResult,
  bootBoard,
} from '../../scripts/board/boot.mjs';
import { BoardError, missingPackages } from '../../scripts/board/host.mjs';
import { buildImage } from '../../scripts/board/image.mjs';
import { type InstalledPackage, installedPackage } from '../../scripts/board/package.mjs';

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

/** The same with this checkout's isochron installed from its tarball and the engine in root's cache. */
export async function onBoardWithIsochron(job: BoardJob): Promise<BoardResult> {
  installed ??= installedPackage({ build: false }); // other tests are running dist/
  const { layer } = await installed;
  return onBoard({ ...job, layers: [layer, ...(job.layers ?? [])] });
}
