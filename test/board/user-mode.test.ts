/** The whole command line as arm64 programs on this host's kernel, which has no perf events for them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { hasPrivateBinfmt, runUser, USER_COMMANDS } from '../../scripts/board/user.mjs';
import { csv, json, scratch } from '../cli/helpers.js';
import { boardPackage, builtModel, titled, whyNoBoard } from './board.js';

const noUser =
  (await whyNoBoard(USER_COMMANDS)) ??
  (hasPrivateBinfmt()
    ? undefined
    : 'this kernel gives a user namespace no binfmt_misc of its own, so arm64 children can’t start');

describe.skipIf(noUser)(titled('the command line under qemu-user', noUser), () => {
  const folder = scratch();
  let isochron: (...args: string[]) => ReturnType<typeof runUser>;

  beforeAll(async () => {
    const { folder: installed, cache } = await boardPackage();
    const main = join(installed, 'node_modules', 'isochron', 'dist', 'cli', 'main.js');
    isochron = (...args) =>
      runUser(['node', main, ...args], {
        cwd: folder,
        timeout: 1800, // for what hangs: emulated and on a busy host a start alone takes a minute
        env: { ISOCHRON_CACHE: cache, NO_COLOR: '1' },
      });
  });

  test('wrong usage is refused with exit code 2', async () => {
    const wrong = await isochron('run', 'noop', '-p', '0.01', '-d', '0.02');
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('is longer than the period');
  });

  test('a kernel without perf: a run goes on, its counters are absent with that reason', async () => {
    const run = await isochron(
      ...['run', 'spin', '--us', '500', '-p', '0.02', '-t', '40', '--best-effort'],
      ...['-o', 'spin.csv'],
    );
    expect(run.status).toBe(0);
    expect(run.stderr).toContain('this kernel has no perf_event_open');
    const rows = csv(join(folder, 'spin.csv'));
    expect(rows).toHaveLength(40);
    expect(new Set(rows.map((row) => row.cpu_cycles))).toEqual(new Set(['']));
    expect(rows.every((row) => Number(row.elapsed_ns) >= 500_000)).toBe(true);
    const { events, counters, machine } = json(join(folder, 'spin.json'));
    expect(machine.arch).toBe('arm64');
    expect(counters.readMethod).toBe('none');
    for (const event of events)
      expect(event).toMatchObject({
        opened: false,
        reason: expect.stringContaining('no perf_event_open (built without perf events'),
      });
  });

  test('a network is built, looked at and run there, in a child process with the arm64 engine', async () => {
    const model = await builtModel();
    expect((await isochron('models', 'inspect', model)).stdout).toContain('DEPTHWISE_CONV_2D');
    const run = await isochron(
      ...['run', model, '--xnnpack', '-t', '3', '--best-effort', '--events', 'none'],
      ...['-o', 'model.csv', '--dump-output', 'outputs', '--quiet'],
    );
    expect(run).toMatchObject({ status: 0, stdout: '' });
    const { xnnpackApplied, workload, engine } = json(join(folder, 'model.json'));
    expect(xnnpackApplied).toBe('delegate');
    expect(workload.tflite.version).toBe('2.9.0');
    expect(engine.path).toMatch(/arm64/);
    const { outputs } = json(join(folder, 'outputs', 'outputs.json'));
    expect(readFileSync(join(folder, 'outputs', 'output0.raw'))).toHaveLength(outputs[0].bytes);
  });

  test('events and doctor say what there is and go on without the rest', async () => {
    const events = await isochron('events');
    expect(events.status).toBe(0);
    expect(events.stdout).toContain('no perf_event_open');
    const doctor = await isochron('doctor', '--json');
    expect(doctor.stderr).toBe('');
    const { checks } = JSON.parse(doctor.stdout);
    expect(checks.find((check: { id: string }) => check.id === 'addon')).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('loads (linux-arm64'),
    });
  });
});
