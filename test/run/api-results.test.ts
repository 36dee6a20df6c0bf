/** What a program does with results: everything that the command line's commands of analysis do, by the same functions. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compareResults,
  exportTrace,
  gatherReport,
  importRtbench,
  inspectModel,
  listEngines,
  listNetworks,
  listSuites,
  loadResults,
  offerEvents,
  type PointOutcome,
  readSidecar,
  runBenchmark,
  runSweep,
  type SweepProgress,
  suiteInMemory,
  version,
  writeReport,
} from 'isochron';
import { describe, expect, test } from 'vitest';
import { COUNTED_COLUMNS, JOB_COLUMNS } from '../../src/formats/extended.js';
import { csv, isochron, scratch } from '../cli/helpers.js';

/** A busy loop of so many microseconds, as a run on disk. */
async function spun(folder: string, name: string, us: number): Promise<string> {
  const output = join(folder, `${name}.csv`);
  await runBenchmark({ workload: 'spin', us, jobs: 12, period: '5ms', events: 'none', output });
  return output;
}

describe('loadResults', () => {
  test('gives the jobs of a run one by one, with what was not measured as null', async () => {
    const path = await spun(scratch(), 'one', 200);
    const { runs } = await loadResults(path);
    const [run] = runs;
    const jobs = [];
    for await (const job of run?.jobs() ?? []) jobs.push(job);
    const rows = csv(path);
    expect(jobs.map(({ job }) => String(job))).toEqual(rows.map(({ job }) => job));
    // to the last digit, which a number of JavaScript does not hold
    expect(jobs.map(({ releaseNs, endNs }) => [`${releaseNs}`, `${endNs}`])).toEqual(
      rows.map(({ release_ns, end_ns }) => [release_ns, end_ns]),
    );
    expect(jobs[0]).toMatchObject({ warmup: false, counters: {}, ipc: null, counterScale: null });
    expect(jobs.every(({ elapsedNs }) => elapsedNs !== null && elapsedNs >= 200_000)).toBe(true);
    expect(run?.file?.plan?.workload).toMatchObject({ kind: 'spin', us: 200 });
  });

  test('names counters and metrics of the workload, and tells one that did not count from 0', async () => {
    const output = join(scratch(), 'one.csv');
    const definition = { workload: 'bandwidth', size: '1M', jobs: 5, output } as const;
    await runBenchmark({ ...definition, events: 'l1d_cache_refill,page_faults' });
    const [run] = (await loadResults(output)).runs;
    for await (const job of run?.jobs() ?? []) {
      const [row] = csv(output).filter((one) => one.job === String(job.job));
      expect(Object.keys(job.counters)).toEqual(['l1d_cache_refill', 'page_faults']);
      for (const [name, count] of Object.entries(job.counters))
        expect(count).toBe(row?.[name] === '' ? null : Number(row?.[name]));
      expect(job.extras).toEqual({ bandwidth_mb_s: Number(row?.bandwidth_mb_s) });
    }
  });

  test('has a field for each column that every run has', async () => {
    const [run] = (await loadResults(await spun(scratch(), 'one', 50))).runs;
    const camel = (name: string) =>
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    const columns = [...JOB_COLUMNS, ...COUNTED_COLUMNS].map(({ name }) => camel(name));
    for await (const job of run?.jobs() ?? [])
      expect(columns.filter((name) => !(name in job))).toEqual([]);
  });

  test('refuses rows that are not those of the JSON when the first of them is asked for', async () => {
    const path = await spun(scratch(), 'one', 100);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    writeFileSync(path, `${lines.slice(0, -3).join('\n')}\n`);
    const [run] = (await loadResults(path)).runs;
    const read = async () => {
      for await (const _ of run?.jobs() ?? []);
    };
    await expect(read()).rejects.toMatchObject({ code: 'E_RESULTS_CHANGED' });
  });
});

test('readSidecar gives what stands beside the CSV', async () => {
  const path = await spun(scratch(), 'one', 100);
  const sidecar = await readSidecar(path.replace('.csv', '.json'));
  expect(sidecar).toMatchObject({ status: 'done', tool: { version } });
  await expect(readSidecar(path)).rejects.toMatchObject({ code: 'E_SIDECAR' });
});

describe('compareResults', () => {
  test('says what the command line says, as JSON', async () => {
    const folder = scratch();
    const [a, b] = [await spun(folder, 'a', 100), await spun(folder, 'b', 900)];
    const compared = await compareResults(a, { with: b });
    const { stdout } = await isochron(['compare', a, b, '--json']);
    const { gate, ...rest } = compared;
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(rest)));
    expect(gate).toBeNull();
  });

  test('a gate that too few processes leave open is undecided, not passed', async () => {
    const folder = scratch();
    const [a, b] = [await spun(folder, 'a', 100), await spun(folder, 'b', 900)];
    const { gate } = await compareResults(a, { with: b, failAbove: 0.02 });
    expect(gate).toMatchObject({ regression: null, undecided: { code: 'E_TOO_FEW' } });
  });

  test.each([
    [{ resamples: 3 }, /resamples/],
    [{ seed: -1 }, /seed/],
    [{ failAbove: -0.1 }, /failAbove/],
    [{ by: 3 }, /by of compareResults must be a string/],
    [{ by: 'xnnpack', with: '.' }, /two paths/],
  ])('%j can not be meant', async (options, message) => {
    await expect(compareResults('.', options as never)).rejects.toThrow(message);
  });
});

test('exportTrace writes what Perfetto opens, beside the run', async () => {
  const path = await spun(scratch(), 'one', 100);
  const trace = await exportTrace(path);
  expect(trace).toMatchObject({ output: path.replace('.csv', '.trace.json'), jobs: 12 });
  expect(JSON.parse(readFileSync(trace.output, 'utf8')).traceEvents).toHaveLength(trace.events);
});

test('importRtbench makes a result of a log', async () => {
  const [from, into] = [scratch(), scratch()];
  const log = join(from, 'spin_timing.csv');
  const definition = { workload: 'spin', us: 100, jobs: 6, period: '5ms', events: 'none' } as const;
  await runBenchmark({ ...definition, format: 'rtbench', output: log });
  rmSync(log.replace('.csv', '.json'));
  const { imported } = await importRtbench(from, into);
  expect(imported).toMatchObject([{ name: 'spin', jobs: 6 }]);
  const [run] = (await loadResults(into)).runs;
  for await (const job of run?.jobs() ?? []) {
    expect(job.elapsedNs).toBeNull(); // such a log does not say when a job started
    expect(job.responseNs).toBeGreaterThan(0);
  }
});

test('a report is gathered and written', async () => {
  const folder = scratch();
  await spun(folder, 'one', 100);
  const output = join(folder, 'report.html');
  const report = await gatherReport(await loadResults(folder));
  await writeReport(output, report, { version, at: new Date() });
  expect(readFileSync(output, 'utf8')).toMatch(/^<!doctype html>/i);
});

describe('runSweep', () => {
  test('tells each point with its parameters, files and summary, and how far it is in numbers', async () => {
    const states: SweepProgress[] = [];
    const points: PointOutcome[] = [];
    const output = join(scratch(), 'r');
    const suite = suiteInMemory({
      name: 'two',
      base: { workload: 'spin', jobs: 8, period: '5ms', deadline: '1ms', events: 'none' },
      matrix: { us: [10, 3000] },
      order: 'sequential',
    });
    const { outcomes } = await runSweep(suite, {
      output,
      onProgress: (state) => states.push(state),
      onPoint: (point) => points.push(point),
    });
    expect(points).toEqual(outcomes);
    expect(outcomes.map(({ parameters }) => parameters)).toEqual([{ us: 10 }, { us: 3000 }]);
    for (const { files, summary } of outcomes) {
      expect(files.map(existsSync)).toEqual([true, true]);
      expect(summary?.counts.measured).toBe(8);
    }
    const misses = outcomes.reduce((sum, { summary }) => sum + (summary?.deadlineMisses ?? 0), 0);
    expect(misses).toBeGreaterThanOrEqual(8);
    expect(states.at(-1)).toMatchObject({ jobsDone: 8, jobsTotal: 8, deadlineMisses: misses });
    // of points that stand, the files tell the rest
    const again = await runSweep(suite, { output, resume: true });
    expect(again.outcomes.map(({ files, kept }) => [files.sort(), kept])).toEqual(
      outcomes.map(({ files }) => [files.sort(), true]),
    );
  });
});

describe('what there is', () => {
  test('networks, suites, events and engines are listed', async () => {
    const [network] = listNetworks(['mobilenet_v1_0.25_128']);
    expect(network).toMatchObject({ input: [1, 128, 128, 3] });
    expect(() => listNetworks(['no_such_network'])).toThrow(/no_such_network/);
    expect(listSuites()).toContain('quantization');
    expect(offerEvents().sets.map(({ name }) => name)).toContain('rtbench');
    expect(Array.isArray(await listEngines())).toBe(true);
  });

  test('a network is inspected without building it', () => {
    const report = inspectModel('mobilenet_v1_0.25_128@int8');
    expect(report.total.macs).toBeGreaterThan(1e6);
    expect(report.operators.length).toBeGreaterThan(20);
  });
});
