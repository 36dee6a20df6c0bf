/** Isolation where it may change everything: cpusets, interrupts and kernel threads of the emulated board, as root. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/machine/doctor/run-doctor.js';
import { type BoardFiles, bootOnce, titled, whyNoBoard } from './board.js';

const noBoard = await whyNoBoard();

/** What can be seen of an isolation, one `name value` a line; $A, $B and $C are tasks. */
const SHOW = `
mask() { sed -n 's/^Cpus_allowed_list:.//p' /proc/$1/status; }
echo "init $(mask 1)"; echo "grouped $(mask $A)"; echo "pinned $(mask $B)"; echo "ungrouped $(mask $C)"; echo "self $(mask $$)"
echo "interrupts $(cat /proc/irq/*/smp_affinity_list | sort -u | tr '\\n' ' ')"
echo "default $(cat /proc/irq/default_smp_affinity)"; echo "workqueues $(cat /sys/devices/virtual/workqueue/cpumask)"
echo "watchdog $(cat /proc/sys/kernel/watchdog_cpumask)"
echo "controllers $(cat /sys/fs/cgroup/cgroup.subtree_control)"; echo "groups $(cd /sys/fs/cgroup; echo */)"
echo "group $(cut -d: -f3 /proc/self/cgroup)"; echo "journal $(ls /run/isochron 2>/dev/null | grep json)"
`;
const PREPARE = `
mkdir -p /sys/fs/cgroup/system.slice /sys/fs/cgroup/user.slice
sleep 1000000 > /dev/null 2>&1 & A=$!
sleep 1000000 > /dev/null 2>&1 & B=$!
sleep 1000000 > /dev/null 2>&1 & C=$!
echo $A > /sys/fs/cgroup/system.slice/cgroup.procs
echo $B > /sys/fs/cgroup/system.slice/cgroup.procs
taskset -p c $B > /dev/null
echo "export A=$A B=$B C=$C" > ids
`;
/** In a group of its own, as a login shell is. */
const shell = (line: string) =>
  `. ./ids; echo $(sh -c 'echo $PPID') > /sys/fs/cgroup/user.slice/cgroup.procs; ${line}`;

const seen = (board: BoardFiles, name: string) =>
  Object.fromEntries(
    board
      .command(name)
      .stdout.trim()
      .split('\n')
      .map((line) => [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1).trim()]),
  ) as Record<string, string>;

describe.skipIf(noBoard)(titled('isolation on four Cortex-A53', noBoard), () => {
  let board: BoardFiles;
  beforeAll(async () => {
    board = await bootOnce({ profile: 'real', cpus: 4, files: { 'show.sh': { text: SHOW } } }, [], {
      prepare: PREPARE,
      before: shell('sh show.sh'),
      inside: shell('isochron isolate -c 2 -- sh show.sh'),
      after: shell('sh show.sh'),
      kill: shell("isochron isolate -c 2 -- sh -c 'kill -9 $PPID; sleep 1'"),
      killed: shell('sh show.sh'),
      next: shell('isochron run noop -p 0.01 -t 5 -c 2 --events none --quiet; echo $?'),
      undone: shell('sh show.sh'),
      run: shell('isochron run noop -p 0.01 -t 40 -c 2 -f 90 --events none --isolate --json'),
      later: shell('sh show.sh'),
      fix: shell('isochron doctor -c 2 --fix --json'),
      unfix: shell('isochron isolate --undo'),
      last: shell('sh show.sh'),
    });
  });

  test('a cpuset, the interrupts and the workqueues leave the core to the command', () => {
    expect(seen(board, 'inside')).toMatchObject({
      init: '0-1,3',
      grouped: '0-1,3',
      pinned: '3',
      ungrouped: '0-1,3',
      self: '2',
      default: 'b',
      workqueues: 'b',
      watchdog: '0-1,3',
      controllers: 'cpuset',
      group: expect.stringMatching(/^\/isochron\.\d+$/),
      journal: 'isolation.json',
    });
    expect(seen(board, 'inside').interrupts?.split(' ')).toContain('0-1,3');
    expect(board.command('inside').stderr).toMatch(/core 2 isolated by cgroup/);
  });

  test('everything is back after it, masks that were narrow before included', () => {
    expect(seen(board, 'before')).toMatchObject({
      grouped: '0-3',
      pinned: '2-3',
      controllers: '',
    });
    expect(seen(board, 'after')).toEqual(seen(board, 'before'));
  });

  test('after a SIGKILL the next run puts everything back', () => {
    expect(board.command('kill').status).toBe(137);
    expect(seen(board, 'killed')).toMatchObject({ grouped: '0-1,3', journal: 'isolation.json' });
    expect(board.command('next').stdout.trim()).toBe('0');
    expect(seen(board, 'undone')).toEqual(seen(board, 'before'));
  });

  test('a run reports what it isolated, and that it was granted its core', () => {
    const { isolation, granted } = JSON.parse(board.command('run').stdout);
    expect(isolation).toMatchObject({
      cores: [2],
      housekeeping: [0, 1, 3],
      method: 'cgroup',
      skipped: [],
    });
    expect(isolation.tasks.moved).toBeGreaterThan(0);
    expect(isolation.interrupts.moved).toBeGreaterThan(0);
    expect(granted).toMatchObject({ cores: [2], policy: 'fifo', denied: [] });
    expect(seen(board, 'later')).toEqual(seen(board, 'before'));
  });

  test('doctor --fix mends what can be, and isolate --undo takes it back', () => {
    const { checks } = JSON.parse(board.command('fix').stdout) as DoctorReport;
    const status = (id: string) => checks.find((check) => check.id === id)?.status;
    expect(['interrupts', 'tasks', 'huge_pages', 'cpu'].map(status)).toEqual([
      'ok',
      'ok',
      'ok',
      'warn',
    ]);
    expect(checks.find((check) => check.id === 'cpu')?.found).toMatch(/Cortex-A53 r0p4/);
    expect(board.command('unfix').stderr).toMatch(/put back/);
    expect(seen(board, 'last')).toEqual(seen(board, 'before'));
  });
});
