import { describe, expect, it as test } from 'vitest';
import type { Seen } from '../../src/metrics/verdict-machine.js';
import { judge, summaryOf } from './judged.js';
import { MS } from './records.js';

const seen = (
  core: Partial<Seen['cores'][number]>,
  more: Partial<Omit<Seen, 'cores'>> = {},
): Seen => ({
  seconds: 10,
  cores: [{ core: 1, throttled: null, stolenMs: null, ...core }],
  neighbours: [],
  ownBusy: null,
  pressure: { memory: null },
  ...more,
});

describe('what others took while jobs ran', () => {
  test('the host, from 1 % on, and below that as a note', () => {
    expect(judge({ during: seen({ stolenMs: 0 }) })).toMatchObject({ reasons: [], notes: [] });
    // one step of the count may be a microsecond, and of a job that was not pinned nobody knows where it was
    expect(judge({ during: seen({ stolenMs: 10 }, { seconds: 0.3 }) }).valid).toBe(true);
    expect(judge({ during: seen({ stolenMs: 5000 }), cores: [] }).reasons).toEqual([]);
    const little = judge({ during: seen({ stolenMs: 100 }) });
    expect([little.valid, little.notes]).toEqual([true, ['stolen']]);
    expect(little.all[0]?.message).toBe('The host took 100 ms of 10.0 s (1.0 %) from core 1.');
    expect(judge({ during: seen({ stolenMs: 120 }) }).reasons).toEqual(['stolen']);
  });

  test('the hardware that slowed itself down in between', () => {
    expect(judge({ during: seen({ throttled: 0 }) }).reasons).toEqual([]);
    const { reasons, all } = judge({ during: seen({ throttled: 3 }) });
    expect(reasons).toEqual(['throttled']);
    expect(all[0]?.message).toBe('The hardware slowed core 1 down 3 times while jobs ran.');
  });

  test('whoever stopped the process', () => {
    const { reasons, all } = judge({ stops: 1 });
    expect(reasons).toEqual(['stopped_process']);
    expect(all[0]?.message).toContain('(SIGSTOP) while jobs ran, and went on 1 time');
    expect(judge({ stops: null }).valid).toBe(true);
  });

  test('the CPU quota of its cgroup, which stops what has no real-time policy', () => {
    const quota = { periods: 12, ms: 640 };
    expect(judge({ policy: 'other', quota: { periods: 0, ms: 0 } }).valid).toBe(true);
    const { reasons, all } = judge({ policy: 'other', quota });
    expect(reasons).toEqual(['quota']);
    expect(all[0]?.message).toMatch(
      /used up in 12 periods while jobs ran, and its tasks were stopped for 640\.0 ms, summed over cores: it does not spare/,
    );
    for (const policy of ['fifo', 'rr', 'deadline'] as const)
      expect(judge({ policy, quota })).toMatchObject({ valid: true, notes: ['quota'] });
    const fifo = { policy: 'fifo', priority: 50, cores: [1] };
    const lost = { ...fifo, policy: 'other', priority: 0 };
    expect(judge({ quota, grantedAtStart: fifo, grantedMeanwhile: lost }).reasons).toContain(
      'quota',
    );
  });

  test('neighbours and reclaim are notes, of a run that is long enough to tell', () => {
    const neighbours = [
      { core: 0, busy: 0.2 },
      { core: 2, busy: 0.5 },
      { core: 3, busy: null },
    ];
    const { valid, notes, all } = judge({
      during: seen({}, { neighbours, pressure: { memory: 0.01 } }),
    });
    expect([valid, notes]).toEqual([true, ['neighbours_busy', 'memory_pressure']]);
    expect(all[0]?.message).toContain('core 2 50.0 % of the time');
    expect(judge({ during: seen({}, { neighbours, seconds: 0.9 }) }).notes).toEqual([]);
    const seenBusy = seen({}, { neighbours: [{ core: 0, busy: 0.6 }], seconds: 2 });
    expect(judge({ during: seenBusy }).notes).toContain('neighbours_busy');
    expect(judge({ during: { ...seenBusy, ownBusy: 0.2 } }).notes).not.toContain('neighbours_busy');
  });
});

describe('the frequency', () => {
  const UNSEEN = { lowestKhz: null, highestKhz: null };
  test('that fell and rose again between the two looks has changed', () => {
    const { reasons, all } = at(1_500_000, 1_500_000, 'performance', {
      lowestKhz: 1_000_000,
      highestKhz: 1_500_000,
    });
    expect(reasons).toEqual(['frequency_changed']);
    expect(all[0]?.message).toContain('core 1 1500 to 1500 MHz (1000 to 1500 in between)');
  });
  const at = (
    beforeKhz: number | null,
    afterKhz: number | null,
    governor: string | null = null,
    between: { lowestKhz: number | null; highestKhz: number | null } = UNSEEN,
  ) =>
    judge({
      frequencies: [
        { core: 1, governor, governorAfter: governor, beforeKhz, afterKhz, ...between },
      ],
    });
  const cases: [why: string, before: number | null, after: number | null, changed: boolean][] = [
    ['the same', 1_500_000, 1_500_000, false],
    ['5 % of the higher: the reading’s own jitter', 1_000_000, 950_000, false],
    ['a little more than that, down', 1_000_000, 949_999, true],
    ['and up', 949_999, 1_000_000, true],
    ['5 % of the higher, more than 5 % of the lower', 952_000, 1_000_000, false],
    ['told before the run only', 1_500_000, null, false],
    ['told after the run only', null, 1_500_000, false],
  ];
  test.each(cases)('%s', (_, before, after, changed) => {
    expect(at(before, after, 'performance').reasons).toEqual(changed ? ['frequency_changed'] : []);
  });

  test('is unknown only where neither governor nor frequency is told', () => {
    expect(at(null, null, 'performance').notes).toEqual([]);
    expect(at(1_500_000, 1_500_000).notes).toEqual([]);
    expect(at(null, 1_500_000).notes).toEqual(['frequency_unknown']);
  });

  test('is told in MHz with its core, and the governor that is not performance', () => {
    expect(at(1_500_000, 600_000, 'performance').all[0]?.message).toContain(
      'core 1 1500 to 600 MHz',
    );
    const { all } = judge({
      frequencies: [
        {
          core: 2,
          governor: 'performance',
          governorAfter: 'schedutil',
          beforeKhz: null,
          afterKhz: null,
          lowestKhz: null,
          highestKhz: null,
        },
        {
          core: 3,
          governor: 'powersave',
          governorAfter: 'performance',
          beforeKhz: null,
          afterKhz: null,
          lowestKhz: null,
          highestKhz: null,
        },
      ],
    });
    expect(all[0]?.message).toContain('core 2 (schedutil), core 3 (powersave)');
  });
});

describe('RT throttling', () => {
  // 1001 jobs of 2 ms are 2.002 s of work; of its wake-ups 5 µs each are ordinary
  const used = 1001 * 2 * MS;
  const waited = 98 * MS;
  const stopped = { runDelayNs: waited + 1001 * 5000, runNs: used + waited };
  const limited = (runtimeUs: number, periodUs: number | null, cgroup: string | null = null) => ({
    ...stopped,
    rtLimit: { runtimeUs, periodUs, cgroup },
  });
  const said = (facts: Parameters<typeof judge>[0]) =>
    judge(facts).all.find(({ code }) => code === 'rt_throttled');

  test('is a reason where FIFO or RR jobs used and waited for the share at which the kernel stops them', () => {
    for (const policy of ['fifo', 'rr'] as const)
      expect(judge({ ...stopped, policy }).reasons).toContain('rt_throttled');
    expect(said(stopped)?.message).toBe(
      'The jobs used 2.002 s of CPU time and their thread waited 98.00 ms for its core, together 100 % of the run: the kernel stops real-time tasks at 95.0 % (950000 of 1000000 µs).',
    );
    expect(said({ ...stopped, runNs: (used + waited) / 0.951 })).toBeDefined();
    expect(said({ ...stopped, runNs: (used + waited) / 0.949 })).toBeUndefined();
    // a task of SCHED_DEADLINE has the core for half of the time, and the jobs use the rest
    const rival = { runDelayNs: used, runNs: 2 * used };
    expect(judge(rival).reasons).toContain('core_taken');
    expect(said(rival)).toBeUndefined();
    expect(said({ ...stopped, runNs: 0 })).toBeUndefined();
  });

  test('does not concern other policies, a kernel that does not throttle, or one that does not tell', () => {
    expect(said({ ...stopped, policy: 'other' })).toBeUndefined();
    expect(said({ ...stopped, policy: 'deadline' })).toBeUndefined();
    expect(said(limited(-1, null))).toBeUndefined();
    expect(said(limited(950_000, null))).toBeUndefined();
    expect(said(limited(950_000, 0))).toBeUndefined();
    expect(said(limited(1_000_000, 1_000_000))).toBeUndefined();
    expect(said({ ...stopped, rtLimit: null })).toBeUndefined();
    expect(said({ ...stopped, runDelayNs: null })).toBeUndefined();
  });

  test('is by the limit of a cgroup where that is tighter, and says whose it is', () => {
    const group = limited(200_000, 1_000_000, '/sys/fs/cgroup/cpu/jobs');
    const found = said({ ...group, runNs: used / 0.195 });
    expect(found?.message).toMatch(
      /of its cgroup \(\/sys\/fs\/cgroup\/cpu\/jobs\) are stopped at 20\.0 %/,
    );
    expect(found?.hint).toContain('cpu.rt_runtime_us of the cgroup');
    expect(said({ ...group, runNs: used / 0.18 })).toBeUndefined();
  });

  test('has not struck jobs that sleep, however long they take, those that used less than one runtime, or a thread that never waited', () => {
    const sleepers = summaryOf(1000, () => ({ cpuTimeNs: MS }));
    expect(said({ ...stopped, summary: sleepers })).toBeUndefined();
    const few = summaryOf(400); // 802 ms of work
    expect(said({ ...stopped, summary: few, runNs: few.busyCpuNs })).toBeUndefined();
    expect(judge({ runNs: used, runDelayNs: 1001 * 5000 + MS / 2 }).reasons).toEqual([]);
  });

  test('is named by the hints of what it causes', () => {
    const { all } = judge(stopped);
    expect(all.find(({ code }) => code === 'core_taken')?.hint).toContain(
      'it also stops real-time tasks at 95.0 % of a core',
    );
  });
});

describe('what the preflight found', () => {
  const remark = (what: string, status: 'warn' | 'fail') => ({
    what,
    status,
    message: `${what}: as found.`,
    hint: `How to mend ${what}.`,
  });

  test('is one note that names every warning and the command for the rest', () => {
    const { valid, notes, all } = judge({
      preflight: [remark('swap', 'warn'), remark('interrupts', 'warn')],
    });
    expect(valid).toBe(true);
    expect(notes).toEqual(['machine_unprepared']);
    expect(all[0]?.message).toMatch(/swap, interrupts .*isochron doctor -c 1/);
  });

  test('is a reason when the hardware slows itself down', () => {
    const { reasons, notes, all } = judge({ preflight: [remark('temperature', 'fail')] });
    expect(reasons).toEqual(['throttled']);
    expect(notes).toEqual([]);
    expect(all[0]).toMatchObject({
      message: 'temperature: as found.',
      hint: 'How to mend temperature.',
    });
  });
});
