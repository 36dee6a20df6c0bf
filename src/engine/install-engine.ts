import { parseElf } from '../addon/elf.js';
import { forCaller, type Kinds } from '../kernel/caller.js';
import { IsochronError } from '../kernel/errors.js';
import { writeInCache } from '../kernel/files/atomic-file.js';
import { sealFile } from '../kernel/files/sealed-file.js';
import { sha256Of } from '../kernel/sha256.js';
import { asCacheError } from '../kernel/user-folders.js';
import {
  describeEngine,
  type EngineDescription,
  type EngineRecord,
  hasCApi,
  RECORD_FILE,
} from './describe-engine.js';
import { cachedLibrary, engineCacheDir, engineFolder } from './engine-folder.js';
import { fetchTarball } from './fetch-tarball.js';
import { DEFAULT_ENGINE, type EngineArch, engineArch, type KnownEngine } from './known-engines.js';
import { tarMember } from './tar-member.js';

/** How far the fetching is, in bytes of the tarball. */
export type EngineProgress = (state: {
  phase: string;
  done: number;
  total: number | null;
  note: string;
}) => void;

/** Which library is fetched. */
export interface InstallOptions {
  /** Default: this machine's. */
  arch?: EngineArch;
  /** Fetch again even if an intact one is there (default false). */
  force?: boolean;
  /** Told how much has been fetched, in bytes. */
  onProgress?: EngineProgress | undefined;
  /** What to fetch; the default engine unless a test says otherwise. */
  engine?: KnownEngine;
}

/**
 * Makes sure that the engine is in the cache, and fetches it through npm if not: from the user's registry, through the
 * user's proxy and certificates, checked against the pinned integrity. Only the library is taken out of the tarball.
 * Two processes may do this at once: each writes files of its own and renames them over the same ones.
 *
 * @throws IsochronError E_ENGINE_MISSING (can't be fetched; the hint names the folder to copy), E_ENGINE_CORRUPT,
 *   E_CACHE
 */
export async function installEngine(options: InstallOptions = {}): Promise<EngineDescription> {
  return forCaller('installEngine', options, OPTIONS, install);
}

const OPTIONS: Kinds<InstallOptions> = {
  arch: 'string',
  force: 'boolean',
  onProgress: 'function',
  engine: 'object',
};

async function install(options: InstallOptions): Promise<EngineDescription> {
  const engine = options.engine ?? DEFAULT_ENGINE;
  const arch = options.arch ?? engineArch(undefined);
  const path = cachedLibrary(engine, arch);
  if (!options.force) {
    const present = await describeEngine(path).catch(() => null);
    if (present?.intact && present.arch === arch) return present;
  }
  const library = await fetchLibrary(engine, arch, options.onProgress);
  requireRightLibrary(engine, arch, library);
  const record: EngineRecord = {
    name: engine.name,
    version: engine.version,
    arch,
    source: `npm:${engine.spec}`,
    integrity: engine.integrity,
    license: engine.license,
    copyright: engine.copyright,
    bytes: library.length,
    sha256: sha256Of(library),
  };
  try {
    // The record last: where it is and fits, the library is whole.
    await writeInCache(path, (file) => file.writeFile(library));
    await writeInCache(path.replace(/[^/]+$/, RECORD_FILE), (file) =>
      file.writeFile(`${JSON.stringify(record, null, 2)}\n`),
    );
    await sealFile(path, record.sha256);
  } catch (error) {
    throw asCacheError(error);
  }
  return describeEngine(path);
}

/** The library's bytes, out of the package's tarball. */
async function fetchLibrary(
  engine: KnownEngine,
  arch: EngineArch,
  onProgress: EngineProgress | undefined,
): Promise<Buffer> {
  let library: Buffer | null;
  try {
    const tarball = await fetchTarball(engine, (done) =>
      onProgress?.({
        phase: 'fetching the engine',
        done,
        total: engine.tarballBytes,
        note: engine.name,
      }),
    );
    library = await tarMember(tarball, engine.members[arch]);
  } catch (error) {
    throw fetchError(engine, error);
  }
  if (library === null) throw corrupt(engine, `it has no ${engine.members[arch]}`);
  return library;
}

function requireRightLibrary(engine: KnownEngine, arch: EngineArch, library: Buffer): void {
  const elf = parseElf(library);
  if (!elf || !hasCApi(elf)) throw corrupt(engine, 'its library has no TensorFlow Lite C API');
  if (elf.arch !== arch) throw corrupt(engine, `its library for ${arch} is built for ${elf.arch}`);
}

function corrupt(engine: KnownEngine, what: string): IsochronError {
  return new IsochronError(
    'E_ENGINE_CORRUPT',
    `The package ${engine.spec} is not what it should be: ${what}.`,
    'Try again; if it stays so, the registry or a proxy on the way changes what it delivers.',
  );
}

/** The error for an engine that is not here and can't be fetched either. */
function engineMissing(engine: KnownEngine, reason: string): IsochronError {
  return new IsochronError(
    'E_ENGINE_MISSING',
    `The engine ${engine.name} is not on this machine and can't be fetched: ${reason}.`,
    `On a machine with a network run \`isochron engine install --arch ${process.arch}\`, then copy its folder ` +
      `${engine.name} (\`isochron engine list\` shows where) to ${engineFolder(engine)} on this one. ` +
      `ISOCHRON_CACHE names another cache than ${engineCacheDir().replace(/\/engines$/, '')}.`,
  );
}

function fetchError(engine: KnownEngine, error: unknown): IsochronError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' ? message.split('\n')[0] : String(error);
  switch (code) {
    case 'EINTEGRITY':
      return corrupt(engine, 'its contents do not have the expected checksum');
    case 'TAR_BAD_ARCHIVE':
    case 'Z_DATA_ERROR':
    case 'Z_BUF_ERROR':
      return corrupt(engine, 'it can’t be unpacked');
    case 'E404':
    case 'ETARGET':
      return engineMissing(engine, `the npm registry does not have ${engine.spec}`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ENETUNREACH':
      return engineMissing(engine, 'the npm registry can’t be found (no network?)');
    case 'ENOTCACHED':
      return engineMissing(engine, 'npm is told to stay offline and its cache does not have it');
    case 'FETCH_ERROR': // npm's code for a failure that has none: the text says it all
      return engineMissing(engine, String(text));
    default:
      return engineMissing(engine, `${text}${typeof code === 'string' ? ` (${code})` : ''}`);
  }
}
