import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with these files in it, in place of `/`, until the test ends. */
export function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'isochron-root-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const cpu = 'sys/devices/system/cpu';

const a53 = (core: number) =>
  `processor\t: ${core}\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd03\nCPU revision\t: 4\n\n`;

/** /proc/TID/stat and status of a thread. */
export function task(
  tid: number,
  comm: string,
  cores: string,
  more: {
    pid?: number;
    parent?: number;
    flags?: number;
    uid?: number;
    start?: number;
    state?: string;
    lastCore?: number;
  } = {},
): Record<string, string> {
  const {
    pid = tid,
    parent = 1,
    flags = 0x400000,
    uid = 0,
    start = 100,
    state = 'S',
    lastCore = 0,
  } = more;
  const numbers = [
    parent,
    tid,
    tid,
    0,
    -1,
    flags,
    ...Array(12).fill(0),
    start,
    ...Array(16).fill(0),
    lastCore,
    0,
    0,
  ];
  const files = {
    stat: `${tid} (${comm}) ${state} ${numbers.join(' ')}\n`,
    status: `Name:\t${comm}\nTgid:\t${pid}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nCpus_allowed_list:\t${cores}\n`,
  };
  return Object.fromEntries(
    Object.entries(files).flatMap(([name, text]) => [
      [`proc/${tid}/${name}`, text],
      [`proc/${pid}/task/${tid}/${name}`, text],
    ]),
  );
}

/** A Cortex-A53 board on which nothing is left to mend: core 3 is the job's. */
export const preparedBoard: Record<string, string> = {
  'proc/cpuinfo': [0, 1, 2, 3].map(a53).join(''),
  'proc/version': 'Linux version 6.6.0-rt15 (gcc) #1 SMP PREEMPT_RT Tue Jan 2 00:00:00 UTC 2024\n',
  'proc/cmdline': 'root=/dev/mmcblk0p2 isolcpus=3 nohz_full=3 rcu_nocbs=3\n',
  'proc/meminfo': 'MemTotal: 948304 kB\nMemFree: 1 kB\nMemAvailable: 700000 kB\nSwapTotal: 0 kB\n',
  'proc/swaps': 'Filename Type Size Used Priority\n',
  'proc/device-tree/model': 'Raspberry Pi 3 Model B Rev 1.2\0',
  'proc/sys/kernel/osrelease': '6.6.0-rt15\n',
  'proc/sys/kernel/sched_rt_runtime_us': '-1\n',
  'proc/sys/kernel/watchdog_thresh': '10\n',
  'proc/sys/kernel/watchdog_cpumask': '0-2\n',
  'proc/sys/kernel/sched_rt_period_us': '1000000\n',
  'proc/sys/kernel/perf_event_paranoid': '1\n',
  'proc/sys/kernel/perf_user_access': '1\n',
  'proc/sys/kernel/random/boot_id': 'first-boot\n',
  'proc/self/status':
    'Name:\tnode\nUid:\t1000\t1000\t1000\t1000\nCapEff:\t0000000000000000\nCpus_allowed_list:\t0-2\n',
  'proc/self/limits':
    'Limit Soft Limit Hard Limit Units\nMax locked memory         unlimited            unlimited            bytes\nMax realtime priority     99                   99\n',
  'proc/interrupts':
    '           CPU0       CPU1       CPU2       CPU3\n 1:  100  0  0  0  bcm2836-timer   1 Edge   arch_timer\n 62:  50  0  0  0  ARMCTRL-level  62 Edge   mmc1, mmc0\nIPI0:  1 2 3 4  Rescheduling interrupts\n',
  'proc/irq/1/smp_affinity_list': '0-3\n',
  'proc/irq/62/smp_affinity_list': '0-2\n',
  'proc/irq/62/effective_affinity_list': '0\n',
  ...task(1, 'systemd', '0-2'),
  ...task(20, 'migration/3', '3', { flags: 0x4208040, parent: 2 }),
  [`${cpu}/online`]: '0-3\n',
  [`${cpu}/possible`]: '0-3\n',
  [`${cpu}/isolated`]: '3\n',
  [`${cpu}/nohz_full`]: '3\n',
  [`${cpu}/cpu3/cpufreq/scaling_governor`]: 'performance\n',
  [`${cpu}/cpu3/cpufreq/scaling_available_governors`]: 'ondemand performance \n',
  [`${cpu}/cpu3/cpufreq/scaling_min_freq`]: '600000\n',
  [`${cpu}/cpu3/cpufreq/scaling_max_freq`]: '1200000\n',
  [`${cpu}/cpu3/cpuidle/state0/name`]: 'WFI\n',
  [`${cpu}/cpu3/cpuidle/state0/latency`]: '1\n',
  [`${cpu}/cpu3/topology/thread_siblings_list`]: '3\n',
  'sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never\n',
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '48312\n',
  'sys/class/thermal/thermal_zone0/trip_point_0_type': 'passive\n',
  'sys/class/thermal/thermal_zone0/trip_point_0_temp': '80000\n',
  'sys/class/thermal/cooling_device0/type': 'cpufreq-cpu0\n',
  'sys/class/thermal/cooling_device0/cur_state': '0\n',
  'sys/devices/platform/soc/soc:firmware/get_throttled': '0\n',
  'sys/devices/system/clocksource/clocksource0/current_clocksource': 'arch_sys_counter\n',
  'sys/devices/system/clocksource/clocksource0/available_clocksource': 'arch_sys_counter \n',
  'sys/bus/event_source/devices/armv8_cortex_a53/type': '8\n',
  'sys/bus/event_source/devices/armv8_cortex_a53/cpus': '0-3\n',
  'boot/firmware/cmdline.txt': 'root=/dev/mmcblk0p2\n',
};
