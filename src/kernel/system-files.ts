/** Reading /proc and /sys: whatever a container hides or a kernel lacks is null. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where proc/, sys/, dev/ and run/ are: `/`, or what ISOCHRON_SYSTEM_ROOT names (the tests' made-up machines; in a container,
 * the place where the host's file system is mounted).
 */
export const SYSTEM_ROOT = process.env.ISOCHRON_SYSTEM_ROOT || '/';

/**
 * The text of a small file without the newline (or the NUL of the device tree) at its end; null when it can't be read.
 * Reads synchronously: these files are made by the kernel on the spot.
 */
export function readText(root: string, path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8').replace(/[\n\0]+$/, '');
  } catch {
    return null;
  }
}

/** A whole number; null when the file can't be read or holds something else. */
export function readInteger(root: string, path: string): number | null {
  const text = readText(root, path)?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null;
}

/** Whether a kernel's release ("6.1.0-rpi7") is this one or a later; false where it is not known. */
export function kernelSince(release: string | null, major: number, minor: number): boolean {
  const [, first, second] = /^(\d+)\.(\d+)/.exec(release ?? '') ?? [];
  return Number(first) > major || (Number(first) === major && Number(second) >= minor);
}

/** Names in a folder that match, in the order of the numbers in them; empty when it can't be read. */
export function listNames(root: string, path: string, pattern: RegExp): string[] {
  try {
    return readdirSync(join(root, path))
      .filter((name) => pattern.test(name))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    return [];
  }
}
