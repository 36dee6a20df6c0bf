import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** What asks a process to end: Ctrl-C, kill, a dropped ssh, Ctrl-\. Whatever has to be in order at the end heeds all of them. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Heeds what asks this process to end, which then does not end of itself.
 *
 * @param first heeds it before those who do already
 * @returns ends the heeding
 */
export function onEndingSignals(
  heed: (signal: NodeJS.Signals) => void,
  { first = false } = {},
): () => void {
  for (const name of ENDING_SIGNALS)
    if (first) process.prependListener(name, heed);
    else process.on(name, heed);
  return () => {
    for (const name of ENDING_SIGNALS) process.off(name, heed);
  };
}

/**
 * Whether a hangup is to be ignored: this process was started by nohup, or by a shell that ignores SIGHUP.
 *
 * Node (src/node.cc, ResetSignalHandlers) sets every signal back to its default before any JavaScript runs, so that the
 * process itself no longer knows, and nohup would be without effect. What it leaves elsewhere still tells: a parent that
 * ignores the signal, the shell's `_` naming nohup, or the /dev/null that nohup(1) gives for the terminal, which can
 * be written but not read.
 *
 * @param proc the proc file system
 */
export function ignoresHangup(
  env: NodeJS.ProcessEnv = process.env,
  proc = '/proc',
  parent = process.ppid,
): boolean {
  return (
    ignored(`${proc}/self/status`) ||
    ignored(`${proc}/${parent}/status`) ||
    basename(env._ ?? '') === 'nohup' ||
    unreadableNull(proc)
  );
}

const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** proc_pid_status(5): a mask, bit 0 is signal 1. */
function ignored(status: string): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(read(status))?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & 1n) === 1n;
}

function unreadableNull(proc: string): boolean {
  try {
    if (readlinkSync(`${proc}/self/fd/0`) !== '/dev/null') return false;
  } catch {
    return false;
  }
  // octal, as open(2) has them: the last digit is the access mode, and 1 is O_WRONLY
  return /^flags:\s*\d*1$/m.test(read(`${proc}/self/fdinfo/0`));
}
