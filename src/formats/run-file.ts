/** The JSON beside a CSV as analysis reads it: that of a run or of an import, and nothing of it that can't be absent. */
import * as z from 'zod';
import { readRegular } from '../kernel/files/regular-file.js';
import { open } from '../kernel/open-object.js';
import { lenient } from './lenient.js';
import { withPlugin } from './sidecar.js';
import {
  fileIdentitySchema,
  runStatus,
  sidecarEventSchema,
  sidecarSchema,
} from './sidecar-shape.js';

const remark = open({ code: z.string(), message: z.string(), hint: z.string().catch('') });

/** An import has little of what a run has, and some of its own; of lists, what their entries can't do without here. */
export const runFileSchema = lenient(
  open({
    ...sidecarSchema.shape,
    /** The events that were asked for, and why a column is empty. */
    events: z.array(sidecarEventSchema.pick({ name: true, reason: true })),
    /** VALID or not, with each reason. */
    verdict: open({
      valid: z.boolean(),
      reasons: z.array(remark),
      notes: z.array(remark),
    }),
    /** Of an import: the tool whose log it was. */
    provenance: z.string(),
    /** Of an import: the log. */
    source: fileIdentitySchema,
    /** Of an import: bytes that an L2 miss moves. */
    lineBytes: z.number().nullable(),
    /** Of an import: what is to be known of it, a sentence each. */
    notes: z.array(z.string()),
  }),
  {
    /** Names the kind of file: that of a run or of an import. */
    format: z.enum(['isochron-run', 'isochron-import']),
    /** Of the format. */
    version: z.number(),
    /** What the run came to; null where nothing tells. */
    status: runStatus.nullable().catch(null),
  },
);

/** As the JSON beside a CSV is read by analysis, that of a run or of an import: null for what is not there. */
export type RunFile = z.output<typeof runFileSchema>;

/** Warm-up jobs of a run, which come first; of one that was killed, as many as were asked for. */
export const warmupJobs = (file: RunFile | null): number =>
  file?.summary?.counts?.warmup ?? file?.plan?.warmup ?? 0;

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
  return { run: withPlugin(parsed.data), problem: null };
}
