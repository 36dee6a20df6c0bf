/**
 * The public API of isochron: everything that the command line does can be done from here.
 *
 * @packageDocumentation
 */
export { type BenchmarkDefinition, defineBenchmark } from './benchmark/definition.js';
export type { Plan } from './benchmark/plan.js';
export { type ErrorInfo, IsochronError, UsageError } from './errors.js';
export { type Progress, type ProgressState } from './session/progress.js';
export { type RunOptions, type RunResult, runBenchmark } from './session/run.js';
