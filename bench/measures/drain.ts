/** Records lost at 10 kHz for 60 s, memory, and what of ours disturbed the job: page faults and switches after warm-up. */
import { join } from 'node:path';
import { runBenchmark } from 'isochron';
import { columns, jobCore, PRIORITY, scratch } from './lib.js';

const seconds = Number(process.argv[2] ?? 60);
const output = join(scratch, 'drain.csv');
let peakRss = 0;
const timer = setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss());
}, 100);
const before = process.cpuUsage();
const result = await runBenchmark({
  workload: 'noop',
  period: '100us',
  jobs: seconds * 10_000,
  cores: [jobCore],
  fifo: PRIORITY,
  events: 'none',
  warmup: 100,
  output,
});
clearInterval(timer);
const cpu = process.cpuUsage(before);
const [minor, major, voluntary, involuntary, skipped, job] = columns(
  output,
  'minor_faults',
  'major_faults',
  'voluntary_switches',
  'involuntary_switches',
  'skipped_releases',
  'job',
) as [number[], number[], number[], number[], number[], number[]];
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
console.log(
  `jobs at 10 kHz for ${seconds} s: ${job.length} rows written, ${result.report.finished?.lostRecords} lost, ${sum(skipped)} releases skipped`,
);
console.log(
  `after warm-up: ${sum(minor) + sum(major)} page faults, ${sum(voluntary) + sum(involuntary)} context switches within jobs`,
);
console.log(
  `the parent's memory peaked at ${(peakRss / 2 ** 20).toFixed(0)} MiB, its CPU share was ${((100 * (cpu.user + cpu.system)) / 1e6 / seconds).toFixed(0)} % of one core`,
);
