/** What analysis makes of a sweep's manifest.json. Its shape is defined in formats/manifest.ts. */
import { type ManifestPoint as ReadPoint, readManifest as read } from '../formats/manifest.js';

export { MANIFEST } from '../formats/manifest.js';

export interface ManifestPoint {
  /** Names the point and its files. */
  id: string;
  name: string | null;
  status: string | null;
  error: string | null;
  /** The point's CSV, relative to the manifest; `ID.csv` when left out. */
  csv: string | null;
  /** What the sweep varied, by axis. */
  parameters: Record<string, string | number | boolean>;
  repetition: number | null;
  /** Share of right answers, 0 … 1. */
  accuracy: number | null;
  /** What is to be known of its result, a sentence each. */
  notes: string[];
}

export interface Manifest {
  suite: string | null;
  /** `interleaved`: the points of one repetition ran side by side, so that equal repetitions are pairs. */
  order: string | null;
  points: ManifestPoint[];
  notes: string[];
}

function notesOn({ lastAttempt, passes }: ReadPoint): string[] {
  const notes: string[] = [];
  if (lastAttempt !== null)
    notes.push(
      `An older result: it was to be run again (${lastAttempt.reason}), and that ${lastAttempt.status === 'interrupted' ? 'was interrupted' : `failed: ${lastAttempt.error?.message ?? 'no reason is known'}`}`,
    );
  for (const { csv, status, error } of passes ?? [])
    if (status === 'failed')
      notes.push(`Its pass ${csv} failed: ${error?.message ?? 'no reason is known'}`);
  return notes.map((note) => note.replace(/\.?$/, '.'));
}

/** Reads a manifest; a damaged one gives null and the reason. */
export async function readManifest(
  path: string,
): Promise<{ manifest: Manifest; problem: null } | { manifest: null; problem: string }> {
  const { manifest, badPoints, problem } = await read(path);
  if (manifest === null) return { manifest: null, problem };
  return {
    manifest: {
      suite: manifest.suite?.name ?? null,
      order: manifest.order,
      points: manifest.points.map((point) => ({
        ...point,
        error: point.error?.message ?? null,
        notes: notesOn(point),
      })),
      notes:
        badPoints > 0
          ? [`${path}: ${badPoints} of its points can't be read and are left out.`]
          : [],
    },
    problem: null,
  };
}
