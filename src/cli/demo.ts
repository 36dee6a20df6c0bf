import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import type { BenchmarkDefinition } from '../benchmark/definition.js';
import { printableColoured } from '../kernel/printable.js';
import type { Progress } from '../kernel/progress.js';
import type { RunResult } from '../run/run-result.js';
import { sayError } from '../terminal/say.js';
import { shellWord } from '../terminal/shell-word.js';
import { EXIT } from './exit.js';
import { interruptible } from './interruptible.js';

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
      .option('jobs', {
        alias: 't',
        type: 'number',
        requiresArg: true,
        default: 60,
        describe: 'jobs of each run',
      }),
  handler: demo,
};

async function demo(argv: DemoArgv): Promise<void> {
  const { makeFolder } = await import('../kernel/files/atomic-file.js');
  const { outputError } = await import('../kernel/files/write-reasons.js');
  const { runBenchmark } = await import('../run/run-benchmark.js');
  const { resultTable } = await import('./result-table.js');
  const { defaultCores } = await import('../machine/reachable-cores.js');
  await makeFolder(argv.output).catch((error: unknown) => {
    throw outputError(argv.output, error);
  });
  const cores = defaultCores();
  const results: RunResult[] = [];
  let interrupted = false;
  const variants = ['fp32', 'int8'].flatMap((precision) =>
    [false, true].map((xnnpack) => ({ precision, xnnpack })),
  );
  await interruptible({ quiet: false, killable: true }, async (interruption) => {
    const { signal, kill, progress, onWaiting } = interruption;
    // four runs of one machine have most of their notes in common
    const told = new Set<string>();
    const onNote = (note: string) => {
      if (!told.has(note)) progress.say(note);
      told.add(note);
    };
    for (const { precision, xnnpack } of variants) {
      if (signal.aborted) break;
      const definition: BenchmarkDefinition = {
        workload: `mobilenet_v1@${precision}`,
        name: `mobilenet_v1 ${precision}, XNNPACK ${xnnpack ? 'on' : 'off'}`,
        xnnpack,
        // a laptop's float network without XNNPACK takes half of it: at more than 95 % of a core the kernel gives others their share
        period: '200ms',
        jobs: argv.jobs,
        // int8 without XNNPACK still faults pages in during its second job
        warmup: 2,
        cores,
        fifo: 90,
        // a laptop without real-time rights shows its table, too; the verdict says what was denied
        bestEffort: true,
        output: join(
          argv.output,
          `mobilenet_v1_${precision}_xnnpack_${xnnpack ? 'on' : 'off'}.csv`,
        ),
      };
      const onProgress: Progress = (p) => progress.update(p.phase, p.done, p.total, p.note);
      results.push(await runBenchmark(definition, { signal, kill, onNote, onWaiting, onProgress }));
      progress.stop();
    }
    interrupted = signal.aborted;
  });
  if (results.length > 0)
    process.stdout.write(`${printableColoured(resultTable(results, true))}\n`);
  for (const { error } of results) if (error) sayError(error);
  if (!interrupted && results.length > 0) await next(argv.output, cores);
  if (interrupted) process.exitCode = EXIT.interrupted;
  else if (results.some((result) => result.status === 'failed')) process.exitCode = EXIT.failed;
}

/** What somebody may want to see now who has just seen the first table, in the words of how this was started. */
async function next(folder: string, cores: readonly number[]): Promise<void> {
  const { renderTable } = await import('../terminal/table.js');
  const { formatCoreList } = await import('../machine/cores.js');
  const at = cores.length > 0 ? ` -c ${formatCoreList(cores)}` : '';
  const program =
    process.env.npm_lifecycle_event === 'start' ? 'node dist/cli/main.js' : 'isochron';
  const rows = [
    ['what disturbs a job on this machine', `doctor${at}`],
    [
      'a model of your own',
      `run MODEL.tflite -p 200ms${at} -f 90 --best-effort -o ${shellWord(`${folder}/my.csv`)}`,
    ],
    [
      'all of these as pictures',
      `report ${shellWord(folder)} -o ${shellWord(`${folder}/report.html`)}`,
    ],
  ].map(([what, words]) => [what as string, `${program} ${words}`]);
  process.stderr.write(`\nNext:\n${renderTable([], rows, { align: ['left', 'left'] })}\n`);
}
