/** What a point of a sweep costs besides its jobs (noop, definition to definition), and how long planning many takes. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { planSweep, runSweep, type Suite, suiteInMemory } from 'isochron';
import { quantile } from 'simple-statistics';
import { scratch } from './lib.js';

const GOAL_MS = 150;
const PLAN_GOAL_S = 5;
const points = Number(process.argv[2] ?? 40);

const suite = (n: number): Suite => ({
  name: 'overhead',
  base: { jobs: 1, events: 'none' },
  include: [{ workload: 'noop' }],
  repetitions: n,
});

const node = () => {
  const start = performance.now();
  spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  return performance.now() - start;
};

const ends: number[] = [];
const nodes: number[] = [];
await runSweep(suiteInMemory(suite(points)), {
  output: join(scratch, 'points'),
  onPoint: () => ends.push(performance.now()),
});
for (let i = 0; i < 11; i++) nodes.push(node());
const costs = ends.slice(1).map((end, i) => end - (ends[i] as number));
const median = quantile(costs, 0.5);
const verdict = (met: boolean) => (met ? 'met' : 'NOT MET');
console.log(
  `a point of a sweep: ${median.toFixed(0)} ms   goal ≤ ${GOAL_MS} ${verdict(median <= GOAL_MS)}   (median of ${costs.length}, p90 ${quantile(costs, 0.9).toFixed(0)}; node -e 0 takes ${quantile(nodes, 0.5).toFixed(0)} here)`,
);

const begun = performance.now();
const plan = await planSweep(suiteInMemory(suite(10_000)), {
  output: join(scratch, 'planned'),
  measure: false,
});
const seconds = (performance.now() - begun) / 1000;
console.log(
  `planning ${plan.points.length} points: ${seconds.toFixed(1)} s   goal ≤ ${PLAN_GOAL_S} ${verdict(seconds <= PLAN_GOAL_S)}`,
);
