import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it as test } from 'vitest';
import { onlineCores, parseCoreList } from '../../src/machine/cores.js';
import { coherencyLineSize, probeMachine, probeVolatile } from '../../src/machine/probe-machine.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files in it, to be probed in place of `/`. */
function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'isochron-machine-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const a53 = (core: number) =>
  `processor\t: ${core}\nBogoMIPS\t: 16.66\nFeatures\t: fp asimd crc32 cpuid\nCPU implementer\t: 0x41\n` +
  'CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd03\nCPU revision\t: 4\n\n';

const cpu = 'sys/devices/system/cpu';

/** A Coral Dev Board with an RT kernel, cores 1-3 isolated. */
const board: Record<string, string> = {
  'proc/cpuinfo': [0, 1, 2, 3].map(a53).join(''),
  'proc/version': 'Linux version 5.10.0-rt17 (gcc) #1 SMP PREEMPT_RT Tue Jan 2 00:00:00 UTC 2024\n',
  'proc/cmdline': 'console=ttymxc0 isolcpus=1-3 nohz_full=1-3\n',
  'proc/meminfo':
    'MemTotal:         989184 kB\nMemFree:  1 kB\nMemAvailable:     700000 kB\nSwapTotal:             0 kB\n',
  'proc/device-tree/model': 'Freescale i.MX8MQ Phanbell\0',
  'proc/device-tree/compatible': 'fsl,imx8mq-phanbell\0fsl,imx8mq\0',
  'proc/sys/kernel/osrelease': '5.10.0-rt17\n',
  'proc/sys/kernel/sched_rt_runtime_us': '-1\n',
  'proc/sys/kernel/sched_rt_period_us': '1000000\n',
  'proc/sys/kernel/perf_event_paranoid': '2\n',
  'proc/sys/kernel/perf_user_access': '1\n',
  'sys/kernel/realtime': '1\n',
  'sys/devices/system/clocksource/clocksource0/current_clocksource': 'arch_sys_counter\n',
  [`${cpu}/online`]: '0-3\n',
  [`${cpu}/possible`]: '0-3\n',
  [`${cpu}/isolated`]: '1-3\n',
  [`${cpu}/nohz_full`]: '1-3\n',
  [`${cpu}/cpu0/cache/index0/level`]: '1\n',
  [`${cpu}/cpu0/cache/index0/type`]: 'Data\n',
  [`${cpu}/cpu0/cache/index0/size`]: '32K\n',
  [`${cpu}/cpu0/cache/index0/coherency_line_size`]: '64\n',
  [`${cpu}/cpu0/cache/index0/ways_of_associativity`]: '4\n',
  [`${cpu}/cpu0/cache/index0/shared_cpu_list`]: '0\n',
  [`${cpu}/cpu0/cache/index2/level`]: '2\n',
  [`${cpu}/cpu0/cache/index2/type`]: 'Unified\n',
  [`${cpu}/cpu0/cache/index2/size`]: '1024K\n',
  [`${cpu}/cpu0/cache/index2/coherency_line_size`]: '64\n',
  [`${cpu}/cpu0/cache/index2/shared_cpu_list`]: '0-3\n',
  [`${cpu}/cpu1/cpufreq/scaling_governor`]: 'performance\n',
  [`${cpu}/cpu1/cpufreq/scaling_cur_freq`]: '1500000\n',
  [`${cpu}/cpu1/cpufreq/scaling_min_freq`]: '500000\n',
  [`${cpu}/cpu1/cpufreq/scaling_max_freq`]: '1500000\n',
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '48125\n',
  'sys/class/thermal/thermal_zone10/type': 'vpu-thermal\n',
  'sys/class/thermal/thermal_zone2/type': 'gpu-thermal\n',
  'sys/class/thermal/thermal_zone2/temp': '-1500\n',
};

describe('probing a Cortex-A53 board', () => {
  test('tells its cores, caches, kernel and settings', () => {
    expect(probeMachine({ root: tree(board), arch: 'arm64' })).toEqual({
      id: null,
      arch: 'arm64',
      board: 'Freescale i.MX8MQ Phanbell',
      cpus: [
        {
          implementer: '0x41',
          part: '0xd03',
          revision: 'r0p4',
          name: 'Cortex-A53',
          cores: [0, 1, 2, 3],
        },
      ],
      cores: {
        online: [0, 1, 2, 3],
        possible: [0, 1, 2, 3],
        isolated: [1, 2, 3],
        nohzFull: [1, 2, 3],
      },
      caches: [
        { level: 1, type: 'data', sizeBytes: 32768, lineBytes: 64, ways: 4, sharedBy: '0' },
        {
          level: 2,
          type: 'unified',
          sizeBytes: 1048576,
          lineBytes: 64,
          ways: null,
          sharedBy: '0-3',
        },
      ],
      lineBytes: 64,
      lineBytesFrom: 'sysfs',
      kernel: {
        release: '5.10.0-rt17',
        version: 'Linux version 5.10.0-rt17 (gcc) #1 SMP PREEMPT_RT Tue Jan 2 00:00:00 UTC 2024',
        cmdline: 'console=ttymxc0 isolcpus=1-3 nohz_full=1-3',
        preemptRt: true,
      },
      clocksource: 'arch_sys_counter',
      schedRtRuntimeUs: -1,
      schedRtPeriodUs: 1_000_000,
      rtLimit: { runtimeUs: -1, periodUs: null, cgroup: null },
      watchdog: null,
      perfEventParanoid: 2,
      perfUserAccess: 1,
      memory: { totalBytes: 989184 * 1024, swapBytes: 0 },
      hypervisor: null,
    });
  });

  test('tells governor, frequency and temperatures, null where one of them is not there', () => {
    expect(probeVolatile([0, 1], { root: tree(board) })).toEqual({
      cores: [
        { core: 0, governor: null, frequencyKhz: null, minKhz: null, maxKhz: null },
        {
          core: 1,
          governor: 'performance',
          frequencyKhz: 1_500_000,
          minKhz: 500_000,
          maxKhz: 1_500_000,
        },
      ],
      temperatures: [
        { zone: 'cpu-thermal', celsius: 48.125 },
        { zone: 'gpu-thermal', celsius: -1.5 },
        { zone: 'vpu-thermal', celsius: null },
      ],
      memoryAvailableBytes: 700000 * 1024,
    });
  });

  test('knows the line of an A53 whose device tree leaves the caches out', () => {
    const { caches, lineBytes, lineBytesFrom } = probeMachine({
      root: tree({ 'proc/cpuinfo': a53(0) }),
    });
    expect({ caches, lineBytes, lineBytesFrom }).toEqual({
      caches: [],
      lineBytes: 64,
      lineBytesFrom: 'core',
    });
  });

  test('does not guess the line of a core that it does not know', () => {
    const unknown = a53(0) + a53(1).replace('0xd03', '0xfff');
    expect(coherencyLineSize({ root: tree({ 'proc/cpuinfo': unknown }) })).toBeNull();
    const other = a53(0).replace('0x41', '0x51');
    expect(coherencyLineSize({ root: tree({ 'proc/cpuinfo': other }) })).toBeNull();
  });

  test('prefers the line that sysfs tells, whatever the core', () => {
    const root = tree({ ...board, [`${cpu}/cpu0/cache/index0/coherency_line_size`]: '128\n' });
    expect(coherencyLineSize({ root })).toBe(128);
  });

  test('keeps unlike cores apart', () => {
    const root = tree({ 'proc/cpuinfo': a53(0) + a53(1) + a53(2).replace('0xd03', '0xd08') });
    expect(probeMachine({ root }).cpus.map(({ name, cores }) => [name, cores])).toEqual([
      ['Cortex-A53', [0, 1]],
      ['Cortex-A72', [2]],
    ]);
  });

  test('recognises the emulated board and hypervisors that show themselves', () => {
    const hypervisor = (files: Record<string, string>) =>
      probeMachine({ root: tree(files) }).hypervisor;
    expect(hypervisor({ 'proc/device-tree/compatible': 'linux,dummy-virt\0' })).toBe('QEMU virt');
    expect(
      hypervisor({ 'proc/device-tree/hypervisor/compatible': 'xen,xen-4.17\0xen,xen\0' }),
    ).toBe('xen,xen-4.17');
    expect(hypervisor({ 'sys/hypervisor/type': 'xen\n' })).toBe('xen');
    expect(hypervisor({ 'proc/cpuinfo': 'processor : 0\nflags : fpu hypervisor sse\n' })).toBe(
      'CPUID hypervisor bit',
    );
    expect(hypervisor({ 'proc/cpuinfo': 'processor : 0\nflags : fpu sse\n' })).toBeNull();
  });
});

describe('probing an x86 machine', () => {
  test('names the model, and the board from the firmware', () => {
    const root = tree({
      'proc/cpuinfo':
        'processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Some CPU @ 3GHz\nstepping\t: 2\nflags\t: fpu\n',
      'proc/version': 'Linux version 6.1 #1 SMP PREEMPT_DYNAMIC x\n',
      'sys/class/dmi/id/sys_vendor': 'ACME\n',
      'sys/class/dmi/id/product_name': 'Box 1\n',
    });
    const machine = probeMachine({ root });
    expect(machine.cpus).toEqual([
      {
        implementer: 'GenuineIntel',
        part: null,
        revision: '2',
        name: 'Some CPU @ 3GHz',
        cores: [0],
      },
    ]);
    expect(machine.board).toBe('ACME Box 1');
    expect(machine.kernel.preemptRt).toBe(false);
    expect(machine.lineBytes).toBeNull();
  });
});

describe('probing where a container hides everything', () => {
  test('gives null and empty lists, never a guess or an error', () => {
    const root = tree({});
    expect(probeMachine({ root, arch: 'arm64' })).toEqual({
      id: null,
      arch: 'arm64',
      board: null,
      cpus: [],
      cores: { online: null, possible: null, isolated: null, nohzFull: null },
      caches: [],
      lineBytes: null,
      lineBytesFrom: null,
      kernel: { release: null, version: null, cmdline: null, preemptRt: null },
      clocksource: null,
      schedRtRuntimeUs: null,
      schedRtPeriodUs: null,
      rtLimit: null,
      watchdog: null,
      perfEventParanoid: null,
      perfUserAccess: null,
      memory: { totalBytes: null, swapBytes: null },
      hypervisor: null,
    });
    expect(probeVolatile([0], { root })).toEqual({
      cores: [{ core: 0, governor: null, frequencyKhz: null, minKhz: null, maxKhz: null }],
      temperatures: [],
      memoryAvailableBytes: null,
    });
    expect(onlineCores(root)).toBeNull();
  });

  test('takes unreadable content as absent', () => {
    const root = tree({
      'proc/sys/kernel/sched_rt_runtime_us': 'garbage\n',
      [`${cpu}/online`]: 'x-y\n',
      [`${cpu}/cpu0/cache/index0/level`]: '1\n',
      [`${cpu}/cpu0/cache/index0/size`]: '32 things\n',
    });
    const machine = probeMachine({ root });
    expect(machine.schedRtRuntimeUs).toBeNull();
    expect(machine.cores.online).toBeNull();
    expect(machine.caches).toEqual([
      { level: 1, type: null, sizeBytes: null, lineBytes: null, ways: null, sharedBy: null },
    ]);
  });
});

describe('lists of cores', () => {
  test.each([
    ['0-3', [0, 1, 2, 3]],
    ['0,2-3,8\n', [0, 2, 3, 8]],
    ['5', [5]],
    ['\n', []],
    ['(null)\n', []],
    ['3-1', null],
    ['a', null],
    ['1,,2', null],
    ['0-99999999', null],
  ])('%j is %j', (text, cores) => expect(parseCoreList(text)).toEqual(cores));
});

describe('this machine', () => {
  test('is probed without an error', () => {
    const machine = probeMachine();
    expect(machine.arch).toBe(process.arch);
    expect(() => probeVolatile(machine.cores.online ?? [0])).not.toThrow();
  });
});
