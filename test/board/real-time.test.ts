/** Four CPUs, a host thread each, three of them isolated: placement, priorities, worker threads, and the engine's results. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isochron, NO_SHARED, scratch, shared } from '../cli/helpers.js';
import { type BoardFiles, bootOnce, builtModel, type Step, titled, whyNoBoard } from './board.js';

const noBoard = await whyNoBoard();

/** Real networks, trained; absent where the shared material is. */
const SHARED = ['resnet8_cifar10_fp32', 'mobilenet_v1_0.25_96_vww_fp32', 'ds_cnn_kws_fp32'];

/**
 * fp32 outputs here and there may differ by this part of the largest output: sums are made in another order (NEON and
 * SSE/AVX kernels), and some of them round once where others round twice (fused multiply-add).
 */
const TOLERANCE = 1e-4;

const models = new Map<string, string>();
const withXnnpack = (name: string, xnnpack: boolean) => `${name}${xnnpack ? '-xnnpack' : ''}`;

function floats(folder: string): number[] {
  const bytes = readFileSync(join(folder, 'output0.raw'));
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

describe.skipIf(noBoard)(titled('a Cortex-A53 in real time, isolcpus=1-3', noBoard), () => {
  let board: BoardFiles;

  beforeAll(async () => {
    models.set('built', await builtModel());
    for (const name of SHARED) {
      const file = shared('models', `${name}.tflite`);
      if (file !== undefined) models.set(name, file);
    }
    const files = Object.fromEntries([...models.values()].map((file) => [basename(file), file]));
    const inference = [...models].flatMap(([name, file]): Step[] =>
      [false, true].map((xnnpack) => ({
        name: withXnnpack(name, xnnpack),
        run: {
          workload: basename(file),
          xnnpack,
          jobs: 2,
          cores: [1],
          events: 'none',
          dumpOutput: `out/${withXnnpack(name, xnnpack)}`,
        },
      })),
    );
    board = await bootOnce(
      { profile: 'real', cpus: 4, cmdline: 'isolcpus=1-3', files },
      [
        {
          name: 'pinned',
          run: { workload: 'spin', us: 500, period: '20ms', jobs: 40, cores: [2], fifo: 70 },
        },
        {
          name: 'threads',
          run: {
            workload: 'mobilenet_v1.tflite',
            xnnpack: true,
            threads: 3,
            jobs: 4,
            cores: [1, 2, 3],
            fifo: 60,
          },
        },
        ...inference,
      ],
      { doctor: 'isochron doctor -c 1 --json' },
    );
  });

  test('the job runs where it was put and at its priority, and the tool keeps off its core', () => {
    const { granted, housekeepingCores, machine } = board.sidecar('pinned');
    expect(granted).toMatchObject({
      policy: 'fifo',
      priority: 70,
      cores: [2],
      memoryLocked: true,
      denied: [],
    });
    expect(new Set(board.column('pinned', 'core'))).toEqual(new Set(['2']));
    expect(housekeepingCores).not.toContain(2);
    expect(machine.cores.isolated).toEqual([1, 2, 3]);
  });

  test('cycles are counted; instructions, which this profile can’t, are absent with the reason', () => {
    expect(
      board
        .column('pinned', 'cpu_cycles')
        .map(Number)
        .every((n) => n > 100_000),
    ).toBe(true);
    expect(new Set(board.column('pinned', 'inst_retired'))).toEqual(new Set(['']));
    expect(new Set(board.column('pinned', 'ipc'))).toEqual(new Set(['']));
    expect(
      board.sidecar('pinned').events.find((event) => event.name === 'inst_retired'),
    ).toMatchObject({ opened: true, reason: 'opened but never counted: 0 over the whole run' });
  });

  test('the worker threads have cores of their own, the job’s priority and counters', () => {
    const { granted, finished, xnnpackApplied } = board.sidecar('threads');
    expect(granted?.cores).toEqual([1]);
    expect(finished?.workers).toHaveLength(2);
    const workers = finished?.workers ?? [];
    expect(workers.map(({ cores }) => cores).sort()).toEqual([[2], [3]]);
    for (const worker of workers)
      expect(worker).toMatchObject({ policy: 'fifo', priority: 60, counted: true });
    expect(xnnpackApplied).toBe('delegate');
    expect(board.rows('threads')).toHaveLength(4);
  });

  for (const name of ['built', ...SHARED])
    test(`${name}: fp32 outputs are x86’s, with and without XNNPACK`, async ({ skip }) => {
      const file = models.get(name);
      if (file === undefined) return skip(NO_SHARED);
      for (const xnnpack of [false, true]) {
        const { xnnpackApplied } = board.sidecar(withXnnpack(name, xnnpack));
        expect(xnnpackApplied).toBe(xnnpack ? 'delegate' : 'no');
        const here = join(scratch(), 'outputs');
        const choice = xnnpack ? '--xnnpack' : '--no-xnnpack';
        const { status } = await isochron(
          ['run', file, choice, '-t', '2', '--events', 'none', '--dump-output', here].concat(
            '--quiet',
          ),
        );
        expect(status).toBe(0);
        const expected = floats(here);
        const outputs = floats(board.path(withXnnpack(name, xnnpack)));
        const scale = Math.max(...expected.map(Math.abs));
        expect(outputs).toHaveLength(expected.length);
        expect(scale).toBeGreaterThan(0);
        const worst = Math.max(
          ...outputs.map((value, i) => Math.abs(value - (expected[i] ?? NaN))),
        );
        expect(worst / scale).toBeLessThan(TOLERANCE);
      }
    });

  test('doctor knows the core, its counters and the isolation, and fails nothing as root', () => {
    const { status, stdout } = board.command('doctor');
    expect(status).toBe(0);
    const { checks } = JSON.parse(stdout) as {
      checks: { id: string; status: string; found: string; fix: string | null }[];
    };
    const check = (id: string) => checks.find((one) => one.id === id);
    expect(check('cpu')?.found).toContain('Cortex-A53 r0p4');
    expect(check('pmu')).toMatchObject({
      status: 'ok',
      found: expect.stringContaining(
        'armv8_cortex_a53, 6 programmable counters and a cycle counter',
      ),
    });
    expect(check('isolated')).toMatchObject({
      found: 'core 1: isolcpus, but not nohz_full, rcu_nocbs',
      fix: expect.stringContaining('nohz_full=1 rcu_nocbs=1'),
    });
    expect(check('fifo')?.status).toBe('ok');
    expect(check('throttled')?.status).toBe('unknown');
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
  });
});
