/** Inference time through isochron against a plain C loop around the same library, model, core and priority. */
import { join } from 'node:path';
import { buildModel, resolveEngine, runBenchmark } from 'isochron';
import {
  cLoop,
  columns,
  figure,
  interleave,
  jobCore,
  PRIORITY,
  pairedRatio,
  pooled,
  scratch,
} from './lib.js';

const engine = await resolveEngine();
const model =
  process.argv[2] ?? (await buildModel('mobilenet_v1', { alpha: 0.25, resolution: 128 })).path;
const jobs = Number(process.argv[3] ?? 400);
const rounds = Number(process.argv[4] ?? 9);
const loop = cLoop('invoke_loop');
const output = join(scratch, 'invoke.csv');

for (const xnnpack of [false, true]) {
  const samples = await interleave(
    rounds,
    async () => {
      await runBenchmark({
        workload: model,
        engine,
        xnnpack,
        jobs: jobs,
        cores: [jobCore],
        fifo: PRIORITY,
        events: 'none',
        output,
        bestEffort: true,
      });
      return columns(output, 'elapsed_ns')[0] as number[];
    },
    () => loop(engine, model, xnnpack ? 1 : 0, jobs, jobCore, PRIORITY).slice(1),
  );
  for (const [q, goal] of [
    [0.5, 1.01],
    [0.99, 1.05],
  ] as const)
    figure(
      `invoke, XNNPACK ${xnnpack ? 'on ' : 'off'}, p${q * 100}`,
      pairedRatio(samples, q),
      goal,
      `${(pooled(samples.a, q) / 1e3).toFixed(1)} µs against ${(pooled(samples.b, q) / 1e3).toFixed(1)} µs, ${rounds} × ${jobs} jobs`,
    );
}
