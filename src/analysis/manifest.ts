/** What analysis reads of a sweep's manifest.json. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** The name that a sweep gives to its manifest. */
export const MANIFEST = 'manifest.json';

const fact = z.union([z.string(), z.number(), z.boolean()]);

const point = z.looseObject({
  /** Names the point and its files. */
  id: z.string(),
  name: z.string().nullable().catch(null),
  status: z.string().nullable().catch(null),
  error: z
    .union([z.string(), z.looseObject({ message: z.string() }).transform((e) => e.message)])
    .nullable()
    .catch(null),
  /** The point's CSV, relative to the manifest; `ID.csv` when left out. */
  csv: z.string().nullable().catch(null),
  /** What the sweep varied, by axis. */
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
  repetition: z.number().nullable().catch(null),
  /** Share of right answers, 0 … 1. */
  accuracy: z.number().nullable().catch(null),
});

const manifestSchema = z.looseObject({
  format: z.literal('isochron-sweep'),
  suite: z
    .union([z.string(), z.looseObject({ name: z.string() }).transform((s) => s.name)])
    .nullable()
    .catch(null),
  order: z.string().nullable().catch(null),
  points: z.array(z.unknown()),
});

export type ManifestPoint = z.output<typeof point>;

export interface Manifest {
  suite: string | null;
  /** `interleaved`: the points of one repetition ran side by side, so that equal repetitions are pairs. */
  order: string | null;
  points: ManifestPoint[];
  notes: string[];
}

/** Reads a manifest; a damaged one gives null and the reason. */
export async function readManifest(
  path: string,
): Promise<{ manifest: Manifest; problem: null } | { manifest: null; problem: string }> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    return { manifest: null, problem: `it can't be read (${(error as Error).message})` };
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) return { manifest: null, problem: 'it is not the manifest of a sweep' };
  const points = parsed.data.points.map((entry) => point.safeParse(entry));
  const bad = points.filter((p) => !p.success).length;
  return {
    manifest: {
      suite: parsed.data.suite,
      order: parsed.data.order,
      points: points.flatMap((p) => (p.success ? [p.data] : [])),
      notes: bad > 0 ? [`${path}: ${bad} of its points can't be read and are left out.`] : [],
    },
    problem: null,
  };
}
