import type { Argv, CommandModule } from 'yargs';
import { UsageError } from '../kernel/errors.js';
import { parseCores } from '../kernel/units.js';
import { say } from '../terminal/say.js';
import { EXIT } from './exit.js';
import { PARSER } from './words.js';

interface IsolateArgv {
  cores?: string;
  'best-effort'?: boolean;
  undo?: boolean;
  quiet?: boolean;
  _: (string | number)[];
  command?: string[];
}

export const isolateCommand: CommandModule<object, IsolateArgv> = {
  command: 'isolate [command..]',
  describe: 'Run a command on cores from which everything else was moved away, and put it all back',
  builder: (yargs) =>
    yargs
      .usage('$0 isolate [-c CORES] [--] COMMAND [ARGUMENTS]\n$0 isolate --undo')
      .positional('command', {
        type: 'string',
        array: true,
        describe: 'with its arguments; options of isolate stand before it',
      })
      .option('cores', {
        alias: ['c', 'core-affinity'],
        type: 'string',
        describe: 'cores of the command (default: an isolated one, else the last)',
      })
      .option('best-effort', {
        type: 'boolean',
        describe: 'do what is permitted and leave the rest',
      })
      .option('undo', {
        type: 'boolean',
        describe: 'put back what a killed isochron or `doctor --fix` left changed',
      })
      .option('quiet', { type: 'boolean', describe: 'do not say what was changed' })
      // `-- sleep 1e3` is handed on as it was written
      .parserConfiguration({ ...PARSER, 'parse-positional-numbers': false })
      .epilogue('Exit code: that of the command.') as Argv<IsolateArgv>,
  handler: run,
};

async function run(argv: IsolateArgv): Promise<void> {
  const { runIsolated, isolationLines, restoreIsolation } = await import(
    '../machine/isolation/isolate-run.js'
  );
  const tell = (line: string) => {
    if (argv.quiet !== true) say(line);
  };
  // what follows the two dashes stands in _ behind the command's own name
  const [file, ...args] = [...(argv.command ?? []), ...argv._.slice(1).map(String)];
  if (argv.undo) {
    if (file !== undefined) throw new UsageError('--undo takes no command.');
    const { lines, failed } = restoreIsolation();
    for (const line of lines.length > 0 ? lines : ['nothing to undo.']) tell(line);
    process.exitCode = failed ? EXIT.failed : EXIT.done;
    return;
  }
  if (file === undefined)
    throw new UsageError(
      'no command is named.',
      'Write it after two dashes: isochron isolate -c 1 -- COMMAND.',
    );
  process.exitCode = await runIsolated([file, ...args], {
    cores: argv.cores === undefined ? undefined : parseCores(argv.cores, 'the list of cores'),
    bestEffort: argv['best-effort'] === true,
    onNote: tell,
    onIsolated: (report) =>
      tell(isolationLines({ ...report, skipped: [] }, 'put back at the end').join(' ')),
  });
}
