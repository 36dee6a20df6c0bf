/** A plan and the report of its run, as resolving and probing would make them. */
import { forEachSeries } from '../../src/addon/streams.js';
import type { Plan } from '../../src/benchmark/plan.js';
import { plainOf } from '../../src/benchmark/run-options.js';
import type { Machine } from '../../src/formats/machine-facts.js';
import type { Sidecar } from '../../src/formats/sidecar.js';
import { probeMachine, probeVolatile } from '../../src/machine/probe-machine.js';
import type { EventColumn } from '../../src/run/event-passes.js';

/** Ten milliseconds of period and deadline, as fake-child.ts makes its records. */
export const makePlan = (rest: Partial<Plan> = {}): Plan => ({
  name: 'noop',
  workload: { kind: 'noop' },
  periodNs: 10_000_000,
  deadlineNs: 10_000_000,
  jobs: 40,
  durationNs: null,
  untilCi: null,
  cores: [],
  scheduling: { policy: 'other' },
  heapLimitBytes: null,
  events: [],
  sampler: null,
  output: null,
  ...plainOf({}),
  ...rest,
});

export const makeEvent = (name: string, rest: Partial<EventColumn> = {}): EventColumn => ({
  name,
  native: { name, type: 0, config: 1n },
  reason: null,
  zeroIsOrdinary: false,
  ...rest,
});

let machine: Machine | undefined;

export function makeReport(plan: Plan, events: readonly EventColumn[] = []): Sidecar {
  machine ??= probeMachine();
  return {
    format: 'isochron-run',
    version: 1,
    status: 'running',
    startedAt: '2024-01-01T00:00:00.000Z',
    endedAt: null,
    tool: { name: 'isochron', version: '0.0.0', node: 'v20' },
    engine: null,
    model: null,
    plugin: null,
    plan,
    machine,
    fileCache: null,
    before: probeVolatile([0]),
    after: null,
    during: null,
    stops: null,
    memory: null,
    preflight: [],
    isolation: null,
    granted: null,
    workload: null,
    initFaults: null,
    xnnpackApplied: null,
    xnnpackNodes: null,
    xnnpackWork: null,
    events: events.map(({ name, native, reason }) => ({
      name,
      type: native?.type ?? null,
      config: native && `0x${native.config.toString(16)}`,
      opened: false,
      reason,
    })),
    counters: { readMethod: null, kernel: false },
    clock: { ticksPerSecond: null, overheadNs: null },
    housekeepingCores: null,
    finished: null,
    error: null,
    summary: null,
    precision: null,
    verdict: null,
    files: { csv: null, ...forEachSeries(() => null) },
    streams: [],
  };
}
