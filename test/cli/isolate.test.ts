/**
 * Isolation through the real command line, of a real task: a `sleep` of this test. Nothing else on this machine is touched, for
 * the commands see a made-up machine whose /proc holds that task alone.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ENDING_SIGNALS } from '../../src/kernel/signals.js';
import { formatCoreList, onlineCores } from '../../src/machine/cores.js';
import { isochron, json, scratch, start, until } from './helpers.js';

const online = onlineCores() ?? [];
const core = online.at(-1) ?? 0;
const here = formatCoreList(online);
const elsewhere = formatCoreList(online.filter((other) => other !== core));
const oneCore = online.length < 2;
const root = process.geteuid?.() === 0;

const sleepers: ChildProcess[] = [];
afterEach(() => {
  for (const child of sleepers.splice(0)) child.kill('SIGKILL');
});

/** A machine with one task besides the command itself. */
async function machine(files: Record<string, string> = {}) {
  const folder = scratch();
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const sleeper = spawn('sleep', ['600'], { stdio: 'ignore' });
  sleepers.push(sleeper);
  const pid = sleeper.pid as number;
  put('sys/devices/system/cpu/online', `${here}\n`);
  put('sys/devices/system/cpu/possible', `${here}\n`);
  for (const [path, text] of Object.entries(files)) put(path, text);
  mkdirSync(join(folder, 'proc'), { recursive: true });
  symlinkSync('/proc/self', join(folder, 'proc/self'));
  symlinkSync(`/proc/${pid}`, join(folder, 'proc', String(pid)));
  const mask = () =>
    /^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  await until(() => mask() === here, 'the task to start');
  return {
    mask,
    file: (path: string) => join(folder, path),
    read: (path: string) => readFileSync(join(folder, path), 'utf8').trim(),
    options: { env: { ISOCHRON_SYSTEM_ROOT: folder, ISOCHRON_CACHE: join(folder, 'cache') } },
    journal: root
      ? join(folder, 'run/isochron/isolation.json')
      : join(folder, 'cache/isolation/isolation.json'),
  };
}

const governor = `sys/devices/system/cpu/cpu${core}/cpufreq/scaling_governor`;
const run = (...more: string[]) => [
  'run',
  'noop',
  '-p',
  '0.002',
  '-c',
  String(core),
  '--events',
  'none',
  ...more,
];

describe.skipIf(oneCore)(
  `isolation${oneCore ? ' (skipped: this machine has one core)' : ''}`,
  () => {
    test('a command runs pinned, tasks are elsewhere meanwhile and back after it, its status is ours', async () => {
      const board = await machine({ [governor]: 'ondemand\n' });
      const show = `grep Cpus_allowed_list /proc/self/status ${board.file('proc')}/[0-9]*/status; cat ${board.file(governor)}; echo "$0"; exit 7`;
      const result = await isochron(
        ['isolate', '-c', String(core), '--', 'sh', '-c', show, '1e3'],
        board.options,
      );
      expect(result.status).toBe(7);
      const masks = [...result.stdout.matchAll(/Cpus_allowed_list:\t(.*)/g)].map(
        (match) => match[1],
      );
      expect(masks).toEqual([String(core), elsewhere]);
      expect(result.stdout).toContain('performance');
      expect(result.stdout).toContain('\n1e3\n');
      expect(result.stderr).toMatch(/1 task moved/);
      expect(board.mask()).toBe(here);
      expect(board.read(governor)).toBe('ondemand');
      expect(existsSync(board.journal)).toBe(false);
    });

    test('a command without two dashes runs as it is written, with options that isolate has, too', async () => {
      const board = await machine();
      const words = ['sh', '-c', 'echo "$@"', 'sh', '-c', '4096', '--quiet', '--', '1e3'];
      const result = await isochron(
        ['isolate', '-c', String(core), '--quiet', ...words],
        board.options,
      );
      expect(result).toMatchObject({ status: 0, stdout: '-c 4096 --quiet -- 1e3\n', stderr: '' });
      expect(board.mask()).toBe(here);
    });

    test('a run says in its sidecar what was changed, and has put it back', async () => {
      const board = await machine({ [governor]: 'ondemand\n' });
      const out = join(scratch(), 'out.csv');
      const { status } = await isochron(
        [...run('-t', '40', '--isolate', '-o', out)],
        board.options,
      );
      expect(status).toBe(0);
      expect(json(join(dirname(out), 'out.json'))).toMatchObject({
        plan: { isolate: true },
        isolation: {
          cores: [core],
          governors: [{ core, before: 'ondemand' }],
          tasks: { moved: 1, refused: 0 },
        },
        before: { cores: [{ core, governor: 'performance' }] },
      });
      expect(board.mask()).toBe(here);
      expect(board.read(governor)).toBe('ondemand');
    });

    test('a run that does not ask for it changes nothing', async () => {
      const board = await machine({ [governor]: 'ondemand\n' });
      const out = join(scratch(), 'out.csv');
      const { child, result } = start(run('-t', '0', '-o', out), board.options);
      await until(() => existsSync(out), 'the run to start');
      expect(board.mask()).toBe(here);
      expect(board.read(governor)).toBe('ondemand');
      child.kill('SIGINT');
      await result;
      expect(json(join(dirname(out), 'out.json')).isolation).toBeNull();
    });

    test.each(ENDING_SIGNALS)('%s puts everything back', async (signal) => {
      const board = await machine();
      const { child, result } = start(run('-t', '0', '--isolate'), board.options);
      await until(() => board.mask() === elsewhere, 'the task to be moved');
      child.kill(signal);
      await result;
      expect(board.mask()).toBe(here);
      expect(existsSync(board.journal)).toBe(false);
    });

    test('a run that fails puts everything back', async () => {
      const board = await machine();
      const { status } = await isochron(
        [...run('-t', '10', '--isolate', '-o', '/dev/full')],
        board.options,
      );
      expect(status).toBe(1);
      expect(board.mask()).toBe(here);
      expect(existsSync(board.journal)).toBe(false);
    });

    test('after a SIGKILL the next run puts everything back, and says so', async () => {
      const board = await machine();
      const { child, result } = start(run('-t', '0', '--isolate'), board.options);
      await until(() => board.mask() === elsewhere, 'the task to be moved');
      child.kill('SIGKILL');
      await result;
      expect(board.mask()).toBe(elsewhere);
      expect(existsSync(board.journal)).toBe(true);
      const next = await isochron(run('-t', '5'), board.options);
      expect(next.status).toBe(0);
      expect(next.stderr).toMatch(/undid an earlier isolation that was killed/);
      expect(board.mask()).toBe(here);
      expect(existsSync(board.journal)).toBe(false);
    });

    test('isolate --undo does the same, and finds nothing the second time', async () => {
      const board = await machine();
      // the command ends with what it has killed
      const killed = await isochron(
        ['isolate', '-c', String(core), '--', 'sh', '-c', 'kill -KILL $PPID'],
        board.options,
      );
      expect(killed.signal).toBe('SIGKILL');
      expect(board.mask()).toBe(elsewhere);
      const undone = await isochron(['isolate', '--undo'], board.options);
      expect(undone).toMatchObject({
        status: 0,
        stderr: expect.stringMatching(/1 change put back/),
      });
      expect(board.mask()).toBe(here);
      expect((await isochron(['isolate', '--undo'], board.options)).stderr).toMatch(
        /nothing to undo/,
      );
    });

    test('two at once: the second is refused and the first goes on', async () => {
      const board = await machine();
      const { child, result } = start(run('-t', '0', '--isolate'), board.options);
      await until(() => board.mask() === elsewhere, 'the task to be moved');
      const second = await isochron(['isolate', '-c', String(core), '--', 'true'], board.options);
      expect(second).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/Another isochron isolates/),
      });
      expect(board.mask()).toBe(elsewhere);
      child.kill('SIGINT');
      await result;
      expect(board.mask()).toBe(here);
    });

    test('doctor --fix stays until isolate --undo', async () => {
      const board = await machine({ [governor]: 'ondemand\n' });
      await isochron(['doctor', '-c', String(core), '--fix'], board.options);
      expect(board.mask()).toBe(elsewhere);
      expect(board.read(governor)).toBe('performance');
      await isochron(run('-t', '5'), board.options);
      expect(board.mask()).toBe(elsewhere);
      await isochron(['isolate', '--undo'], board.options);
      expect(board.mask()).toBe(here);
      expect(board.read(governor)).toBe('ondemand');
    });

    test.skipIf(!root)(
      'without the rights nothing is changed; --best-effort does the rest',
      async () => {
        const board = await machine({ [governor]: 'ondemand\n' });
        const cache = scratch();
        // the user must reach the made-up machine and write the journal
        const folder = board.options.env.ISOCHRON_SYSTEM_ROOT;
        for (const path of [folder, cache]) chmodSync(path, 0o777);
        const nobody = {
          env: { ISOCHRON_SYSTEM_ROOT: folder, ISOCHRON_CACHE: cache, HOME: cache },
          wrapper: [
            'setpriv',
            '--reuid=65534',
            '--regid=65534',
            '--clear-groups',
            '--inh-caps=-all',
          ],
        };
        const refused = await isochron(['isolate', '-c', String(core), '--', 'true'], nobody);
        expect(refused.status).toBe(1); // E_ISOLATION_DENIED
        expect(refused.stderr).toMatch(
          /may not set the governor of core \d+ .*not writable.*, nor move 1 task of other users/,
        );
        expect(board.read(governor)).toBe('ondemand');
        expect(board.mask()).toBe(here);
        const rest = await isochron(
          ['isolate', '--best-effort', '-c', String(core), '--', 'true'],
          nobody,
        );
        expect(rest.status).toBe(0);
        expect(rest.stderr).toMatch(/It may not set the governor/);
        expect(board.read(governor)).toBe('ondemand');
      },
    );

    test('a read-only file system for the journal (E_JOURNAL): an error before anything is changed', async () => {
      const board = await machine();
      for (const path of ['run', 'cache']) writeFileSync(board.file(path), 'no folder');
      const { status, stderr } = await isochron(
        ['isolate', '-c', String(core), '--', 'true'],
        board.options,
      );
      expect(status).toBe(1);
      expect(stderr).toMatch(/journal of it can't be written/);
      expect(board.mask()).toBe(here);
      for (const path of ['run', 'cache']) rmSync(board.file(path));
    });

    test.each([
      [['isolate', '-c', '0'], 2, /no command is named/],
      [['isolate', '-c', here, '--', 'true'], 2, /would leave no core/],
      [['isolate', '-c', '4096', '--', 'true'], 2, /core 4096 does not exist/],
      [['isolate', '--undo', '--', 'true'], 2, /takes no command/],
      [['isolate', '--undo', 'true'], 2, /takes no command/],
      [
        ['isolate', '-c', String(core), 'isochron-has-no-such-command', 'true'],
        1,
        /"?isochron-has-no-such-command/,
      ],
      [
        ['isolate', '-c', String(core), '--', 'isochron-has-no-such-command'],
        1,
        /there is no such command/, // E_COMMAND
      ],
      [['run', 'noop', '--isolate', '-t', '5'], 2, /needs the cores of the job/],
    ])('%j ends with %i', async (args, status, message) => {
      const board = await machine();
      const result = await isochron(args, board.options);
      expect(result.status).toBe(status);
      expect(result.stderr).toMatch(message);
      expect(board.mask()).toBe(here);
    });
  },
);
