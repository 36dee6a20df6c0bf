/** The tasks (threads) of the machine as /proc shows them. */

import { IsochronError } from '../kernel/errors.js';
import { listNames, readText, SYSTEM_ROOT } from '../kernel/system-files.js';
import { parseCoreList } from './cores.js';

/** Bits of a task's flags, include/linux/sched.h. */
const PF_KTHREAD = 0x0020_0000;
const PF_NO_SETAFFINITY = 0x0400_0000;

/** What /proc/PID/stat says of a task (proc_pid_stat(5)). */
export interface TaskStat {
  tid: number;
  comm: string;
  /** `R` running or ready, `S` sleeping, … */
  state: string;
  /** Its parent's process id. */
  parent: number;
  kernel: boolean;
  /** The kernel refuses to move it: per-core kernel threads and workers. */
  bound: boolean;
  /** Clock ticks after boot: with the id it names a task for good, since ids are used again. */
  startTime: number;
  /** The core on which it ran last. */
  lastCore: number | null;
  /** SCHED_…, include/uapi/linux/sched.h; null where it is not told. */
  policy: number | null;
}

export interface Task extends TaskStat {
  /** Its process. */
  pid: number;
  /** Cores on which it may run; null when hidden. */
  cores: number[] | null;
  /** Effective user; null when hidden. */
  uid: number | null;
}

const NUMBER = /^\d+$/;

const REAL_TIME: Readonly<Record<number, string>> = {
  1: 'SCHED_FIFO',
  2: 'SCHED_RR',
  6: 'SCHED_DEADLINE',
};

/**
 * Every thread of a process that was started at real-time priority has it, Node's own among them, which wait for each other by
 * trying again and again: they can hold a core for ever, and with it what is measured.
 *
 * @throws IsochronError E_POLICY_INHERITED
 */
export function requireOrdinaryStart(root = SYSTEM_ROOT): void {
  const { policy } = parseTaskStat(readText(root, 'proc/thread-self/stat') ?? '') ?? {};
  const name = REAL_TIME[policy ?? 0];
  if (name === undefined) return;
  throw new IsochronError(
    'E_POLICY_INHERITED',
    `isochron runs under ${name}, and all that it starts would, too.`,
    'Start it without (`chrt -o 0 isochron …`); the job gets its policy by -f, --rr or -T.',
  );
}

/** Reads one line of stat. Null for text in no such format. */
export function parseTaskStat(text: string): TaskStat | null {
  // the name may hold blanks and parentheses
  const close = text.lastIndexOf(')');
  const open = text.indexOf('(');
  if (open < 0 || close < open) return null;
  const rest = text.slice(close + 2).split(' ');
  const [state, parent, flags, startTime] = [rest[0], rest[1], rest[6], rest[19]];
  const tid = Number(text.slice(0, open));
  if (state === undefined || !Number.isInteger(tid)) return null;
  if (startTime === undefined || !NUMBER.test(startTime)) return null;
  const bits = Number(flags);
  return {
    tid,
    comm: text.slice(open + 1, close),
    state,
    parent: Number(parent),
    kernel: (bits & PF_KTHREAD) !== 0,
    bound: (bits & PF_NO_SETAFFINITY) !== 0,
    startTime: Number(startTime),
    lastCore: NUMBER.test(rest[36] ?? '') ? Number(rest[36]) : null,
    policy: NUMBER.test(rest[38] ?? '') ? Number(rest[38]) : null,
  };
}

/** The main thread of every process, from stat alone: one read a process. Null where /proc is hidden. */
export function listProcessStats(root = SYSTEM_ROOT): TaskStat[] | null {
  const pids = listNames(root, 'proc', NUMBER);
  if (pids.length === 0) return null;
  return pids.flatMap((pid) => parseTaskStat(readText(root, `proc/${pid}/stat`) ?? '') ?? []);
}

/** Every thread of every process. Tasks that end meanwhile are left out. Null where /proc is hidden. */
export function listTasks(root = SYSTEM_ROOT): Task[] | null {
  const pids = listNames(root, 'proc', NUMBER);
  if (pids.length === 0) return null;
  return pids.flatMap((pid) =>
    listNames(root, `proc/${pid}/task`, NUMBER).flatMap(
      (tid) => readTask(root, `proc/${pid}/task/${tid}`, Number(pid)) ?? [],
    ),
  );
}

/** One task by its id alone, whichever process it is in. Null when it is gone. */
export function readTaskOf(tid: number, root = SYSTEM_ROOT): Task | null {
  return readTask(root, `proc/${tid}`, null);
}

function readTask(root: string, folder: string, pid: number | null): Task | null {
  const stat = parseTaskStat(readText(root, `${folder}/stat`) ?? '');
  if (stat === null) return null;
  const status = readText(root, `${folder}/status`) ?? '';
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
  const cores = field('Cpus_allowed_list');
  const uid = field('Uid')?.split(/\s+/)[1];
  return {
    ...stat,
    pid: pid ?? Number(field('Tgid') ?? stat.tid),
    cores: cores === undefined ? null : parseCoreList(cores),
    uid: uid === undefined ? null : Number(uid),
  };
}
