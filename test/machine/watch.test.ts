/** What is seen of a made-up machine while a run goes on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { Watch } from '../../src/machine/watch.js';
import { scratch } from '../cli/helpers.js';

let root: string;
let ms: number;
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const frequency = (core: number) => `sys/devices/system/cpu/cpu${core}/cpufreq/scaling_cur_freq`;
/** Ticks by core: user, idle, steal. */
const stat = (...cores: [user: number, idle: number, steal: number][]) =>
  put(
    'proc/stat',
    `cpu  1 2 3\n${cores.map(([user, idle, steal], i) => `cpu${i} ${user} 0 0 ${idle} 0 0 0 ${steal} 0 0`).join('\n')}\nintr 1\n`,
  );
const watch = (arch = 'arm64', cores = [1]) =>
  new Watch(cores, { root, arch, now: () => ms, ownCpuMs: () => 100 + ms / 10 });
beforeEach(() => {
  root = scratch();
  ms = 0;
});

test('steal, neighbours, pressure, throttling and the quota are what was counted in between', () => {
  put('proc/self/mountinfo', '1 2 0:3 / /sys/fs/cgroup rw - cgroup2 none rw\n');
  put('proc/self/cgroup', '0::/job\n');
  const quota = (periods: number, us: number) =>
    put('sys/fs/cgroup/job/cpu.stat', `nr_throttled ${periods}\nthrottled_usec ${us}\n`);
  quota(2, 1000);
  stat([0, 0, 5], [0, 0, 7]);
  put('proc/pressure/memory', 'some avg10=0.00 total=1000\nfull avg10=0.00 total=5\n');
  put('sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count', '4');
  const seen = watch();
  seen.begin();
  ms = 2000;
  quota(5, 41_000);
  stat([150, 50, 5], [100, 90, 10]);
  put('proc/pressure/memory', 'some avg10=9.00 total=201000\nfull avg10=0.00 total=9\n');
  put('sys/devices/system/cpu/cpu1/thermal_throttle/core_throttle_count', '6');
  expect(seen.end()).toEqual({
    seconds: 2,
    samples: 0,
    cores: [{ core: 1, lowestKhz: null, highestKhz: null, throttled: 2, stolenMs: 30 }],
    neighbours: [{ core: 0, busy: 0.75 }],
    ownBusy: 0.1,
    highestCelsius: null,
    pressure: { cpu: null, memory: 0.1, io: null },
    quota: { periods: 3, ms: 40 },
  });
});

test('frequency and temperature are the extremes of all looks', () => {
  stat([0, 0, 0], [0, 0, 0]);
  const seen = watch();
  seen.begin();
  for (const [kHz, milli] of [
    [1_500_000, 50_000],
    [600_000, 80_500],
    [1_400_000, 60_000],
  ]) {
    put(frequency(1), `${kHz}\n`);
    put(frequency(0), '1\n');
    put('sys/class/thermal/thermal_zone0/temp', `${milli}\n`);
    seen.sample();
  }
  expect(seen.end()).toMatchObject({
    samples: 3,
    cores: [{ core: 1, lowestKhz: 600_000, highestKhz: 1_500_000 }],
    highestCelsius: 80.5,
  });
});

test('on x86 a look at the temperature, which asks a core or the firmware, is not taken', () => {
  put('sys/class/thermal/thermal_zone0/temp', '50000');
  const seen = watch('x64');
  seen.begin();
  seen.sample();
  expect(seen.end()?.highestCelsius).toBeNull();
});

test.each([
  ['x64', '5.17.0', null],
  ['x64', '5.18.0', 1_500_000],
  ['x64', '6.1.0', 1_500_000],
  ['arm64', '4.19.0', 1_500_000],
])('on %s with Linux %s a look at the frequency interrupts no core', (arch, release, kHz) => {
  put('proc/sys/kernel/osrelease', release);
  put(frequency(1), '1500000');
  const seen = watch(arch);
  seen.begin();
  seen.sample();
  expect(seen.end()?.cores[0]?.lowestKhz).toBe(kHz);
});

test('where everything is hidden all is null, and a run that never began was not watched', () => {
  expect(watch().end()).toBeNull();
  const seen = watch();
  seen.begin();
  seen.sample();
  expect(seen.end()).toEqual({
    seconds: 0,
    samples: 1,
    cores: [{ core: 1, lowestKhz: null, highestKhz: null, throttled: null, stolenMs: null }],
    neighbours: [],
    ownBusy: null,
    highestCelsius: null,
    pressure: { cpu: null, memory: null, io: null },
    quota: null,
  });
});
