/** Worker threads: one run for all of them together, and a worker that is terminated takes nothing else along. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { offerEvents, runBenchmark } from 'isochron';
import { describe, expect, test } from 'vitest';
import { loadAddon } from '../../src/addon/load-addon.js';
import { forEachStream } from '../../src/addon/streams.js';
import { until } from '../cli/helpers.js';

const root = join(import.meta.dirname, '..', '..');
const library = pathToFileURL(join(root, 'dist', 'index.js')).href;
const short = { workload: 'noop', period: '2ms', jobs: 20, events: 'none' } as const;

/** A worker that runs until it is told to end, and says when it has begun. */
function running(more: { cores?: number[] } = {}): {
  worker: Worker;
  begun: Promise<unknown>;
  result: Promise<string>;
} {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const stop = new AbortController();
     parentPort.on('message', () => stop.abort());
     import(${JSON.stringify(library)}).then(async ({ runBenchmark }) => {
       let begun = false;
       const onProgress = () => { if (!begun) parentPort.postMessage('begun'); begun = true; };
       const { status } = await runBenchmark(
         { workload: 'noop', period: '2ms', jobs: 0, events: 'none', ...${JSON.stringify(more)} },
         { signal: stop.signal, onProgress },
       );
       parentPort.postMessage(status);
       process.exit();
     });`,
    { eval: true },
  );
  const said: string[] = [];
  worker.on('message', (text: string) => said.push(text));
  return {
    worker,
    begun: until(() => said.length > 0, 'the run of the worker to begin'),
    result: once(worker, 'exit').then(() => said.at(-1) as string),
  };
}

test('a run in a worker thread makes the process busy for the others', async () => {
  const { worker, begun, result } = running();
  await begun;
  await expect(runBenchmark(short)).rejects.toMatchObject({ code: 'E_BUSY' });
  worker.postMessage('stop');
  expect(await result).toBe('interrupted');
  expect((await runBenchmark(short)).status).toBe('done');
});

test('a worker that is terminated in the middle of its run makes the process free again', async () => {
  const { worker, begun } = running();
  await begun;
  await worker.terminate();
  expect((await runBenchmark(short)).status).toBe('done');
});

/** On which cores each thread of this process may run; threads come and go, so by number. */
function threadCores(): Map<string, string> {
  const cores = new Map<string, string>();
  for (const tid of readdirSync('/proc/self/task')) {
    try {
      const status = readFileSync(`/proc/self/task/${tid}/status`, 'utf8');
      cores.set(tid, /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] as string);
    } catch {
      // it has ended
    }
  }
  return cores;
}

const allowed = loadAddon().getAffinity();

describe.skipIf(allowed.length < 2)('threads (needs two cores)', () => {
  const job = allowed.at(-1) as number;

  test('a worker that is terminated in the middle of its run leaves no thread on the housekeeping cores', async () => {
    const before = threadCores();
    const { worker, begun } = running({ cores: [job] });
    await begun;
    const during = threadCores();
    const there = [...before.keys()].filter((tid) => during.has(tid));
    for (const tid of there) expect(during.get(tid)).not.toBe(before.get(tid));
    await worker.terminate();
    const after = threadCores();
    for (const [tid, cores] of after)
      expect(cores).toBe(before.get(tid) ?? before.get(String(process.pid)));
    // and the next run finds the process as it was
    const { report } = await runBenchmark({ ...short, cores: [job] });
    expect(report.housekeepingCores).toEqual(allowed.slice(0, -1));
    expect(threadCores().get(String(process.pid))).toBe(before.get(String(process.pid)));
  });

  test('a thread that somebody has bound to a core is there again after a run, and stays there while events are tried', async () => {
    const own = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const addon = require('node-gyp-build')(${JSON.stringify(root)});
       addon.setTaskAffinity(0, [${job}]);
       parentPort.on('message', () => parentPort.postMessage(addon.getAffinity()));
       parentPort.postMessage('bound');`,
      { eval: true },
    );
    const answer = async () => (await once(own, 'message'))[0];
    expect(await answer()).toBe('bound');
    await runBenchmark({ ...short, cores: [job] });
    offerEvents({ core: allowed[0] });
    own.postMessage('where?');
    expect(await answer()).toEqual([job]);
    await own.terminate();
  });
});

/** In a process of its own, which is what would end. */
async function terminateRepeatedly(code: string, times: number): Promise<string> {
  const script = `
    const { Worker } = require('node:worker_threads');
    (async () => {
      for (let i = 0; i < ${times}; i++) {
        const worker = new Worker(${JSON.stringify(code)}, { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        // anywhere from at once to after the start
        await new Promise((resolve) => (i % 3 === 0 ? resolve() : setTimeout(resolve, (i % 10) * ${times > 30 ? 0.2 : 8})));
        await worker.terminate();
      }
      console.log('survived');
    })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: root });
  return stdout.trim();
}

test('terminate() during the start of a run leaves the process alive', async () => {
  const code = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(library)}).then(({ runBenchmark }) => {
      parentPort.postMessage('loaded');
      return runBenchmark({ workload: 'noop', period: '2ms', jobs: 0, events: 'none' });
    }).catch(() => {});`;
  expect(await terminateRepeatedly(code, 30)).toBe('survived');
});

test('terminate() while the addon itself prepares and starts a run leaves the process alive', async () => {
  const plan = {
    schedule: {
      periodNs: 1e6,
      deadlineNs: 1e6,
      overrun: 'skip',
      jobs: 0,
      durationNs: 0,
      warmupJobs: 0,
    },
    placement: {
      cores: [],
      policy: 'other',
      priority: 0,
      dlRuntimeNs: 0,
      dlDeadlineNs: 0,
      dlPeriodNs: 0,
      bestEffort: true,
      stackPrefaultBytes: 0,
    },
    lending: { lockMemory: false, prefault: false, holdDmaLatency: false, heapLimitBytes: 0 },
    workload: { kind: 'synthetic', name: 'noop', settings: {} },
    events: [],
    eventsKernel: false,
    sampler: null,
    rings: { ...forEachStream(() => 0), jobs: 64 },
  };
  const code = `
    const { parentPort } = require('node:worker_threads');
    const addon = require('node-gyp-build')(${JSON.stringify(root)});
    const run = new addon.Run(${JSON.stringify(plan)});
    parentPort.postMessage('made');
    run.prepare().then(() => run.start()).catch(() => {});`;
  expect(await terminateRepeatedly(code, 100)).toBe('survived');
});
