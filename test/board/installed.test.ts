/** The tarball as a user installs it, and a board on which something is missing, hidden or of the wrong kind. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type BoardFiles,
  boardPackage,
  bootOnce,
  builtModel,
  titled,
  whyNoBoard,
} from './board.js';

const noBoard = await whyNoBoard();
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const PACKAGE = '/opt/isochron/node_modules/isochron';
const PREBUILDS = `${PACKAGE}/prebuilds`;

/** One shell line: `command` while other file systems are mounted over these paths. */
const covered = (mounts: [source: string, path: string][], command: string) =>
  [
    ...mounts.map(([source, path]) =>
      source === 'empty' ? `mount -t tmpfs none ${path}` : `mount --bind ${source} ${path}`,
    ),
    command,
    'status=$?',
    ...mounts.map(([, path]) => `umount ${path}`).reverse(),
    '(exit $status)',
  ].join('\n');

describe.skipIf(noBoard)(titled('the packed tarball, installed on the board', noBoard), () => {
  let board: BoardFiles;

  beforeAll(async () => {
    board = await bootOnce(
      { profile: 'real', cpus: 2, files: { 'model.tflite': await builtModel() } },
      [],
      {
        tools: 'which gcc cc g++ make python3 npm',
        version: 'isochron --version',
        install: `cd ${PACKAGE} && node scripts/install.mjs`,
        engines: 'isochron engine list',
        'wrong-prebuild': covered(
          [[`${PREBUILDS}/linux-x64`, `${PREBUILDS}/linux-arm64`]],
          'isochron run noop -t 1',
        ),
        'no-prebuild': covered(
          [['empty', `${PREBUILDS}/linux-arm64`]],
          `isochron run noop -t 1; (cd ${PACKAGE} && node scripts/install.mjs)`,
        ),
        'no-engine': 'ISOCHRON_CACHE=/tmp/none isochron run model.tflite -t 1',
        'read-only':
          'mkdir /tmp/ro && mount -t tmpfs -o ro none /tmp/ro && isochron run noop -t 1 -o /tmp/ro/out.csv',
        hidden: covered(
          [
            ['empty', '/sys/devices/system'],
            ['empty', '/sys/bus'],
            ['empty', '/proc/sys'],
            ['/dev/null', '/proc/cpuinfo'],
            ['/dev/null', '/proc/interrupts'],
          ],
          'isochron run spin --us 1000 -t 40 -p 0.02 -f 80 -c 1 -o out/hidden-run.csv --quiet && isochron doctor --json',
        ),
        // without rights; then with those that the board's page gives to Node instead of root, in a home that can't be written
        denied:
          "su user -s /bin/sh -c 'HOME=/home/user isochron run noop -t 1 -f 80 --events none'",
        capable: `chmod 777 out
          setcap cap_sys_nice,cap_ipc_lock,cap_perfmon+ep "$(readlink -f "$(command -v node)")"
          echo 2 > /proc/sys/kernel/perf_event_paranoid
          mount -t tmpfs -o ro none /home/user || exit
          su user -s /bin/sh -c 'HOME=/home/user isochron run spin --us 1000 -t 30 -p 0.02 -f 80 -c 1 -o out/capable-run.csv --quiet'`,
      },
    );
  });

  test('needs no compiler, Python or headers: its own install step is content with the prebuilt addon', () => {
    expect(board.command('tools').stdout).toBe('');
    expect(board.command('version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(board.command('install')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(board.sidecar('capable-run').status).toBe('done');
  });

  test('takes 25 MB at most without the engine', async () => {
    const { installedBytes } = await boardPackage();
    expect(installedBytes).toBeGreaterThan(1e6);
    expect(installedBytes).toBeLessThanOrEqual(25e6);
  });

  test('finds the engine that was copied into the cache', () => {
    expect(board.command('engines').stdout).toMatch(
      /arm64 .*usable here .*\/root\/\.cache\/isochron\/.*libtensorflowlite_c\.so/,
    );
  });

  test('a prebuilt addon of another architecture is named as that, with the way to build', () => {
    const { status, stderr } = board.command('wrong-prebuild');
    expect(status).toBe(1);
    // E_ADDON_MISSING
    expect(stderr).toContain('No native addon of isochron loads on this machine (linux-arm64, ');
    expect(stderr).toContain('linux-arm64/isochron.glibc.node is made for x64');
    expect(stderr).toContain('npm install-scripts approve isochron && npm rebuild isochron');
    expect(stderr).not.toContain('    at ');
  });

  test('without any prebuilt addon for it, run and the install step say what is needed', () => {
    const { status, stderr } = board.command('no-prebuild');
    expect(status).toBe(1);
    expect(stderr).toContain('No native build was found for platform=linux arch=arm64');
    expect(stderr).toContain('npm install-scripts approve isochron && npm rebuild isochron');
    expect(stderr).toContain('No Node.js headers were found on this machine');
    expect(stderr).not.toContain('    at ');
  });

  test('without engine and network the error says how to bring the engine from another machine', () => {
    const { status, stderr } = board.command('no-engine');
    expect(status).toBe(1);
    expect(stderr).toContain('is not on this machine and can');
    expect(stderr).toContain('isochron engine install --arch arm64');
    expect(stderr).not.toContain('    at ');
  });

  test('a read-only file system is refused before the run as an output, and no matter as a home', () => {
    const { status, stderr } = board.command('read-only');
    expect(status).toBe(1);
    expect(stderr).toBe(
      "isochron: /tmp/ro/out.csv can't be written: its file system is read-only.\n  Choose another path with -o.\n",
    );
    expect(board.command('capable')).toMatchObject({ status: 0, stdout: '' });
  });

  test('entries of /proc and /sys that a container hides are null in the report, and the run goes on', () => {
    const { status, stdout } = board.command('hidden');
    expect(status).toBe(0);
    expect(board.rows('hidden-run')).toHaveLength(40);
    const { machine, granted, before } = board.sidecar('hidden-run');
    expect(granted).toMatchObject({ policy: 'fifo', priority: 80, cores: [1], denied: [] });
    expect(machine).toMatchObject({
      cpus: [],
      cores: { online: null, isolated: null },
      clocksource: null,
      schedRtRuntimeUs: null,
      perfEventParanoid: null,
    });
    expect(before.cores).toEqual([
      expect.objectContaining({ core: 1, governor: null, frequencyKhz: null }),
    ]);
    const { checks } = JSON.parse(stdout) as { checks: { id: string; status: string }[] };
    const unknown = checks.filter((check) => check.status === 'unknown').map((check) => check.id);
    expect(unknown).toEqual(
      expect.arrayContaining([
        'cpu',
        'rt_throttling',
        'isolated',
        'interrupts',
        'tasks',
        'smt',
        'clock',
      ]),
    );
  });

  test('a user without rights is told how to get them', () => {
    const { status, stderr } = board.command('denied');
    expect(status).toBe(1);
    expect(stderr).toMatch(/SCHED_FIFO priority 80 was refused:.*\n.*setcap cap_sys_nice\+ep/);
  });

  test('capabilities of the node binary stand in for root', () => {
    expect(board.command('capable').status).toBe(0);
    const { granted, events } = board.sidecar('capable-run');
    expect(granted).toMatchObject({ policy: 'fifo', priority: 80, memoryLocked: true });
    expect(events.every((event) => event.opened)).toBe(true);
    expect(Number(board.rows('capable-run')[0]?.cpu_cycles)).toBeGreaterThan(1000);
  });
});
