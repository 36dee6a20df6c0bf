/** What a container takes away: cores, by a cpuset, and system calls, by a seccomp filter. Both are made for real. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EventOffer } from '../../src/events/offer.js';
import { parseCoreList } from '../../src/machine/cores.js';
import type { DoctorReport } from '../../src/machine/doctor/run-doctor.js';
import { isochron, scratch, until } from './helpers.js';

const { EPERM, ENOSYS } = constants.errno;
const STACK = /\n\s+at /;

/** A command under which one system call is denied; null where it can't be made, with the reason. */
const filter = makeFilter();
function makeFilter(): { path: string } | { why: string } {
  const path = join(scratch(), 'deny-syscall');
  const built = spawnSync('cc', ['-o', path, join(import.meta.dirname, 'deny-syscall.c')]);
  if (built.status !== 0) return { why: 'there is no C compiler' };
  const tried = spawnSync(path, ['perf_event_open', String(EPERM), 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? { path } : { why: `no filter can be set here: ${tried.stderr}` };
}
const denying = (call: 'perf_event_open' | 'sched_setaffinity', errno: number) => ({
  wrapper: 'path' in filter ? [filter.path, call, String(errno)] : [],
});

describe.skipIf('why' in filter)(
  `under a seccomp filter${'why' in filter ? ` (skipped: ${filter.why})` : ''}`,
  () => {
    test.each([
      ['EPERM', EPERM, 'a seccomp filter forbids perf_event_open'],
      ['ENOSYS', ENOSYS, 'a seccomp filter hides perf_event_open'],
    ])(
      'events that are refused with %s are told apart from the kernel’s own refusals',
      async (_name, errno, words) => {
        const { status, stdout } = await isochron(
          ['events', '--json'],
          denying('perf_event_open', errno),
        );
        expect(status).toBe(0);
        const { events } = JSON.parse(stdout) as EventOffer;
        const clock = events.find(({ name }) => name === 'task_clock');
        expect(clock).toMatchObject({ offered: false, reason: expect.stringContaining(words) });
        expect(clock?.reason).toContain('--cap-add PERFMON');
      },
    );

    test('a run without counters goes on and says so', async () => {
      const csv = join(scratch(), 'out.csv');
      const { status, stderr } = await isochron(
        ['run', 'noop', '-t', '40', '--events', 'software', '-o', csv],
        denying('perf_event_open', EPERM),
      );
      expect(status).toBe(0);
      expect(stderr).toContain('a seccomp filter forbids perf_event_open');
      expect(existsSync(csv)).toBe(true);
    });

    test.each([
      ['run', ['run', 'noop', '-t', '40', '-c', '0']],
      ['events', ['events', '-c', '0']],
      ['isolate', ['isolate', '-c', '0', '--', 'true']],
    ])('%s says in a sentence that it may not choose cores', async (_name, args) => {
      const { status, stderr } = await isochron(args, denying('sched_setaffinity', EPERM));
      expect(status).toBe(1);
      expect(stderr).toContain('forbids sched_setaffinity');
      expect(stderr).toContain('--cap-add SYS_NICE');
      expect(stderr).not.toMatch(STACK);
    });

    test('doctor finds it', async () => {
      const { status, stdout } = await isochron(
        ['doctor', '--json', '-c', '0'],
        denying('sched_setaffinity', EPERM),
      );
      expect(status).toBe(1);
      const { checks } = JSON.parse(stdout) as DoctorReport;
      expect(checks.find(({ id }) => id === 'affinity')).toMatchObject({
        status: 'fail',
        found: expect.stringContaining('forbids sched_setaffinity'),
      });
    });
  },
);

const online = parseCoreList(readFileSync('/sys/devices/system/cpu/online', 'utf8')) ?? [];
const inside = online[0] as number;
const outside = online.at(-1) as number;

/** A cpuset of the first core alone: cgroup v1, or v2 where the controller is handed on. */
function makeCpuset(): { folder: string; tasks: string } | { why: string } {
  if (online.length < 2) return { why: 'there is one core' };
  const name = `isochron-test-${process.pid}`;
  for (const [root, tasks] of [
    ['/sys/fs/cgroup/cpuset', 'tasks'],
    ['/sys/fs/cgroup', 'cgroup.procs'],
  ] as const) {
    const folder = join(root, name);
    try {
      if (!existsSync(join(root, 'cpuset.cpus')) && root.endsWith('cpuset')) continue;
      mkdirSync(folder);
      try {
        writeFileSync(join(folder, 'cpuset.cpus'), String(inside));
        writeFileSync(join(folder, 'cpuset.mems'), '0');
        return { folder, tasks: join(folder, tasks) };
      } catch (error) {
        rmdirSync(folder);
        throw error;
      }
    } catch {}
  }
  return { why: 'no cpuset can be made here' };
}
const cpuset = makeCpuset();

describe.skipIf('why' in cpuset)(
  `in a cpuset without the core${'why' in cpuset ? ` (skipped: ${cpuset.why})` : ''}`,
  () => {
    const within = { wrapper: ['sh', '-c', 'echo $$ > "$0" && exec "$@"'] };
    beforeAll(() => {
      if ('tasks' in cpuset) within.wrapper.push(cpuset.tasks);
    });
    afterAll(async () => {
      if ('why' in cpuset) return;
      // the last process leaves it a moment after its exit status is there
      await until(
        () => readFileSync(cpuset.tasks, 'utf8') === '',
        'the last process to leave the cpuset',
      );
      rmdirSync(cpuset.folder);
    });
    const c = String(outside);

    test.each([
      ['run', ['run', 'noop', '-t', '40', '-c', c]],
      ['events', ['events', '-c', c]],
      ['run --isolate', ['run', 'noop', '-t', '40', '-c', c, '--isolate']],
      ['isolate', ['isolate', '-c', c, '--', 'true']],
    ])('%s refuses it in a sentence, and has changed nothing', async (_name, args) => {
      const { status, stderr } = await isochron(args, within);
      expect(status).toBe(1);
      expect(stderr).toContain(`can't be pinned to core ${c}`);
      expect(stderr).toContain(`Cores allowed now: ${inside}.`);
      expect(stderr).not.toMatch(/moved|isolated by/);
      expect(stderr).not.toMatch(STACK);
    });

    test('doctor finds it, with who decides', async () => {
      const { status, stdout } = await isochron(['doctor', '--json', '-c', c], within);
      expect(status).toBe(1);
      const { checks } = JSON.parse(stdout) as DoctorReport;
      expect(checks.find(({ id }) => id === 'affinity')).toMatchObject({
        status: 'fail',
        found: `The job can't be pinned to core ${c}: the cpuset of this process doesn't contain it`,
        fix: expect.stringContaining('--cpuset-cpus'),
      });
    });

    test('of several cores the one that is missing is named', async () => {
      const { stdout } = await isochron(['doctor', '--json', '-c', `${inside},${c}`], within);
      const { checks } = JSON.parse(stdout) as DoctorReport;
      expect(checks.find(({ id }) => id === 'affinity')?.found).toContain(`core ${c}:`);
    });

    test('what names no core finds one that is allowed', async () => {
      const { stdout } = await isochron(['doctor', '--json'], within);
      const { cores, checks } = JSON.parse(stdout) as DoctorReport;
      expect(cores).toEqual([inside]);
      expect(checks.find(({ id }) => id === 'affinity')?.status).toBe('ok');
      expect((await isochron(['events'], within)).status).toBe(0);
    });
  },
);
