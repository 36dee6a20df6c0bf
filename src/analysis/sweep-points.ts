/** What analysis makes of a sweep's manifest.json. Its shape is defined in formats/manifest.ts. */
import { dirname } from 'node:path';
import { type ManifestPoint as ReadPoint, readManifest as read } from '../formats/manifest.js';
import { FileHashes } from '../sweep/point-content.js';
import { csvOf, standingOf } from '../sweep/sweep-folder.js';

export { MANIFEST } from '../formats/manifest.js';

export interface ManifestPoint {
  /** Names the point and its files. */
  id: string;
  name: string | null;
  status: string | null;
  error: string | null;
  /** The point's CSV by its name, relative to the manifest; `ID.csv` when left out. */
  csv: string | null;
  /** Where that is while the point is run again, or was when that was killed; null where it is in its place. */
  aside: string | null;
  /** What the sweep varied, by axis. */
  parameters: Record<string, string | number | boolean>;
  repetition: number | null;
  /** SHA-256 of its files as the sweep left them, by name; of older sweeps the CSVs' alone. */
  hashes: Readonly<Record<string, string>>;
  /** Share of right answers, 0 … 1. */
  accuracy: number | null;
  /** SHA-256 of its definition as it was run; null in files of before. */
  hash: string | null;
  /** Why its result may not be what the sweep was to measure, a sentence each. */
  doubts: string[];
}

export interface Manifest {
  suite: string | null;
  file: string | null;
  title: string | null;
  description: string | null;
  /** `interleaved`: the points of one repetition ran side by side, so that equal repetitions are pairs. */
  order: string | null;
  points: ManifestPoint[];
  /** CSVs of points that are no longer in the suite, relative to the manifest. */
  retired: string[];
  /** Values of each axis, in the order of the suite. */
  axes: Readonly<Record<string, readonly (string | number | boolean)[]>>;
  notes: string[];
}

function doubtsOn({ lastAttempt, outdated, passes }: ReadPoint): string[] {
  const doubts: string[] = [];
  if (outdated !== null)
    doubts.push(
      `An older result: ${outdated}, and it was not run again since (\`isochron sweep --resume\` does)`,
    );
  if (lastAttempt !== null)
    doubts.push(
      `An older result: it was to be run again (${lastAttempt.reason}), and that ${lastAttempt.status === 'interrupted' ? 'was interrupted' : `failed: ${lastAttempt.error?.message ?? 'no reason is known'}`}`,
    );
  for (const { csv, status, error } of passes ?? [])
    if (status === 'failed')
      doubts.push(`Its pass ${csv} failed: ${error?.message ?? 'no reason is known'}`);
  return doubts.map((doubt) => doubt.replace(/\.?$/, '.'));
}

/** A point with its complete result, which lies elsewhere while another one is to replace it. */
async function whatStands(
  folder: string,
  point: ReadPoint,
  hashes: FileHashes,
): Promise<ManifestPoint> {
  const standing = await standingOf(folder, point, hashes);
  const entry = standing.entry ?? point;
  const aside = standing.folder === folder ? null : csvOf(standing.folder, entry.id);
  const used = aside === null ? point : entry;
  const doubts = doubtsOn(used);
  if (aside !== null)
    doubts.push(
      'An older result: its point is being run again, or that was killed (`isochron sweep --resume` goes on, or puts the older result back).',
    );
  return { ...used, aside, hashes: used.hashes ?? {}, error: used.error?.message ?? null, doubts };
}

/** Reads a manifest; a damaged one gives null and the reason. */
export async function readManifest(
  path: string,
): Promise<{ manifest: Manifest; problem: null } | { manifest: null; problem: string }> {
  const { manifest, badPoints, problem } = await read(path);
  if (manifest === null) return { manifest: null, problem };
  const hashes = new FileHashes();
  const points: ManifestPoint[] = [];
  for (const point of manifest.points) points.push(await whatStands(dirname(path), point, hashes));
  return {
    manifest: {
      suite: manifest.suite?.name ?? null,
      file: manifest.suite?.file ?? null,
      title: manifest.suite?.title ?? null,
      description: manifest.suite?.description ?? null,
      order: manifest.order,
      points,
      retired: manifest.retired.map(({ id, csv }) => csv ?? `${id}.csv`),
      axes: manifest.suite?.axes ?? {},
      notes:
        badPoints > 0
          ? [`${path}: ${badPoints} of its points can't be read and are left out.`]
          : [],
    },
    problem: null,
  };
}
