/** What a sweep would do, without doing it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Point } from '../benchmark/expand.js';
import { kindOf } from '../benchmark/workloads.js';
import { MANIFEST, type Manifest } from '../formats/manifest.js';
import { forCaller, type Kinds } from '../kernel/caller.js';
import { mistrust } from '../kernel/files/trusted-file.js';
import type { Progress } from '../kernel/progress.js';
import { probeJobs } from './calibrate-period.js';
import { type Choice, expandFor } from './chosen-points.js';
import { estimateSeconds, KnownTimes, totalSeconds } from './estimate-time.js';
import type { LoadedSuite } from './load-suite.js';
import { atHand, fromSuite, timingKey, workloadProblem } from './point-workload.js';
import { defaultFolder } from './run-sweep.js';
import {
  entriesOf,
  Present,
  readEarlier,
  requireSameSweep,
  standingOf,
  whyAgain,
} from './sweep-folder.js';

/** One point of it. */
export interface PlannedPoint {
  /** What it is. */
  point: Point;
  /** False where an earlier result stands. */
  run: boolean;
  /** Why it is run although it was before; null for the first time. */
  again: string | null;
  /** Why it will fail. */
  problem: string | null;
  /** Estimated; null = unknown. */
  seconds: number | null;
}

/** The points of a sweep, before they are run. */
export interface SweepPlan {
  /** Absolute; it need not exist. */
  folder: string;
  /** In the order in which they are run. */
  points: PlannedPoint[];
  /** Estimated for all that are run, unknown ones at the mean of the others; null where none is known. */
  seconds: number | null;
  /** How many of the estimates are unknown. */
  unknown: number;
}

/** Which points are planned. */
export interface PlanOptions extends Choice {
  /** Folder of results; `results/NAME` by default. */
  output?: string | undefined;
  /** Go on with what is there (default false). */
  resume?: boolean | undefined;
  /** Time a few jobs of every benchmark that needs it and can be run at once (default true). */
  measure?: boolean | undefined;
  /** Ends the timing of jobs; what is not timed is unknown. */
  signal?: AbortSignal | undefined;
  /** As of a run. */
  onNote?: ((note: string, urgent?: boolean) => void) | undefined;
  /** Told which point is timed. */
  onProgress?: Progress | undefined;
}

/**
 * The points of a sweep in their order, with an estimate of its time: from periods and jobs, from calibrations in the
 * folder, and for the rest from a few jobs that are timed now. Writes nothing.
 *
 * @throws UsageError for a suite, a pattern or a folder that can't be meant
 */
export async function planSweep(
  loaded: LoadedSuite,
  options: PlanOptions = {},
): Promise<SweepPlan> {
  return forCaller('planSweep', options, OPTIONS, (ours) => planOf(loaded, ours));
}

const OPTIONS: Kinds<PlanOptions> = {
  quick: 'boolean',
  only: 'list of strings',
  again: 'list of numbers',
  output: 'string',
  resume: 'boolean',
  measure: 'boolean',
  signal: 'AbortSignal',
  onNote: 'function',
  onProgress: 'function',
};

async function planOf(loaded: LoadedSuite, options: PlanOptions): Promise<SweepPlan> {
  const { suite, expansion, selected, quick } = expandFor(loaded, options);
  const folder = resolve(options.output ?? defaultFolder(suite.name, quick));
  const manifest = join(folder, MANIFEST);
  const earlier: Manifest | null = existsSync(manifest) ? await readEarlier(manifest) : null;
  requireSameSweep(
    folder,
    earlier,
    { name: suite.name, quick },
    options.resume === true,
    expansion.points,
  );
  const before = entriesOf(earlier);
  const calibrations = earlier?.calibrations ?? [];
  const times = new KnownTimes();
  for (const c of calibrations) {
    const point = expansion.points.find((p) => p.name === c.name);
    if (point) times.learn(point, c.medianNs);
  }
  const present = new Present();
  const points: PlannedPoint[] = [];
  for (const point of selected) {
    const old = before.get(point.id);
    const definition = fromSuite(point.definition, loaded.file);
    const why = await whyAgain(
      await standingOf(folder, old, present.hashes),
      point,
      definition,
      present,
      options.again,
    );
    points.push({
      point,
      run: why !== null,
      again: old && old.status !== 'pending' ? (why?.reason ?? null) : null,
      problem: why === null ? null : await workloadProblem(definition.workload),
      seconds: null,
    });
  }
  const due = points.filter((p) => p.run && p.problem === null);
  const estimate = (p: PlannedPoint) =>
    estimateSeconds(p.point, expansion.auto, calibrations, times);
  if (options.measure !== false)
    await measure(
      due.filter((p) => estimate(p) === null),
      loaded,
      times,
      options,
    );
  for (const p of due) p.seconds = estimate(p);
  return {
    folder,
    points,
    seconds: totalSeconds(due.map((p) => p.seconds)),
    unknown: due.filter((p) => p.seconds === null).length,
  };
}

async function measure(
  points: readonly PlannedPoint[],
  loaded: LoadedSuite,
  times: KnownTimes,
  { signal, onNote, onProgress }: PlanOptions,
): Promise<void> {
  const distinct = new Map(points.map(({ point }) => [timingKey(point), point]));
  let done = 0;
  for (const point of distinct.values()) {
    if (signal?.aborted) return;
    onProgress?.({ phase: `timing ${point.name}`, done, total: distinct.size, note: '' });
    done++;
    const definition = fromSuite(point.definition, loaded.file);
    if (!(await atHand(definition.workload))) continue;
    try {
      // what root loads with a note only is not loaded for an estimate
      if (kindOf(definition.workload) === 'plugin' && mistrust(definition.workload)) continue;
      const run = await probeJobs({ name: point.name, definition }, { signal, onNote });
      times.learn(point, run?.summary.elapsed.median ?? null);
    } catch {
      // what keeps it from running is said when it is run
    }
  }
}
