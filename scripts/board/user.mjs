// Runs arm64 programs on this host under qemu-user with a Cortex-A53's instruction set: the host's kernel, /proc and
// scheduler, no PMU (perf_event_open gives ENOSYS). Starts in well under a second, so it suits what needs no board.
//
// Children that are arm64 programs too (process.execPath, `#!/usr/bin/env node`) need the kernel to know about qemu-user.
// The host's own binfmt_misc stays as it is: the command runs in a user namespace that has its own (Linux 6.7 or newer).
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { needCommands, which } from './host.mjs';
import { buildImage, IMAGE_COMMANDS } from './image.mjs';

/** What the host needs to build the image and to run programs of it. */
export const USER_COMMANDS = [...IMAGE_COMMANDS, 'qemu-aarch64-static', 'unshare'];

/** kernel: admin-guide/binfmt-misc. 64-bit little-endian ELF, AArch64 (machine 0xb7), executable or shared object. */
const MAGIC = '7f454c46020101000000000000000000' + '0200b700';
const MASK = 'ffffffffffffff00ffffffffffffffff' + 'feffffff';

/** Whether arm64 children of an arm64 program can start, i.e. a user namespace may have a binfmt_misc of its own. */
export function hasPrivateBinfmt() {
  const probe =
    'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc && [ -w /proc/sys/fs/binfmt_misc/register ]';
  return spawnSync('unshare', ['-Urm', 'sh', '-c', probe]).status === 0;
}

/**
 * Runs one arm64 command; `node` is the image's.
 * @param {string[]} command the program and its arguments
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, timeout?: number, inherit?: boolean, path?: string[] }} [options]
 *   `timeout` in seconds (default 120); `inherit` hands the command's output straight on; `path` comes first in PATH
 * @returns {Promise<{ status: number | null, signal: string | null, stdout: string, stderr: string, binfmt: boolean }>}
 *   `binfmt`: whether children could be arm64 programs
 * @throws {BoardError} `E_BOARD_TOOL` when a Debian package is missing
 */
export async function runUser(
  command,
  { cwd, env = {}, timeout = 120, inherit = false, path = [] } = {},
) {
  needCommands(USER_COMMANDS);
  const sysroot = join(await buildImage(), 'sysroot');
  const qemu = which('qemu-aarch64-static');
  const binfmt = hasPrivateBinfmt();
  const program = command[0] === 'node' ? join(sysroot, 'usr/bin/node') : command[0];
  const bin = mkdtempSync(join(tmpdir(), 'isochron-arm64-'));
  symlinkSync(join(sysroot, 'usr/bin/node'), join(bin, 'node')); // for `#!/usr/bin/env node`
  const argv = binfmt
    ? ['unshare', '-Urm', 'sh', '-c', register(qemu), 'sh', program, ...command.slice(1)]
    : [qemu, program, ...command.slice(1)];
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(argv[0], argv.slice(1), {
        cwd,
        stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
        timeout: timeout * 1000,
        killSignal: 'SIGKILL',
        env: {
          ...process.env,
          QEMU_LD_PREFIX: sysroot,
          QEMU_CPU: 'cortex-a53',
          ...env,
          PATH: [...path, ...(binfmt ? [bin] : []), process.env.PATH].join(delimiter),
        },
      });
      const out = [];
      const err = [];
      child.stdout?.on('data', (chunk) => out.push(chunk));
      child.stderr?.on('data', (chunk) => err.push(chunk));
      child.once('error', reject);
      child.once('close', (status, signal) => {
        resolve({
          status,
          signal,
          stdout: Buffer.concat(out).toString(),
          stderr: Buffer.concat(err).toString(),
          binfmt,
        });
      });
    });
  } finally {
    rmSync(bin, { recursive: true, force: true });
  }
}

/** A shell line that tells the namespace's kernel about qemu (F: opened now, found whatever is mounted later). */
function register(qemu) {
  const escaped = (hex) => hex.replace(/../g, '\\x$&');
  const rule = `:isochron-aarch64:M::${escaped(MAGIC)}:${escaped(MASK)}:${qemu}:F`;
  const misc = '/proc/sys/fs/binfmt_misc';
  return `mount -t binfmt_misc none ${misc} && printf %s '${rule}' > ${misc}/register && exec "$@"`;
}
