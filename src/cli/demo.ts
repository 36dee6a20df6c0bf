import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import { EXIT } from './exit.js';
import { ProgressLine } from './progress.js';

interface DemoArgv {
  output: string;
  jobs: number;
}

/** What `npm start` runs: the main job on a network that is built here, float and quantized, XNNPACK off and on. */
export const demoCommand: CommandModule<object, DemoArgv> = {
  command: 'demo',
  describe: 'Run MobileNet v1 fp32 and int8 as periodic jobs, XNNPACK off and on, side by side',
  builder: (yargs) =>
    yargs
      .option('output', {
        alias: 'o',
        type: 'string',
        default: 'results',
        describe: 'folder for the CSV and JSON files',
      })
      .option('jobs', { type: 'number', default: 100, describe: 'jobs of each run' }),
  handler: demo,
};

async function demo(argv: DemoArgv): Promise<void> {
  const { mkdirSync } = await import('node:fs');
  const { runBenchmark } = await import('../session/run.js');
  const { resultTable } = await import('./result-table.js');
  mkdirSync(argv.output, { recursive: true });
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);

  const results = [];
  const variants = ['fp32', 'int8'].flatMap((precision) =>
    [false, true].map((xnnpack) => ({ precision, xnnpack })),
  );
  for (const { precision, xnnpack } of variants) {
    if (interrupt.signal.aborted) break;
    const progress = new ProgressLine();
    const definition: BenchmarkDefinition = {
      workload: `mobilenet_v1@${precision}`,
      name: `mobilenet_v1 ${precision}, XNNPACK ${xnnpack ? 'on' : 'off'}`,
      xnnpack,
      period: '100ms',
      tasks: argv.jobs,
      // int8 without XNNPACK still faults pages in during its second job
      warmup: 2,
      // the last core: the first one has the system's own work
      cores: [availableParallelism() - 1],
      fifo: 90,
      // a laptop without real-time rights shows its table, too; the verdict says what was denied
      bestEffort: true,
      output: join(argv.output, `mobilenet_v1_${precision}_xnnpack_${xnnpack ? 'on' : 'off'}.csv`),
    };
    try {
      results.push(
        await runBenchmark(definition, {
          signal: interrupt.signal,
          onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note),
        }),
      );
    } finally {
      progress.stop();
    }
  }
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  process.stdout.write(`${resultTable(results, true)}\n`);
  for (const { error } of results) if (error) process.stderr.write(`isochron: ${error.message}\n`);
  if (interrupt.signal.aborted) process.exitCode = EXIT.interrupted;
  else if (results.some((result) => result.status === 'failed')) process.exitCode = EXIT.failed;
}
