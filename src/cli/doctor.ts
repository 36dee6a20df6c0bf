import type { Argv, CommandModule } from 'yargs';
import { printableColoured } from '../kernel/printable.js';
import { parseCores } from '../kernel/units.js';
import type { Check, CheckStatus } from '../machine/doctor/check.js';
import { ProgressLine } from '../terminal/progress-line.js';
import { say } from '../terminal/say.js';
import { EXIT } from './exit.js';

interface DoctorArgv {
  cores?: string;
  model?: string;
  json?: boolean;
  fix?: boolean;
}

export const doctorCommand: CommandModule<object, DoctorArgv> = {
  command: 'doctor',
  describe:
    'Check whether this machine can measure a real-time job, and say how to mend what can’t',
  builder: (yargs) =>
    yargs
      .option('cores', {
        alias: ['c', 'core'],
        type: 'string',
        describe: 'the job’s core or cores (default: an isolated one, else the last)',
      })
      .option('model', {
        type: 'string',
        describe: 'a .tflite file or a network’s name: does it fit the memory?',
      })
      .option('fix', {
        type: 'boolean',
        describe:
          'mend what `isochron isolate --undo` can take back: governor, interrupts, tasks, huge pages',
      })
      .option('json', { type: 'boolean', describe: 'print JSON' })
      .epilogue('Exit code: 0 when no check fails, 1 when one does.') as Argv<DoctorArgv>,
  handler: run,
};

async function run(argv: DoctorArgv): Promise<void> {
  const { doctor } = await import('../machine/doctor/run-doctor.js');
  const cores = argv.cores === undefined ? undefined : parseCores(argv.cores, 'the list of cores');
  const progress = new ProgressLine(argv.json === true);
  const examined = async () => {
    try {
      return await doctor({
        cores,
        model: argv.model,
        onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note),
        onNote: (note) => progress.say(note),
      });
    } finally {
      progress.stop();
    }
  };
  let report = await examined();
  if (argv.fix) {
    const { mend } = await import('../machine/isolation/isolate-run.js');
    for (const line of mend(report.cores)) say(line);
    report = await examined();
  }
  if (argv.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else process.stdout.write(printableColoured(await reportText(report.checks, report.cores)));
  process.exitCode = report.passed ? EXIT.done : EXIT.failed;
}

async function reportText(checks: readonly Check[], cores: readonly number[]): Promise<string> {
  const { default: colour } = await import('picocolors');
  const paint: Record<CheckStatus, (text: string) => string> = {
    ok: colour.green,
    warn: colour.yellow,
    fail: colour.red,
    unknown: colour.dim,
  };
  const words: Record<CheckStatus, string> = { ok: 'ok', warn: 'warn', fail: 'FAIL', unknown: '?' };
  const width = Math.max(...checks.map((check) => check.title.length));
  const indent = ' '.repeat(6 + width + 2);
  const lines = checks.flatMap(({ status, title, found, why, fix, fixable }) => [
    `${paint[status](words[status].padEnd(4))}  ${title.padEnd(width)}  ${found}`,
    ...(status === 'warn' || status === 'fail' ? [`${indent}${colour.dim(why)}`] : []),
    ...(fix === null
      ? []
      : [`${indent}fix: ${fix}${fixable ? colour.dim('   (or: isochron doctor --fix)') : ''}`]),
  ]);
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  const job = cores.length === 0 ? 'a job on any core' : `a job on core ${cores.join(', ')}`;
  const summary = `For ${job}: ${count('ok')} ok, ${count('warn')} warnings, ${count('fail')} failed, ${count('unknown')} not told by this machine.`;
  return `${[...lines, '', summary].join('\n')}\n`;
}
