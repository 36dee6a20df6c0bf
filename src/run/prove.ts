/** A workload is tried once before it is run many times. */
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import { fromErrorInfo, IsochronError } from '../kernel/errors.js';
import { type RunOptions, runBenchmark } from './run-benchmark.js';

/**
 * Runs one job under the default policy, without counters and files.
 *
 * @returns false when it was interrupted
 * @throws what `run` says of a workload that doesn't run: the same code, sentence and hint
 */
export async function proveThatItRuns(
  definition: Pick<
    BenchmarkDefinition,
    'workload' | 'cores' | 'engine' | 'threads' | 'xnnpack' | 'inputs' | 'seed'
  >,
  options: Pick<RunOptions, 'signal' | 'onProgress' | 'onNote' | 'onWaiting'> = {},
): Promise<boolean> {
  const { status, error } = await runBenchmark(
    { ...definition, name: 'trial', events: 'none', jobs: 1, lockMemory: false },
    options,
  );
  if (status === 'failed')
    throw error
      ? fromErrorInfo(error)
      : new IsochronError('E_CRASHED', `${definition.workload} failed without a reason.`);
  return status !== 'interrupted';
}
