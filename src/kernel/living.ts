/** Of a process that a file names: whether it still lives, and where its number means it at all. */
import { readlinkSync } from 'node:fs';
import { readText } from './system-files.js';

/** kill(2): of another user's process the only answer is that it may not be signalled. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Another after every start of the machine; null where hidden. */
export const bootId = (root = '/'): string | null =>
  readText(root, 'proc/sys/kernel/random/boot_id')?.trim() ?? null;

/** Of the numbers of processes; a container has its own. Null where hidden. */
export function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}
