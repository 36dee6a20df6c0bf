/** What the kernel leaves real-time threads of a core, on made-up machines. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { rtLimit } from '../../src/machine/rt-limit.js';
import { scratch } from '../cli/helpers.js';

let root: string;
beforeEach(() => {
  root = scratch();
});
const put = (path: string, content: string | Buffer) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
const kernel = (release: string, runtimeUs: number) => {
  put('proc/sys/kernel/osrelease', `${release}\n`);
  put('proc/sys/kernel/sched_rt_runtime_us', `${runtimeUs}\n`);
  put('proc/sys/kernel/sched_rt_period_us', '1000000\n');
};
const group = (folder: string, runtimeUs: number, periodUs = 1_000_000) => {
  put('proc/self/mountinfo', '41 30 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n');
  put('proc/self/cgroup', '2:cpu:/pod/job\n0::/\n');
  put(`sys/fs/cgroup/cpu${folder}/cpu.rt_runtime_us`, `${runtimeUs}\n`);
  put(`sys/fs/cgroup/cpu${folder}/cpu.rt_period_us`, `${periodUs}\n`);
};
const NONE = { runtimeUs: -1, periodUs: null, cgroup: null };
const KERNELS = { runtimeUs: 950_000, periodUs: 1_000_000, cgroup: null };

describe('before Linux 6.12', () => {
  test('is what sched_rt_runtime_us says; not known where that is hidden', () => {
    expect(rtLimit(root)).toBeNull();
    kernel('6.6.1', 950_000);
    expect(rtLimit(root)).toEqual(KERNELS);
    kernel('6.6.1', -1);
    expect(rtLimit(root)).toEqual(NONE);
  });

  test('is that of a cgroup where it is tighter, also of one further up, and none where the kernel stops nothing', () => {
    kernel('5.10.0', 950_000);
    group('/pod/job', 400_000, 500_000);
    expect(rtLimit(root)).toEqual({
      runtimeUs: 400_000,
      periodUs: 500_000,
      cgroup: '/sys/fs/cgroup/cpu/pod/job',
    });
    group('/pod', 300_000);
    expect(rtLimit(root)?.cgroup).toBe('/sys/fs/cgroup/cpu/pod');
    group('/pod', 990_000);
    group('/pod/job', 990_000);
    expect(rtLimit(root)).toEqual(KERNELS);
    kernel('5.10.0', -1);
    group('/pod', 300_000);
    expect(rtLimit(root)).toEqual(NONE);
  });
});

describe('since Linux 6.12', () => {
  test('holds only with RT_GROUP_SCHED, of which the kernel’s configuration tells', () => {
    kernel('6.12.5-arm64', 950_000);
    expect(rtLimit(root)).toBeNull();
    put('proc/config.gz', gzipSync('CONFIG_CGROUPS=y\n# CONFIG_RT_GROUP_SCHED is not set\n'));
    expect(rtLimit(root)).toEqual(NONE);
    put('proc/config.gz', gzipSync('CONFIG_CGROUPS=y\nCONFIG_RT_GROUP_SCHED=y\n'));
    expect(rtLimit(root)).toEqual(KERNELS);
    put('boot/config-6.12.5-arm64', 'CONFIG_CGROUPS=y\n');
    expect(rtLimit(root)).toEqual(NONE);
  });

  test('is switched on and off by the kernel’s command line', () => {
    kernel('6.15.0', 950_000);
    const built = (more: string) => put('boot/config-6.15.0', `CONFIG_RT_GROUP_SCHED=y\n${more}`);
    built('CONFIG_RT_GROUP_SCHED_DEFAULT_DISABLED=y\n');
    expect(rtLimit(root)).toEqual(NONE);
    put('proc/cmdline', 'quiet rt_group_sched=1\n');
    expect(rtLimit(root)).toEqual(KERNELS);
    built('');
    put('proc/cmdline', 'rt_group_sched=0 quiet\n');
    expect(rtLimit(root)).toEqual(NONE);
  });

  test('holds where cgroups have such limits', () => {
    kernel('6.18.0', 950_000);
    group('', 950_000);
    expect(rtLimit(root)).toEqual(KERNELS);
    group('/pod/job', 200_000);
    expect(rtLimit(root)).toEqual({
      runtimeUs: 200_000,
      periodUs: 1_000_000,
      cgroup: '/sys/fs/cgroup/cpu/pod/job',
    });
  });
});
