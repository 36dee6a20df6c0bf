/**
 * Results as they lie on disk. Whatever is missing, damaged or half-written becomes a note; only results without a single
 * readable run are an error.
 */
import { type Dirent, existsSync, type Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { type Columns, isExtended, readExtended } from '../formats/columns.js';
import { jobsIn } from '../formats/jobs.js';
import { readHeader } from '../formats/lines.js';
import { firstPassPath } from '../formats/pass-file.js';
import { isRtbench, readRtbenchLog } from '../formats/rtbench-log.js';
import { type RunFile, readRunFile, warmupJobs } from '../formats/run-file.js';
import { requireSameRun } from '../formats/same-run.js';
import { isSeriesName } from '../formats/series-file.js';
import { sidecarPath } from '../formats/sidecar.js';
import { IsochronError } from '../kernel/errors.js';
import { groupBy } from '../kernel/group-by.js';
import { printable } from '../kernel/printable.js';
import { plural } from '../kernel/quantities.js';
import { sha256OfFile } from '../kernel/sha256.js';
import { readAccuracies } from './accuracy.js';
import { factName, identityOf } from './identity.js';
import { copies, mixtures } from './mixtures.js';
import type { Results, Run, Status } from './results.js';
import { MANIFEST, type Manifest, type ManifestPoint, readManifest } from './sweep-points.js';

/**
 * Finds the runs below a path. Rows are not read yet.
 *
 * @param path a CSV, the JSON beside it, or a folder
 * @throws IsochronError E_RESULTS when there is nothing there, or no run in it
 */
export async function loadResults(path: string): Promise<Results> {
  const root = resolve(path);
  const found = await stat(root).catch(() => null);
  if (found === null) {
    const packed = compressed(root);
    throw new IsochronError(
      'E_RESULTS',
      `${path} does not exist${packed === null ? '' : `, but compressed: ${packed}`}.`,
      packed === null ? 'Name a run’s CSV or a folder.' : unpackHint(packed),
    );
  }
  const results: Results = {
    path,
    name: basename(root),
    suites: [],
    runs: [],
    missing: [],
    notes: [],
  };
  let packed: string | null;
  if (found.isDirectory()) packed = await new Folder(root, results).load();
  else if (basename(root) === MANIFEST) packed = await new Folder(dirname(root), results).load();
  else {
    const csv = root.endsWith('.json') ? await csvOf(root) : root;
    await addCsv(results, dirname(root), csv, null, null, null);
    results.name = results.runs[0]?.name ?? results.name;
    packed = compressed(csv);
  }
  if (results.runs.length === 0) {
    const [first] = results.missing;
    const reason = first ? `${first.name}: ${first.reason}` : results.notes[0]?.replace(/\.$/, '');
    const why = reason === undefined ? '' : ` (${reason})`;
    throw new IsochronError(
      'E_RESULTS',
      packed === root
        ? `${path} is compressed.`
        : `${path} holds no run with rows${why}${packed === null ? '' : `, but compressed ones: ${packed}`}.`,
      packed === null
        ? 'A run is NAME.csv with NAME.json beside it, as `isochron run -o NAME.csv` writes them.'
        : unpackHint(packed),
    );
  }
  await addAccuracies(found.isDirectory() ? root : dirname(root), results);
  leaveOutCopies(results);
  results.notes.push(...mixtures(results.runs));
  uniqueNames(results.runs);
  return results;
}

/** The CSV that a run's JSON belongs to. */
async function csvOf(json: string): Promise<string> {
  for (const csv of [json.replace(/\.json$/, '.csv'), json.replace(/\.json$/, '')])
    if (existsSync(csv) && sidecarPath(csv) === json) return csv;
  const packed = compressed(json.replace(/\.json$/, '.csv'));
  throw new IsochronError(
    'E_RESULTS',
    packed === null
      ? `${json} has no CSV beside it.`
      : `The CSV of ${json} is compressed: ${packed}.`,
    packed === null ? 'Name the run’s CSV.' : unpackHint(packed),
  );
}

/** How a user makes a CSV of what has this ending. */
const UNPACK: Readonly<Record<string, string>> = {
  '.gz': 'gunzip',
  '.xz': 'unxz',
  '.zst': 'unzstd',
  '.bz2': 'bunzip2',
};

const unpackHint = (packed: string) => `Unpack it first: ${UNPACK[extname(packed)]} ${packed}.`;

/** A file by its own name, where that says that it is compressed, or else with such an ending; null where there is none. */
const compressed = (file: string): string | null =>
  [file, ...Object.keys(UNPACK).map((ending) => `${file}${ending}`)].find(
    (name) => extname(name) in UNPACK && existsSync(name),
  ) ?? null;

/** Why a point has no CSV, by its status. */
const WITHOUT_CSV: Readonly<Record<string, string>> = {
  failed: 'it failed',
  running: 'it is being run, or was killed',
  interrupted: 'it was interrupted',
  done: 'it has run, but its CSV is gone',
  deadline_miss: 'it has run, but its CSV is gone',
};

function whyNoCsv({ status, error }: ManifestPoint, csv: string): string {
  if (error !== null) return error;
  const packed = compressed(csv);
  if (packed !== null) return `its CSV is compressed (${basename(packed)})`;
  return WITHOUT_CSV[status ?? ''] ?? 'it has not run';
}

/** Whether a file of this name can be a run's CSV. */
const isCsvName = (name: string) => name.toLowerCase().endsWith('.csv') && !isSeriesName(name);

const isHidden = (name: string) => name.startsWith('.');

/** What lies in a folder by this name, or behind the link that does. */
interface Entry {
  name: string;
  isFile: boolean;
  isFolder: boolean;
}

class Folder {
  readonly #root: string;
  readonly #results: Results;
  readonly #taken = new Set<string>();
  /** Folders that were looked into or not to be, by their real paths: links may lead to one again. */
  readonly #walked = new Set<string>();
  readonly #broken: string[] = [];
  #manifests = 0;
  /** The first compressed CSV. */
  #packed: string | null = null;

  constructor(root: string, results: Results) {
    this.#root = root;
    this.#results = results;
  }

  /** Resolves with a compressed CSV on the way; null where there is none. */
  async load(): Promise<string | null> {
    // a link to a folder that it lies in would bring in what is beside the folder given
    const real = await realpath(this.#root).catch(() => this.#root);
    for (let at = real; at !== dirname(at); at = dirname(at)) this.#walked.add(dirname(at));
    await this.#walk(this.#root, null);
    const [broken] = this.#broken;
    if (broken !== undefined)
      this.#results.notes.push(
        `${broken}${this.#broken.length > 1 ? `, and ${this.#broken.length - 1} more` : ''}.`,
      );
    if (this.#manifests > 1) {
      const suites = new Set(this.#results.runs.map((run) => run.suite).filter((s) => s !== null));
      this.#results.notes.push(
        `${this.#manifests} sweeps lie in this folder (${[...suites].join(', ')}); name one of their folders to look at it alone.`,
      );
    }
    return this.#packed;
  }

  async #walk(folder: string, suite: string | null): Promise<void> {
    const real = await realpath(folder).catch(() => folder);
    if (this.#walked.has(real)) return;
    this.#walked.add(real);
    const entries = await this.#entries(folder);
    const names = entries.filter((e) => e.isFile).map((e) => e.name);
    let within = suite;
    if (names.includes(MANIFEST)) within = await this.#fromManifest(folder);
    const extra: string[] = [];
    for (const name of names) {
      const csv = join(folder, name);
      const ending = extname(name);
      if (ending in UNPACK && isCsvName(basename(name, ending))) this.#packed ??= csv;
      if (!isCsvName(name)) continue;
      // a further pass of a point has counted other events of the one run that the point is
      if (this.#taken.has(csv) || this.#taken.has(firstPassPath(csv))) continue;
      const header = await this.#header(csv);
      if (header === null) continue;
      if (!isExtended(header) && !isRtbench(header)) {
        if (existsSync(sidecarPath(csv)))
          await addCsv(this.#results, this.#root, csv, null, within, null);
        continue;
      }
      if (within !== null) extra.push(name);
      await addCsv(this.#results, this.#root, csv, null, within, null);
    }
    if (extra.length > 0)
      this.#results.notes.push(
        `${extra.length === 1 ? `${extra[0]} is` : `${extra.length} runs are`} not in the manifest of ${within ?? folder}.`,
      );
    for (const { name, isFolder } of entries)
      if (isFolder && !isHidden(name)) await this.#walk(join(folder, name), within);
  }

  /** Of one file among others, so that one which can't be read is a note. */
  async #header(csv: string): Promise<string[] | null> {
    try {
      return (await readHeader(csv)).cells;
    } catch (error) {
      this.#results.notes.push(
        `${(error as Error).message.replace(/\.$/, '')}, so it is left out.`,
      );
      return null;
    }
  }

  /** By name, links last, so that what is found by two ways has the name of its own place. */
  async #entries(folder: string): Promise<Entry[]> {
    let found: Dirent[];
    try {
      found = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      this.#results.notes.push(`${folder} can't be read: ${(error as Error).message}.`);
      return [];
    }
    found.sort(
      (a, b) =>
        Number(a.isSymbolicLink()) - Number(b.isSymbolicLink()) ||
        a.name.localeCompare(b.name, 'en', { numeric: true }),
    );
    const entries: Entry[] = [];
    for (const one of found) {
      const what = one.isSymbolicLink() ? await this.#follow(join(folder, one.name)) : one;
      if (what !== null)
        entries.push({ name: one.name, isFile: what.isFile(), isFolder: what.isDirectory() });
    }
    return entries;
  }

  async #follow(link: string): Promise<Stats | null> {
    try {
      return await stat(link);
    } catch (error) {
      if (!isHidden(basename(link)))
        this.#broken.push(
          `${link} is a link that can't be followed (${(error as NodeJS.ErrnoException).code})`,
        );
      return null;
    }
  }

  async #fromManifest(folder: string): Promise<string | null> {
    const path = join(folder, MANIFEST);
    const { manifest, problem } = await readManifest(path);
    if (manifest === null) {
      this.#results.notes.push(`${path} is not used: ${problem}.`);
      return null;
    }
    this.#manifests++;
    this.#results.notes.push(...manifest.notes);
    const suite = manifest.suite ?? basename(folder);
    const { file, title, description } = manifest;
    this.#results.suites.push({ name: suite, file, title, description });
    const retired = manifest.retired.map((csv) => resolve(folder, csv));
    for (const csv of retired) this.#taken.add(csv);
    const left = retired.filter(existsSync);
    if (left.length > 0)
      this.#results.notes.push(
        `${plural(left.length, 'result')} of points that are no longer in the suite ${left.length === 1 ? 'is' : 'are'} left out (${basename(left[0] as string)}${left.length === 1 ? '' : ', …'}).`,
      );
    const named = groupBy(manifest.points, ({ name }) => name);
    for (const point of manifest.points) {
      const name = resolve(folder, point.csv ?? `${point.id}.csv`);
      const csv = point.aside ?? name;
      this.#taken.add(name);
      if (existsSync(csv)) {
        await addCsv(this.#results, this.#root, csv, point, suite, manifest, name);
        continue;
      }
      const repeated = point.repetition !== null && (named.get(point.name)?.length ?? 0) > 1;
      this.#results.missing.push({
        name: `${point.name ?? point.id}${repeated ? ` #${(point.repetition as number) + 1}` : ''}`,
        reason: whyNoCsv(point, csv),
      });
    }
    return suite;
  }
}

/** @param name the path that the result is known by, where it lies elsewhere for now */
async function addCsv(
  results: Results,
  root: string,
  csv: string,
  point: ManifestPoint | null,
  suite: string | null,
  sweep: Pick<Manifest, 'order' | 'axes'> | null,
  name = csv,
): Promise<void> {
  const id = relative(root, name).replace(/\.csv$/i, '');
  const { cells: header } = await readHeader(csv);
  const kind = isExtended(header) ? 'extended' : isRtbench(header) ? 'rtbench' : null;
  const sidecar = sidecarPath(csv);
  const { run: file, problem } = await readRunFile(sidecar);
  if (kind === null) {
    results.missing.push({
      name: point?.name ?? file?.plan?.name ?? id,
      reason:
        file?.error?.message ??
        point?.error ??
        (header.length === 0 ? 'its CSV is empty' : 'its CSV has other columns than a run'),
    });
    return;
  }
  const notes: string[] = [];
  if (problem !== null && existsSync(sidecar))
    notes.push(
      `${basename(sidecar)} is not used: ${problem === 'other' ? 'it is not the file of a run' : problem}.`,
    );
  else if (problem !== null)
    notes.push('No JSON file stands beside the CSV, so what it ran is a guess.');
  const doubts = [...(point?.doubts ?? [])];
  if (file?.status != null && point?.status != null && point.status !== file.status)
    doubts.push(
      `Its JSON says that it is “${file.status}”, and ${MANIFEST} that it is “${point.status}”${point.error === null ? '' : ` (${point.error})`}.`,
    );
  notes.push(...(file?.notes ?? []), ...doubts);
  const provenance =
    file?.provenance === 'rtbench' || (file === null && kind === 'rtbench')
      ? 'rtbench'
      : 'isochron';
  const status: Status = file === null ? 'unknown' : (file.status ?? 'unknown');
  if (status === 'running')
    notes.push('The run has not ended, or was killed: its last rows may be missing.');
  const error = file?.error?.message ?? point?.error ?? null;
  if (status === 'failed')
    notes.push(
      `The run failed: ${error ?? 'nothing says of what, as when the program that ran it was ended.'}`,
    );
  if (status === 'interrupted') notes.push('The run was interrupted.');
  const identity = identityOf(file, csv, point?.parameters ?? {});
  const repetition =
    point?.repetition ?? (typeof identity.repetition === 'number' ? identity.repetition : null);
  const columns = async () => {
    await requireAsWritten(csv, point);
    const rows =
      kind === 'extended' ? await readExtended(csv) : await onlyRun(csv, warmupJobs(file));
    requireSameRun(csv, rows, file);
    return rows;
  };
  results.runs.push({
    id,
    name: point?.name ?? file?.plan?.name ?? basename(id).replace(/_timing$/, ''),
    csvPath: csv,
    provenance,
    status,
    error,
    identity,
    ...axesOf(point?.parameters ?? {}, sweep?.axes ?? {}),
    content: contentOf(file, point),
    suite,
    repetition,
    interleaved: sweep?.order === 'interleaved',
    periodNs: positive(file?.plan?.periodNs),
    deadlineNs: positive(file?.plan?.deadlineNs),
    lineBytes:
      file?.machine?.lineBytes ?? file?.lineBytes ?? (provenance === 'rtbench' ? 64 : null),
    modelBytes: file?.model?.bytes ?? null,
    accuracy: point?.accuracy ?? null,
    absent: Object.fromEntries(
      (file?.events ?? []).flatMap((e) => (e.reason === null ? [] : [[e.name, e.reason]])),
    ),
    file,
    notes,
    doubts,
    columns,
    jobs: async function* () {
      yield* jobsIn(await columns());
    },
  });
}

function axesOf(
  named: ManifestPoint['parameters'],
  axes: Manifest['axes'],
): Pick<Run, 'places' | 'parameters'> {
  const known = Object.entries(named).flatMap(([axis, value]) => {
    const place = axes[axis]?.indexOf(value) ?? -1;
    return place < 0 ? [] : [{ fact: factName(axis), value, place }];
  });
  return {
    places: Object.fromEntries(known.map(({ fact, place }) => [fact, place])),
    parameters: Object.fromEntries(known.map(({ fact, value }) => [fact, value])),
  };
}

/** Files are told by the run itself, which has read them. */
function contentOf(file: RunFile | null, point: ManifestPoint | null): string | null {
  const files = [file?.model, file?.plugin, file?.engine].map((one) => one?.sha256 ?? null);
  const hashes = [...files, point?.hash ?? null];
  return hashes.every((hash) => hash === null) ? null : hashes.join(' ');
}

/**
 * Holds a point's CSV and JSON against what its sweep wrote, which no change of both of them follows.
 *
 * @throws IsochronError E_RESULTS_CHANGED
 */
async function requireAsWritten(csv: string, point: ManifestPoint | null): Promise<void> {
  for (const file of [csv, sidecarPath(csv)]) {
    const written = point?.hashes[basename(file)];
    const now = written === undefined ? null : await sha256OfFile(file);
    if (now === null || now === written) continue; // what can't be read says so itself
    throw new IsochronError(
      'E_RESULTS_CHANGED',
      `${printable(file)} is not as its sweep wrote it (the SHA-256 in ${MANIFEST} is another).`,
      '`isochron sweep --resume` runs its point again.',
    );
  }
}

/** A run by two names is one process. */
function leaveOutCopies(results: Results): void {
  const found = copies(results.runs);
  const dropped = new Set(found.map(({ copy }) => copy));
  results.runs = results.runs.filter((run) => !dropped.has(run));
  for (const { copy, original, sameFile } of found)
    results.notes.push(
      `${copy.id} is ${sameFile ? 'the same file as' : 'a copy of'} ${original.id}${sameFile ? '' : ' (its first release was at the same instant)'}, and is left out.`,
    );
}

const positive = (value: number | null | undefined) => (value != null && value > 0 ? value : null);

/** The one run of a log that has not been imported; of several, only the first can be told apart by its name. */
async function onlyRun(csv: string, warmup: number): Promise<Columns> {
  const runs = await readRtbenchLog(csv, warmup);
  const first = (runs[0] as (typeof runs)[number]).columns;
  if (runs.length === 1) return first;
  return {
    ...first,
    notes: [
      ...first.notes,
      `The log holds ${runs.length} runs and only the first is used; \`isochron import rtbench\` makes a result of each.`,
    ],
  };
}

/** Accuracies that the user wrote down in `accuracy.csv`, by the run's or the model's name. */
async function addAccuracies(folder: string, results: Results): Promise<void> {
  const { accuracies, notes } = await readAccuracies(folder);
  results.notes.push(...notes);
  const unnamed = new Set<string>();
  for (const run of results.runs) {
    const { network, precision } = run.identity;
    const [bare, whole] = [String(network), `${network}_${precision}`];
    // a network's name alone is that of its floats, as everywhere (`identityOf`)
    const floats = precision === undefined || precision === 'fp32';
    for (const name of [run.id, run.name, whole, ...(floats ? [bare] : [])])
      run.accuracy ??= accuracies.get(name) ?? null;
    if (run.accuracy === null && accuracies.has(bare) && !unnamed.has(whole)) {
      unnamed.add(whole);
      results.notes.push(
        `accuracy.csv: ${bare} is the network of floats, so ${whole} has no accuracy: its own goes under its own name.`,
      );
    }
  }
}

/** Runs of one name get what tells them apart appended: the repetition, or else their id. */
function uniqueNames(runs: Run[]): void {
  for (const same of groupBy(runs, (run) => run.name).values()) {
    if (same.length === 1) continue;
    const repetitions = new Set(same.map((run) => run.repetition));
    const told = repetitions.size === same.length && !repetitions.has(null);
    for (const run of same)
      run.name = told
        ? `${run.name} #${(run.repetition as number) + 1}`
        : `${run.name} (${run.id})`;
  }
}
