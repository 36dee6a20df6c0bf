/**
 * The public API of isochron: everything that the command line does can be done from here.
 *
 * @packageDocumentation
 */

export { type Explanation, explain, type FirstRunSample } from './analysis/explain-first-run.js';
export { firstRunSamples } from './analysis/first-run-samples.js';
export { type BenchmarkDefinition, defineBenchmark } from './benchmark/definition.js';
export type { Plan } from './benchmark/plan.js';
export { defineSuite, type Suite } from './benchmark/suite.js';
export { firstRunSuite, firstRunTreatments } from './benchmark/treatments.js';
export { describeEngine, type EngineDescription } from './engine/describe-engine.js';
export { listEngines } from './engine/engine-folder.js';
export { installEngine } from './engine/install-engine.js';
export { resolveEngine } from './engine/resolve-engine.js';
export { CATALOGUE, EVENT_SETS } from './events/catalogue.js';
export type { EventOffer } from './events/offer.js';
export type { Machine } from './formats/machine-facts.js';
export type { SidecarJson as Sidecar } from './formats/sidecar.js';
export type { ErrorCode } from './kernel/error-codes.js';
export { type ErrorInfo, IsochronError, UsageError } from './kernel/errors.js';
export type { Progress, ProgressState } from './kernel/progress.js';
export type { Check } from './machine/doctor/check.js';
export { type DoctorOptions, type DoctorReport, doctor } from './machine/doctor/run-doctor.js';
export { type OfferOptions, offerEvents } from './machine/offer-events.js';
export { probeMachine } from './machine/probe-machine.js';
export type { Statistics, Summary } from './metrics/summary.js';
export type { Verdict } from './metrics/verdict.js';
export { type Agreement, type AgreementOptions, measureAgreement } from './models/agreement.js';
export { type BuildOptions, type BuiltModel, buildModel } from './models/build-model.js';
export {
  type QuantizedModel,
  type QuantizeOptions,
  quantizeModel,
} from './models/quantize/quantize-file.js';
export { type ModelFacts, verifyModel } from './models/verify.js';
export { type RunOptions, type RunResult, runBenchmark } from './run/run-benchmark.js';
export { type LoadedSuite, loadSuite } from './sweep/load-suite.js';
export { planSweep, type SweepPlan } from './sweep/plan-sweep.js';
export {
  type PointOutcome,
  runSweep,
  type SweepOptions,
  type SweepProgress,
  type SweepResult,
  suiteInMemory,
} from './sweep/run-sweep.js';
