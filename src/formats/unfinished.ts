/** The last word of a run for which nobody is left to write another one. Loaded by the process of the engine: nothing else is. */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** A sidecar that says `running`, and when that run began: no other one's. */
export interface Unfinished {
  path: string;
  startedAt: string;
}

const status = (word: string, startedAt: string) =>
  Buffer.from(`"status": "${word}",\n  "startedAt": "${startedAt}"`);
/** Where the status stands is not far from the beginning. */
const HEAD_BYTES = 256;

/**
 * Makes `running` in a run's sidecar `failed`, which takes no room on a full disk and no time of a process that ends. Where
 * the file has become another one, or says something else, it is left alone.
 */
export function markFailed({ path, startedAt }: Unfinished): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  } catch {
    return;
  }
  try {
    if (!fstatSync(descriptor).isFile()) return;
    const head = Buffer.alloc(HEAD_BYTES);
    readSync(descriptor, head, 0, head.length, 0);
    const at = head.indexOf(status('running', startedAt));
    const failed = Buffer.from('"status": "failed", '); // as long as `running` with its comma
    if (at >= 0) writeSync(descriptor, failed, 0, failed.length, at);
  } catch {
    // a disk that takes not even this
  } finally {
    closeSync(descriptor);
  }
}
