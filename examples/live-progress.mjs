// @ts-check
/**
 * A run with a line of its own that lives: jobs, deadline misses and time left in numbers, Ctrl-C ends it within a job and keeps
 * what was measured.
 *
 *   node live-progress.mjs [WORKLOAD] [--period 20ms] [--deadline 20ms] [--jobs 200] [--output FILE.csv]
 */
import { parseArgs } from 'node:util';
import { IsochronError, runBenchmark } from 'isochron';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    period: { type: 'string', default: '20ms' },
    deadline: { type: 'string' },
    jobs: { type: 'string', default: '200' },
    output: { type: 'string' },
  },
});
const [workload = 'mobilenet_v1_0.25_128'] = positionals;

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const { isTTY } = process.stderr;
let tenth = -1;
try {
  const { status, summary, verdict, files } = await runBenchmark(
    {
      workload,
      period: values.period,
      ...(values.deadline === undefined ? {} : { deadline: values.deadline }),
      jobs: Number(values.jobs),
      events: 'none',
      ...(values.output === undefined ? {} : { output: values.output }),
    },
    {
      signal: stop.signal,
      onProgress: ({ phase, done, total, jobsDone, jobsTotal, deadlineMisses, secondsLeft }) => {
        if (jobsDone === undefined || jobsTotal == null) {
          // before the jobs: an engine that is fetched, a network that is built
          if (isTTY)
            process.stderr.write(`\r\x1b[K${phase} ${done}${total === null ? '' : `/${total}`}`);
          return;
        }
        const share = jobsDone / jobsTotal;
        const left = secondsLeft == null ? '' : `, ${secondsLeft.toFixed(0)} s left`;
        const line = `${jobsDone}/${jobsTotal} jobs, ${deadlineMisses} missed${left}`;
        const bar = '█'.repeat(Math.round(20 * share)).padEnd(20, '░');
        if (isTTY) process.stderr.write(`\r\x1b[K${bar} ${line}`);
        // in a log a line for each tenth is enough
        else if (Math.floor(10 * share) > tenth) {
          tenth = Math.floor(10 * share);
          process.stderr.write(`${line}\n`);
        }
      },
      onNote: (note) => process.stderr.write(`${isTTY ? '\r\x1b[K' : ''}note: ${note}\n`),
    },
  );
  if (isTTY) process.stderr.write('\r\x1b[K');
  const { median, bounds } = summary.elapsed;
  console.log(`status: ${status}`);
  console.log(
    `jobs: ${summary.counts.measured}, missed: ${summary.deadlineMisses ?? 'no deadline'}`,
  );
  console.log(`median: ${median === null ? 'none' : `${(median / 1e6).toFixed(3)} ms`}`);
  console.log(
    `p99: ${bounds.p99 === null ? 'too few jobs to bound it' : `at most ${(bounds.p99 / 1e6).toFixed(3)} ms`}`,
  );
  console.log(
    verdict.valid ? 'VALID' : `INVALID: ${verdict.reasons.map(({ message }) => message).join(' ')}`,
  );
  for (const file of files) console.log(`wrote ${file}`);
  process.exitCode = status === 'failed' ? 1 : 0;
} catch (error) {
  if (!(error instanceof IsochronError)) throw error;
  console.error(`${error.message} ${error.hint ?? ''}`);
  process.exitCode = 1;
}
