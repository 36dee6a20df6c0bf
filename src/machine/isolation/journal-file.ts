/** What stands in a journal's file, and whose word it is: what is read there is written to /proc and /sys, perhaps by root. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { IsochronError } from '../../kernel/errors.js';
import { mistrust } from '../../kernel/files/trusted-file.js';
import { WATCHDOG_CORES } from '../watchdog.js';
import type { Step } from './steps.js';

const text = (pattern: RegExp) => z.string().regex(pattern);
const coreList = text(/^[\d,-]*$/);
const coreMask = text(/^[\da-fA-F,]+$/);
const cores = z.array(z.int().nonnegative());
const word = text(/^[\w-]+$/);
/** Names of cgroups are anything but a way out of where they stand. */
const groupPath = (pattern: RegExp) =>
  text(pattern).refine((path) => !/(^|\/)\.\.?(\/|$)/.test(path));

type FileStep = Step & { kind: 'file' };

/** The files of /proc and /sys that an isolation changes, and no others. */
const file = <What extends FileStep['what'], Form extends FileStep['format']>(
  what: What,
  path: z.ZodType<string>,
  format: Form,
  content: z.ZodType<string>,
) =>
  z.object({
    kind: z.literal('file'),
    what: z.literal(what),
    path,
    format: z.literal(format),
    before: content,
    after: content,
  });

/** One for each that a step may be of: what is changed can be taken back. */
const FILES: { [What in FileStep['what']]: z.ZodType<FileStep & { what: What }> } = {
  governor: file(
    'governor',
    text(/^sys\/devices\/system\/cpu\/cpu\d+\/cpufreq\/scaling_governor$/),
    'word',
    word,
  ),
  interrupt: file('interrupt', text(/^proc\/irq\/\d+\/smp_affinity_list$/), 'list', coreList),
  'default interrupt affinity': file(
    'default interrupt affinity',
    z.literal('proc/irq/default_smp_affinity'),
    'mask',
    coreMask,
  ),
  workqueues: file(
    'workqueues',
    z.literal('sys/devices/virtual/workqueue/cpumask'),
    'mask',
    coreMask,
  ),
  watchdog: file('watchdog', z.literal(WATCHDOG_CORES), 'list', coreList),
  cpuset: file('cpuset', groupPath(/^sys\/fs\/cgroup\/[^/]+\/cpuset\.cpus$/), 'list', coreList),
  'huge pages': file(
    'huge pages',
    z.literal('sys/kernel/mm/transparent_hugepage/enabled'),
    'choice',
    word,
  ),
};

const step: z.ZodType<Step> = z.union([
  ...Object.values(FILES),
  z.object({
    kind: z.literal('task'),
    tid: z.int().positive(),
    startTime: z.number(),
    comm: z.string(),
    before: cores,
    after: cores,
    inCpuset: z.literal(true).optional(),
  }) as z.ZodType<Step & { kind: 'task' }>,
  z.object({
    kind: z.literal('controller'),
    path: z.literal('sys/fs/cgroup/cgroup.subtree_control'),
  }),
  z.object({ kind: z.literal('cgroup'), path: text(/^sys\/fs\/cgroup\/isochron\.\d+$/) }),
  z.object({
    kind: z.literal('member'),
    pid: z.int().positive(),
    from: groupPath(/^sys\/fs\/cgroup\/(.+\/)?cgroup\.procs$/),
    to: text(/^sys\/fs\/cgroup\/isochron\.\d+\/cgroup\.procs$/),
  }),
]);

/** Whether an isolation may make this step, and take it back from a journal. */
export const isStep = (candidate: Step): boolean => step.safeParse(candidate).success;

const journalContent = z.object({
  format: z.literal('isochron-isolation'),
  version: z.literal(1),
  /** The kernel's boot id: after a reboot nothing of this is left. Null where hidden. */
  bootId: z.string().nullable(),
  /** Who undoes it; null: kept until somebody asks (`isochron isolate --undo`). */
  owner: z.object({ pid: z.int().positive(), startTime: z.number().nullable() }).nullable(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  /** In the order in which they are made. */
  steps: z.array(step),
});

export type JournalContent = z.infer<typeof journalContent>;

/**
 * Reads a journal that this user or root has written.
 *
 * @returns null when there is none
 * @throws IsochronError E_JOURNAL for one that somebody else can have written, of another version, or none at all
 */
export function readJournalFile(path: string): JournalContent | null {
  const content = ownText(path);
  if (content === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    value = null;
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format === 'isochron-isolation' && version !== 1)
    throw new IsochronError(
      'E_JOURNAL',
      `The journal ${path} is of version ${String(version)}, and this isochron reads 1.`,
      'Undo it with the isochron that wrote it: isochron isolate --undo.',
    );
  const parsed = journalContent.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`;
  throw refusal(path, `is no journal of an isolation${place}`);
}

const refusal = (path: string, why: string) =>
  new IsochronError(
    'E_JOURNAL',
    `${path} ${why}, so nothing that it says is done.`,
    'Look at what it holds, then remove it.',
  );

function ownText(path: string): string | null {
  let file: number;
  try {
    // neither through a link nor waiting at a FIFO
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw refusal(path, code === 'ELOOP' ? 'is a link' : `can't be read (${code})`);
  }
  try {
    const why = strangers(file, path);
    if (why !== null) throw refusal(path, why);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** Who else can have written the file, after its path; null where nobody can. Not even who called sudo speaks for root here. */
function strangers(file: number, path: string): string | null {
  const stats = fstatSync(file);
  const { uid, mode } = stats;
  const own = process.geteuid?.();
  if (!stats.isFile()) return 'is not a file';
  if (uid !== own && uid !== 0) return `belongs to the user ${uid}`;
  if ((mode & 0o022) !== 0) return 'can be written by others';
  return folderOfStrangers(dirname(path));
}

/** Why root would not believe later what it writes into this folder; null for others than root. */
export function folderOfStrangers(folder: string): string | null {
  const found = mistrust(folder, {
    euid: process.geteuid?.(),
    sudoUid: undefined,
    sudoGid: undefined,
  });
  return found === null ? null : `stands in ${folder}, which ${found.reason}`;
}
