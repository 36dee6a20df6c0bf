/**
 * Results that are kept under a name, to be compared with: a copy of each in the user's data folder, with the SHA-256 of its
 * files. NAME is a link to a folder whose name is made anew each time, so that one that is saved over another replaces it
 * whole or not at all.
 */
import { randomBytes } from 'node:crypto';
import { copyFile, lstat, open, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { SERIES_NAMES } from '../addon/streams.js';
import { MANIFEST } from '../formats/manifest.js';
import { toJson } from '../formats/plain-json.js';
import { seriesPath } from '../formats/series-file.js';
import { sidecarPath } from '../formats/sidecar.js';
import { requireKind } from '../kernel/caller.js';
import { IsochronError, UsageError } from '../kernel/errors.js';
import { makeFolder, writeAtomically } from '../kernel/files/atomic-file.js';
import { FileLock } from '../kernel/files/lock-file.js';
import { readRegular } from '../kernel/files/regular-file.js';
import { synced, syncedFolder } from '../kernel/files/target.js';
import { writeError } from '../kernel/files/write-reasons.js';
import { toolVersion } from '../kernel/package.js';
import { plural } from '../kernel/quantities.js';
import { hashFile, sha256OfFile } from '../kernel/sha256.js';
import { didYouMean } from '../kernel/suggest.js';
import { dataDir } from '../kernel/user-folders.js';
import { loadResults } from './load-results.js';
import type { Results } from './results.js';

/** What is kept of each, beside its files. */
interface Record {
  format: 'isochron-baseline';
  version: 1;
  isochron: string;
  savedAt: string;
  /** Where it was copied from. */
  from: string;
  files: { path: string; bytes: number; sha256: string }[];
}

const RECORD = 'baseline.json';
const HOW =
  'isochron run … --save NAME, isochron sweep … --save NAME, and isochron compare RESULT --save NAME save one.';

/** Where they are: `baselines` in the user's data (`ISOCHRON_DATA`, XDG_DATA_HOME or ~/.local/share). */
export const baselinesFolder = (): string => dataDir('baselines');

/**
 * A name that is no path and no option, and the same in every shell.
 * @throws UsageError
 */
export function requireBaselineName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return;
  const like = name
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
  throw new UsageError(
    `"${name}" is no name for a baseline: letters, digits, dots, hyphens and underscores, 64 at most, a letter or digit first.`,
    like === '' ? 'For example: main.' : `For example: ${like}.`,
  );
}

/** The names of those that are saved. */
export async function listBaselines(): Promise<string[]> {
  const entries = await readdir(baselinesFolder(), { withFileTypes: true }).catch(() => []);
  return entries
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.'))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/**
 * The folder of the results that are saved under a name, after a look whether they are as they were saved: what
 * `compareResults` and `loadResults` take.
 *
 * @throws UsageError where there is none; IsochronError E_RESULTS, E_RESULTS_CHANGED where they are not as they were saved
 */
export async function baselineResults(name: string): Promise<string> {
  requireKind(name, 'string', 'the name of a baseline');
  const names = await listBaselines();
  if (!names.includes(name))
    throw new UsageError(
      names.length === 0
        ? `no baseline is saved, so there is none named ${name}.`
        : `there is no baseline named ${name}.`,
      names.length === 0
        ? HOW
        : `${didYouMean(name, names, 1)}There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}. ${HOW}`,
    );
  const folder = join(baselinesFolder(), name);
  for (const { path, sha256 } of await filesOf(folder, name))
    if ((await sha256OfFile(join(folder, path))) !== sha256)
      throw new IsochronError(
        'E_RESULTS_CHANGED',
        `${path} of the baseline ${name} is gone or not as it was saved (${folder}).`,
        'Save it again.',
      );
  return folder;
}

async function filesOf(folder: string, name: string): Promise<Record['files']> {
  try {
    const record = JSON.parse(await readRegular(join(folder, RECORD))) as Partial<Record>;
    if (record.format === 'isochron-baseline' && record.version === 1 && record.files)
      return record.files;
  } catch {
    // said below
  }
  throw new IsochronError(
    'E_RESULTS',
    `${folder} is no baseline that this version of isochron has saved: its ${RECORD} is missing, damaged or of another version.`,
    `Remove it, or save ${name} again.`,
  );
}

/** One that was saved. */
export interface SavedBaseline {
  /** As it is asked for. */
  name: string;
  /** The folder that it is, absolute. */
  path: string;
  /** One of that name was there. */
  replaced: boolean;
  /** What makes it a doubtful one (INVALID, interrupted, points missing), a sentence each. */
  notes: string[];
}

/**
 * Keeps a copy of results, in place of one of that name.
 *
 * @param from a run's CSV or JSON, or a folder of runs
 * @throws UsageError for a name that is none; IsochronError E_RESULTS where there is nothing to save, E_OUTPUT_BUSY while another
 *   process saves one of that name, E_WRITE_FAILED; the one from before then stands as it was
 */
export async function saveBaseline(name: string, from: string): Promise<SavedBaseline> {
  requireKind(name, 'string', 'the name of a baseline');
  requireKind(from, 'string', 'the results of a baseline');
  requireBaselineName(name);
  const results = await loadResults(from);
  const { root, files } = await toCopy(results);
  const folder = baselinesFolder();
  const link = join(folder, name);
  const parts = `.${name}-`;
  const own = `${parts}${randomBytes(4).toString('hex')}`;
  let lock: FileLock | null = null;
  try {
    await makeFolder(folder);
    lock = FileLock.take(
      join(folder, `.${name}.lock`),
      (pid) =>
        new IsochronError(
          'E_OUTPUT_BUSY',
          `The baseline ${name} is being saved by another process (${pid}).`,
          'Wait for its end, or take another name.',
        ),
      folder,
    );
    const before = await lstat(link).catch(() => null);
    if (before !== null && !before.isSymbolicLink())
      throw new IsochronError(
        'E_OUTPUT',
        `${link} was put there by hand, and can't be replaced whole or not at all.`,
        'Remove it, or take another name.',
      );
    const target = join(folder, own);
    const copied: Record['files'] = [];
    for (const path of files) {
      await makeFolder(dirname(join(target, path)));
      copied.push({ path, ...(await copy(join(root, path), join(target, path))) });
    }
    const record: Record = {
      format: 'isochron-baseline',
      version: 1,
      isochron: toolVersion,
      savedAt: new Date().toISOString(),
      from: resolve(from),
      files: copied,
    };
    await writeAtomically(join(target, RECORD), (file) => file.writeFile(toJson(record)));
    for (const path of new Set(files.map(dirname))) await syncedFolder(join(target, path));
    const fresh = join(folder, `${own}.link`);
    await symlink(own, fresh);
    await rename(fresh, link);
    await syncedFolder(folder);
    await clear(folder, parts, own);
    return { name, path: link, replaced: before !== null, notes: doubtsOf(results) };
  } catch (error) {
    await rm(join(folder, own), { recursive: true, force: true }).catch(() => {});
    await rm(join(folder, `${own}.link`), { force: true }).catch(() => {});
    throw notKept(link, error);
  } finally {
    lock?.release();
  }
}

/** What the file system said, and what there is to do about it. */
export function notKept(path: string, error: unknown): unknown {
  const said = writeError(path, error);
  if (!(said instanceof IsochronError) || said.code !== 'E_WRITE_FAILED') return said;
  return new IsochronError(
    said.code,
    said.message,
    'ISOCHRON_DATA names another folder for baselines.',
  );
}

/** The one from before, and what a killed process has left of one of this name. */
async function clear(folder: string, parts: string, own: string): Promise<void> {
  const ours = (name: string) =>
    name.startsWith(parts) && /^[0-9a-f]{8}(\.link)?$/.test(name.slice(parts.length));
  for (const name of await readdir(folder))
    if (ours(name) && name !== own)
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
}

/**
 * All that reading the results looks at: of a run its CSV and what stands beside it (of several passes the first, which is the
 * one that is compared), of a folder every CSV, JSON and journal in it and in the folders of its runs, points without rows included.
 */
async function toCopy({ path, runs }: Results): Promise<{ root: string; files: string[] }> {
  const given = resolve(path);
  const isFolder = (await stat(given)).isDirectory();
  const root = isFolder ? given : dirname(given);
  const [first] = runs;
  const alone = !isFolder && basename(given) !== MANIFEST && first !== undefined;
  const found: string[] = [];
  if (alone) {
    const { csvPath } = first;
    found.push(csvPath, sidecarPath(csvPath));
    found.push(...SERIES_NAMES.map((name) => seriesPath(csvPath, name)));
  } else
    for (const folder of new Set([root, ...runs.map(({ csvPath }) => dirname(csvPath))]))
      for (const name of await readdir(folder))
        if (/^[^.].*\.(csv|json|journal)$/i.test(name) && name !== RECORD)
          found.push(join(folder, name));
  const files: string[] = [];
  for (const file of found)
    if ((await stat(file).catch(() => null))?.isFile()) files.push(relative(root, file));
  return { root, files: files.sort() };
}

/** @returns what the copy has; it is on the disk then */
async function copy(from: string, to: string): Promise<{ bytes: number; sha256: string }> {
  await copyFile(from, to);
  const handle = await open(to, 'r');
  try {
    await synced(() => handle.sync());
  } finally {
    await handle.close();
  }
  return hashFile(to);
}

function doubtsOf({ runs, missing }: Results): string[] {
  const invalid = runs.filter(({ file }) => file?.verdict?.valid === false).length;
  const cut = runs.filter(({ status }) => status !== 'done' && status !== 'unknown');
  const of = (n: number) => `${n} of ${plural(runs.length, 'run')}`;
  return [
    ...(invalid > 0
      ? [`${of(invalid)} ${invalid === 1 ? 'has' : 'have'} the verdict INVALID.`]
      : []),
    ...(cut.length > 0
      ? [`${of(cut.length)} did not come to the end that was asked for (${cut[0]?.status}).`]
      : []),
    ...(missing.length > 0
      ? [`${plural(missing.length, 'measurement')} ${missing.length === 1 ? 'is' : 'are'} missing.`]
      : []),
  ];
}
