import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BoardResult, bootBoard } from '../../scripts/board/boot.mjs';
import { hasPrivateBinfmt, runUser, USER_COMMANDS } from '../../scripts/board/user.mjs';
import { onBoard, titled, whyNoBoard } from './board.js';

const noBoard = await whyNoBoard();
const noUser = await whyNoBoard(USER_COMMANDS);

const PMU = '/sys/bus/event_source/devices/armv8_cortex_a53';

describe.skipIf(noBoard)(titled('the emulated board in virtual time', noBoard), () => {
  let board: BoardResult;
  const bytes = Buffer.from([0, 255, 10, 13, 0]);
  const out = (name: string) => readFileSync(join(board.outDir, name));

  beforeAll(async () => {
    const outDir = mkdtempSync(join(tmpdir(), 'isochron-board-test-'));
    afterAll(() => rmSync(outDir, { recursive: true, force: true }));
    board = await bootBoard({
      outDir,
      timeout: 3000,
      files: { 'data/in.txt': { text: 'carried in\n' } },
      command: [
        `{ uname -m; nproc; grep -m1 part /proc/cpuinfo; ls ${PMU}/events; node -p process.arch; } > out/machine`,
        "chrt -f 80 sh -c 'chrt -p $$' > out/priority",
        'mkdir out/sub; cp data/in.txt out/sub/back.txt',
        "printf '\\000\\377\\n\\r\\000' > out/bytes",
        'tail -f /dev/null &', // is left behind
        'echo to stdout; echo to stderr > /dev/stderr; exit 7',
      ].join('\n'),
    });
  });

  test('is an arm64 Linux on a Cortex-A53 whose PMU has the name that real boards give it', () => {
    expect(out('machine').toString().trim().split('\n')).toEqual([
      'aarch64',
      '1',
      'CPU part\t: 0xd03',
      'cpu_cycles',
      'inst_retired',
      'arm64',
    ]);
  });

  test('lets root use real-time priorities, and shows them to be granted', () => {
    expect(out('priority').toString()).toMatch(/policy: SCHED_FIFO\n.*priority: 80\n/);
  });

  test('takes files in, brings files back, keeps the two output streams and the status apart, and waits for no process that the command left behind', () => {
    expect(out('sub/back.txt').toString()).toBe('carried in\n');
    expect(out('bytes')).toEqual(bytes);
    const { status, stdout, stderr } = board;
    expect({ status, stdout, stderr }).toEqual({
      status: 7,
      stdout: 'to stdout\n',
      stderr: 'to stderr\n',
    });
  });

  test('is switched off at its time limit', async () => {
    const job = onBoard({ command: 'while :; do :; done', timeout: 2 });
    await expect(job).rejects.toMatchObject({
      code: 'E_BOARD_TIMEOUT',
      message: 'The board was switched off after 2 s.',
    });
  });

  test('says that a file to be carried in does not exist', async () => {
    const job = onBoard({ command: 'true', files: ['/nowhere/model.tflite'] });
    await expect(job).rejects.toMatchObject({
      code: 'E_BOARD_JOB',
      message: 'There is no file /nowhere/model.tflite to give to the board.',
    });
  });
});

describe.skipIf(noBoard)(titled('the emulated board in real time', noBoard), () => {
  test('has four CPUs; a task runs on an isolated one only when it is put there', async () => {
    const { stdout } = await onBoard({
      profile: 'real',
      cmdline: 'isolcpus=1-3',
      command: [
        'grep -c ^processor /proc/cpuinfo; cat /sys/devices/system/cpu/isolated',
        'taskset -pc $$; taskset -c 2 sh -c \'taskset -pc $$; cut -d " " -f 39 /proc/self/stat\'',
      ].join('\n'),
    });
    expect(
      stdout
        .replace(/pid \d+/g, 'pid')
        .trim()
        .split('\n'),
    ).toEqual([
      '4',
      '1-3',
      "pid's current affinity list: 0",
      "pid's current affinity list: 2",
      '2',
    ]);
  });
});

describe.skipIf(noUser)(titled('qemu-user', noUser), () => {
  test('runs the image’s node as an arm64 program and hands on its status and streams', async () => {
    const script = 'console.log(process.arch); console.error("no board"); process.exit(5)';
    const { status, stdout, stderr } = await runUser(['node', '-e', script], { timeout: 1800 });
    expect({ status, stdout, stderr }).toEqual({
      status: 5,
      stdout: 'arm64\n',
      stderr: 'no board\n',
    });
  });

  test.skipIf(noUser !== undefined || !hasPrivateBinfmt())(
    'starts arm64 children by path and by name where the kernel lets a namespace have its own binfmt_misc',
    async () => {
      const script = `
        const { execFileSync } = require('node:child_process');
        const print = ['-e', 'console.log(process.arch)'];
        process.stdout.write(execFileSync(process.execPath, print));
        process.stdout.write(execFileSync('/usr/bin/env', ['node', ...print]));`;
      expect(await runUser(['node', '-e', script], { timeout: 1800 })).toMatchObject({
        status: 0,
        stdout: 'arm64\narm64\n',
      });
    },
  );
});
