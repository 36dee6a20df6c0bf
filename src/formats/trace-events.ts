/**
 * A run as a file in the Trace Event Format ("Trace Event Format", Google, the JSON that Perfetto and chrome://tracing open):
 * jobs as slices on their core's track, releases, deadlines and misses as instants, counters as counter tracks.
 */
import { writeAtomically } from '../kernel/files/atomic-file.js';

/** What the writer needs of a run: columns by the names of the extended CSV, NaN = absent. */
export interface TraceRows {
  rows: number;
  /** CLOCK_MONOTONIC ns at offset 0 of the time columns; it becomes time 0 of the trace. */
  originNs: bigint | null;
  column(name: string): Float64Array | null;
}

export interface TraceFacts {
  name: string;
  /** Goes into the file as it is. */
  about: Readonly<Record<string, string>>;
  /** Counter columns to draw, by name. */
  counters: readonly string[];
}

/** One event, as the format names its fields; times in µs. */
export interface TraceEvent {
  ph: 'X' | 'i' | 'C' | 'M';
  name: string;
  pid: number;
  tid?: number;
  ts?: number;
  dur?: number;
  cat?: string;
  /** Scope of an instant: thread or process. */
  s?: 't' | 'p';
  args?: Record<string, string | number>;
}

const PID = 1;
/** Tracks that are no cores. */
const GRID_TID = 100_000;
const UNKNOWN_CORE_TID = 100_001;
/** Events that are written at a time. */
const BATCH = 2000;

const us = (ns: number) => Math.round(ns) / 1000;

/** The events of a run, in the order of its jobs. */
function* traceEvents(run: TraceRows, facts: TraceFacts): Generator<TraceEvent> {
  const of = (name: string) => {
    const column = run.column(name);
    return (row: number) => (column === null ? Number.NaN : (column[row] as number));
  };
  const [job, warmup, release, start, end, deadline, met, core, skipped] = [
    'job',
    'warmup',
    'release_ns',
    'start_ns',
    'end_ns',
    'deadline_ns',
    'deadline_met',
    'core',
    'skipped_releases',
  ].map(of) as [Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell, Cell];
  const withheld = of('withheld_releases');
  const trackOf = (row: number) => {
    const known = core(row);
    return known >= 0 ? known : UNKNOWN_CORE_TID;
  };

  yield { ph: 'M', name: 'process_name', pid: PID, args: { name: facts.name } };
  const tracks = new Set<number>();
  for (let row = 0; row < run.rows; row++) tracks.add(trackOf(row));
  for (const tid of [...tracks].sort((a, b) => a - b))
    yield* track(tid, tid === UNKNOWN_CORE_TID ? 'jobs (core not known)' : `core ${tid}`);
  yield* track(GRID_TID, 'releases and deadlines');

  const counters = facts.counters.map((name) => ({ name, at: of(name) }));
  const elapsed = of('elapsed_ns');
  const latency = of('release_latency_ns');
  const dispatch = of('dispatch_ns');
  let lastEnd = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < run.rows; row++) {
    const released = release(row);
    if (Number.isNaN(released)) continue;
    const k = Number.isNaN(job(row)) ? row : job(row);
    // a log that has no start (RT-Bench) gives slices from the release, or from the end of the job before, to the end
    const from = Number.isNaN(start(row)) ? Math.max(released, lastEnd) : start(row);
    const to = end(row);
    if (Number.isFinite(to)) lastEnd = to;
    const at = { pid: PID, tid: GRID_TID };
    yield {
      ph: 'i',
      s: 't',
      name: 'release',
      cat: 'release',
      ts: us(released),
      ...at,
      args: { job: k },
    };
    if (Number.isFinite(to) && to >= from) {
      const args: Record<string, string | number> = { job: k };
      const add = (name: string, value: number) => {
        if (Number.isFinite(value)) args[name] = value;
      };
      add('elapsed_us', us(elapsed(row)));
      add('release_latency_us', us(latency(row)));
      add('dispatch_us', us(dispatch(row)));
      if (Number.isNaN(start(row)))
        args.start = `not logged: the slice begins at ${from > released ? 'the end of the job before' : 'the release'}`;
      if (skipped(row) > 0) args.skipped_releases = skipped(row);
      if (withheld(row) > 0) args.withheld_releases = withheld(row);
      for (const counter of counters) add(counter.name, counter.at(row));
      const warm = warmup(row) === 1;
      yield {
        ph: 'X',
        name: warm ? `warm-up job ${k}` : k === 0 ? 'job 0 (first run)' : `job ${k}`,
        cat: warm ? 'warmup' : 'job',
        ts: us(from),
        dur: us(to - from),
        pid: PID,
        tid: trackOf(row),
        args,
      };
    }
    for (const counter of counters) {
      const value = counter.at(row);
      if (Number.isFinite(value))
        yield { ph: 'C', name: counter.name, ts: us(from), pid: PID, args: { value } };
    }
    const due = deadline(row);
    if (Number.isFinite(due))
      yield {
        ph: 'i',
        s: 't',
        name: 'deadline',
        cat: 'deadline',
        ts: us(due),
        ...at,
        args: { job: k },
      };
    if (met(row) === 0)
      yield {
        ph: 'i',
        s: 'p',
        name: `deadline miss (job ${k})`,
        cat: 'miss',
        ts: us(Number.isFinite(due) ? due : to),
        ...at,
        args: Number.isFinite(due) ? { job: k, late_us: us(to - due) } : { job: k },
      };
  }
}

type Cell = (row: number) => number;

function* track(tid: number, name: string): Generator<TraceEvent> {
  yield { ph: 'M', name: 'thread_name', pid: PID, tid, args: { name } };
  yield { ph: 'M', name: 'thread_sort_index', pid: PID, tid, args: { sort_index: tid } };
}

/**
 * Writes the trace piece by piece; the file is there as a whole or not at all.
 *
 * @returns the number of events
 * @throws IsochronError E_WRITE_FAILED
 */
export async function writeTrace(path: string, run: TraceRows, facts: TraceFacts): Promise<number> {
  let events = 0;
  await writeAtomically(path, async (file) => {
    const about = { ...facts.about, origin_ns: String(run.originNs ?? 0n) };
    await file.writeFile(
      `{"displayTimeUnit":"ns","otherData":${JSON.stringify(about)},"traceEvents":[\n`,
    );
    let batch: string[] = [];
    for (const event of traceEvents(run, facts)) {
      batch.push(JSON.stringify(event));
      events++;
      if (batch.length === BATCH) {
        await file.writeFile(`${events > BATCH ? ',\n' : ''}${batch.join(',\n')}`);
        batch = [];
      }
    }
    if (batch.length > 0)
      await file.writeFile(`${events > BATCH ? ',\n' : ''}${batch.join(',\n')}`);
    await file.writeFile('\n]}\n');
  });
  return events;
}
