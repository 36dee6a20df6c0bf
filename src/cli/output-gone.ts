/** What becomes of a command whose output nobody takes any more. */
import { fstatSync, writeSync } from 'node:fs';
import { say } from '../terminal/say.js';
import { EXIT } from './exit.js';

const gone = new AbortController();
let failed = false;

/**
 * Aborts when stdout takes nothing more, because its reader has gone away or because writing there fails. A command whose
 * only product comes out there, piece by piece, has nothing left to do; any other goes on, with its own exit code.
 */
export const outputGone: AbortSignal = gone.signal;

/** Whether writing to stdout has failed, other than by a reader that went away. The exit code is then 1. */
export const outputFailed = (): boolean => failed;

/**
 * A reader of either stream that goes away (`| head`, `2>&1 | head -1`) is no error: `head` has what it wanted, and losing
 * messages is no failure. Anything else that keeps data from stdout, such as a full disk, is one.
 */
export function watchStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && !failed) {
      failed = true;
      say(`What stands on stdout is not complete: ${reasonOf(error)}.`);
      process.once('exit', (code) => {
        if (code === EXIT.done) process.exitCode = EXIT.failed;
      });
    }
    gone.abort();
  });
  process.stderr.on('error', () => {});
  writeWhole();
}

const reasonOf = ({ code, message }: NodeJS.ErrnoException) =>
  code === 'ENOSPC'
    ? 'the disk is full'
    : code === 'EDQUOT'
      ? 'the disk quota is used up'
      : `it can't be written (${message})`;

/**
 * Node writes to a stdout that is a file with one write(2), and does not look how much of it the file took: on a disk
 * with little room the rest would be lost without a word.
 */
function writeWhole(): void {
  try {
    if (!fstatSync(1).isFile()) return;
  } catch {
    return;
  }
  process.stdout._write = (chunk: Buffer, _encoding, done) => {
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(1, chunk, at);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  };
}
