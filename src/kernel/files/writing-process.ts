/** Who writes a file as a run does, by whatever name: what the kernel tells of locks and open files. */
import { readdirSync, readFileSync, statSync } from 'node:fs';

/** proc_locks(5): an exclusive flock(2), its process and the file's inode. */
const FLOCK = /^\d+: FLOCK\s+ADVISORY\s+WRITE\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/gm;
/** Of `flags` in /proc/PID/fdinfo/FD, the same on every architecture that Linux runs Node on. */
const [O_WRONLY, O_APPEND] = [0o1, 0o2000];

/**
 * A run holds its CSV and its samples open for appending, under an exclusive lock. `flock FILE isochron …`, where somebody
 * keeps others away by the same means, opens it for reading.
 *
 * @returns the process; null where there is none, or none that this one may look at
 */
export function processWriting(path: string): number | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    for (const [, pid, inode] of readFileSync('/proc/locks', 'utf8').matchAll(FLOCK))
      if (inode === String(ino) && hasOpen(pid as string, dev, ino)) return Number(pid);
  } catch {
    // not there, or a system that tells nothing
  }
  return null;
}

function hasOpen(pid: string, dev: bigint, ino: bigint): boolean {
  const process = `/proc/${pid}`;
  try {
    return readdirSync(`${process}/fd`).some((fd) => {
      const file = statSync(`${process}/fd/${fd}`, { bigint: true, throwIfNoEntry: false });
      if (file?.dev !== dev || file.ino !== ino) return false;
      const info = readFileSync(`${process}/fdinfo/${fd}`, 'utf8');
      const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0', 8);
      return (flags & 0o3) === O_WRONLY && (flags & O_APPEND) !== 0;
    });
  } catch {
    return false; // another user's, or it has ended
  }
}
