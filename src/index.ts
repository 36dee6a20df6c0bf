/**
 * The public API of isochron: everything that the command line does can be done from here.
 *
 * @packageDocumentation
 */

export { type Explanation, explain, type FirstRunSample } from './analysis/first-run.js';
export { firstRunSamples } from './analysis/first-run-samples.js';
export { type BenchmarkDefinition, defineBenchmark } from './benchmark/definition.js';
export { firstRunSuite, firstRunTreatments } from './benchmark/first-run.js';
export type { Plan } from './benchmark/plan.js';
export { defineSuite, type Suite } from './benchmark/suite.js';
export { listEngines } from './engine/cache.js';
export { describeEngine, type EngineDescription } from './engine/describe.js';
export { installEngine } from './engine/install.js';
export { resolveEngine } from './engine/resolve.js';
export { type ErrorInfo, IsochronError, UsageError } from './errors.js';
export { CATALOGUE, EVENT_SETS } from './events/catalogue.js';
export type { EventOffer } from './events/offer.js';
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
export type { Machine } from './output/machine-facts.js';
export type { Sidecar } from './output/sidecar.js';
export type { Check } from './platform/doctor/check.js';
export { probeMachine } from './platform/machine.js';
export { type DoctorOptions, type DoctorReport, doctor } from './session/doctor.js';
export { type OfferOptions, offerEvents } from './session/offer-events.js';
export type { Progress, ProgressState } from './session/progress.js';
export { type RunOptions, type RunResult, runBenchmark } from './session/run.js';
export { type LoadedSuite, loadSuite } from './session/sweep/load-suite.js';
export { planSweep, type SweepPlan } from './session/sweep/plan-sweep.js';
export {
  type PointOutcome,
  runSweep,
  type SweepOptions,
  type SweepProgress,
  type SweepResult,
  suiteInMemory,
} from './session/sweep/run-sweep.js';
