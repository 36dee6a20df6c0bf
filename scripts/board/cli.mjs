#!/usr/bin/env node
// npm run board -- [options] 'isochron run …'
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BOARD_COMMANDS, bootBoard } from './boot.mjs';
import { BoardError, needCommands } from './host.mjs';
import { buildImage } from './image.mjs';
import { installedPackage } from './package.mjs';
import { hasPrivateBinfmt, runUser, USER_COMMANDS } from './user.mjs';

const USAGE = `npm run board -- [options] 'COMMAND'

Boots an emulated Cortex-A53 board with this checkout's isochron installed from its packed tarball, runs COMMAND in it
(a shell line, as root, in /job, with isochron and node on PATH) and exits with its status.

  -f, --file PATH        copy a host file or folder to /job (repeatable)
  -o, --out DIR          put what COMMAND left in /job/out into DIR
  -p, --profile NAME     virtual (default): the clock counts instructions, times do not depend on the host;
                         real: one host thread per CPU and the host's clock
  -s, --cpus N           default 1 in virtual time, 4 in real time
  -m, --memory SIZE      default 1G
  -a, --cmdline TEXT     more kernel command line, e.g. 'isolcpus=1-3'
  -t, --timeout SECONDS  default 120
      --no-package       the board without isochron
      --no-engine        isochron without the TensorFlow Lite library
      --user             no board: run COMMAND under qemu-user, on this host's kernel, in the current folder
      --console          show the kernel's messages at the end

Exit status: COMMAND's; 124 timed out; 125 the board could not be made or gave no result; 2 wrong usage.`;

const OPTIONS = {
  file: { type: 'string', short: 'f', multiple: true, default: [] },
  out: { type: 'string', short: 'o' },
  profile: { type: 'string', short: 'p', default: 'virtual' },
  cpus: { type: 'string', short: 's' },
  memory: { type: 'string', short: 'm' },
  cmdline: { type: 'string', short: 'a' },
  timeout: { type: 'string', short: 't', default: '120' },
  'no-package': { type: 'boolean' },
  'no-engine': { type: 'boolean' },
  user: { type: 'boolean' },
  console: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};

const log = (line) => console.error(`board: ${line}`);

async function main() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const timeout = Number(values.timeout);
  const cpus = values.cpus === undefined ? undefined : Number(values.cpus);
  if (values.help || positionals.length === 0 || !(timeout > 0)) {
    (values.help ? console.log : console.error)(USAGE);
    return values.help ? 0 : 2;
  }
  const command = positionals.join(' ');
  needCommands(values.user ? USER_COMMANDS : BOARD_COMMANDS);
  await buildImage({ log });
  const installed = values['no-package']
    ? undefined
    : await installedPackage({ engine: !values['no-engine'], log });
  if (installed !== undefined)
    log(`installed size ${(installed.installedBytes / 1e6).toFixed(1)} MB without the engine`);
  if (values.user) return runUnderUser(command, installed, timeout);

  if (values.out !== undefined) mkdirSync(values.out, { recursive: true });
  const result = await bootBoard({
    command,
    profile: values.profile,
    cpus,
    memory: values.memory,
    cmdline: values.cmdline,
    timeout,
    files: Object.fromEntries(values.file.map((file) => [basename(resolve(file)), resolve(file)])),
    layers: installed === undefined ? [] : [installed.layer],
    outDir: values.out,
    onStdout: (text) => process.stdout.write(text),
    onStderr: (text) => process.stderr.write(text),
  });
  if (values.console) process.stderr.write(result.console);
  const times = `${result.guestSeconds} s on the board, ${result.hostSeconds.toFixed(1)} s here`;
  log(`status ${result.status}; ${times}${whereResultsAre(values.out, result.outDir)}`);
  return result.status;
}

/** A folder that was not asked for is kept only when there is something in it. */
function whereResultsAre(asked, outDir) {
  if (asked === undefined && readdirSync(outDir).length === 0) {
    rmdirSync(outDir);
    return '';
  }
  return `; what was left in /job/out is in ${outDir}`;
}

async function runUnderUser(command, installed, timeout) {
  if (!hasPrivateBinfmt()) {
    const message =
      'This host’s user namespaces have no binfmt_misc of their own, so a shell cannot start arm64 programs.';
    throw new BoardError(
      'E_BOARD_BINFMT',
      message,
      'It takes Linux 6.7 and the right to make user namespaces; or leave --user out.',
    );
  }
  const result = await runUser(['/bin/sh', '-c', command], {
    timeout,
    inherit: true,
    path: installed === undefined ? [] : [resolve(installed.folder, 'node_modules', '.bin')],
    env: installed === undefined ? {} : { ISOCHRON_CACHE: installed.cache },
  });
  return result.status ?? 124;
}

// Leaving by process.exit() lets the exit handlers switch the board off and remove its files.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  process.exitCode = await main();
} catch (error) {
  if (error.code?.startsWith('ERR_PARSE_ARGS') === true) {
    console.error(`board: ${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    console.error(
      `board: ${error instanceof BoardError || error.hint !== undefined ? error.message : error.stack}`,
    );
    if (error.hint !== undefined) console.error(error.hint);
    process.exitCode = { E_BOARD_TIMEOUT: 124, E_BOARD_JOB: 2 }[error.code] ?? 125;
  }
}
