/** RT-Bench's logs as results of ours: an extended CSV and a JSON file, so that every analysis accepts them. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { encodeRows } from '../formats/csv-file.js';
import { extendedFormat } from '../formats/extended.js';
import { readHeader } from '../formats/lines.js';
import { toJson } from '../formats/plain-json.js';
import type { Cell } from '../formats/row-format.js';
import {
  isRtbench,
  isRtbenchSamples,
  type RtbenchRun,
  readRtbenchLog,
} from '../formats/rtbench-log.js';
import { type RunFile, readRunFile, warmupJobs } from '../formats/run-file.js';
import { requireSameRun } from '../formats/same-run.js';
import { sidecarPath } from '../formats/sidecar.js';
import { type Kinds, requireKind, requireOptions } from '../kernel/caller.js';
import { IsochronError, UsageError } from '../kernel/errors.js';
import { makeFolder, writeAtomically } from '../kernel/files/atomic-file.js';
import { outputError } from '../kernel/files/write-reasons.js';
import { toolVersion } from '../kernel/package.js';
import { hashFile } from '../kernel/sha256.js';
import { COUNTED_METRICS, quotient } from '../metrics/counted-metrics.js';
import { parseModelName } from './identity.js';

/** Bytes of a cache line of the Cortex-A53 (its Technical Reference Manual, 6.1), for the bandwidth columns. */
const A53_LINE_BYTES = 64;

const EVENTS = [
  'l1d_cache',
  'l1d_cache_refill',
  'l2d_cache',
  'l2d_cache_refill',
  'inst_retired',
  'cpu_cycles',
];

/** Columns that hold absolute times. */
const ABSOLUTE = new Set(['release_ns', 'end_ns', 'deadline_ns']);

/** One run that was imported. */
export interface Imported {
  /** Of the run. */
  name: string;
  /** Its file. */
  csv: string;
  /** In it. */
  jobs: number;
  /** Releases that were passed over. */
  skippedReleases: number;
  /** What is to be known of it, a sentence each. */
  notes: string[];
}

/** What an import made. */
export interface ImportReport {
  /** One for each run of each log. */
  imported: Imported[];
  /** Files that are no timing logs, with what they are. */
  passedOver: {
    /** The file. */
    path: string;
    /** What it is instead. */
    reason: string;
  }[];
}

/** How logs are imported. */
export interface ImportOptions {
  /** Bytes that an L2 miss moves, for the bandwidth: a whole number from 8 to 4096 (default 64, as on the Cortex-A53). */
  lineBytes?: number;
  /** Version of isochron that the files say they are from (default: this one's). */
  version?: string;
}

const OPTIONS: Kinds<ImportOptions> = { lineBytes: 'number', version: 'string' };

/**
 * Imports a log, or every log in a folder.
 *
 * @param from a CSV of RT-Bench or a folder of them
 * @param into a folder; it is made when missing. A result of an earlier import is replaced, one of a run is not.
 * @throws UsageError for a line of another size
 * @throws IsochronError E_RESULTS when there is no log, E_OUTPUT when the folder can't be used
 */
export async function importRtbench(
  from: string,
  into: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  requireKind(from, 'string', 'what importRtbench reads');
  requireKind(into, 'string', 'the folder of importRtbench');
  requireOptions('importRtbench', options, OPTIONS);
  const { lineBytes = A53_LINE_BYTES } = options;
  if (!Number.isInteger(lineBytes) || lineBytes < 8 || lineBytes > 4096)
    throw new UsageError(`--line-bytes is a whole number from 8 to 4096, not ${lineBytes}.`);
  const source = resolve(from);
  const found = await stat(source).catch(() => null);
  if (found === null) throw new IsochronError('E_RESULTS', `${from} does not exist.`);
  const report: ImportReport = { imported: [], passedOver: [] };
  const files = found.isDirectory() ? await csvsIn(source) : [source];
  const logs: Log[] = [];
  for (const path of files) {
    try {
      const { cells: header } = await readHeader(path);
      if (!isRtbench(header) && found.isDirectory()) {
        report.passedOver.push({ path, reason: whatElse(header) });
        continue;
      }
      logs.push(await readLog(path));
    } catch (error) {
      if (!found.isDirectory() || !(error instanceof IsochronError)) throw error;
      report.passedOver.push({ path, reason: error.message });
    }
  }
  if (logs.length === 0)
    throw new IsochronError(
      'E_RESULTS',
      `${from} holds no timing log of RT-Bench.`,
      'RT-Bench’s timing logs are CSVs that begin with period_start(clock_cycles).',
    );
  await makeFolder(into).catch((error: unknown) => {
    throw outputError(into, error);
  });
  const names = namesOf(logs);
  for (const { path, runs, file } of logs) {
    const { sha256 } = await hashFile(path);
    for (const [i, run] of runs.entries()) {
      const name = names.shift() as string;
      report.imported.push(
        await writeRun(run, {
          path,
          file: i === 0 ? file : null,
          sha256,
          index: i,
          of: runs.length,
          name,
          into,
          options,
        }),
      );
    }
  }
  return report;
}

interface Log {
  path: string;
  runs: RtbenchRun[];
  /** The JSON beside a log of isochron's own, which tells what the rows don't. */
  file: RunFile | null;
}

async function readLog(path: string): Promise<Log> {
  const { run: file } = await readRunFile(sidecarPath(path));
  const runs = await readRtbenchLog(path, warmupJobs(file));
  requireSameRun(path, (runs[0] as RtbenchRun).columns, file);
  return { path, runs, file };
}

/**
 * A name for each run of each log, no two alike, whatever the case (an SD card may not tell them apart): the log's without
 * `_timing`, with it where another log has the first, and with a number where that is taken, too.
 */
function namesOf(logs: readonly { path: string; runs: readonly unknown[] }[]): string[] {
  const taken = new Set<string>();
  const free = (name: string) => !taken.has(name.toLowerCase());
  return logs.flatMap(({ path, runs }) => {
    const whole = basename(path).replace(/\.csv$/i, '');
    const stem = whole.replace(/_timing$/, '');
    return runs.map((_run, i) => {
      const ending = runs.length === 1 ? '' : `-run${i + 1}`;
      let name = [stem, whole].map((text) => text + ending).find(free);
      for (let n = 2; name === undefined; n++)
        name = free(`${whole}${ending}-${n}`) ? `${whole}${ending}-${n}` : undefined;
      taken.add(name.toLowerCase());
      return name;
    });
  });
}

async function csvsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.toLowerCase().endsWith('.csv'));
  return names
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((n) => join(folder, n));
}

const whatElse = (header: readonly string[]) =>
  header.length === 0
    ? 'it is empty'
    : isRtbenchSamples(header)
      ? 'it is a file of RT-Bench’s sampling thread, which has no jobs'
      : 'its columns are not those of RT-Bench';

interface Place {
  path: string;
  file: RunFile | null;
  sha256: string;
  index: number;
  of: number;
  name: string;
  into: string;
  options: ImportOptions;
}

async function writeRun(run: RtbenchRun, place: Place): Promise<Imported> {
  const csv = join(place.into, `${place.name}.csv`);
  const json = sidecarPath(csv);
  await refuseForeign(csv, json, place);
  const lineBytes = place.options.lineBytes ?? A53_LINE_BYTES;
  const extras = run.extras.map((name) => name.replace(/[",\n]/g, '_'));
  const header = extendedFormat({ events: EVENTS, extras }).header;
  const { columns } = run;
  const notes = notesOn(run, place, lineBytes);
  const { precision } = parseModelName(place.name);
  const value = {
    format: 'isochron-import',
    version: 1,
    provenance: 'rtbench',
    // of a log alone nobody knows whether it is whole
    status: place.file?.status ?? null,
    error: place.file?.error ?? null,
    verdict: place.file?.verdict ?? null,
    startedAt: null,
    tool: { name: 'isochron', version: place.options.version ?? toolVersion },
    source: {
      path: basename(place.path),
      sha256: place.sha256,
      bytes: (await stat(place.path)).size,
    },
    run: { index: place.index, of: place.of },
    plan: {
      name: place.name,
      periodNs: run.periodNs,
      deadlineNs: run.deadlineNs,
      warmup: warmupOf(run),
    },
    precision,
    lineBytes,
    events: EVENTS.map((name) => ({
      name,
      reason: run.neverCounted.includes(name) ? 'it stands at 0 in every row of the log' : null,
    })),
    notes,
    files: { csv: basename(csv) },
  };
  // First the file that says whose they are: an import that is killed in between can be repeated.
  await writeAtomically(json, async (f) => {
    await f.writeFile(toJson(value));
  });
  await writeAtomically(csv, async (f) => {
    await f.writeFile(encodeRows([header]));
    // a metric stands below the name that a CSV can hold, and is found by its own
    const names = [...header.slice(0, header.length - extras.length), ...run.extras];
    for (const batch of inBatches(rows(run, names, lineBytes)))
      await f.writeFile(encodeRows(batch));
  });
  const skipped = columns.column('skipped_releases') as Float64Array;
  return {
    name: place.name,
    csv,
    jobs: columns.rows,
    skippedReleases: skipped.reduce((sum, n) => sum + n, 0),
    notes: columns.notes.slice(),
  };
}

/** A measured run is nobody's to overwrite, nor is what another log was made into. */
async function refuseForeign(csv: string, json: string, place: Place): Promise<void> {
  if (!existsSync(csv)) return;
  const { run } = await readRunFile(json);
  const log = basename(place.path);
  const { path: of = log, sha256 = place.sha256 } = run?.source ?? {};
  if (run?.format === 'isochron-import' && of === log && sha256 === place.sha256) return;
  if (run?.format === 'isochron-import')
    throw new IsochronError(
      'E_OUTPUT',
      of === log
        ? `${csv} is there already, as the import of another ${log} (or of this one before it changed).`
        : `${csv} is there already, as the import of ${of}; this is ${log}.`,
      'Choose another folder with -o, or remove it.',
    );
  if (run === null && !existsSync(json)) {
    const { cells: header } = await readHeader(csv);
    if (header.length === 0) return; // nothing is lost
  }
  throw new IsochronError(
    'E_OUTPUT',
    `${csv} is there already and was not made by an import.`,
    'Choose another folder with -o.',
  );
}

const warmupOf = ({ columns }: RtbenchRun): number =>
  columns.column('warmup')?.reduce((sum, flag) => sum + flag, 0) ?? 0;

function notesOn(run: RtbenchRun, place: Place, lineBytes: number): string[] {
  const warmup = warmupOf(run);
  return [
    'Imported from a log of RT-Bench: job_elapsed counts from the release, so it stands in response_ns, and elapsed_ns, start_ns and release_latency_ns are not known.',
    `The bandwidth is L2 misses × ${lineBytes} bytes / response time.`,
    ...(place.of > 1 ? [`Run ${place.index + 1} of ${place.of} in the log.`] : []),
    ...(warmup > 0
      ? [
          warmup === 1
            ? 'The first job is warm-up, as the JSON beside the log says.'
            : `The first ${warmup} jobs are warm-up, as the JSON beside the log says.`,
        ]
      : []),
    ...(run.neverCounted.length > 0
      ? [`Taken as not counted, because 0 in every row: ${run.neverCounted.join(', ')}.`]
      : []),
    ...run.columns.notes,
  ];
}

function* rows(run: RtbenchRun, names: readonly string[], lineBytes: number): Generator<Cell[]> {
  const { columns } = run;
  const origin = columns.originNs ?? 0n;
  const at = (name: string, row: number) => cell(columns.column(name)?.[row]);
  for (let row = 0; row < columns.rows; row++) {
    const known = new Map(
      COUNTED_METRICS.map((metric) => {
        const under = at(metric.unit === 'MB/s' ? 'response_ns' : metric.under, row);
        return [metric.column, short(quotient(metric, at(metric.over, row), under, lineBytes))];
      }),
    );
    yield names.map((name) => {
      if (known.has(name)) return known.get(name) as Cell;
      const value = at(name, row);
      return ABSOLUTE.has(name) && typeof value === 'number' ? origin + BigInt(value) : value;
    });
  }
}

function* inBatches(rows: Iterable<Cell[]>, size = 500): Generator<Cell[][]> {
  let batch: Cell[][] = [];
  for (const row of rows) {
    if (batch.push(row) < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const cell = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;
const short = (value: number | null) => (value === null ? null : Number(value.toPrecision(6)));
