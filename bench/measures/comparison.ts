/** How often a comparison errs, of processes that are made for it: [TRIALS (10,000)] [JOBS of each process (100)]. */
import { ALPHA, atLevel, compareProcesses } from '../../src/analysis/compare-processes.js';
import { allRates, rateLine } from '../../test/statistics/simulated-processes.js';

const [trials = 10_000, jobs = 100] = process.argv.slice(2).map(Number);
for (const line of allRates((a, b, paired) => atLevel(compareProcesses(a, b, paired), ALPHA), {
  trials,
  jobs,
}))
  console.log(rateLine(line));
