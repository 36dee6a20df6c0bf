/** Cost of a job that does nothing against the readings that it can't do without. */
import { join } from 'node:path';
import { runBenchmark } from 'isochron';
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

const rounds = Number(process.argv[2] ?? 9);
const jobs = 10_000;
const loop = cLoop('overhead_loop');
const output = join(scratch, 'overhead.csv');

for (const [events, goal] of [
  ['none', 1.5],
  ['software', 1.2],
] as const) {
  const samples = await interleave(
    rounds,
    async () => {
      await runBenchmark({
        workload: 'noop',
        jobs: jobs,
        cores: [jobCore],
        fifo: PRIORITY,
        events,
        eventsKernel: true,
        output,
      });
      const starts = columns(output, 'start_ns')[0] as number[];
      return starts.slice(1).map((start, i) => start - (starts[i] as number));
    },
    () => loop(events === 'none' ? 0 : 1, jobs, jobCore, PRIORITY),
  );
  figure(
    `cost of an empty job, counters: ${events}`,
    pairedRatio(samples, 0.5),
    goal,
    `median ${pooled(samples.a, 0.5).toFixed(0)} ns against ${pooled(samples.b, 0.5).toFixed(0)} ns, ${rounds} × ${jobs} jobs`,
  );
}
