// What a point of a sweep costs besides its jobs (noop, definition to definition), and how long planning many takes.
//   npm run bench:sweep [-- POINTS]       on this machine
//   npm run bench:sweep -- --board        on the emulated Cortex-A53, which gets this very file
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GOAL_MS = 150;
const PLAN_GOAL_S = 5;

/** Times are the host's there, and those of a start of Node stand beside them. */
function onBoard() {
  const file = fileURLToPath(import.meta.url);
  const lines = 'ln -s /opt/isochron/node_modules node_modules && node sweep.mjs 12 --bare';
  const options = ['--profile', 'real', '--timeout', '900', '--file', file];
  return spawnSync('npm', ['run', '-s', 'board', '--', ...options, lines], { stdio: 'inherit' })
    .status;
}

const suite = (n) => ({
  name: 'overhead',
  base: { jobs: 1, events: 'none' },
  include: [{ workload: 'noop' }],
  repetitions: n,
});

function nodeMs() {
  const start = performance.now();
  spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  return performance.now() - start;
}

/** @param {number[]} values */
function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * q)];
}

/** `bare`: without goals, which are an x86 machine's. */
async function measure(points, bare) {
  const { planSweep, runSweep, suiteInMemory } = await import('isochron');
  const scratch = mkdtempSync(join(tmpdir(), 'isochron-bench-'));
  const goal = (met, words) => (bare ? '' : `   goal ≤ ${words} ${met ? 'met' : 'NOT MET'}`);
  try {
    const ends = [];
    await runSweep(suiteInMemory(suite(points)), {
      output: join(scratch, 'points'),
      onPoint: () => ends.push(performance.now()),
    });
    const nodes = Array.from({ length: 11 }, nodeMs);
    const costs = ends.slice(1).map((end, i) => end - ends[i]);
    const median = quantile(costs, 0.5);
    const node = quantile(nodes, 0.5);
    console.log(
      `a point of a sweep: ${median.toFixed(0)} ms${goal(median <= GOAL_MS, GOAL_MS)}   (median of ${costs.length}, p90 ${quantile(costs, 0.9).toFixed(0)}; node -e 0 takes ${node.toFixed(0)} here, so ${(median / node).toFixed(2)} × that)`,
    );
    const begun = performance.now();
    const plan = await planSweep(suiteInMemory(suite(10_000)), {
      output: join(scratch, 'planned'),
      measure: false,
    });
    const seconds = (performance.now() - begun) / 1000;
    console.log(
      `planning ${plan.points.length} points: ${seconds.toFixed(1)} s${goal(seconds <= PLAN_GOAL_S, PLAN_GOAL_S)}`,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
if (words.includes('--board')) process.exitCode = onBoard() ?? 1;
else
  await measure(Number(words.find((word) => /^\d+$/.test(word)) ?? 40), words.includes('--bare'));
