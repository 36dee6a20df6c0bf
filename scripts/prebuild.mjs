#!/usr/bin/env node
// npm run prebuild [-- --arch x64,arm64] [--force] [--verbose]
//
// Builds prebuilds/linux-ARCH/isochron.glibc.node for this machine's architecture and for the other one where Debian's
// cross compiler is installed, and checks each file: its architecture, the libraries and symbol versions that it needs
// (Debian 10's at most), and that this Node loads it where it can. A file that is up to date is left alone.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { localNodeDir } from './node-headers.mjs';
import { faultsOf, newestNeeds } from './prebuild/elf.mjs';
import { oldGlibcFlags } from './prebuild/old-glibc.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** GNU's names of the targets and Debian's packages of their compilers. */
const TARGETS = {
  x64: { triplet: 'x86_64-linux-gnu', packages: 'g++-x86-64-linux-gnu' },
  arm64: { triplet: 'aarch64-linux-gnu', packages: 'g++-aarch64-linux-gnu libc6-dev-arm64-cross' },
};

/** An error whose message is all that the user needs to see. */
class PrebuildError extends Error {}

/** The file that a prebuild is kept in. */
export function prebuildPath(arch, from = root) {
  return join(from, 'prebuilds', `linux-${arch}`, 'isochron.glibc.node');
}

/**
 * The compiler, C++ compiler and strip of an architecture, or undefined where they are not installed.
 * @param {'x64' | 'arm64'} arch
 */
export function toolchain(arch) {
  const native = arch === process.arch;
  const prefix = native ? '' : `${TARGETS[arch].triplet}-`;
  const tools = {
    cc: (native && process.env.CC) || `${prefix}gcc`,
    cxx: (native && process.env.CXX) || `${prefix}g++`,
    strip: `${prefix}strip`,
  };
  return Object.values(tools).every((tool) => spawnSync(tool, ['--version']).status === 0)
    ? tools
    : undefined;
}

/**
 * Builds and checks the prebuild of one architecture, unless it is up to date.
 * @param {'x64' | 'arm64'} arch
 * @param {{ force?: boolean, verbose?: boolean, from?: string }} [options] `from` is the package to build
 * @returns {{ file: string, built: boolean }}
 * @throws {Error} with a message for the user
 */
export function prebuild(arch, { force = false, verbose = false, from = root } = {}) {
  if (TARGETS[arch] === undefined)
    throw new PrebuildError(`There is no prebuild for “${arch}”; there are x64 and arm64.`);
  if (process.platform !== 'linux' || !process.report.getReport().header.glibcVersionRuntime) {
    throw new PrebuildError('Prebuilds are made on Linux with glibc.');
  }
  const tools = toolchain(arch);
  if (tools === undefined) {
    const packages = arch === process.arch ? 'g++ make' : TARGETS[arch].packages;
    throw new PrebuildError(`The compiler for ${arch} is missing: apt-get install ${packages}`);
  }
  const file = prebuildPath(arch, from);
  const stamp = join(from, 'node_modules', '.cache', 'isochron', `prebuild-${arch}`);
  const inputs = digestOfInputs(from, tools);
  if (
    !force &&
    existsSync(file) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === `${inputs} ${sha256(file)}\n`
  ) {
    return { file, built: false };
  }
  rmSync(stamp, { force: true });
  const staging = mkdtempSync(join(tmpdir(), 'isochron-prebuild-'));
  try {
    compile(arch, tools, staging, from, verbose);
    const made = prebuildPath(arch, staging);
    check(made, arch);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(made, `${file}.new`);
    renameSync(`${file}.new`, file); // a process that has the old one loaded keeps it
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${inputs} ${sha256(file)}\n`);
  return { file, built: true };
}

/** Runs prebuildify in a folder of its own: node-gyp empties build/, and two architectures must not meet in it. */
function compile(arch, { cc, cxx, strip }, staging, from, verbose) {
  cpSync(join(from, 'binding.gyp'), join(staging, 'binding.gyp'));
  cpSync(join(from, 'package.json'), join(staging, 'package.json'));
  for (const folder of ['native', 'node_modules'])
    symlinkSync(join(from, folder), join(staging, folder));
  const prebuildify = createRequire(join(from, 'package.json')).resolve('prebuildify/bin.js');
  const options = [
    '--napi',
    '--strip',
    '--strip-bin',
    strip,
    '--tag-libc',
    '--platform',
    'linux',
    '--arch',
    arch,
  ];
  const result = spawnSync(process.execPath, [prebuildify, ...options, '--name', 'isochron'], {
    cwd: staging,
    encoding: 'utf8',
    maxBuffer: 256 << 20,
    stdio: verbose ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      JOBS: process.env.JOBS || 'max', // node-gyp's; the sources are compiled one after the other without it
      CC: cc,
      CXX: cxx,
      CFLAGS: '-ffunction-sections -fdata-sections',
      CXXFLAGS: '-ffunction-sections -fdata-sections',
      LDFLAGS: oldGlibcFlags(cc, join(staging, 'stubs')).join(' '),
      npm_config_nodedir: localNodeDir(),
    },
  });
  if (result.status === 0) return;
  const log = `${result.stdout ?? ''}${result.stderr ?? ''}`.replaceAll(`${staging}/`, '');
  const errors = log
    .split('\n')
    .filter((line) => /error|undefined reference|gyp ERR! stack/i.test(line));
  const shown = (errors.length > 0 ? errors : log.trim().split('\n').slice(-20))
    .slice(0, 20)
    .join('\n');
  throw new PrebuildError(`Building for ${arch} failed (all of it with --verbose):\n${shown}`);
}

function check(file, arch) {
  const faults = faultsOf(file, arch);
  if (faults.length > 0) {
    throw new PrebuildError(
      `The prebuild for ${arch} cannot be shipped:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
  }
  if (arch !== process.arch) return;
  const load = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', file], {
    encoding: 'utf8',
  });
  if (load.status !== 0)
    throw new PrebuildError(`This Node does not load the prebuild for ${arch}:\n${load.stderr}`);
}

/** Everything that a prebuild is made from. */
function digestOfInputs(from, { cc, cxx }) {
  const hash = createHash('sha256');
  const folders = [join(from, 'native', 'src'), join(root, 'scripts', 'prebuild')];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  const modules = ['node-addon-api', 'node-gyp', 'prebuildify'].map((name) =>
    join(from, 'node_modules', name, 'package.json'),
  );
  for (const file of [
    join(from, 'binding.gyp'),
    fileURLToPath(import.meta.url),
    ...modules,
    ...files.sort(),
  ]) {
    hash.update(`${relative(from, file)}\0`).update(readFileSync(file));
  }
  for (const compiler of [cc, cxx]) hash.update(execFileSync(compiler, ['--version']));
  return hash.digest('hex');
}

function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function report(arch, { file, built }) {
  const bytes = readFileSync(file).length;
  const needs = Object.entries(newestNeeds(file)).map(
    ([family, version]) => `${family} ${version}`,
  );
  console.log(
    `${relative(process.cwd(), file)}  ${arch}, ${(bytes / 1e6).toFixed(2)} MB, needs at most ${needs.join(', ')}` +
      (built ? '' : ' (up to date)'),
  );
}

function main() {
  const { values } = parseArgs({
    options: { arch: { type: 'string' }, force: { type: 'boolean' }, verbose: { type: 'boolean' } },
  });
  const architectures =
    values.arch?.split(',') ?? Object.keys(TARGETS).sort((a) => (a === process.arch ? -1 : 1));
  for (const arch of architectures) {
    if (values.arch === undefined && arch !== process.arch && toolchain(arch) === undefined) {
      console.error(
        `prebuild: linux-${arch} is left out; for it: apt-get install ${TARGETS[arch].packages}`,
      );
      continue;
    }
    report(arch, prebuild(arch, values));
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main();
  } catch (error) {
    if (
      !(error instanceof PrebuildError) &&
      error.hint === undefined &&
      error.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION'
    ) {
      throw error;
    }
    console.error(`prebuild: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
    process.exitCode = 1;
  }
}
