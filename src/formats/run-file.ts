/** What analysis reads of the JSON beside a CSV: as little as it needs, and nothing that it can't do without. */
import { z } from 'zod';
import { readRegular } from '../kernel/files/regular-file.js';

/** A field of another shape than expected counts as absent: one odd field must not hide a run. */
const text = z.string().nullable().catch(null);
const number = z.number().nullable().catch(null);
const flag = z.boolean().nullable().catch(null);
const file = z.object({ path: text, sha256: text, bytes: number }).nullable().catch(null);
const remark = z.object({ code: z.string(), message: z.string(), hint: z.string().catch('') });
const list = <T extends z.ZodType>(item: T) => z.array(item).catch([]);

const scheduling = z
  .object({ policy: z.string(), priority: z.number().optional() })
  .nullable()
  .catch(null);

const workload = z
  .object({
    kind: z.string(),
    path: text,
    name: text,
    xnnpack: flag,
    threads: number,
    engine: text,
    us: number,
    sizeBytes: number,
    access: text,
  })
  .nullable()
  .catch(null);

const plan = z
  .object({
    name: text,
    workload,
    periodNs: number,
    deadlineNs: number,
    warmup: number,
    cold: flag,
    cores: list(z.number()),
    scheduling,
    format: text,
  })
  .nullable()
  .catch(null);

const frequencies = z
  .object({ cores: list(z.object({ core: z.number(), governor: text, frequencyKhz: number })) })
  .nullable()
  .catch(null);

const machine = z
  .object({
    arch: text,
    board: text,
    cpus: list(z.object({ name: text, cores: list(z.number()) })),
    lineBytes: number,
    kernel: z.object({ release: text, preemptRt: flag }).nullable().catch(null),
    hypervisor: text,
  })
  .nullable()
  .catch(null);

export const runFileSchema = z.object({
  format: z.enum(['isochron-run', 'isochron-import']),
  version: z.number(),
  status: z
    .enum(['running', 'done', 'interrupted', 'deadline_miss', 'failed'])
    .nullable()
    .catch(null),
  startedAt: text,
  tool: z.object({ version: text }).nullable().catch(null),
  plan,
  engine: z
    .object({ path: text, sha256: text, bytes: number, tflite: text })
    .nullable()
    .catch(null),
  model: file,
  plugin: file,
  machine,
  /** All or none: of a file that is not understood, nobody knows what stayed. */
  fileCache: z
    .array(z.object({ bytes: z.number(), residentBytes: z.number() }))
    .nullable()
    .catch(null),
  initFaults: z.object({ major: z.number() }).nullable().catch(null),
  workload: z
    .object({ tflite: z.object({ stages: z.record(z.string(), z.number()) }) })
    .nullable()
    .catch(null),
  before: frequencies,
  after: frequencies,
  xnnpackApplied: text,
  events: list(z.object({ name: z.string(), reason: text })),
  error: z.object({ message: z.string() }).nullable().catch(null),
  /** First release, as the digits of its ns. */
  finished: z
    .object({ t0Ns: z.union([z.int().nonnegative(), z.string().regex(/^\d+$/)]).transform(String) })
    .nullable()
    .catch(null),
  summary: z
    .object({ counts: z.object({ executed: z.number() }) })
    .nullable()
    .catch(null),
  verdict: z
    .object({ valid: z.boolean(), reasons: list(remark), notes: list(remark) })
    .nullable()
    .catch(null),
  /** Imports only. */
  provenance: text,
  source: file,
  lineBytes: number,
  notes: list(z.string()),
});

export type RunFile = z.output<typeof runFileSchema>;

/** Why a JSON file is not read as that of a run. `other` is somebody else's file, the rest are runs with a defect. */
export type RunFileProblem = 'other' | 'not JSON' | 'unknown version' | 'unreadable';

/** Versions of either format that are understood here. */
const KNOWN_VERSION = 1;

/** Reads the JSON file of a run or of an import. Never throws. */
export async function readRunFile(
  path: string,
): Promise<{ run: RunFile; problem: null } | { run: null; problem: RunFileProblem }> {
  let value: unknown;
  try {
    const content = await readRegular(path);
    try {
      value = JSON.parse(content);
    } catch {
      return { run: null, problem: 'not JSON' };
    }
  } catch {
    return { run: null, problem: 'unreadable' };
  }
  const parsed = runFileSchema.safeParse(value);
  if (!parsed.success) return { run: null, problem: 'other' };
  if (parsed.data.version !== KNOWN_VERSION) return { run: null, problem: 'unknown version' };
  const run = parsed.data;
  // version 0.1.0 filed a plugin under `engine`
  if (run.plan?.workload?.kind === 'plugin' && run.plugin === null)
    return { run: { ...run, engine: null, plugin: run.engine }, problem: null };
  return { run, problem: null };
}
