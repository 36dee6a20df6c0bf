/**
 * A process that ends, however it ends, in the middle of a run of a real model that its own addon executes: no abort, no
 * hang. `ISOCHRON_EXITS` says how often each way is tried.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defineBenchmark } from '../../src/benchmark/definition.js';
import { nativePlan } from '../../src/run/native-plan.js';
import { resolvePlan } from '../../src/run/resolve-definition.js';
import { NO_SHARED, shared } from '../cli/helpers.js';

const root = join(import.meta.dirname, '..', '..');
const TIMES = Number(process.env.ISOCHRON_EXITS ?? 8);
const model = shared('models', 'ds_cnn_kws_int8.tflite');

/** The native plan of an endless run of the model with two threads of the engine's. */
async function plan(): Promise<string> {
  const definition = defineBenchmark({
    workload: model as string,
    threads: 2,
    period: '1ms',
    jobs: 0,
    events: 'none',
  });
  return JSON.stringify(nativePlan(await resolvePlan(definition), []));
}

/** Runs the plan in the same process, and after the `n`th look at its rows does `ending`. */
const script = (native: string, ending: string, n: number) => `
  const addon = require('node-gyp-build')(${JSON.stringify(root)});
  const run = new addon.Run(${native});
  const rows = new Uint8Array(1 << 16);
  run.prepare().then(() => {
    ${n === 0 ? ending : ''}
    run.start().catch(() => {});
    let left = ${n};
    const look = () => {
      if (run.drain('jobs', rows) > 0 && --left <= 0) { ${ending} }
      else setImmediate(look);
    };
    look();
  });`;

const ENDINGS: [what: string, code: string, exit: number][] = [
  ['process.exit()', 'process.exit(7);', 7],
  ['an uncaught exception', "throw new Error('of the program');", 1],
];

test.for(ENDINGS)(
  '%s in the middle of a run ends the process as it would without one',
  async ([, ending, code], { skip }) => {
    if (model === undefined || !existsSync(model)) return skip(NO_SHARED);
    const native = await plan();
    for (let i = 0; i < TIMES; i++) {
      const text = script(native, ending, i % 4);
      const child = spawn(process.execPath, ['-e', text], { cwd: root, stdio: 'ignore' });
      expect(await once(child, 'exit')).toEqual([code, null]);
    }
  },
);

test('worker.terminate() in the middle of a run leaves the process alive, time and again', async ({
  skip,
}) => {
  if (model === undefined || !existsSync(model)) return skip(NO_SHARED);
  const worker = script(
    await plan(),
    "require('node:worker_threads').parentPort.postMessage('now'); left = Infinity; setImmediate(look);",
    1,
  );
  const text = `
    const { Worker } = require('node:worker_threads');
    (async () => {
      for (let i = 0; i < ${5 * TIMES}; i++) {
        const worker = new Worker(${JSON.stringify(worker)}, { eval: true });
        await new Promise((resolve) => worker.once('message', resolve));
        await worker.terminate();
      }
      process.exit(9);
    })();`;
  const child = spawn(process.execPath, ['-e', text], { cwd: root, stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([9, null]);
});
