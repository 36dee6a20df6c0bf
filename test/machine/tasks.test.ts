import { describe, expect, test } from 'vitest';
import { handledOn, listInterrupts } from '../../src/machine/interrupts.js';
import { probeRights } from '../../src/machine/rights.js';
import {
  listProcessStats,
  listTasks,
  parseTaskStat,
  readTaskOf,
  requireOrdinaryStart,
} from '../../src/machine/tasks.js';
import { decodeThrottled } from '../../src/machine/throttling.js';
import { task, tree } from './tree.js';

describe('tasks of /proc', () => {
  test('a name may hold blanks and parentheses', () => {
    const text = task(42, 'a) (b c', '0-3', { start: 777, lastCore: 2, parent: 7 })['proc/42/stat'];
    expect(parseTaskStat(text as string)).toEqual({
      tid: 42,
      comm: 'a) (b c',
      state: 'S',
      parent: 7,
      kernel: false,
      bound: false,
      startTime: 777,
      lastCore: 2,
      policy: null,
    });
    expect(parseTaskStat('')).toBeNull();
    expect(parseTaskStat('42 (x')).toBeNull();
  });

  test('a process that was started at real-time priority runs no jobs: Node’s threads could hold their cores for ever', () => {
    const started = (policy: number) => {
      const stat = ['S', ...Array.from({ length: 37 }, () => '0'), String(policy)];
      const root = tree({ 'proc/thread-self/stat': `42 (node) ${stat.join(' ')} 0\n` });
      return () => requireOrdinaryStart(root);
    };
    expect(started(1)).toThrow(/runs under SCHED_FIFO/);
    expect(started(6)).toThrow(expect.objectContaining({ code: 'E_POLICY_INHERITED' }));
    for (const policy of [0, 3, 5]) expect(started(policy)).not.toThrow();
    expect(() => requireOrdinaryStart(tree({}))).not.toThrow(); // a kernel that tells nothing
    expect(requireOrdinaryStart).not.toThrow();
  });

  test('threads are listed with their process, kernel threads are told apart', () => {
    const root = tree({
      ...task(10, 'server', '0-1', { uid: 5 }),
      ...task(11, 'worker', '1', { pid: 10 }),
      ...task(20, 'kswapd0', '0-3', { flags: 0x200000 }),
      ...task(21, 'migration/0', '0', { flags: 0x4200000 }),
    });
    const tasks = listTasks(root) ?? [];
    expect(tasks.map(({ tid, pid, cores, uid }) => ({ tid, pid, cores, uid }))).toEqual([
      { tid: 10, pid: 10, cores: [0, 1], uid: 5 },
      { tid: 11, pid: 10, cores: [1], uid: 0 },
      { tid: 20, pid: 20, cores: [0, 1, 2, 3], uid: 0 },
      { tid: 21, pid: 21, cores: [0], uid: 0 },
    ]);
    expect(tasks.map(({ kernel, bound }) => [kernel, bound])).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [true, true],
    ]);
    expect(readTaskOf(11, root)?.pid).toBe(10);
    expect(readTaskOf(99, root)).toBeNull();
    expect(listTasks(tree({}))).toBeNull();
    expect(listProcessStats(tree({}))).toBeNull();
  });

  test('this very process is among them', () => {
    const own = listTasks()?.find((entry) => entry.tid === process.pid);
    expect(own).toMatchObject({ pid: process.pid, parent: process.ppid, kernel: false });
    expect(own?.cores?.length).toBeGreaterThan(0);
  });
});

describe('interrupts', () => {
  const root = () =>
    tree({
      'proc/interrupts':
        '      CPU0  CPU1\n 11:  5  6  GICv2 27 Level  arch_timer\n 40:  1  0  GICv2 65 Level  mmc0\n 41:  0  0  PCI-MSIX-0000:00:01.0  1-edge  eth0-rx-0\nIPI0:  1  1  Rescheduling\n',
      ...Object.fromEntries(
        [11, 40, 41, 50].flatMap((irq) => [[`proc/irq/${irq}/smp_affinity_list`, '0-1\n']]),
      ),
      'proc/irq/40/effective_affinity_list': '1\n',
      'proc/irq/41/effective_affinity_list': '\n',
    });

  test('have the name of their handler; lines without one are left out', () => {
    expect(listInterrupts(root())?.map(({ irq, name }) => [irq, name])).toEqual([
      [11, 'arch_timer'],
      [40, 'mmc0'],
      [41, 'eth0-rx-0'],
    ]);
    expect(listInterrupts(tree({}))).toBeNull();
  });

  test('are handled where the kernel says, else anywhere they may be', () => {
    expect(listInterrupts(root())?.map(handledOn)).toEqual([[0, 1], [1], [0, 1]]);
  });

  test('of each core itself are told by the number that a GIC gives them', () => {
    expect(listInterrupts(root())?.map(({ perCore }) => perCore)).toEqual([true, false, false]);
  });
});

describe('rights', () => {
  test('capabilities and limits', () => {
    const root = tree({
      'proc/self/status': 'Uid:\t1000\t0\t0\t0\nCapEff:\t0000004000804000\n',
      'proc/self/limits':
        'Max locked memory         8388608              unlimited            bytes\nMax realtime priority     unlimited            99\n',
    });
    expect(probeRights(root)).toEqual({
      uid: 0,
      capabilities: ['CAP_IPC_LOCK', 'CAP_SYS_NICE', 'CAP_PERFMON'],
      rtPriority: Number.POSITIVE_INFINITY,
      memlockBytes: 8388608,
    });
  });

  test('what is hidden is null, not none', () => {
    expect(probeRights(tree({}))).toEqual({
      uid: null,
      capabilities: null,
      rtPriority: null,
      memlockBytes: null,
    });
  });
});

test('a Raspberry Pi’s flags, now and since boot', () => {
  expect(decodeThrottled(0)).toEqual({ now: [], sinceBoot: [] });
  expect(decodeThrottled(0x80002)).toEqual({
    now: ['frequency capped'],
    sinceBoot: ['soft temperature limit'],
  });
});
