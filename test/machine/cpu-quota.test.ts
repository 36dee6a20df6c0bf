/** What the CPU quota of a process's cgroup has done, in made-up hierarchies. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { quotaCounts, quotaSince } from '../../src/machine/cpu-quota.js';
import { scratch } from '../cli/helpers.js';

let root: string;
beforeEach(() => {
  root = scratch();
});
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const mounts = (...lines: string[]) => put('proc/self/mountinfo', `${lines.join('\n')}\n`);
const groups = (...lines: string[]) => put('proc/self/cgroup', `${lines.join('\n')}\n`);
const V2 = '30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
const v2 = (folder: string, periods: number, us: number) =>
  put(
    `sys/fs/cgroup${folder}/cpu.stat`,
    `usage_usec 9\nnr_periods 50\nnr_throttled ${periods}\nthrottled_usec ${us}\nnr_bursts 0\n`,
  );

describe('is counted', () => {
  test('by v2 in the own group and those above it; the root of the machine tells none', () => {
    mounts('22 1 0:5 / /proc rw - proc proc rw', V2);
    groups('0::/pod/inner');
    put('sys/fs/cgroup/cpu.stat', 'usage_usec 9\n');
    v2('/pod', 7, 2500);
    v2('/pod/inner', 3, 1000);
    v2('/other', 9, 9000);
    expect([...quotaCounts(root)]).toEqual([
      ['/sys/fs/cgroup/pod/inner', { periods: 3, ms: 1 }],
      ['/sys/fs/cgroup/pod', { periods: 7, ms: 2.5 }],
    ]);
  });

  test('by v1 in the hierarchy of its cpu controller, in nanoseconds', () => {
    mounts(
      '40 30 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset',
      '41 30 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
      '42 30 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
    );
    groups('3:cpuset:/elsewhere', '2:cpu,cpuacct:/job', '0::/');
    put('sys/fs/cgroup/unified/cpu.stat', 'usage_usec 9\n');
    put('sys/fs/cgroup/cpuset/elsewhere/cpu.stat', 'nr_throttled 5\nthrottled_time 5\n');
    for (const [folder, n] of [
      ['', 0],
      ['/job', 4],
    ] as const)
      put(
        `sys/fs/cgroup/cpu,cpuacct${folder}/cpu.stat`,
        `nr_periods 50\nnr_throttled ${n}\nthrottled_time ${n * 250_000}\n`,
      );
    expect([...quotaCounts(root)]).toEqual([
      ['/sys/fs/cgroup/cpu,cpuacct/job', { periods: 4, ms: 1 }],
      ['/sys/fs/cgroup/cpu,cpuacct', { periods: 0, ms: 0 }],
    ]);
  });

  test('in a container, which sees its group as the top, whatever its path is outside', () => {
    v2('', 2, 1000);
    const count = [['/sys/fs/cgroup', { periods: 2, ms: 1 }]];
    mounts(V2);
    groups('0::/');
    expect([...quotaCounts(root)]).toEqual(count);
    mounts(V2.replace(' / /sys', ' /docker/0a /sys'));
    groups('0::/docker/0a');
    expect([...quotaCounts(root)]).toEqual(count);
  });

  test('nowhere else: what is mounted is another group’s, or nothing can be read', () => {
    v2('', 2, 1000);
    groups('0::/docker/0a');
    expect(quotaCounts(root).size).toBe(0); // no mountinfo
    mounts(V2.replace(' / /sys', ' /docker/0b /sys'));
    expect(quotaCounts(root).size).toBe(0);
    mounts(V2);
    groups('0::/../outside');
    expect(quotaCounts(root).size).toBe(0);
  });
});

test('what has come since is that of the group that stood still longest, and null where none tells', () => {
  const at = (...counts: [string, number, number][]) =>
    new Map(counts.map(([folder, periods, ms]) => [folder, { periods, ms }]));
  const before = at(['/a', 1, 10], ['/a/b', 5, 100]);
  expect(quotaSince(before, at(['/a', 9, 50], ['/a/b', 6, 105]))).toEqual({ periods: 8, ms: 40 });
  expect(quotaSince(before, before)).toEqual({ periods: 0, ms: 0 });
  expect(quotaSince(before, at(['/moved', 9, 9]))).toBeNull();
  expect(quotaSince(at(), at())).toBeNull();
});
