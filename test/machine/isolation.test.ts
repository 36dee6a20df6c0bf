/** Isolation on made-up machines: what is planned, made, refused, and taken back. Affinities of made-up tasks are moved in their files. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatCoreList } from '../../src/machine/cores.js';
import {
  hugePagesStep,
  type Isolation,
  isolate,
  keepIsolated,
} from '../../src/machine/isolation/isolate.js';
import { Journal, journalPaths } from '../../src/machine/isolation/journal.js';
import type { MoveTask, SystemAccess } from '../../src/machine/isolation/steps.js';
import { undoLeftovers } from '../../src/machine/isolation/undo.js';
import { preparedBoard, task, tree } from './tree.js';

const EPERM = 1;
const EINVAL = 22;
const governor = 'sys/devices/system/cpu/cpu3/cpufreq/scaling_governor';
const interrupt = 'proc/irq/62/smp_affinity_list';
const defaultMask = 'proc/irq/default_smp_affinity';
const workqueues = 'sys/devices/virtual/workqueue/cpumask';
const KERNEL = 0x200000;
const BOUND = 0x4000000;

/** CAP_SYS_NICE, or nothing. */
const self = (nice: boolean) =>
  `Uid:\t1000\t1000\t1000\t1000\nCapEff:\t${nice ? '0000000000800000' : '0'}\nCpus_allowed_list:\t0-3\n`;

/** Core 3 is still everybody's. */
const ordinary: Record<string, string> = {
  ...preparedBoard,
  'proc/self/status': self(true),
  [governor]: 'ondemand\n',
  [interrupt]: '0-3\n',
  'proc/irq/62/effective_affinity_list': '3\n',
  [defaultMask]: 'f\n',
  [workqueues]: 'f\n',
  ...task(1, 'systemd', '0-3', { parent: 0 }),
  ...task(10, 'kswapd0', '0-3', { flags: KERNEL, parent: 2 }),
  ...task(20, 'migration/3', '3', { flags: KERNEL | BOUND, parent: 2 }),
  ...task(400, 'sshd', '0-3', { start: 400 }),
  ...task(401, 'sshd', '0-3', { pid: 400, start: 401 }),
  ...task(500, 'pinned there', '3', { uid: 1000, start: 500 }),
  ...task(600, 'elsewhere', '1', { start: 600 }),
};

let cache: string | undefined;
let inForce: Isolation | undefined;
beforeEach(() => {
  cache = process.env.ISOCHRON_CACHE;
});
afterEach(() => {
  inForce?.undo();
  inForce = undefined;
  if (cache === undefined) delete process.env.ISOCHRON_CACHE;
  else process.env.ISOCHRON_CACHE = cache;
});

/** A machine, with a way to move its tasks; `refuse` gives the errno for some. */
function machine(change: Record<string, string> = {}, refuse: Record<number, number> = {}) {
  const root = tree({ ...ordinary, ...change });
  process.env.ISOCHRON_CACHE = join(root, 'cache');
  const moves: [tid: number, cores: number[]][] = [];
  const read = (path: string) => readFileSync(join(root, path), 'utf8').trim();
  const statuses = (tid: number) =>
    readdirSync(join(root, 'proc'))
      .filter((pid) => /^\d+$/.test(pid))
      .flatMap((pid) => [join(root, 'proc', pid, 'task', String(tid), 'status')])
      .concat(join(root, 'proc', String(tid), 'status'))
      .filter(existsSync);
  const move: MoveTask = (tid, cores) => {
    moves.push([tid, cores]);
    if (refuse[tid] !== undefined) return refuse[tid];
    const files = statuses(tid);
    if (files.length === 0) return 3;
    for (const file of files)
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(
          /^(Cpus_allowed_list:\t).*$/m,
          `$1${formatCoreList(cores)}`,
        ),
      );
    return 0;
  };
  const mask = (tid: number) => /^Cpus_allowed_list:\t(.*)$/m.exec(read(`proc/${tid}/status`))?.[1];
  const journals = () => journalPaths(root).filter(existsSync);
  return { root, move, moves, read, mask, journals, access: { root, move } };
}

/** Takes back what was left; a journal that is refused fails the test. */
const leftovers = (access: SystemAccess, kept = false) =>
  undoLeftovers(access, kept, (error) => {
    throw error;
  });

const start = (of: ReturnType<typeof machine>, bestEffort = false) => {
  inForce = isolate({ ...of.access, cores: [3], bestEffort });
  return inForce;
};

describe('isolating a core', () => {
  test('moves what can be moved, and undoing leaves everything as it was', () => {
    const board = machine({}, { 10: EINVAL });
    const { report } = start(board);
    expect(board.read(governor)).toBe('performance');
    expect(board.read(interrupt)).toBe('0-2');
    expect(board.read(defaultMask)).toBe('7');
    expect(board.read(workqueues)).toBe('7');
    expect([1, 400, 401].map(board.mask)).toEqual(['0-2', '0-2', '0-2']);
    // it had no other core: anywhere else
    expect(board.mask(500)).toBe('0-2');
    expect([10, 20, 600].map(board.mask)).toEqual(['0-3', '3', '1']);
    expect(report).toMatchObject({
      cores: [3],
      housekeeping: [0, 1, 2],
      method: 'affinity',
      governors: [{ core: 3, before: 'ondemand' }],
      tasks: { moved: 4, refused: 1, bound: 1 },
      interrupts: { moved: 1, refused: 0 },
      files: [`/${defaultMask}`, `/${workqueues}`],
      skipped: [],
    });
    expect(board.journals()).toEqual([report.journal]);

    expect(inForce?.undo()).toMatchObject({ restored: 8, changed: [], failed: [] });
    for (const path of [governor, interrupt, defaultMask, workqueues])
      expect(board.read(path)).toBe((ordinary[path] as string).trim());
    expect([1, 10, 20, 400, 401, 500, 600].map(board.mask)).toEqual([
      '0-3',
      '0-3',
      '3',
      '0-3',
      '0-3',
      '3',
      '1',
    ]);
    expect(board.journals()).toEqual([]);
    expect(inForce?.undo()).toMatchObject({ restored: 8 });
  });

  test('keeps the kernel’s watchdog on other cores', () => {
    const mask = 'proc/sys/kernel/watchdog_cpumask';
    const at = (cores: string) =>
      machine({ 'proc/sys/kernel/watchdog_thresh': '10\n', [mask]: `${cores}\n` });
    const board = at('0-3');
    expect(start(board).report.files).toContain(`/${mask}`);
    expect(board.read(mask)).toBe('0-2');
    inForce?.undo();
    expect(board.read(mask)).toBe('0-3');
    const alone = at('3');
    start(alone);
    expect(alone.read(mask)).toBe('0-2');
    inForce?.undo();
    const elsewhere = at('0');
    expect(start(elsewhere).report.files).not.toContain(`/${mask}`);
  });

  test('leaves alone what belongs to each core: the timer’s interrupt', () => {
    const board = machine({ 'proc/irq/1/smp_affinity_list': '0-3\n' });
    start(board);
    expect(board.read('proc/irq/1/smp_affinity_list')).toBe('0-3');
  });

  test('writes the journal before the first change', () => {
    const board = machine();
    const seen: string[][] = [];
    const move: MoveTask = (tid, cores) => {
      const steps = Journal.read(board.journals()[0] as string)?.content.steps ?? [];
      expect(steps.some((step) => step.kind === 'task' && step.tid === tid)).toBe(true);
      seen.push(steps.map((step) => step.kind));
      return board.move(tid, cores);
    };
    inForce = isolate({ root: board.root, move, cores: [3], bestEffort: false });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen[0]?.filter((kind) => kind === 'file')).toHaveLength(4);
  });

  test('leaves what somebody else has changed meanwhile, and says so', () => {
    const board = machine();
    start(board);
    writeFileSync(join(board.root, governor), 'schedutil\n');
    board.move(400, [1]);
    expect(inForce?.undo().changed).toEqual(['affinity of task 400 (sshd)', `/${governor}`]);
    expect(board.read(governor)).toBe('schedutil');
    expect(board.mask(400)).toBe('1');
  });

  test('does not touch a new task that has the id of one that ended', () => {
    const board = machine();
    start(board);
    for (const [path, text] of Object.entries(task(400, 'new', '0-2', { start: 9999, parent: 0 })))
      writeFileSync(join(board.root, path), text);
    board.moves.length = 0;
    inForce?.undo();
    expect(board.moves.map(([tid]) => tid)).not.toContain(400);
  });

  test('frees the tasks that moved ones have started meanwhile', () => {
    const board = machine();
    start(board);
    const born = task(700, 'born', '0-2', { parent: 400, start: 7000 });
    for (const [path, text] of Object.entries({
      ...born,
      ...task(701, 'chose', '1', { parent: 400, start: 7001 }),
    })) {
      mkdirSync(dirname(join(board.root, path)), { recursive: true });
      writeFileSync(join(board.root, path), text);
    }
    inForce?.undo();
    expect([700, 701].map(board.mask)).toEqual(['0-3', '1']);
  });

  test('is possible once at a time', () => {
    const board = machine();
    start(board);
    expect(() => isolate({ ...board.access, cores: [2], bestEffort: false })).toThrow(
      expect.objectContaining({ code: 'E_ISOLATED' }),
    );
    expect(leftovers(board.access)).toEqual([]);
    expect(board.mask(400)).toBe('0-2');
  });

  test('needs a core for everything else', () => {
    const board = machine();
    expect(() => isolate({ ...board.access, cores: [0, 1, 2, 3], bestEffort: true })).toThrow(
      /leave no core/,
    );
    expect(board.journals()).toEqual([]);
  });
});

describe('without the rights', () => {
  test('nothing is changed, and the sentence says what is missing', () => {
    const board = machine({ 'proc/self/status': self(false) });
    const message = (() => {
      try {
        start(board);
      } catch (error) {
        return (error as Error).message;
      }
      return 'no error';
    })();
    expect(message).toMatch(
      /move 4 tasks of other users and the kernel \(that takes CAP_SYS_NICE\)/,
    );
    expect(message).toMatch(/nothing was changed/);
    expect(board.moves).toEqual([]);
    expect(board.read(governor)).toBe('ondemand');
    expect(board.journals()).toEqual([]);
  });

  test('--best-effort does the rest', () => {
    const board = machine({ 'proc/self/status': self(false) });
    const { report } = start(board, true);
    expect(board.moves.map(([tid]) => tid)).toEqual([500]);
    expect(report.skipped).toHaveLength(1);
    expect(report.tasks).toMatchObject({ moved: 1, refused: 0 });
  });

  test('a governor that the kernel does not offer is missing, too', () => {
    const board = machine({
      'sys/devices/system/cpu/cpu3/cpufreq/scaling_available_governors': 'powersave\n',
    });
    expect(() => start(board)).toThrow(/governor of core 3 \(the kernel offers only powersave\)/);
  });

  test('a journal that can’t be written stops it before anything is changed', () => {
    const board = machine({ cache: 'a file in the way', run: 'a file in the way' });
    expect(() => start(board)).toThrow(expect.objectContaining({ code: 'E_JOURNAL' }));
    expect(board.moves).toEqual([]);
    expect(board.read(governor)).toBe('ondemand');
  });
});

describe('after a SIGKILL', () => {
  /** The journal of a process that is gone. */
  function abandon(
    board: ReturnType<typeof machine>,
    change: Record<string, unknown> = {},
  ): string {
    start(board);
    const path = inForce?.report.journal as string;
    const content = JSON.parse(readFileSync(path, 'utf8'));
    inForce = undefined;
    // above any pid_max
    writeFileSync(
      path,
      JSON.stringify({ ...content, owner: { pid: 2 ** 22 + 1, startTime: 1 }, ...change }),
    );
    return path;
  }

  test('the next start takes it back', () => {
    const watchdog = 'proc/sys/kernel/watchdog_cpumask';
    const board = machine({
      'proc/sys/kernel/watchdog_thresh': '10\n',
      [watchdog]: '0-3\n',
    });
    const path = abandon(board);
    expect(board.read(watchdog)).toBe('0-2');
    expect(leftovers(board.access)).toMatchObject([{ journal: path, restored: 10, failed: [] }]);
    expect(board.read(governor)).toBe('ondemand');
    expect(board.read(watchdog)).toBe('0-3');
    expect(board.mask(400)).toBe('0-3');
    expect(leftovers(board.access)).toEqual([]);
  });

  test('also when the machine was interrupted in the middle of the changes', () => {
    const board = machine();
    abandon(board);
    // these two were never reached
    writeFileSync(join(board.root, governor), 'ondemand\n');
    board.move(400, [0, 1, 2, 3]);
    expect(leftovers(board.access)).toMatchObject([{ restored: 7, changed: [], failed: [] }]);
  });

  test('after a reboot nothing is left to take back', () => {
    const board = machine();
    abandon(board, { bootId: 'an earlier boot' });
    board.moves.length = 0;
    expect(leftovers(board.access)).toMatchObject([{ restored: 0 }]);
    expect(board.moves).toEqual([]);
    expect(board.journals()).toEqual([]);
  });

  test('what can’t be put back stays in the journal', () => {
    const refuse: Record<number, number> = {};
    const board = machine({}, refuse);
    abandon(board);
    refuse[400] = EPERM;
    expect(leftovers(board.access)).toMatchObject([{ failed: ['affinity of task 400 (sshd)'] }]);
    expect(Journal.read(board.journals()[0] as string)?.content.steps).toHaveLength(1);
    delete refuse[400];
    expect(leftovers(board.access)).toMatchObject([{ restored: 1, failed: [] }]);
    expect(board.journals()).toEqual([]);
  });
});

describe('what doctor --fix leaves', () => {
  test('stays until it is asked for, and includes huge pages', () => {
    const pages = 'sys/kernel/mm/transparent_hugepage/enabled';
    const board = machine({ [pages]: '[always] madvise never\n' });
    const step = hugePagesStep(board.root);
    expect(step).not.toBeNull();
    keepIsolated({ ...board.access, cores: [3], bestEffort: true }, step === null ? [] : [step]);
    expect(board.read(pages)).toBe('madvise');
    expect(board.mask(400)).toBe('0-2');
    expect(leftovers(board.access)).toEqual([]);
    expect(leftovers(board.access, true)).toMatchObject([{ failed: [], changed: [] }]);
    expect(board.read(pages)).toBe('always');
    expect(board.mask(400)).toBe('0-3');
  });
});

describe('cgroup v2', () => {
  const top = 'sys/fs/cgroup';
  const groups = {
    'proc/self/cgroup': '0::/user.slice\n',
    [`${top}/cgroup.controllers`]: 'cpuset cpu memory\n',
    [`${top}/cgroup.subtree_control`]: 'cpu memory\n',
    [`${top}/cgroup.procs`]: '1\n',
    [`${top}/user.slice/cgroup.procs`]: '400\n',
  };

  test('that refuses the steps leaves nothing behind, and tasks are moved by affinity', () => {
    // an ordinary folder takes a new group, but makes no cgroup.procs in it
    const board = machine(groups);
    const { report } = start(board);
    expect(report.method).toBe('affinity');
    expect(report.skipped.join()).toMatch(/cpuset could not be used \(ENOENT\)/);
    expect(
      readdirSync(join(board.root, top)).filter((name) => name.startsWith('isochron')),
    ).toEqual([]);
    expect(board.mask(400)).toBe('0-2');
  });

  test('of a container, whose top is not the machine’s, is not tried', () => {
    const board = machine({ ...groups, [`${top}/cgroup.type`]: 'domain\n' });
    expect(start(board).report).toMatchObject({ method: 'affinity', skipped: [] });
    expect(board.read(`${top}/cgroup.subtree_control`)).toBe('cpu memory');
  });
});
