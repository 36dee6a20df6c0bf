/** Running a suite: one point after the other, each in a fresh child process. */
import { checkSuite } from '../benchmark/suite.js';
import type { Manifest } from '../formats/manifest.js';
import { forCaller, type Kinds } from '../kernel/caller.js';
import { UsageError } from '../kernel/errors.js';
import { toolVersion } from '../kernel/package.js';
import { probeMachine } from '../machine/probe-machine.js';
import { expandFor } from './chosen-points.js';
import type { LoadedSuite } from './load-suite.js';
import { Sweep } from './sweep-course.js';
import { requireSameSweep, SweepFolder } from './sweep-folder.js';
import { pendingPoint, type SweepOptions, type SweepResult } from './sweep-result.js';

export type { PointOutcome, SweepOptions, SweepProgress, SweepResult } from './sweep-result.js';

/**
 * Runs a suite. A point that fails is recorded with its reason and the sweep goes on.
 *
 * @throws UsageError for a suite, a pattern or a folder that can't be meant
 * @throws IsochronError when no point can be run or results can't be written; what was done until then stays
 */
export async function runSweep(
  loaded: LoadedSuite,
  options: SweepOptions = {},
): Promise<SweepResult> {
  return forCaller('runSweep', options, OPTIONS, (ours, caller) =>
    // a function of the caller's that fails later than its call ends the sweep, not the point that happens to run then
    caller.during((failure) => {
      const signals = ours.signal ? [ours.signal, failure] : [failure];
      return sweepOf(loaded, { ...ours, signal: AbortSignal.any(signals) });
    }),
  );
}

const OPTIONS: Kinds<SweepOptions> = {
  quick: 'boolean',
  only: 'list of strings',
  again: 'list of numbers',
  output: 'string',
  resume: 'boolean',
  signal: 'AbortSignal',
  kill: 'AbortSignal',
  onProgress: 'function',
  onPoint: 'function',
  onNote: 'function',
  onWaiting: 'function',
};

async function sweepOf(loaded: LoadedSuite, options: SweepOptions): Promise<SweepResult> {
  const { suite, expansion, selected, quick } = expandFor(loaded, options);
  const output = options.output ?? defaultFolder(suite.name, quick);
  const folder = await SweepFolder.open(output);
  try {
    const earlier = await folder.earlier();
    requireSameSweep(
      folder.path,
      earlier,
      { name: suite.name, quick },
      options.resume === true,
      expansion.points,
    );
    const manifest: Manifest = {
      format: 'isochron-sweep',
      version: 1,
      suite: {
        name: suite.name,
        title: suite.title ?? null,
        description: suite.description ?? null,
        file: loaded.file,
        sha256: loaded.sha256,
        quick,
        axes: expansion.axes,
      },
      tool: { name: 'isochron', version: toolVersion, node: process.versions.node },
      startedAt: earlier?.startedAt ?? new Date().toISOString(),
      updatedAt: null,
      order: expansion.order,
      seed: expansion.seed,
      repetitions: expansion.repetitions,
      auto: expansion.auto,
      machine: probeMachine(),
      calibrations: earlier?.calibrations ?? [],
      points: expansion.points.map(pendingPoint),
      retired: [],
    };
    const sweep = new Sweep(folder, manifest, expansion.points, loaded, options);
    await sweep.keepFinished(earlier, new Set(selected.map((point) => point.id)));
    return await sweep.run();
  } finally {
    folder.close();
  }
}

/** Where results go when nothing is said. */
export const defaultFolder = (name: string, quick: boolean): string =>
  `results/${name}${quick ? '-quick' : ''}`;

/**
 * For callers that have a suite, not a file of one.
 *
 * @throws UsageError naming the first thing that is wrong
 */
export function suiteInMemory(suite: LoadedSuite['suite']): LoadedSuite {
  return {
    suite: checkSuite(suite),
    file: null,
    sha256: null,
    locate: (error) => new UsageError(error.message, error.hint, error.code),
  };
}
