/** What every run looks at before its first release: the doctor's cheap checks. */
import type { PreflightRemark } from '../formats/machine-facts.js';
import { SYSTEM_ROOT } from '../kernel/system-files.js';
import type { Check, CheckId } from './doctor/check.js';
import { examine } from './doctor/examine.js';
import { probeFacts } from './doctor/facts.js';
import { listProcessStats } from './tasks.js';

/** What the verdict does not know by itself (it looks at rights, governor, counters and faults as they were granted and seen). */
const FOR_ANY_CORE: Partial<Record<CheckId, string>> = {
  huge_pages: 'huge pages',
  swap: 'swap',
  temperature: 'heat',
  throttled: 'earlier throttling',
  clock: 'a slow clock source',
  memory: 'little free memory',
};
const FOR_PINNED_JOBS: typeof FOR_ANY_CORE = {
  ...FOR_ANY_CORE,
  isolated: 'a core that is not isolated',
  interrupts: 'interrupts on its core',
  smt: 'a neighbour on its physical core',
};

/**
 * A few milliseconds, no child process, nothing is changed. What the machine hides is no remark.
 *
 * @param cores the job's; empty: not pinned
 * @param model its file, for the memory that it needs; null for none
 */
export function preflight(
  cores: readonly number[],
  model: { name: string; bytes: number } | null,
  root = SYSTEM_ROOT,
): PreflightRemark[] {
  const facts = probeFacts(cores, { root, model, tasks: false });
  const phrases = cores.length > 0 ? FOR_PINNED_JOBS : FOR_ANY_CORE;
  const checks = examine(facts, Object.keys(phrases) as CheckId[]);
  return [...checks.flatMap((check) => toRemark(check, phrases)), ...busy(cores, root)];
}

/** Whether the hardware slows itself down at this moment: looked at again after a run. */
export function throttlingNow(root = SYSTEM_ROOT): PreflightRemark[] {
  return examine(probeFacts([], { root, tasks: false }), ['temperature', 'throttled'])
    .flatMap((check) => toRemark(check, FOR_ANY_CORE))
    .filter((remark) => remark.status === 'fail');
}

function toRemark(
  { id, title, status, found, why, fix }: Check,
  phrases: typeof FOR_ANY_CORE,
): PreflightRemark[] {
  if (status !== 'warn' && status !== 'fail') return [];
  const hint = fix === null ? why : `${why} Fix: ${fix}`;
  const slowed = status === 'fail' && (id === 'temperature' || id === 'throttled');
  return [
    {
      code: id,
      what: phrases[id] ?? title,
      status: slowed ? 'fail' : 'warn',
      message: `${title}: ${found}.`,
      hint,
    },
  ];
}

/** One look: a task that computes all the time is seen, one that wakes up now and then is not. */
function busy(cores: readonly number[], root: string): PreflightRemark[] {
  const running = (listProcessStats(root) ?? []).filter(
    (task) =>
      task.state === 'R' &&
      !task.kernel &&
      task.tid !== process.pid &&
      task.lastCore !== null &&
      cores.includes(task.lastCore),
  );
  if (running.length === 0) return [];
  const names = [...new Set(running.map((task) => task.comm))].join(', ');
  return [
    {
      code: 'busy',
      what: 'another task on its core',
      status: 'warn',
      message: `Running on the job's core just before the run: ${names}.`,
      hint: 'End it, or run with --isolate.',
    },
  ];
}
