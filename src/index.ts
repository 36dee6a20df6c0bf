/**
 * The public API of isochron: everything that the command line does can be done from here.
 *
 * @packageDocumentation
 */

export {
  baselineResults,
  listBaselines,
  type SavedBaseline,
  saveBaseline,
} from './analysis/baselines.js';
export {
  type CompareResultsOptions,
  compareResults,
  type Gate,
  type ResultsComparison,
} from './analysis/compare-results.js';
export type { Comparison, MetricComparison, SideSummary } from './analysis/comparison.js';
export {
  type Explanation,
  explain,
  type FaultCost,
  type FirstRunSample,
} from './analysis/explain-first-run.js';
export { type ExportedTrace, exportTrace, type TraceOptions } from './analysis/export-trace.js';
export { type FirstRunSamples, firstRunSamples } from './analysis/first-run-samples.js';
export type { GateResult } from './analysis/gate.js';
export { type ImportOptions, type ImportReport, importRtbench } from './analysis/import-rtbench.js';
export { loadResults } from './analysis/load-results.js';
export type { Results, Run } from './analysis/results.js';
export {
  explainFirstRun,
  type FirstRunOptions,
  type FirstRunReport,
  type FirstRunResult,
} from './analysis/try-first-run.js';
export { type BenchmarkDefinition, defineBenchmark } from './benchmark/definition.js';
export type { Plan } from './benchmark/plan.js';
export {
  type Assignment,
  type Axis,
  defineSuite,
  type Matrix,
  type Suite,
  type SuiteContent,
} from './benchmark/suite.js';
export { firstRunSuite, firstRunTreatments } from './benchmark/treatments.js';
export { describeEngine, type EngineDescription } from './engine/describe-engine.js';
export { type CachedEngine, listEngines } from './engine/engine-folder.js';
export { type InstallOptions, installEngine } from './engine/install-engine.js';
export { resolveEngine } from './engine/resolve-engine.js';
export { CATALOGUE, EVENT_SETS } from './events/catalogue.js';
export type { EventOffer } from './events/offer.js';
export type { Columns } from './formats/columns.js';
export type { Job } from './formats/jobs.js';
export type { IsolationReport, Machine } from './formats/machine-facts.js';
export type { RunFile } from './formats/run-file.js';
export { type ReadSidecar, readSidecar, type SidecarJson as Sidecar } from './formats/sidecar.js';
export type { ErrorCode } from './kernel/error-codes.js';
export { type ErrorInfo, IsochronError, UsageError } from './kernel/errors.js';
export { toolVersion as version } from './kernel/package.js';
export type { Progress, ProgressState } from './kernel/progress.js';
export type { Check } from './machine/doctor/check.js';
export { type DoctorOptions, type DoctorReport, doctor } from './machine/doctor/run-doctor.js';
export {
  type IsolateOptions,
  type Restored,
  restoreIsolation,
  runIsolated,
} from './machine/isolation/isolate-run.js';
export { type OfferOptions, offerEvents } from './machine/offer-events.js';
export { probeMachine } from './machine/probe-machine.js';
export type { Statistics, Summary } from './metrics/summary.js';
export type { Verdict } from './metrics/verdict.js';
export { type Agreement, type AgreementOptions, measureAgreement } from './models/agreement.js';
export { type BuildOptions, type BuiltModel, buildModel } from './models/build-model.js';
export {
  inspectFileOrName as inspectModel,
  type NamedReport as ModelReport,
} from './models/inspect/inspect-file.js';
export {
  type QuantizedModel,
  type QuantizeOptions,
  quantizeModel,
} from './models/quantize/quantize-file.js';
export { type ModelFacts, verifyModel } from './models/verify.js';
export { listNetworks } from './models/zoo/list-networks.js';
export type { NetworkSummary } from './models/zoo/network-summary.js';
export { gather as gatherReport, type Report } from './report/gather.js';
export { writeFigures as writeReportFigures, writePage as writeReport } from './report/write.js';
export { type RunOptions, type RunResult, runBenchmark } from './run/run-benchmark.js';
export { type LoadedSuite, loadSuite, readySuites as listSuites } from './sweep/load-suite.js';
export { type PlanOptions, planSweep, type SweepPlan } from './sweep/plan-sweep.js';
export {
  type PointOutcome,
  runSweep,
  type SweepOptions,
  type SweepProgress,
  type SweepResult,
  suiteInMemory,
} from './sweep/run-sweep.js';
