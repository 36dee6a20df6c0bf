// Boots the emulated Cortex-A53 board, runs one command in it and brings back what it printed and left in /job/out.
//
// Profiles:
//   virtual  the board's clock counts instructions (1 ns each), so its times depend on nothing but the program: idle time
//            costs nothing, cycles and instructions are counted exactly. Several CPUs share one host thread and that clock.
//   real     one host thread per CPU, and the board's clock is the host's; there is no instruction counter.
// In neither do cache events count, and neither says anything about a real board's speed.
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeCpio } from './cpio.mjs';
import { BoardError, needCommands, run, scratchFolder, which } from './host.mjs';
import { buildImage, deviceTree, IMAGE_COMMANDS } from './image.mjs';

/** What the host needs to build the image and to boot it. */
export const BOARD_COMMANDS = [...IMAGE_COMMANDS, 'qemu-system-aarch64', 'fdtput'];

const PROFILES = {
  virtual: {
    cpus: 1,
    accelerator: ['-accel', 'tcg,thread=single', '-icount', 'shift=0,sleep=off'],
  },
  real: { cpus: 4, accelerator: ['-accel', 'tcg,thread=multi'] },
};

/**
 * Boots the board for one command. The image is built first where it is missing.
 * @param {import('./boot.mjs').BoardJob} job
 * @returns {Promise<import('./boot.mjs').BoardResult>}
 * @throws {BoardError} `E_BOARD_TOOL` (a Debian package is missing), `E_BOARD_TIMEOUT`, `E_BOARD_NO_RESULT`, `E_BOARD_JOB`
 */
export async function bootBoard(job) {
  const profile = PROFILES[job.profile ?? 'virtual'];
  if (profile === undefined)
    throw new BoardError(
      'E_BOARD_JOB',
      `There is no profile “${job.profile}”; there are virtual and real.`,
    );
  const cpus = job.cpus ?? profile.cpus;
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > 8)
    throw new BoardError('E_BOARD_JOB', 'The board has 1 to 8 CPUs.');
  needCommands(BOARD_COMMANDS);
  const image = await buildImage();
  const scratch = scratchFolder('boot');
  try {
    const initrd = await makeInitrd(image, job, scratch);
    const started = process.hrtime.bigint();
    const end = await runQemu(
      qemuArguments(image, initrd, scratch, profile, cpus, job),
      scratch,
      job,
    );
    const hostSeconds = Number(process.hrtime.bigint() - started) / 1e9;
    return collect(scratch, job, end, hostSeconds);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The kernel unpacks one archive after the other; each starts on a multiple of four bytes because each ends on one. */
async function makeInitrd(image, job, scratch) {
  const jobArchive = join(scratch, 'job.cpio');
  const named = Array.isArray(job.files)
    ? Object.fromEntries(job.files.map((file) => [basename(file), file]))
    : (job.files ?? {});
  const tree = { 'job/command': { text: `${job.command}\n` } };
  for (const [name, source] of Object.entries(named)) {
    if (typeof source === 'string' && lstatSync(source, { throwIfNoEntry: false }) === undefined) {
      throw new BoardError('E_BOARD_JOB', `There is no file ${source} to give to the board.`);
    }
    tree[`job/${name}`] = source;
  }
  writeCpio(jobArchive, tree);
  const initrd = join(scratch, 'initrd');
  copyFileSync(join(image, 'base.cpio'), initrd);
  for (const archive of [...(job.layers ?? []), jobArchive]) {
    await pipeline(createReadStream(archive), createWriteStream(initrd, { flags: 'a' }));
  }
  return initrd;
}

function qemuArguments(image, initrd, scratch, profile, cpus, job) {
  const port = (name, file) => [
    ...['-chardev', `file,id=${name},path=${join(scratch, file)}`],
    ...['-device', `virtserialport,chardev=${name},name=board.${name}`],
  ];
  const cmdline = `console=ttyAMA0 quiet panic=-1 nokaslr board.date=${Math.floor(Date.now() / 1000)} ${job.cmdline ?? ''}`;
  return [
    ...[
      '-M',
      'virt',
      '-cpu',
      'cortex-a53',
      '-smp',
      String(cpus),
      '-m',
      job.memory ?? '1G',
      ...profile.accelerator,
    ],
    ...[
      '-dtb',
      deviceTree(image, cpus),
      '-kernel',
      join(image, 'vmlinuz'),
      '-initrd',
      initrd,
      '-append',
      cmdline.trim(),
    ],
    ...['-nodefaults', '-display', 'none', '-monitor', 'none', '-no-reboot'],
    ...['-serial', `file:${join(scratch, 'console')}`, '-device', 'virtio-serial-pci'],
    ...port('stdout', 'stdout'),
    ...port('stderr', 'stderr'),
    ...port('result', 'result.tar'),
  ];
}

/** Runs QEMU to its end or to the time limit; it never outlives this process. */
function runQemu(args, scratch, job) {
  const followers = [
    follow(join(scratch, 'stdout'), job.onStdout),
    follow(join(scratch, 'stderr'), job.onStderr),
  ];
  return new Promise((resolvePromise, reject) => {
    const said = [];
    let timedOut = false;
    const [program, ...rest] = [...dyingWithUs(), 'qemu-system-aarch64', ...args];
    const qemu = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => qemu.kill('SIGKILL');
    const clean = () => {
      kill();
      rmSync(scratch, { recursive: true, force: true });
    };
    const timer = setTimeout(
      () => {
        timedOut = true;
        kill();
      },
      (job.timeout ?? 120) * 1000,
    );
    process.once('exit', clean);
    qemu.stdout.on('data', (chunk) => said.push(chunk));
    qemu.stderr.on('data', (chunk) => said.push(chunk));
    qemu.once('error', reject);
    qemu.once('close', () => {
      clearTimeout(timer);
      process.off('exit', clean);
      for (const stop of followers) stop();
      resolvePromise({ timedOut, said: Buffer.concat(said).toString() });
    });
  });
}

/** A wrapper that has the kernel end QEMU even when this process is killed outright; every Debian has it. */
function dyingWithUs() {
  return which('setpriv') === undefined ? [] : ['setpriv', '--pdeathsig', 'KILL', '--'];
}

/** Hands on what is appended to a file; the function returned hands on the rest and ends it. */
function follow(file, onData) {
  if (onData === undefined) return () => {};
  const buffer = Buffer.alloc(65_536);
  let fd;
  const readMore = () => {
    if (fd === undefined && existsSync(file)) fd = openSync(file, 'r');
    if (fd === undefined) return;
    for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
      onData(Buffer.from(buffer.subarray(0, length)));
    }
  };
  const timer = setInterval(readMore, 50);
  return () => {
    clearInterval(timer);
    readMore();
    if (fd !== undefined) closeSync(fd);
  };
}

function collect(scratch, job, { timedOut, said }, hostSeconds) {
  const text = (name) =>
    existsSync(join(scratch, name)) ? readFileSync(join(scratch, name), 'utf8') : '';
  const consoleText = text('console').replaceAll('\r', '');
  if (timedOut) {
    const seconds = job.timeout ?? 120;
    throw withOutput(
      new BoardError('E_BOARD_TIMEOUT', `The board was switched off after ${seconds} s.`),
      text,
      consoleText,
    );
  }
  const unpacked = join(scratch, 'unpacked');
  mkdirSync(join(unpacked, 'out'), { recursive: true });
  const archive = join(scratch, 'result.tar');
  if (existsSync(archive)) spawnSync('tar', ['-xf', archive, '-C', unpacked, '--no-same-owner']);
  if (!existsSync(join(unpacked, '.result.json'))) {
    const end = `${said}${consoleText}`.trim().split('\n').slice(-15).join('\n');
    throw withOutput(
      new BoardError(
        'E_BOARD_NO_RESULT',
        `The board gave no result; the end of its console:\n${end}`,
      ),
      text,
      consoleText,
    );
  }
  const { status, started, ended } = JSON.parse(
    readFileSync(join(unpacked, '.result.json'), 'utf8'),
  );
  const outDir = job.outDir ?? mkdtempSync(join(tmpdir(), 'isochron-board-out-'));
  mkdirSync(outDir, { recursive: true });
  run('cp', ['-a', '--no-preserve=ownership', `${join(unpacked, 'out')}/.`, outDir]);
  return {
    status,
    stdout: text('stdout'),
    stderr: text('stderr'),
    outDir,
    console: consoleText,
    hostSeconds,
    guestSeconds: Number((ended - started).toFixed(2)),
  };
}

/** What the command had printed goes along with the error. */
function withOutput(error, text, consoleText) {
  return Object.assign(error, {
    stdout: text('stdout'),
    stderr: text('stderr'),
    console: consoleText,
  });
}
