import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it as test } from 'vitest';
import { readExtended } from '../../src/formats/columns.js';
import { type TraceEvent, type TraceRows, writeTrace } from '../../src/formats/trace-events.js';
import { extendedCsv, jobs, scratch } from '../analysis/helpers.js';

interface TraceFile {
  displayTimeUnit: string;
  otherData: Record<string, string>;
  traceEvents: TraceEvent[];
}

async function traceOf(
  rows: TraceRows,
  counters: string[] = ['inst_retired', 'ipc'],
): Promise<TraceFile> {
  const path = join(scratch(), 'trace.json');
  const events = await writeTrace(path, rows, {
    name: 'a "quoted" run',
    about: { run: 'x' },
    counters,
  });
  const file = JSON.parse(readFileSync(path, 'utf8')) as TraceFile;
  expect(file.traceEvents).toHaveLength(events);
  checkRules(file);
  return file;
}

/** The rules of the Trace Event Format for the phases that are used here. */
function checkRules({ traceEvents, displayTimeUnit }: TraceFile): void {
  expect(['ms', 'ns']).toContain(displayTimeUnit);
  const lastEnd = new Map<number, number>();
  for (const event of traceEvents) {
    expect(typeof event.name).toBe('string');
    expect(Number.isInteger(event.pid)).toBe(true);
    expect(['X', 'i', 'C', 'M']).toContain(event.ph);
    if (event.ph === 'M') {
      expect(['process_name', 'thread_name', 'thread_sort_index']).toContain(event.name);
      expect(event.args).toBeDefined();
      continue;
    }
    expect(Number.isFinite(event.ts)).toBe(true);
    if (event.ph === 'X') {
      expect(event.dur).toBeGreaterThanOrEqual(0);
      // slices of one thread must nest or follow one another
      const tid = event.tid as number;
      expect(event.ts).toBeGreaterThanOrEqual(lastEnd.get(tid) ?? Number.NEGATIVE_INFINITY);
      lastEnd.set(tid, (event.ts as number) + (event.dur as number) - 1e-9);
    }
    if (event.ph === 'i') expect(['t', 'p', 'g']).toContain(event.s);
    if (event.ph === 'C')
      for (const value of Object.values(event.args ?? {})) expect(typeof value).toBe('number');
  }
}

async function rowsOf(sketch: Parameters<typeof extendedCsv>[0]): Promise<TraceRows> {
  const path = join(scratch(), 'run.csv');
  writeFileSync(path, extendedCsv(sketch));
  return readExtended(path);
}

describe('a trace file', () => {
  test('has a slice per job on its core, from start to end', async () => {
    const { traceEvents, otherData } = await traceOf(
      await rowsOf({ elapsed: [3000, 2000, 1000], warmup: 1 }),
    );
    const slices = traceEvents.filter((e) => e.ph === 'X');
    expect(slices.map(({ name, cat, ts, dur, tid }) => [name, cat, ts, dur, tid])).toEqual([
      ['warm-up job 0', 'warmup', 5, 3, 1],
      ['job 1', 'job', 10_005, 2, 1],
      ['job 2', 'job', 20_005, 1, 1],
    ]);
    expect(otherData.origin_ns).toBe('1000000000000000000');
    expect(traceEvents.find((e) => e.name === 'process_name')?.args).toEqual({
      name: 'a "quoted" run',
    });
    expect(traceEvents.some((e) => e.name === 'thread_name' && e.args?.name === 'core 1')).toBe(
      true,
    );
  });

  test('has releases, deadlines and misses as instants, with how late a job was', async () => {
    const { traceEvents } = await traceOf(await rowsOf({ elapsed: [1000, 1000, 12_000_000] }));
    const at = (name: string) =>
      traceEvents.filter((e) => e.name.startsWith(name)).map((e) => e.ts);
    expect(at('release')).toEqual([0, 10_000, 20_000]);
    expect(at('deadline miss')).toEqual([30_000]);
    const miss = traceEvents.find((e) => e.cat === 'miss');
    expect(miss).toMatchObject({ s: 'p', args: { job: 2, late_us: 2005 } });
    expect(traceEvents.filter((e) => e.name === 'deadline').map((e) => e.ts)).toEqual([
      10_000, 20_000, 30_000,
    ]);
  });

  test('says after which job releases were skipped, and how many; no release or job stands in their place', async () => {
    // 25 ms at a period of 10 ms: the releases at 10 and 20 ms pass while job 0 runs
    const rows = await rowsOf({ elapsed: [25_000_000, 1000, 1000] });
    const replaced: Record<string, number[]> = {
      skipped_releases: [2, 0, Number.NaN],
      release_ns: [0, 30_000_000, 40_000_000],
      start_ns: [5000, 30_005_000, 40_005_000],
      end_ns: [25_005_000, 30_006_000, 40_006_000],
    };
    const { traceEvents } = await traceOf({
      ...rows,
      column: (name) =>
        replaced[name] === undefined ? rows.column(name) : Float64Array.from(replaced[name]),
    });
    expect(traceEvents.filter((e) => e.name === 'release').map((e) => e.ts)).toEqual([
      0, 30_000, 40_000,
    ]);
    const slices = traceEvents.filter((e) => e.ph === 'X');
    // nothing was skipped, or that is not known: not there at all, neither 0 nor null
    expect(slices.map(({ args }) => args?.skipped_releases)).toEqual([2, undefined, undefined]);
  });

  test('has counters as tracks, and none for what was not counted', async () => {
    const counted = await traceOf(await rowsOf({ elapsed: [1000, 2000] }));
    expect(
      counted.traceEvents
        .filter((e) => e.ph === 'C' && e.name === 'inst_retired')
        .map((e) => e.args),
    ).toEqual([{ value: 5000 }, { value: 10_000 }]);
    const none = await traceOf(await rowsOf({ elapsed: [1000, 2000], counters: null }));
    expect(none.traceEvents.some((e) => e.ph === 'C')).toBe(false);
  });

  test('begins slices at the release where the start was not logged, and says so', async () => {
    const rows = await rowsOf({ elapsed: [1000] });
    const { traceEvents } = await traceOf({
      ...rows,
      column: (name) =>
        ['start_ns', 'elapsed_ns', 'core'].includes(name) ? null : rows.column(name),
    });
    const slice = traceEvents.find((e) => e.ph === 'X');
    expect(slice).toMatchObject({ ts: 0, dur: 6, name: 'job 0 (first run)' });
    expect(slice?.args?.start).toBe('not logged: the slice begins at the release');
    expect(traceEvents.some((e) => e.args?.name === 'jobs (core not known)')).toBe(true);
  });

  test('begins slices at the end of the job before where that came later than the release, and says so', async () => {
    const rows = await rowsOf({ elapsed: [1000, 1000] });
    const late: Record<string, number[]> = { release_ns: [0, 10_000], end_ns: [15_000, 30_000] };
    const { traceEvents } = await traceOf({
      ...rows,
      column: (name) =>
        ['start_ns', 'elapsed_ns'].includes(name)
          ? null
          : name in late
            ? Float64Array.from(late[name] as number[])
            : rows.column(name),
    });
    const slices = traceEvents.filter((e) => e.ph === 'X');
    expect(slices.map(({ ts, args }) => [ts, args?.start])).toEqual([
      [0, 'not logged: the slice begins at the release'],
      [15, 'not logged: the slice begins at the end of the job before'],
    ]);
  });

  test('is whole for more jobs than one piece holds, and for none', async () => {
    const { traceEvents } = await traceOf(await rowsOf({ elapsed: jobs(3000, 100_000) }));
    expect(traceEvents.filter((e) => e.ph === 'X')).toHaveLength(3000);
    const empty = await traceOf(await rowsOf({ elapsed: [] }));
    expect(empty.traceEvents.every((e) => e.ph === 'M')).toBe(true);
  });
});

describe('every event of a run', () => {
  const NONE = Number.NaN;
  const columns: Record<string, number[]> = {
    job: [0, 1, NONE, 3, 4],
    release_ns: [0, 10_000, 20_000, 30_000, NONE],
    start_ns: [1000, 11_000, 21_000, 39_000, 41_000],
    end_ns: [2000, NONE, 21_000, 38_000, 42_000],
    deadline_ns: [1500, 20_000, NONE, 40_000, NONE],
    deadline_met: [0, 1, 0, 1, NONE],
    elapsed_ns: [1000, NONE, 0, NONE, NONE],
    release_latency_ns: [1000, 1000, 1000, NONE, NONE],
    core: [2, 0, NONE, 10, 2],
    misses: [5, 6, NONE, 7, 8],
  };
  const run = (rows = 5): TraceRows => ({
    rows,
    originNs: null,
    column: (name) => (columns[name] ? Float64Array.from(columns[name]) : null),
  });

  test('stands on the track of its core, cores in the order of their numbers, what is not known last', async () => {
    const { traceEvents, otherData } = await traceOf(run(), ['misses']);
    expect(otherData).toEqual({ run: 'x', origin_ns: '0' });
    const tracks = traceEvents
      .filter((e) => e.ph === 'M')
      .map(({ name, tid, args }) => [name, tid, args]);
    expect(tracks).toEqual([
      ['process_name', undefined, { name: 'a "quoted" run' }],
      ...[
        [0, 'core 0'],
        [2, 'core 2'],
        [10, 'core 10'],
        [100_001, 'jobs (core not known)'],
        [100_000, 'releases and deadlines'],
      ].flatMap(([tid, name]) => [
        ['thread_name', tid, { name }],
        ['thread_sort_index', tid, { sort_index: tid }],
      ]),
    ]);
  });

  test('is there as far as it is known: no slice without an end or before its start, no row without a release', async () => {
    const { traceEvents } = await traceOf(run(), ['misses']);
    const rest = traceEvents.filter((e) => e.ph !== 'M');
    expect(rest.map(({ ph, name, ts, dur, tid, args }) => [ph, name, ts, dur, tid, args])).toEqual([
      ['i', 'release', 0, undefined, 100_000, { job: 0 }],
      [
        'X',
        'job 0 (first run)',
        1,
        1,
        2,
        { job: 0, elapsed_us: 1, release_latency_us: 1, misses: 5 },
      ],
      ['C', 'misses', 1, undefined, undefined, { value: 5 }],
      ['i', 'deadline', 1.5, undefined, 100_000, { job: 0 }],
      ['i', 'deadline miss (job 0)', 1.5, undefined, 100_000, { job: 0, late_us: 0.5 }],
      ['i', 'release', 10, undefined, 100_000, { job: 1 }],
      ['C', 'misses', 11, undefined, undefined, { value: 6 }],
      ['i', 'deadline', 20, undefined, 100_000, { job: 1 }],
      ['i', 'release', 20, undefined, 100_000, { job: 2 }],
      ['X', 'job 2', 21, 0, 100_001, { job: 2, elapsed_us: 0, release_latency_us: 1 }],
      ['i', 'deadline miss (job 2)', 21, undefined, 100_000, { job: 2 }],
      ['i', 'release', 30, undefined, 100_000, { job: 3 }],
      ['C', 'misses', 39, undefined, undefined, { value: 7 }],
      ['i', 'deadline', 40, undefined, 100_000, { job: 3 }],
    ]);
  });

  test.each([2000, 4000])(
    'is in a file of %d events, which is one or two pieces',
    async (events) => {
      // releases only, and the six that name the tracks, of which the one that is not known is the only core
      const rows = events - 5;
      const { traceEvents } = await traceOf({
        rows,
        originNs: 0n,
        column: (name) => (name === 'release_ns' ? new Float64Array(rows) : null),
      });
      expect(traceEvents).toHaveLength(events);
    },
  );
});
