/** The library entry as a program uses it: `import … from 'isochron'`. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as api from 'isochron';
import { defineBenchmark, type ProgressState, runBenchmark, UsageError } from 'isochron';
import { describe, expect, test, vi } from 'vitest';
import { csv, json, scratch, until } from '../cli/helpers.js';

const short = defineBenchmark({ workload: 'noop', period: '2ms', jobs: 40, events: 'none' });

describe('runBenchmark', () => {
  test('resolves with summary, verdict and the files that it wrote', async () => {
    const output = join(scratch(), 'out.csv');
    const result = await runBenchmark({ ...short, output });
    expect(result.status).toBe('done');
    expect(result.summary.counts.measured).toBe(40);
    expect(result.files).toEqual([output, output.replace('.csv', '.json')]);
    expect(result.files.every((file) => existsSync(file))).toBe(true);
  });

  test('one run after the other works in one process', async () => {
    for (let i = 0; i < 3; i++) expect((await runBenchmark(short)).status).toBe('done');
  });

  test('two at once are refused, and the first one is not disturbed', async () => {
    const first = runBenchmark(short);
    await expect(runBenchmark(short)).rejects.toMatchObject({ code: 'E_BUSY' });
    expect((await first).status).toBe('done');
  });

  test('an AbortSignal ends the run and keeps its rows', async () => {
    const output = join(scratch(), 'out.csv');
    const abort = new AbortController();
    const result = await runBenchmark(
      { ...short, jobs: 0, output },
      {
        signal: abort.signal,
        onProgress: ({ done }) => {
          if (done >= 20) abort.abort();
        },
      },
    );
    expect(result.status).toBe('interrupted');
    expect(csv(output)).toHaveLength(result.summary.counts.executed);
    expect(result.summary.counts.executed).toBeGreaterThanOrEqual(20);
  });

  test('kill ends it in the middle of a job, with the rows before that', async () => {
    const output = join(scratch(), 'out.csv');
    const kill = new AbortController();
    const result = await runBenchmark(
      { workload: 'spin', us: 1_000_000_000, events: 'none', output },
      { kill: kill.signal, onProgress: ({ phase }) => phase.startsWith('running') && kill.abort() },
    );
    expect(result).toMatchObject({ status: 'interrupted', error: null });
    expect(csv(output)).toEqual([]);
    expect(json(output.replace('.csv', '.json')).status).toBe('interrupted');
  });

  test('a signal that is aborted already runs nothing', async () => {
    const result = await runBenchmark(short, { signal: AbortSignal.abort() });
    expect(result.status).toBe('interrupted');
    expect(result.summary.counts.executed).toBe(0);
  });

  test('progress counts up to the number of jobs, and rows are handed over as CSV', async () => {
    const states: ProgressState[] = [];
    let rows = '';
    await runBenchmark(short, {
      onProgress: (state) => states.push(state),
      onRows: (text) => {
        rows += text;
      },
    });
    expect(states.at(-1)).toMatchObject({ done: 40, total: 40 });
    expect(rows.trim().split('\n')).toHaveLength(41);
  });

  test.each(['onProgress', 'onRows'])(
    "an %s that is rejected is the run's failure, and ends it",
    async (name) => {
      const output = join(scratch(), 'out.csv');
      const rejected = async () => {
        throw new Error('the database is gone');
      };
      const result = await runBenchmark({ ...short, jobs: 0, output }, { [name]: rejected });
      expect(result).toMatchObject({
        status: 'failed',
        error: { code: 'E_UNEXPECTED', message: 'the database is gone' },
      });
      expect(json(output.replace('.csv', '.json')).status).toBe('failed');
    },
  );

  test('one that is rejected before the run has begun keeps it from beginning', async () => {
    const output = join(scratch(), 'out.csv');
    vi.stubEnv('ISOCHRON_CACHE', scratch()); // where the network is not, it is built first
    const rejected = async () => {
      throw new Error('nobody to tell');
    };
    try {
      const building = runBenchmark(
        { ...short, workload: 'mobilenet_v1_0.25_128', output },
        { onProgress: rejected },
      );
      await expect(building).rejects.toThrow('nobody to tell');
    } finally {
      vi.unstubAllEnvs();
    }
    expect(existsSync(output)).toBe(false);
  });

  test('this process is back on its own cores afterwards', async () => {
    const { readFileSync } = await import('node:fs');
    const allowed = () =>
      /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    const before = allowed();
    await runBenchmark({ ...short, cores: [0] });
    expect(allowed()).toBe(before);
  });
});

describe('defineBenchmark', () => {
  test('gives the definition back', () => {
    expect(defineBenchmark(short)).toBe(short);
  });
  test('names what is wrong', () => {
    expect(() => defineBenchmark({ workload: 'noop', period: '1ms', deadline: '2ms' })).toThrow(
      UsageError,
    );
    expect(() => defineBenchmark({ workload: 'noop', perod: 1 } as never)).toThrow(/perod/);
  });
});

describe('a program that ends under its run', () => {
  const root = join(import.meta.dirname, '..', '..');
  const library = pathToFileURL(join(root, 'dist', 'index.js')).href;
  const program = (output: string, end: string) =>
    `import(${JSON.stringify(library)}).then(({ runBenchmark }) => {
       let rows = 0;
       void runBenchmark(
         { workload: 'noop', period: '2ms', jobs: 0, events: 'none', output: ${JSON.stringify(output)} },
         { onRows: () => { if (++rows === 3) setImmediate(() => { ${end}; }); } },
       );
     });`;

  test.each([
    ['process.exit()', 'process.exit(5)', 5],
    ['an exception', 'throw new Error("mine")', 1],
  ])('by %s leaves it failed at once', async (_what, end, code) => {
    const output = join(scratch(), 'out.csv');
    const { status } = spawnSync(process.execPath, ['-e', program(output, end)]);
    expect(status).toBe(code);
    const sidecar = output.replace('.csv', '.json');
    expect(json(sidecar)).toMatchObject({ status: 'failed', error: null, endedAt: null });
  });

  test('as a worker thread that is terminated leaves it failed', async () => {
    const output = join(scratch(), 'out.csv');
    const end = "require('node:worker_threads').parentPort.postMessage('running')";
    const worker = new Worker(program(output, end), { eval: true });
    await once(worker, 'message');
    await worker.terminate();
    const sidecar = output.replace('.csv', '.json');
    await until(() => json(sidecar).status === 'failed', 'its last word');
  });
});

/** Every function of the entry that takes something, with what it takes first where it takes more. */
const FUNCTIONS: [name: string, ...given: unknown[]][] = [
  ['buildModel'],
  ['buildModel', 'mobilenet_v1'],
  ['defineBenchmark'],
  ['defineSuite'],
  ['describeEngine'],
  ['doctor'],
  ['explain'],
  ['explain', []],
  ['firstRunSamples'],
  ['firstRunSuite', 'mobilenet_v1'],
  ['installEngine'],
  ['loadSuite'],
  ['loadSuite', 'quantization'],
  ['measureAgreement', 'a.tflite'],
  ['measureAgreement', 'a.tflite', 'b.tflite'],
  ['measureAgreement', 'a.tflite', 'b.tflite', 'random:1'],
  ['offerEvents'],
  ['planSweep'],
  ['probeMachine'],
  ['planSweep', api.suiteInMemory({ name: 'x', matrix: { workload: ['noop'] } })],
  ['quantizeModel'],
  ['quantizeModel', 'a.tflite', 'b.tflite'],
  ['resolveEngine'],
  ['runBenchmark'],
  ['runBenchmark', short],
  ['runSweep'],
  ['runSweep', api.suiteInMemory({ name: 'x', matrix: { workload: ['noop'] } })],
  ['suiteInMemory'],
  ['verifyModel'],
];

test.each(FUNCTIONS)(
  "%s answers what it can't mean with a sentence of ours",
  async (name, ...given) => {
    const call = (api as unknown as Record<string, (...given: unknown[]) => unknown>)[name];
    // a number stands for nothing anywhere
    await expect((async () => call?.(...given, 5))()).rejects.toBeInstanceOf(UsageError);
  },
);
