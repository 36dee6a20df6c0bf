import type { NativeEvent, NativePlan, NativeWorkload } from '../addon/native.js';
import { forEachSeries } from '../addon/streams.js';
import type { Plan } from '../benchmark/plan.js';
import type { PlanWorkload } from '../benchmark/plan-workload.js';
import { SERIES } from './series.js';

/** Stack that is touched before the first release, in bytes: TFLite's kernels stay far below it. */
const STACK_PREFAULT_BYTES = 512 * 1024;
/** The ring holds this long a pause of the JavaScript side … */
const RING_SECONDS = 4;
/** … but no more than this many records (about 18 MB) and no fewer than these. */
const RING_LIMITS = { most: 65_536, fewest: 1024 };

const RING_CONTINUOUS = 2048;

/** The plan as the addon takes it; `events` are the ones that this machine has an encoding for. */
export function nativePlan(plan: Plan, events: NativeEvent[]): NativePlan {
  const { scheduling } = plan;
  return {
    schedule: {
      periodNs: plan.periodNs,
      deadlineNs: plan.deadlineNs ?? 0,
      overrun: plan.overrun,
      jobs: plan.jobs,
      durationNs: plan.durationNs ?? 0,
      warmupJobs: plan.warmup,
    },
    lending: {
      lockMemory: plan.lockMemory,
      prefault: plan.prefault,
      holdDmaLatency: true,
      heapLimitBytes: plan.heapLimitBytes ?? 0,
    },
    placement: {
      cores: plan.cores,
      policy: scheduling.policy,
      priority: 'priority' in scheduling ? scheduling.priority : 0,
      dlRuntimeNs: scheduling.policy === 'deadline' ? scheduling.runtimeNs : 0,
      dlDeadlineNs: scheduling.policy === 'deadline' ? scheduling.deadlineNs : 0,
      dlPeriodNs: scheduling.policy === 'deadline' ? scheduling.periodNs : 0,
      bestEffort: plan.bestEffort,
      stackPrefaultBytes: STACK_PREFAULT_BYTES,
    },
    workload: nativeWorkload(plan.workload),
    events,
    eventsKernel: plan.eventsKernel,
    sampler: plan.sampler,
    rings: {
      jobs: ringCapacity(plan.periodNs),
      ...forEachSeries((name) => (SERIES[name].asked(plan) ? ringCapacity(plan.periodNs) : 0)),
    },
  };
}

function ringCapacity(periodNs: number): number {
  // continuous: the job thread waits rather than lose records, and a small ring stays in its cache
  if (periodNs === 0) return RING_CONTINUOUS;
  const records = Math.ceil((RING_SECONDS * 1e9) / periodNs);
  return Math.min(RING_LIMITS.most, Math.max(RING_LIMITS.fewest, records));
}

function nativeWorkload(workload: PlanWorkload): NativeWorkload {
  if (workload.kind === 'plugin') return workload;
  if (workload.kind !== 'model') {
    const { kind: name, ...settings } = workload;
    return { kind: 'synthetic', name, settings };
  }
  return {
    kind: 'tflite',
    library: workload.engine,
    model: workload.path,
    threads: workload.threads,
    xnnpack: workload.xnnpack,
    seed: workload.seed,
    inputs: workload.inputs,
    ranges: workload.ranges ?? [],
    dumpOutput: workload.dumpOutput ?? '',
  };
}
