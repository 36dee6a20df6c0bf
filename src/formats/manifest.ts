/**
 * `manifest.json`, which makes a folder of results describe itself: which suite, every point with what it is, how it went
 * and which files are its own. The one definition of its shape, for the sweep that writes it and for all who read it. While a
 * sweep runs, what has changed since stands beside it (manifest-journal.ts), and is read with it.
 */
import * as z from 'zod';
import { readRegular } from '../kernel/files/regular-file.js';
import { changesSince } from './manifest-journal.js';

export const MANIFEST = 'manifest.json';
/** Raised when a field changes its meaning or goes away; a new field is no reason. */
const MANIFEST_VERSION = 1;

const text = z.string().nullable();
const number = z.number().nullable();
const fact = z.union([z.string(), z.number(), z.boolean()]);

/**
 * `pending`: not run yet. `running`: it was when the manifest was written; unless a sweep is at work, it was killed.
 * `done`, `deadline_miss`: complete. `failed`: it has a reason and perhaps rows. `interrupted`: stopped by the user.
 */
export const POINT_STATES = [
  'pending',
  'running',
  'done',
  'deadline_miss',
  'failed',
  'interrupted',
] as const;
export type PointState = (typeof POINT_STATES)[number];

/** SHA-256 of the files that a point was run with; null for what it does not have. */
const contentSchema = z.object({
  /** Of the model's file. */
  model: text,
  /** Of the engine's library. */
  engine: text,
  /** Of the plugin. */
  plugin: text,
  /** In the order of the definition; null where the list is not known. */
  inputs: z.array(z.string()).nullable(),
});
export type PointContent = z.output<typeof contentSchema>;

const errorSchema = z.object({
  /** One of docs/errors.md. */
  code: z.string(),
  /** One sentence. */
  message: z.string(),
  /** What to do about it, where anything can be done. */
  hint: z.string().optional(),
});

/** One of several runs that the events of a point took. */
const passSchema = z.object({
  /** Relative to the manifest. */
  csv: z.string(),
  /** How it ended. */
  status: z.enum(POINT_STATES),
  /** Why it failed; null where it did not. */
  error: errorSchema.nullable(),
  /** Its verdict. */
  valid: z.boolean(),
});

/** An attempt that came to no result of its own. */
const attemptSchema = z.object({
  /** Why the result that was there could not stand. */
  reason: z.string(),
  /** How it ended. */
  status: z.enum(POINT_STATES),
  /** Why it failed; null where it was interrupted. */
  error: errorSchema.nullable(),
  /** ISO 8601, UTC. */
  startedAt: text,
  /** ISO 8601, UTC. */
  endedAt: text,
});

const pointSchema = z.object({
  /** Names the point and its files. */
  id: z.string().min(1),
  /** The same for all repetitions. */
  name: text,
  /** What has become of it; null where the file does not say. */
  status: z.enum(POINT_STATES).nullable(),
  /** Why it failed; null where it did not. */
  error: errorSchema.nullable(),
  /** The point's CSV, relative to the manifest; null = `ID.csv`. */
  csv: text,
  /** Bytes of the CSV when the point ended: a shorter file has lost rows since. */
  csvBytes: number,
  /** SHA-256 of the CSVs when the point ended, by name (further passes and samples, too); null in files of before. */
  hashes: z.record(z.string(), z.string()).nullable(),
  /** What the sweep varied, by axis. */
  parameters: z.record(z.string(), fact),
  /** From 0. */
  repetition: number,
  /** What was asked for, as the suite has it. */
  definition: z.record(z.string(), z.unknown()),
  /** SHA-256 of what decides the point: a suite that says something else now has another. */
  hash: z.string(),
  /** Null until it has run, and in files of before. */
  content: contentSchema.nullable(),
  /** The period that `auto` came to, ns; null where the suite gave one. */
  autoPeriodNs: number,
  /** How often the point was begun. */
  attempts: z.number(),
  /** ISO 8601, UTC; null until it has begun. */
  startedAt: text,
  /** ISO 8601, UTC; null until it has ended. */
  endedAt: text,
  /** The verdict (of all passes); null where there is none. */
  valid: z.boolean().nullable(),
  /** Where its events took several runs, each of them; else null. */
  passes: z.array(passSchema).nullable(),
  /**
   * While it is run again, the entry of the complete result that was there, whose files lie in `.before/` meanwhile; null
   * otherwise.
   */
  before: z.record(z.string(), z.unknown()).nullable(),
  /** The last attempt to replace this result, which failed or was interrupted; null where there was none. */
  lastAttempt: attemptSchema.nullable(),
  /** Why this result is not that of the suite as it was last swept, and was not run again since; null where it is. */
  outdated: text,
  /** Share of right answers, 0 … 1. */
  accuracy: number,
});
export type ManifestPoint = z.output<typeof pointSchema>;

/** A calibration for `period: 'auto'`. */
const calibrationSchema = z.object({
  /** Of the definition that was calibrated, without its period. */
  key: z.string(),
  /** Of the point that was calibrated. */
  name: z.string(),
  /** That were measured. */
  jobs: z.number(),
  /** ns */
  medianNs: z.number(),
  /** ns; null where the jobs were too few for a p99, and the largest stands in for it. */
  p99Ns: z.number().nullable(),
  /** ns */
  maxNs: z.number(),
  /** When, ISO 8601, UTC. */
  at: z.string(),
  /** Of the files that it was run with; null in files of before. */
  content: contentSchema.nullable(),
  /** What it was run on: governor, kernel, board, …; null in files of before. */
  machine: z.record(z.string(), text).nullable(),
});
export type Calibration = z.output<typeof calibrationSchema>;

const suiteSchema = z.object({
  /** Of the suite. */
  name: z.string(),
  /** What it shows, in one line; null = it does not say. */
  title: text,
  /** What it shows, in some sentences; null = it does not say. */
  description: text,
  /** Absolute path; null for a suite that no file holds. */
  file: text,
  /** Of the file, hexadecimal; null for a suite that no file holds. */
  sha256: text,
  /** It was its quick variant. */
  quick: z.boolean(),
  /** Values of each axis, in the order in which the suite names them: the first is what the others are compared with. */
  axes: z.record(z.string(), z.array(fact)).nullable(),
});

/** The file as it is written: docs/schemas/manifest.schema.json is made of it (`npm run schemas`). */
export const manifestSchema = z.object({
  /** Names the kind of file. */
  format: z.literal('isochron-sweep'),
  /** Of the format: raised when a field changes its meaning or goes away. */
  version: z.number(),
  /** What was swept; null where the file does not say. */
  suite: suiteSchema.nullable(),
  /** What swept it; null where the file does not say. */
  tool: z
    .object({
      /** isochron. */
      name: z.string(),
      /** Of isochron. */
      version: z.string(),
      /** Version of Node. */
      node: z.string(),
    })
    .nullable(),
  /** When the sweep was begun first, ISO 8601, UTC. */
  startedAt: text,
  /** When this was written, ISO 8601, UTC. */
  updatedAt: text,
  /** `interleaved`: the points of one repetition ran side by side, in an order by the seed, so that equal repetitions are pairs. */
  order: text,
  /** Of the order. */
  seed: number,
  /** How often each point is run. */
  repetitions: number,
  /** How `period: auto` is found; null in files of before. */
  auto: z
    .object({
      /** The period is this multiple of the p99. */
      factor: z.number(),
      /** Of a calibration run. */
      jobs: z.number(),
      /** A calibration ends after this time even if jobs are left, ns. */
      durationNs: z.number(),
    })
    .nullable(),
  /** The machine, as in every run's own file. */
  machine: z.unknown().optional(),
  /** Those that were made. */
  calibrations: z.array(calibrationSchema),
  /** In the order in which they run. */
  points: z.array(pointSchema),
  /** Complete results of points that the suite no longer has: they stand again when it has them again. */
  retired: z.array(pointSchema),
});

/**
 * The same fields as they are read: one that is missing or of another shape counts as what `absent` says of it, or as null, so
 * that an odd field hides no other.
 */
const forgiving = <Shape extends z.ZodRawShape>(
  shape: Shape,
  absent: { readonly [Name in keyof Shape]?: z.output<Shape[Name]> },
): Shape =>
  Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [
      name,
      (schema as z.ZodType).catch(name in absent ? absent[name] : null),
    ]),
  ) as unknown as Shape;

const contentReading = z.object(forgiving(contentSchema.shape, {})).nullable().catch(null);

const calibrationReading = calibrationSchema.extend({
  content: contentReading,
  machine: calibrationSchema.shape.machine.catch(null),
});

const pointReading = z.object({
  ...forgiving(pointSchema.shape, { definition: {}, hash: '', attempts: 0 }),
  id: pointSchema.shape.id,
  error: z
    .preprocess(
      (e) => (typeof e === 'string' ? { code: 'E_UNKNOWN', message: e } : e),
      errorSchema.extend({ code: z.string().catch('E_UNKNOWN') }).nullable(),
    )
    .catch(null),
  content: contentReading,
  /** Each by itself. */
  parameters: z
    .record(z.string(), z.unknown())
    .transform((values) =>
      Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) => {
          const parsed = fact.safeParse(value);
          return parsed.success ? [[name, parsed.data] as const] : [];
        }),
      ),
    )
    .catch({}),
});

const manifestReading = z.object({
  ...forgiving(manifestSchema.shape, { version: MANIFEST_VERSION, calibrations: [] }),
  format: manifestSchema.shape.format,
  /** In early files its name alone. */
  suite: z
    .preprocess(
      (suite) => (typeof suite === 'string' ? { name: suite } : suite),
      z
        .object({ ...forgiving(suiteSchema.shape, { quick: false }), name: suiteSchema.shape.name })
        .nullable(),
    )
    .catch(null),
  machine: manifestSchema.shape.machine,
  calibrations: z.array(calibrationReading).catch([]),
  points: z.array(z.unknown()),
  retired: z.array(z.unknown()).catch([]),
});

export type Manifest = z.output<typeof manifestSchema>;

export type ManifestReading =
  | { manifest: Manifest; badPoints: number; problem: null }
  | { manifest: null; badPoints: 0; problem: string };

/** Reads a manifest. A damaged one gives the reason, damaged points are left out and counted; never throws. */
export async function readManifest(path: string): Promise<ManifestReading> {
  let value: unknown;
  try {
    value = JSON.parse(await readRegular(path));
  } catch (error) {
    return damaged(`it can't be read (${(error as Error).message})`);
  }
  const parsed = manifestReading.safeParse(value);
  if (!parsed.success) return damaged('it is not the manifest of a sweep');
  if (parsed.data.version > MANIFEST_VERSION)
    return damaged(
      `it is of version ${parsed.data.version}, and this isochron reads ${MANIFEST_VERSION}`,
    );
  const points = parsed.data.points.map((entry) => pointReading.safeParse(entry));
  const whole = (read: typeof points) => read.flatMap((p) => (p.success ? [p.data] : []));
  const retired = whole(parsed.data.retired.map((entry) => pointReading.safeParse(entry)));
  const manifest = { ...parsed.data, points: whole(points), retired };
  const at = new Map(manifest.points.map((point, i) => [point.id, i]));
  for (const change of await changesSince(path, manifest.updatedAt)) {
    const point = pointReading.safeParse(change.point);
    const index = point.success ? at.get(point.data.id) : undefined;
    if (point.success && index !== undefined) manifest.points[index] = point.data;
    const calibration = calibrationReading.safeParse(change.calibration);
    if (calibration.success) putCalibration(manifest.calibrations, calibration.data);
    manifest.updatedAt = change.at;
  }
  return { manifest, badPoints: points.filter((p) => !p.success).length, problem: null };
}

/** What `before` of a point holds; null where that is no point. */
export function readPoint(value: unknown): ManifestPoint | null {
  const parsed = pointReading.safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** There is one for each key. */
export function putCalibration(calibrations: Calibration[], calibration: Calibration): void {
  const at = calibrations.findIndex(({ key }) => key === calibration.key);
  if (at < 0) calibrations.push(calibration);
  else calibrations[at] = calibration;
}

const damaged = (problem: string): ManifestReading => ({ manifest: null, badPoints: 0, problem });
