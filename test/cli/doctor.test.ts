/** `isochron doctor` on this machine, and on one that hides everything. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/machine/doctor/run-doctor.js';
import { preparedBoard } from '../machine/tree.js';
import { isochron, scratch } from './helpers.js';

/** A made-up machine in place of this one's /proc and /sys. */
function machine(files: Record<string, string>): { env: NodeJS.ProcessEnv } {
  const root = scratch();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { env: { ISOCHRON_SYSTEM_ROOT: root } };
}

const report = async (args: string[], options?: { env: NodeJS.ProcessEnv }) => {
  const { status, stdout } = await isochron(['doctor', '--json', ...args], options);
  return { status, report: JSON.parse(stdout) as DoctorReport };
};
const found = ({ checks }: DoctorReport, id: string) => checks.find((check) => check.id === id);

describe('isochron doctor', () => {
  test('says the same in words and in JSON, and exits with what the checks came to', async () => {
    const { status, report: said } = await report([]);
    expect(status).toBe(said.checks.some((check) => check.status === 'fail') ? 1 : 0);
    expect(said.passed).toBe(status === 0);
    const words = await isochron(['doctor']);
    expect(words.status).toBe(status);
    for (const { title } of said.checks) expect(words.stdout).toContain(title);
    for (const check of said.checks)
      if (check.status === 'warn' || check.status === 'fail')
        expect(words.stdout).toContain(check.why);
    // NO_COLOR is set
    expect(words.stdout).not.toContain('\u001b[');
  });

  test('a board that is not fit fails with 1, and every failure has its fix', async () => {
    const { status, report: said } = await report(
      ['-c', '3'],
      machine({
        ...preparedBoard,
        'sys/devices/system/cpu/cpu3/cpufreq/scaling_governor': 'powersave\n',
      }),
    );
    expect(status).toBe(1);
    expect(said.cores).toEqual([3]);
    expect(found(said, 'governor')).toMatchObject({ status: 'fail', fixable: true });
    for (const check of said.checks) if (check.status === 'fail') expect(check.fix).not.toBeNull();
  });

  test('a container that hides /proc and /sys is no failure and no crash', async () => {
    const { stdout, stderr } = await isochron(['doctor'], machine({}));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\?\s+processor +\/proc\/cpuinfo does not say/);
    expect(stdout).toMatch(/not told by this machine/);
  });

  test('--model weighs a network against the free memory', async () => {
    const model = join(scratch(), 'large.tflite');
    writeFileSync(model, Buffer.alloc(2 ** 20));
    const poor = {
      ...preparedBoard,
      'proc/meminfo': 'MemTotal: 131072 kB\nMemAvailable: 65536 kB\nSwapTotal: 0 kB\n',
    };
    const { status, report: said } = await report(['-c', '3', '--model', model], machine(poor));
    expect(status).toBe(1);
    expect(found(said, 'memory')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('large'),
    });
  });

  test.each([
    [['-c', '4096'], 2, /core 4096 does not exist/],
    [['-c', 'x'], 2, /is not a list of cores/],
    [['--model', '/nonexistent/m.tflite'], 1, /no model file/],
  ])('%j ends with %i', async (args, status, message) => {
    const result = await isochron(['doctor', ...args]);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });
});
