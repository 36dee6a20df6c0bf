/** What the tests see of other processes, in /proc. */
import { readFileSync } from 'node:fs';
import { until } from './helpers.js';

export const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Processes whose parent is `pid`. */
export function children(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number);
}

/** Waits until the job of `pid`, a spin, has been at work for some tenths of a second. */
export async function atWork(pid: number) {
  const ticks = () =>
    Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[11]);
  const before = ticks();
  await until(() => ticks() > before + 30, 'the job to work');
}
