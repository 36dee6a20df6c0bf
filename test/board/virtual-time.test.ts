/** One CPU whose clock counts instructions: what the counters and the schedule give is then the same each time. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { BenchmarkDefinition } from '../../src/benchmark/definition.js';
import { csv } from '../cli/helpers.js';
import { type BoardFiles, bootOnce, titled, whyNoBoard } from './board.js';

const noBoard = await whyNoBoard();

/** `latency` loads each cache line of its buffer once in a job: 4 instructions per line, so 1024 × 4 per 64 KiB. */
const INSTRUCTIONS_PER_64K = 4096;

const latency = (size: string): BenchmarkDefinition => ({
  workload: 'latency',
  size,
  period: '10ms',
  jobs: 40,
  warmup: 2,
  cores: [0],
  fifo: 90,
});
const spin = (us: number, more: Partial<BenchmarkDefinition> = {}): BenchmarkDefinition => ({
  workload: 'spin',
  us,
  period: '10ms',
  jobs: 8,
  fifo: 90,
  ...more,
});
const EIGHT =
  'cpu_cycles,inst_retired,l1d_cache,l1d_cache_refill,l2d_cache,l2d_cache_refill,l2d_cache_wb,mem_access';

describe.skipIf(noBoard)(titled('a Cortex-A53 in virtual time, one CPU', noBoard), () => {
  let board: BoardFiles;
  const numbers = (name: string, column: string) => board.column(name, column).map(Number);
  /** The count that most jobs have; a read of the clock that meets an update is repeated and costs a few more. */
  const usual = (name: string, column: string) => {
    const times = new Map<number, number>();
    for (const count of numbers(name, column)) times.set(count, (times.get(count) ?? 0) + 1);
    const [most] = [...times].sort((a, b) => b[1] - a[1]);
    expect((most?.[1] ?? 0) / numbers(name, column).length).toBeGreaterThan(0.9);
    return most?.[0] ?? Number.NaN;
  };

  beforeAll(async () => {
    board = await bootOnce(
      { profile: 'virtual', cpus: 1 },
      [
        { name: 'once', run: latency('64K') },
        { name: 'again', run: latency('64K') },
        { name: 'double', run: latency('128K') },
        { name: 'seven', run: { ...latency('64K'), events: 'bandwidth' } },
        { name: 'eight', run: { ...latency('64K'), events: EIGHT } },
        { name: 'passes', run: { ...latency('64K'), events: EIGHT, eventPasses: true } },
        { name: 'demanded', run: { ...latency('1M'), requireEvents: true } },
        {
          name: 'periodic',
          run: { workload: 'noop', period: '5ms', jobs: 200, fifo: 90, cores: [0] },
        },
        { name: 'met', run: spin(5000, { deadline: '6ms' }) },
        { name: 'missed', run: spin(5000, { deadline: '4ms' }) },
        { name: 'skip', run: spin(25_000) },
        { name: 'queue', run: spin(15_000, { overrun: 'queue' }) },
        { name: 'rtbench', run: spin(1000, { deadline: '5ms', format: 'rtbench' }) },
        // on the only CPU, and at no real-time priority, so that the sampler gets its turn
        {
          name: 'sampled',
          run: {
            workload: 'spin',
            us: 5000,
            period: '10ms',
            jobs: 20,
            sampler: { core: 0, intervalNs: 1_000_000 },
          },
        },
        { write: '/proc/sys/kernel/perf_user_access', text: '1' },
        { name: 'user', run: latency('64K') },
        { name: 'user-double', run: latency('128K') },
      ],
      {
        stop: 'isochron run spin --us 15000 -p 0.01 -t 50 --overrun stop -o out/stopped.csv',
        strict: 'isochron run noop -t 5 --strict --json',
        events: 'isochron events',
      },
    );
  });

  test('cycles and instructions of a job are counted exactly, and identically in a second run', () => {
    expect(usual('again', 'inst_retired')).toBe(usual('once', 'inst_retired'));
    expect(usual('double', 'inst_retired') - usual('once', 'inst_retired')).toBe(
      INSTRUCTIONS_PER_64K,
    );
    // QEMU's A53 takes a cycle for every instruction
    for (const name of ['once', 'again', 'double']) {
      expect(board.column(name, 'cpu_cycles')).toEqual(board.column(name, 'inst_retired'));
      expect(new Set(board.column(name, 'ipc'))).toEqual(new Set(['1']));
    }
  });

  test('the set of six runs as one group all of the time, and so do the seven of bandwidth', () => {
    for (const name of ['once', 'seven']) {
      expect(board.sidecar(name).events.map((event) => event.opened)).not.toContain(false);
      expect(new Set(board.column(name, 'counter_scale'))).toEqual(new Set(['1']));
      expect(usual(name, 'inst_retired')).toBeGreaterThan(INSTRUCTIONS_PER_64K);
    }
    expect(board.sidecar('seven').events).toHaveLength(7);
  });

  test('the readings have instructions of their own, and without those the count is the job’s', () => {
    for (const name of ['once', 'user']) {
      const event = board.sidecar(name).summary?.events.find((one) => one.name === 'inst_retired');
      const own = (event?.calibrated?.median ?? Number.NaN) - INSTRUCTIONS_PER_64K;
      expect(event?.emptyJob).toBeGreaterThan(50);
      expect(own).toBeGreaterThanOrEqual(0);
      expect(own).toBeLessThan(30); // the loop, and the calls around it
    }
  });

  test('cache events open and never count: empty cells, and the reason in the sidecar', () => {
    const caches = ['l1d_cache', 'l1d_cache_refill', 'l2d_cache', 'l2d_cache_refill'];
    for (const [run, reason] of [
      ['demanded', 'opened but never counted: 0 over the whole run'],
      ['once', '0 over the whole run, which was too short to tell whether it counts'],
    ] as const) {
      const { events } = board.sidecar(run);
      for (const name of caches) {
        expect(new Set(board.column(run, name))).toEqual(new Set(['']));
        expect(events.find((event) => event.name === name)).toMatchObject({
          opened: true,
          reason,
        });
      }
      expect(new Set(board.column(run, 'l1d_miss_ratio'))).toEqual(new Set(['']));
      expect(events.filter((event) => event.reason === null).map((event) => event.name)).toEqual([
        'inst_retired',
        'cpu_cycles',
      ]);
    }
    const { notes, verdict } = board.result('demanded');
    expect(notes).toContain('l2d_cache_refill was opened but never counted; its column is empty.');
    expect(verdict.reasons.map(({ code }) => code).sort()).toEqual([
      'core_shared',
      'events_missing',
    ]);
  });

  test('a group of eight, which the core would open and never run, is refused with the list split', () => {
    expect(board.result('eight').thrown).toMatchObject({
      code: 'E_EVENTS_DONT_FIT',
      message: expect.stringContaining(
        'this core (Cortex-A53) has 6 counters and one more for cycles',
      ),
      hint: expect.stringMatching(
        /--event-passes.*--events cpu_cycles,inst_retired,.*,l2d_cache_wb, then --events mem_access\.$/,
      ),
    });
  });

  test('event passes count the eight in two runs, each with files of its own', () => {
    expect(usual('passes', 'inst_retired')).toBe(usual('seven', 'inst_retired'));
    expect(board.sidecar('passes').events).toHaveLength(7);
    expect(board.sidecar('passes.pass2').events.map((event) => event.name)).toEqual(['mem_access']);
    expect(board.rows('passes.pass2')).toHaveLength(42);
  });

  test('counters are read without a system call where the kernel permits it, and the sidecar says so', () => {
    expect(board.sidecar('once').counters.readMethod).toBe('read');
    expect(board.sidecar('user').counters.readMethod).toBe('user');
    expect(usual('user-double', 'inst_retired') - usual('user', 'inst_retired')).toBe(
      INSTRUCTIONS_PER_64K,
    );
    expect(board.column('user', 'cpu_cycles')).toEqual(board.column('user', 'inst_retired'));
  });

  test('releases stand on their grid and start within microseconds of it', () => {
    const releases = board.column('periodic', 'release_ns').map(BigInt);
    expect(releases.map((release) => release - (releases[0] ?? 0n))).toEqual(
      releases.map((_, i) => BigInt(i) * 5_000_000n),
    );
    for (const latency of numbers('periodic', 'release_latency_ns')) {
      expect(latency).toBeGreaterThan(1000);
      expect(latency).toBeLessThan(100_000);
    }
  });

  test('the deadline is met, or missed by just what the job takes longer', () => {
    expect(new Set(board.column('met', 'deadline_met'))).toEqual(new Set(['1']));
    expect(new Set(board.column('missed', 'deadline_met'))).toEqual(new Set(['0']));
    for (const [name, deadline] of [
      ['met', 6_000_000],
      ['missed', 4_000_000],
    ] as const) {
      for (const lateness of numbers(name, 'lateness_ns'))
        expect(Math.abs(lateness - (5_000_000 - deadline))).toBeLessThan(100_000);
    }
    expect(board.sidecar('missed').summary?.deadlineMisses).toBe(8);
  });

  test('skip: a job of two and a half periods passes over two releases each time', () => {
    const releases = board.column('skip', 'release_ns').map(BigInt);
    expect(releases.map((release) => release - (releases[0] ?? 0n))).toEqual(
      releases.map((_, i) => BigInt(i) * 30_000_000n),
    );
    expect(new Set(board.column('skip', 'skipped_releases'))).toEqual(new Set(['2']));
  });

  test('queue: job k starts k times half a period late', () => {
    numbers('queue', 'release_latency_ns').forEach((latency, k) => {
      expect(Math.abs(latency - k * 5_000_000)).toBeLessThan(k === 0 ? 100_000 : 300_000);
    });
    expect(new Set(board.column('queue', 'skipped_releases'))).toEqual(new Set(['0']));
  });

  test('stop: the command ends at its first miss with exit code 3 and that row on disk', () => {
    expect(board.command('stop').status).toBe(3);
    expect(board.column('stopped', 'deadline_met')).toEqual(['0']);
    expect(board.sidecar('stopped').status).toBe('deadline_miss');
  });

  test('strict: an INVALID verdict is exit code 4, and the report is on stdout all the same', () => {
    const { status, stdout } = board.command('strict');
    expect(status).toBe(4);
    const report = JSON.parse(stdout);
    expect(report.machine.cpus[0]).toMatchObject({ name: 'Cortex-A53', part: '0xd03' });
    expect(report.verdict.reasons.map((reason: { code: string }) => reason.code)).toContain(
      'too_few_jobs',
    );
  });

  test('rtbench format: its columns hold the same job in ticks and in seconds', () => {
    const rows = board.rows('rtbench');
    expect(rows).toHaveLength(8);
    const ticksPerSecond = board.sidecar('rtbench').clock.ticksPerSecond ?? Number.NaN;
    expect(ticksPerSecond).toBe(62_500_000); // QEMU's generic timer
    const apart: number[] = [];
    for (const row of rows) {
      const n = (column: string) => Number(row[column]);
      expect(row['deadline_status(1=met)']).toBe('1');
      expect(n('period_end(seconds)') - n('period_start(seconds)')).toBeCloseTo(0.01, 6);
      expect(n('job_elapsed(seconds)')).toBeGreaterThan(0.001);
      expect(n('job_elapsed(seconds)')).toBeLessThan(0.0011);
      apart.push(
        Math.abs(n('job_elapsed(clock_cycles)') / ticksPerSecond - n('job_elapsed(seconds)')),
      );
      expect(row.instructions_retired).toBe(row.cpu_clock_count);
      expect(n('cpu_clock_count')).toBeGreaterThan(900_000);
      expect(row.job_l2_misses).toBe('');
    }
    // an interrupt may come between the reading of the one clock and that of the other
    expect(apart.filter((seconds) => seconds > 5e-7).length).toBeLessThanOrEqual(1);
    expect(Math.max(...apart)).toBeLessThan(1e-4);
  });

  test('the sampler’s file: counts grow within each job up to the job’s own, and dead counters are empty', () => {
    const samples = csv(board.path('sampled.samples.csv'));
    const totals = numbers('sampled', 'inst_retired');
    expect(samples.length).toBeGreaterThan(20);
    const times = samples.map((sample) => BigInt(sample.time_ns as string));
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : 1)));
    let before: { job: string; count: number } | undefined;
    for (const { job, inst_retired, samples: readings, l2_refills } of samples) {
      const count = Number(inst_retired);
      if (before?.job === job) expect(count).toBeGreaterThanOrEqual(before?.count ?? 0);
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(totals[Number(job)] ?? 0);
      expect({ readings, l2_refills }).toEqual({ readings: '1', l2_refills: '' });
      before = { job: job as string, count };
    }
  });

  test('events says what this core announces, and measures that six run at once and cycles besides', () => {
    const { status, stdout } = board.command('events');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^cpu_cycles .*0x11 +yes *$/m);
    expect(stdout).toMatch(/^l2d_cache_refill .*0x17 +yes +\(1\)$/m);
    expect(stdout).toContain('Measured: 6 hardware events run at once, and cycles besides.');
  });
});
