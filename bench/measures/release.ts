/** Release latency at a 1 ms period against cyclictest (Debian: rt-tests) with the same interval, priority and core. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runBenchmark } from 'isochron';
import {
  columns,
  figure,
  interleave,
  jobCore,
  PRIORITY,
  pairedRatio,
  pooled,
  scratch,
} from './lib.js';

if (spawnSync('cyclictest', ['--help'], { stdio: 'ignore' }).error) {
  console.log('release latency: cyclictest is not installed (Debian: apt-get install rt-tests)');
  process.exit(0);
}
const rounds = Number(process.argv[2] ?? 5);
const jobs = Number(process.argv[3] ?? 1000);
const output = join(scratch, 'release.csv');
const samples = await interleave(
  rounds,
  async () => {
    await runBenchmark({
      workload: 'noop',
      period: '1ms',
      jobs: jobs,
      cores: [jobCore],
      fifo: PRIORITY,
      events: 'none',
      output,
    });
    return columns(output, 'release_latency_ns')[0] as number[];
  },
  () =>
    execFileSync(
      'cyclictest',
      [
        '-m',
        '-N',
        '-v',
        '-p',
        String(PRIORITY),
        '-i',
        '1000',
        '-l',
        String(jobs),
        '-a',
        String(jobCore),
        '-t',
        '1',
      ],
      { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'ignore'] },
    )
      .split('\n')
      .map((line) => /^\s*\d+:\s*\d+:\s*(\d+)\s*$/.exec(line)?.[1])
      .filter((value) => value !== undefined)
      .map(Number)
      .slice(1),
);
for (const [q, goal] of [
  [0.5, 1.1],
  [0.99, 1.2],
] as const)
  figure(
    `release latency, 1 ms, FIFO ${PRIORITY}, p${q * 100}`,
    pairedRatio(samples, q),
    goal,
    `${(pooled(samples.a, q) / 1e3).toFixed(1)} µs against ${(pooled(samples.b, q) / 1e3).toFixed(1)} µs, ${rounds} × ${jobs} jobs`,
  );
