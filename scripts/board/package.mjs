// isochron as its users get it: the packed tarball with both prebuilds, installed by npm for arm64 without compiling
// anything, and the engine in the user's cache, as an archive that is laid over the board's root file system.
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { prebuild } from '../prebuild.mjs';
import { writeCpio } from './cpio.mjs';
import {
  BoardError,
  boardFolder,
  needCommands,
  removeOldFolders,
  run,
  scratchFolder,
  withLock,
} from './host.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Builds, packs and installs the checkout's package for the board. What is up to date is not made again.
 * @param {{ from?: string, engine?: boolean, build?: boolean, log?: (line: string) => void }} [options] `from` is the package's folder;
 *   `engine: false` leaves the engine out, as on a board that has not been given one;
 *   `build: false` packs dist/ as it is
 * @returns {Promise<import('./package.mjs').InstalledPackage>}
 * @throws {Error} when the build, a prebuild, npm or the network fails
 */
export async function installedPackage({
  from = root,
  engine = true,
  build = true,
  log = () => {},
} = {}) {
  needCommands(['npm']);
  return withLock('package', async () => {
    if (build) log('building');
    // Without npm's hooks: its “prebuild” would be the hook of a script called “build”.
    if (build) run('npm', ['run', '--silent', '--ignore-scripts', 'prepare'], { cwd: from });
    for (const arch of ['x64', 'arm64']) {
      log(`prebuild for ${arch}`);
      prebuild(arch, { from });
    }
    const cache = engine ? await engineCache(from, log) : undefined;
    log('packing');
    const packed = pack(from);
    const key = createHash('sha256')
      .update(readFileSync(packed))
      .update(readFileSync(fileURLToPath(import.meta.url)));
    if (cache !== undefined)
      for (const file of filesBelow(cache))
        key.update(`${file}\0${lstatSync(join(cache, file)).size}\0`);
    const folder = join(boardFolder(), `install-${key.digest('hex').slice(0, 16)}`);
    if (!existsSync(join(folder, 'layer.cpio'))) {
      log('installing');
      install(packed, cache, folder);
    }
    rmSync(dirname(packed), { recursive: true });
    utimesSync(folder, new Date(), new Date());
    removeOldFolders('install-', folder, 2);
    return describe(folder, cache);
  });
}

function describe(folder, cache) {
  const modules = join(folder, 'opt', 'node_modules');
  const installedBytes = filesBelow(modules).reduce(
    (sum, file) => sum + lstatSync(join(modules, file)).size,
    0,
  );
  const tarball = join(folder, 'isochron.tgz');
  return {
    layer: join(folder, 'layer.cpio'),
    folder: join(folder, 'opt'),
    cache: cache ?? join(folder, 'no-cache'),
    tarball,
    installedBytes,
  };
}

/** `npm pack`; the build and both prebuilds are there already. */
function pack(from) {
  const folder = scratchFolder('pack');
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: from });
  return join(folder, readdirSync(folder)[0]);
}

/**
 * `npm install TARBALL` as for an arm64 board. Its scripts would have to run there: they are left out here, and a test
 * runs isochron's own in the guest.
 */
function install(tarball, cache, folder) {
  const making = scratchFolder('making');
  try {
    const kept = join(making, 'isochron.tgz');
    renameSync(tarball, kept);
    const opt = join(making, 'opt');
    mkdirSync(opt);
    writeFileSync(join(opt, 'package.json'), '{"private":true}\n');
    const target = ['--omit=dev', '--ignore-scripts', '--os=linux', '--cpu=arm64', '--libc=glibc'];
    run(
      'npm',
      ['install', '--silent', ...target, '--prefer-offline', '--no-audit', '--no-fund', kept],
      { cwd: opt },
    );
    // What npm wrote about where the tarball lay belongs to this host.
    for (const file of ['package.json', 'package-lock.json', 'node_modules/.package-lock.json'])
      rmSync(join(opt, file), { force: true });
    const tree = { 'opt/isochron': opt };
    if (cache !== undefined) tree['root/.cache/isochron'] = cache;
    writeCpio(join(making, 'layer.cpio'), tree);
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** The arm64 engine, put by isochron itself into a cache folder of the board's own, which a user would copy to the board. */
async function engineCache(from, log) {
  const cache = join(boardFolder(), 'cache');
  const module = join(from, 'dist', 'engine', 'install-engine.js');
  if (!existsSync(module)) throw new BoardError('E_BOARD_PACKAGE', `The package has no ${module}.`);
  log('engine for arm64');
  const before = process.env.ISOCHRON_CACHE;
  process.env.ISOCHRON_CACHE = cache;
  try {
    const { installEngine } = await import(pathToFileURL(module).href);
    await installEngine({ arch: 'arm64' });
  } finally {
    if (before === undefined) delete process.env.ISOCHRON_CACHE;
    else process.env.ISOCHRON_CACHE = before;
  }
  return cache;
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => !lstatSync(join(folder, file)).isDirectory())
    .sort();
}
