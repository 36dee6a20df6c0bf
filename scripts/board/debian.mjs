// Debian packages of another architecture, fetched by a private apt: its own lists and archive, the host's mirrors and keys;
// the host's apt is not touched, nothing is installed and no package's script runs.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BoardError, run } from './host.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The arm64 packages of one Debian suite. */
export class DebianArchive {
  #folder;
  #env;

  /**
   * @param {string} folder where lists and packages are kept
   * @param {string} suite e.g. `trixie`
   */
  constructor(folder, suite) {
    this.#folder = folder;
    const config = join(folder, 'apt.conf');
    this.#env = { ...process.env, APT_CONFIG: config, LC_ALL: 'C' };
    mkdirSync(join(folder, 'archives', 'partial'), { recursive: true });
    mkdirSync(join(folder, 'lists', 'partial'), { recursive: true });
    writeFileSync(join(folder, 'status'), '');
    writeFileSync(join(folder, 'sources.list'), sources(suite));
    writeFileSync(config, configuration(folder));
    if (!existsSync(join(folder, 'updated'))) this.#update();
  }

  #update() {
    run('apt-get', ['-qq', 'update'], { env: this.#env });
    writeFileSync(join(this.#folder, 'updated'), '');
  }

  /** The package that a meta package stands for: its first dependency with this prefix. */
  dependencyOf(metaPackage, prefix) {
    const listing = run('apt-cache', ['depends', metaPackage], { env: this.#env });
    const found = listing.split('\n').map((line) => /Depends: (\S+)/.exec(line)?.[1]);
    const name = found.find((dependency) => dependency?.startsWith(prefix));
    if (name === undefined)
      throw new BoardError('E_BOARD_PACKAGE', `${metaPackage} depends on no package ${prefix}….`);
    return name;
  }

  /** Fetches a package unless it is there, and returns its .deb file. */
  fetch(name) {
    const archives = join(this.#folder, 'archives');
    const find = () =>
      readdirSync(archives).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
    if (find() === undefined) {
      const download = () =>
        run('apt-get', ['-qq', 'download', name], { env: this.#env, cwd: archives });
      try {
        download();
      } catch {
        this.#update(); // the mirror may have replaced this version since the lists were fetched
        download();
      }
    }
    const file = find();
    if (file === undefined)
      throw new BoardError('E_BOARD_PACKAGE', `apt-get download left no file of ${name}.`);
    return join(archives, file);
  }

  /** Fetches a package and unpacks its files into a folder. */
  unpack(name, folder) {
    const file = this.fetch(name);
    mkdirSync(folder, { recursive: true });
    run('dpkg-deb', ['-x', file, folder]);
    return file;
  }
}

/** The Debian mirrors that the host itself uses. */
function sources(suite) {
  const listing = run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
  ]);
  const uris = [...new Set(listing.split('\n'))];
  const mirror = uris.find((uri) => uri.endsWith('/debian/'));
  const security = uris.find((uri) => uri.endsWith('/debian-security/'));
  if (mirror === undefined)
    throw new BoardError(
      'E_BOARD_MIRROR',
      'This host’s apt names no Debian mirror to take the arm64 packages from.',
      'On a Debian host run apt-get update; elsewhere add a Debian mirror to the sources of apt.',
    );
  if (!existsSync(KEYRING)) {
    throw new BoardError(
      'E_BOARD_TOOL',
      'Debian’s archive keys are missing.',
      'apt-get install debian-archive-keyring',
    );
  }
  const options = `[arch=arm64 signed-by=${KEYRING}]`;
  return [
    `deb ${options} ${mirror} ${suite} main`,
    `deb ${options} ${mirror} ${suite}-updates main`,
    ...(security === undefined ? [] : [`deb ${options} ${security} ${suite}-security main`]),
    '',
  ].join('\n');
}

function configuration(folder) {
  const settings = {
    'APT::Architecture': 'arm64',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': folder,
    'Dir::Cache::archives': join(folder, 'archives'),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";`);
  return `APT::Architectures { "arm64"; };\n${lines.join('\n')}\n`;
}
