/** The counters of a run: encodings for this machine, and what fits at once. */

import type { NativeAddon, NativeEvent } from '../addon/native.js';
import type { Plan } from '../benchmark/plan.js';
import { zeroIsOrdinary } from '../events/never-counted.js';
import type { PmuMachine } from '../events/pmu.js';
import { partOf } from '../events/pmu.js';
import { resolveEvents } from '../events/resolve-events.js';
import { splitIntoPasses, tooManyEvents } from '../events/split-passes.js';
import type { RunOutput } from '../formats/output-lock.js';
import { passPath } from '../formats/pass-file.js';
import { probePmus } from '../machine/pmus.js';
import type { RunOptions, RunResult } from './run-result.js';
import { seriesOf } from './series.js';

/** One requested event: its encoding here, or why there is none. */
export interface EventColumn {
  name: string;
  native: NativeEvent | null;
  /** Why the column will be empty, as far as is known before the run. */
  reason: string | null;
  /** A count of 0 is an ordinary result (software events). */
  zeroIsOrdinary: boolean;
}

/**
 * The events of each pass, in the order in which they were asked for: one pass where they fit the core's counters at
 * once, several under `eventPasses`.
 *
 * @throws IsochronError E_EVENTS_DONT_FIT with the list split for the user
 */
export function eventPasses(
  plan: Plan,
  addon: Pick<NativeAddon, 'probeEvents'>,
  machine: PmuMachine = probePmus(),
): EventColumn[][] {
  if (plan.events.length === 0) return [[]];
  const columns = resolveEvents(plan.events, machine, plan.cores).map((event): EventColumn => {
    if (event.absentReason !== undefined)
      return { name: event.name, native: null, reason: event.absentReason, zeroIsOrdinary: true };
    const { name, type, config } = event;
    return {
      name,
      native: { name, type, config },
      reason: null,
      zeroIsOrdinary: zeroIsOrdinary(event),
    };
  });
  const fits = (subset: readonly EventColumn[]) => {
    // software events need no counter, so a group of them can't be too large
    const hardware = subset.flatMap((column) =>
      column.native && !column.zeroIsOrdinary ? column.native : [],
    );
    return hardware.length <= 1 || addon.probeEvents(hardware, plan.eventsKernel).fits;
  };
  if (fits(columns)) return [columns];
  const passes = splitIntoPasses(columns, fits);
  if (plan.eventPasses) return passes;
  throw tooManyEvents(
    passes.map((pass) => pass.map((column) => column.name)),
    partOf(machine, plan.cores),
  );
}

/**
 * One run for each list of events, the first one's result with the others in `furtherPasses`. A run that is told to end
 * goes on to no further pass.
 */
export async function inPasses(
  plan: Plan,
  lists: readonly EventColumn[][],
  { signal, kill }: Pick<RunOptions, 'signal' | 'kill'>,
  run: (plan: Plan, events: EventColumn[]) => Promise<RunResult>,
): Promise<RunResult> {
  const results: RunResult[] = [];
  for (const [i, events] of lists.entries()) {
    // a benchmark that failed once fails again
    const over = signal?.aborted || kill?.aborted || results.at(-1)?.status === 'failed';
    if (i > 0 && over) break;
    results.push(await run(forPass(plan, i), events));
  }
  const [first, ...furtherPasses] = results as [RunResult, ...RunResult[]];
  return { ...first, furtherPasses, passesLeft: lists.length - results.length };
}

/** What a run in `n` passes writes. */
export const outputsOf = (plan: Plan, n: number): RunOutput[] =>
  Array.from({ length: n }, (_, i) => forPass(plan, i).output).flatMap((csv) =>
    csv === null ? [] : [{ csv, series: seriesOf(plan) }],
  );

/** The second pass writes beside the first. */
function forPass(plan: Plan, index: number): Plan {
  if (index === 0) return plan;
  return {
    ...plan,
    name: `${plan.name} (pass ${index + 1})`,
    output: plan.output && passPath(plan.output, index + 1),
  };
}
