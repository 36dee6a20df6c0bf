/** Every check, on a made-up board on which nothing is wrong, with one thing at a time made wrong. */
import { describe, expect, test } from 'vitest';
import type { CheckId, CheckStatus } from '../../src/machine/doctor/check.js';
import { examine } from '../../src/machine/doctor/examine.js';
import {
  type FactOptions,
  NO_TRIALS,
  probeFacts,
  type Trials,
} from '../../src/machine/doctor/facts.js';
import { preflight, throttlingNow } from '../../src/machine/preflight.js';
import { defaultJobCore } from '../../src/machine/reachable-cores.js';
import { preparedBoard, task, tree } from './tree.js';

const cpu = 'sys/devices/system/cpu';
const granted: Trials = {
  addonError: null,
  affinityError: null,
  fifoError: 0,
  counters: { working: ['cpu_cycles'], reason: null, atOnce: 6, cycleCounter: true },
};
/** This process's, in cgroup v1's hierarchy of the cpu controller. */
const CPU_GROUP = {
  'proc/self/mountinfo': '41 30 0:31 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n',
  'proc/self/cgroup': '4:cpu,cpuacct:/user\n',
};
const noCounters = { working: [], reason: 'refused', atOnce: null, cycleCounter: null };

/** Without these files, or with other contents. */
type Change = Record<string, string | null>;

function root(change: Change = {}): string {
  const files = { ...preparedBoard, ...change };
  return tree(
    Object.fromEntries(
      Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== null),
    ),
  );
}

function check(id: CheckId, change: Change = {}, options: FactOptions = {}) {
  const facts = probeFacts([3], { root: root(change), arch: 'arm64', trials: granted, ...options });
  const [found] = examine(facts, [id]);
  if (!found) throw new Error(`there is no check ${id}`);
  return found;
}

describe('a board on which nothing is left to mend', () => {
  test('passes every check', () => {
    const facts = probeFacts([3], { root: root(), arch: 'arm64', trials: granted });
    const found = examine(facts).map(({ id, status, fix }) => ({ id, status, fix }));
    expect(found.length).toBeGreaterThanOrEqual(20);
    expect(found.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(found.filter(({ fix }) => fix !== null)).toEqual([]);
  });

  test('is described by its core, its counters and its frequencies', () => {
    expect(check('cpu').found).toBe('Cortex-A53 r0p4 on Raspberry Pi 3 Model B Rev 1.2');
    expect(check('pmu').found).toBe(
      'armv8_cortex_a53, 6 programmable counters and a cycle counter, read by user space',
    );
    expect(check('governor').found).toContain('600–1200 MHz');
  });

  test('has nothing to tell a run', () => {
    expect(preflight([3], null, root())).toEqual([]);
    expect(throttlingNow(root())).toEqual([]);
  });

  test('offers its isolated core', () => {
    expect(defaultJobCore(root())).toBe(3);
    expect(defaultJobCore(root({ [`${cpu}/isolated`]: '\n' }))).toBe(3);
    expect(defaultJobCore(root({ [`${cpu}/isolated`]: '1-2\n' }))).toBe(2);
    expect(defaultJobCore(tree({}))).toBeNull();
  });
});

describe('one thing at a time', () => {
  const caps = (mask: string) =>
    `Uid:\t1000\t1000\t1000\t1000\nCapEff:\t${mask}\nCpus_allowed_list:\t0-2\n`;
  const limits = (memlock: string) =>
    `Max locked memory         ${memlock}                65536                bytes\nMax realtime priority     0                    0\n`;
  type Case = [
    id: CheckId,
    what: string,
    change: Change,
    status: CheckStatus,
    found: RegExp,
    fix: RegExp | null,
  ];
  const cases: Case[] = [
    [
      'cpu',
      'a core that is not in the catalogue',
      { 'proc/cpuinfo': 'processor: 3\nCPU implementer: 0x41\nCPU part: 0xd4f\n' },
      'warn',
      /Neoverse V2.*not in the catalogue/,
      null,
    ],
    [
      'perf_event_paranoid',
      'user mode only',
      { 'proc/sys/kernel/perf_event_paranoid': '2\n' },
      'warn',
      /user mode only/,
      /sysctl -w kernel.perf_event_paranoid=1/,
    ],
    [
      'perf_event_paranoid',
      'nothing at all (Debian)',
      { 'proc/sys/kernel/perf_event_paranoid': '3\n' },
      'fail',
      /no counters/,
      /sysctl/,
    ],
    [
      'perf_event_paranoid',
      'nothing but for CAP_PERFMON',
      {
        'proc/sys/kernel/perf_event_paranoid': '3\n',
        'proc/self/status': caps('0000004000000000'),
      },
      'ok',
      /CAP_PERFMON/,
      null,
    ],
    ...(
      [
        ['on the job’s core', '0-3', 'warn', /on core 3 every 4 s/, /watchdog_cpumask=0-2 /],
        ['on others', '0-2', 'ok', /not on core 3/, null],
        ['on the job’s core alone', '3', 'warn', /on core 3/, /watchdog_cpumask=0-2 /],
      ] as const
    ).map(
      ([what, mask, status, found, fix]): Case => [
        'watchdog',
        what,
        {
          'proc/sys/kernel/watchdog_thresh': '10\n',
          'proc/sys/kernel/watchdog_cpumask': `${mask}\n`,
        },
        status,
        found,
        fix,
      ],
    ),
    [
      'rt_throttling',
      'the default of 95 %',
      { 'proc/sys/kernel/sched_rt_runtime_us': '950000\n' },
      'warn',
      /95 %/,
      /sched_rt_runtime_us=-1/,
    ],
    [
      'rt_throttling',
      'a kernel that has a fair server instead',
      {
        'proc/sys/kernel/osrelease': '6.12.1\n',
        'proc/sys/kernel/sched_rt_runtime_us': '950000\n',
        'boot/config-6.12.1': '# CONFIG_RT_GROUP_SCHED is not set\n',
      },
      'ok',
      /none since Linux 6\.12/,
      null,
    ],
    [
      'rt_throttling',
      'a kernel that hides whether it stops real-time tasks',
      {
        'proc/sys/kernel/osrelease': '6.12.1\n',
        'proc/sys/kernel/sched_rt_runtime_us': '950000\n',
      },
      'unknown',
      /RT_GROUP_SCHED/,
      null,
    ],
    [
      'rt_throttling',
      'a cgroup without time for them',
      {
        ...CPU_GROUP,
        'proc/sys/kernel/sched_rt_runtime_us': '950000\n',
        'sys/fs/cgroup/cpu/user/cpu.rt_runtime_us': '0\n',
        'sys/fs/cgroup/cpu/user/cpu.rt_period_us': '1000000\n',
      },
      'warn',
      /no real-time tasks .*cpu\.rt_runtime_us of \/sys\/fs\/cgroup\/cpu\/user is 0/,
      /sched_rt_runtime_us=-1/,
    ],
    [
      'rt_throttling',
      'a cgroup with a limit of its own',
      {
        ...CPU_GROUP,
        'proc/sys/kernel/sched_rt_runtime_us': '950000\n',
        'sys/fs/cgroup/cpu/user/cpu.rt_runtime_us': '200000\n',
        'sys/fs/cgroup/cpu/user/cpu.rt_period_us': '1000000\n',
      },
      'warn',
      /20 % of a core .*cpu\.rt_runtime_us of \/sys\/fs\/cgroup\/cpu\/user/,
      /sched_rt_runtime_us=-1/,
    ],
    [
      'memlock',
      'a limit of 64 KiB',
      { 'proc/self/limits': limits('65536') },
      'fail',
      /64 KiB \(ulimit -l\)/,
      /cap_ipc_lock.*memlock unlimited/,
    ],
    [
      'memlock',
      'the same with CAP_IPC_LOCK',
      { 'proc/self/limits': limits('65536'), 'proc/self/status': caps('0000000000004000') },
      'ok',
      /CAP_IPC_LOCK/,
      null,
    ],
    [
      'governor',
      'ondemand',
      { [`${cpu}/cpu3/cpufreq/scaling_governor`]: 'ondemand\n' },
      'fail',
      /core 3: ondemand, 600–1200 MHz/,
      /echo performance \| sudo tee \S*cpu3\/cpufreq\/scaling_governor/,
    ],
    [
      'idle',
      'a deep state that nothing keeps away',
      {
        [`${cpu}/cpu3/cpuidle/state1/name`]: 'cpu-sleep\n',
        [`${cpu}/cpu3/cpuidle/state1/latency`]: '700\n',
      },
      'warn',
      /cpu-sleep 700 µs, and \/dev\/cpu_dma_latency is not there/,
      /cpu3\/cpuidle/,
    ],
    [
      'idle',
      'a deep state that a run keeps away',
      { [`${cpu}/cpu3/cpuidle/state1/latency`]: '700\n', 'dev/cpu_dma_latency': '' },
      'ok',
      /kept out/,
      null,
    ],
    [
      'idle',
      'a deep state that is disabled',
      {
        [`${cpu}/cpu3/cpuidle/state1/latency`]: '700\n',
        [`${cpu}/cpu3/cpuidle/state1/disable`]: '1\n',
      },
      'ok',
      /shallow/,
      null,
    ],
    [
      'isolated',
      'no option at all',
      { 'proc/cmdline': 'quiet\n', [`${cpu}/isolated`]: '\n', [`${cpu}/nohz_full`]: '(null)\n' },
      'warn',
      /none of isolcpus, nohz_full, rcu_nocbs/,
      /sed -i '1s\/\$\/ isolcpus=3 nohz_full=3 rcu_nocbs=3\/' \/boot\/firmware\/cmdline.txt/,
    ],
    [
      'isolated',
      'isolcpus alone, with GRUB',
      {
        'proc/cmdline': 'isolcpus=3\n',
        [`${cpu}/nohz_full`]: '\n',
        'boot/firmware/cmdline.txt': null,
        'etc/default/grub': 'x',
      },
      'warn',
      /isolcpus, but not nohz_full, rcu_nocbs/,
      /update-grub/,
    ],
    [
      'interrupts',
      'one that is handled there',
      { 'proc/irq/62/effective_affinity_list': '3\n' },
      'warn',
      /62 mmc0 \(1 of 1\)/,
      /for f in 62; do echo 0-2 /,
    ],
    [
      'interrupts',
      'the same without effective_affinity',
      { 'proc/irq/62/effective_affinity_list': null, 'proc/irq/62/smp_affinity_list': '0-3\n' },
      'warn',
      /62 mmc0/,
      /echo 0-2/,
    ],
    [
      'tasks',
      'one that may run there, and does',
      task(500, 'stress (ng)', '0-3', { state: 'R', lastCore: 3 }),
      'warn',
      /1 task may run on core 3, running there now: stress \(ng\)/,
      /isochron isolate -c 3/,
    ],
    [
      'preempt_rt',
      'an ordinary kernel',
      { 'proc/version': 'Linux version 6.6.0 #1 SMP PREEMPT Tue\n' },
      'warn',
      /PREEMPT$/,
      /linux-image-rt/,
    ],
    [
      'smt',
      'a sibling that is online',
      { [`${cpu}/cpu3/topology/thread_siblings_list`]: '2-3\n' },
      'warn',
      /core 2 shares/,
      /echo 0 .*cpu2\/online/,
    ],
    [
      'huge_pages',
      'always',
      { 'sys/kernel/mm/transparent_hugepage/enabled': '[always] madvise never\n' },
      'warn',
      /always/,
      /echo madvise/,
    ],
    [
      'swap',
      'swap in use',
      {
        'proc/meminfo': 'SwapTotal: 102400 kB\n',
        'proc/swaps': 'Filename Type Size Used Priority\n/var/swap file 102400 2048 -2\n',
      },
      'warn',
      /105 MB, 2.10 MB in use/,
      /swapoff/,
    ],
    [
      'temperature',
      'close to the limit',
      { 'sys/class/thermal/thermal_zone0/temp': '77000\n' },
      'warn',
      /77 °C of 80: within 5/,
      /heat sink/,
    ],
    [
      'temperature',
      'at the limit',
      { 'sys/class/thermal/thermal_zone0/temp': '80500\n' },
      'fail',
      /at its limit/,
      /heat sink/,
    ],
    [
      'temperature',
      'a cooling device at work',
      { 'sys/class/thermal/cooling_device0/cur_state': '2\n' },
      'fail',
      /cpufreq-cpu0 is limiting/,
      /heat sink/,
    ],
    [
      'temperature',
      'a fan at work',
      {
        'sys/class/thermal/cooling_device0/type': 'pwm-fan\n',
        'sys/class/thermal/cooling_device0/cur_state': '2\n',
      },
      'ok',
      /48 °C/,
      null,
    ],
    [
      'throttled',
      'under-voltage since boot',
      { 'sys/devices/platform/soc/soc:firmware/get_throttled': '50000\n' },
      'warn',
      /since boot: under-voltage, throttled/,
      /supply/,
    ],
    [
      'throttled',
      'throttled now',
      { 'sys/devices/platform/soc/soc:firmware/get_throttled': '0x50005\n' },
      'fail',
      /now: under-voltage, throttled/,
      /supply/,
    ],
    [
      'clock',
      'a slow clock source',
      { 'sys/devices/system/clocksource/clocksource0/current_clocksource': 'timer\n' },
      'warn',
      /timer: each reading/,
      /echo arch_sys_counter/,
    ],
  ];
  test.each(cases)('%s: %s', (id, _what, change, status, found, fix) => {
    const result = check(id, change);
    expect(result).toMatchObject({ id, status });
    expect(result.found).toMatch(found);
    if (fix === null) expect(result.fix).toBeNull();
    else expect(result.fix).toMatch(fix);
    expect(result.why).toMatch(/\.$/);
  });

  test('the addon does not load', () => {
    const addonError = { message: 'No native addon loads.', hint: 'Build it.' };
    const trials = { ...NO_TRIALS, addonError };
    expect(check('addon', {}, { trials })).toMatchObject({
      status: 'fail',
      found: 'No native addon loads.',
      fix: 'Build it.',
    });
  });

  test('FIFO is refused: by the limit, or by a cgroup without real-time time', () => {
    const trials = { ...granted, fifoError: 1 };
    expect(check('fifo', { 'proc/self/limits': limits('1') }, { trials })).toMatchObject({
      status: 'fail',
      found: 'refused: no CAP_SYS_NICE, ulimit -r is 0',
    });
    const group = {
      ...CPU_GROUP,
      'proc/sys/kernel/sched_rt_runtime_us': '950000\n',
      'sys/fs/cgroup/cpu/user/cpu.rt_runtime_us': '0\n',
      'sys/fs/cgroup/cpu/user/cpu.rt_period_us': '1000000\n',
    };
    const refused = check('fifo', group, { trials });
    expect(refused.found).toMatch(/cpu.rt_runtime_us is 0/);
    expect(refused.fix).toContain('sudo tee /sys/fs/cgroup/cpu/user/cpu.rt_runtime_us');
    expect(check('fifo', {}, { trials }).found).toMatch(/CONFIG_RT_GROUP_SCHED/);
  });

  test('counters: forbidden, absent, or a kernel without perf', () => {
    const trials = { ...granted, counters: noCounters };
    const paranoid = 'proc/sys/kernel/perf_event_paranoid';
    expect(check('pmu', { [paranoid]: '3\n' }, { trials })).toMatchObject({
      status: 'fail',
      found: 'refused',
    });
    expect(check('pmu', {}, { trials })).toMatchObject({ status: 'warn', found: 'refused' });
    expect(check('pmu', { [paranoid]: null }, { trials }).found).toMatch(
      /this kernel has no perf events/,
    );
  });

  test('a model against the memory: too large, too large for XNNPACK’s copy, small enough', () => {
    const model = (mib: number) => ({ model: { name: 'net', bytes: mib * 2 ** 20 } });
    expect(check('memory', {}, model(600))).toMatchObject({ status: 'fail' });
    expect(check('memory', {}, model(400)).found).toMatch(/net \(419 MB\) with XNNPACK/);
    expect(check('memory', {}, model(17))).toMatchObject({ status: 'ok' });
  });
});

describe('a machine that hides /proc and /sys', () => {
  test('makes checks unknown, with a sentence each, and none fail', () => {
    const found = examine(probeFacts([3], { root: tree({}), arch: 'arm64' }));
    expect(found.filter(({ status }) => status === 'fail' || status === 'warn')).toEqual([]);
    expect(found.filter(({ status }) => status === 'unknown').length).toBeGreaterThan(15);
    for (const { found: text } of found) expect(text).not.toBe('');
  });

  test('has nothing to tell a run', () => {
    expect(preflight([3], { name: 'net', bytes: 2 ** 30 }, tree({}))).toEqual([]);
  });
});

describe('what a run is told', () => {
  const poor: Change = {
    'sys/kernel/mm/transparent_hugepage/enabled': '[always] madvise never\n',
    'proc/irq/62/effective_affinity_list': '3\n',
    [`${cpu}/cpu3/topology/thread_siblings_list`]: '2-3\n',
    'sys/devices/platform/soc/soc:firmware/get_throttled': '4\n',
    ...task(500, 'stress', '0-3', { state: 'R', lastCore: 3 }),
  };

  test('warnings, and throttling as a failure', () => {
    const remarks = preflight([3], null, root(poor));
    expect(remarks.map(({ code }) => code).sort()).toEqual(
      ['busy', 'huge_pages', 'interrupts', 'smt', 'throttled'].sort(),
    );
    expect(remarks.filter(({ status }) => status === 'fail').map(({ code }) => code)).toEqual([
      'throttled',
    ]);
    expect(throttlingNow(root(poor)).map(({ code }) => code)).toEqual(['throttled']);
  });

  test('nothing about cores when the job is not pinned', () => {
    const codes = preflight([], null, root(poor)).map(({ code }) => code);
    expect(codes.sort()).toEqual(['huge_pages', 'throttled']);
  });

  test('a model too large for the memory disturbs, and is no throttling', () => {
    const remarks = preflight([3], { name: 'net', bytes: 2 ** 30 }, root());
    expect(remarks).toMatchObject([{ code: 'memory', status: 'warn' }]);
  });
});
