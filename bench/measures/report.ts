/** A report over 57 runs of 5,000 jobs, pictures as SVG included: wall time and peak memory of the command. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runBenchmark } from 'isochron';
import { command } from './command.js';
import { scratch } from './lib.js';

const [runs, jobs] = [Number(process.argv[2] ?? 57), Number(process.argv[3] ?? 5000)];
const results = join(scratch, 'results');
mkdirSync(results);
for (let i = 0; i < runs; i++)
  await runBenchmark({
    workload: 'spin',
    us: 5 + i,
    period: '200us',
    jobs: jobs,
    events: 'software',
    output: join(results, `spin-${5 + i}.csv`),
  });
const { seconds, peakBytes } = command(
  'report',
  results,
  '-o',
  join(scratch, 'report.html'),
  '--svg',
  join(scratch, 'svg'),
);
console.log(
  `report over ${runs} runs of ${jobs} jobs: ${seconds.toFixed(1)} s (goal ≤ 30 s), peak memory ${(peakBytes / 2 ** 20).toFixed(0)} MiB (goal ≤ 1024 MiB)`,
);
