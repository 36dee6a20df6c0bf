#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { IsochronError, UsageError } from '../errors.js';
import { ignoresHangup } from '../platform/hangup.js';
import { compareCommand } from './compare.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { engineCommand } from './engine.js';
import { eventsCommand } from './events.js';
import { reportError } from './exit.js';
import { firstRunCommand } from './first-run.js';
import { importCommand } from './import.js';
import { isolateCommand } from './isolate.js';
import { modelsCommand } from './models.js';
import { reportCommand } from './report.js';
import { runCommand } from './run.js';
import { watchStreams } from './streams.js';
import { sweepCommand } from './sweep.js';
import { traceCommand } from './trace.js';

const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

const cli = yargs(hideBin(process.argv))
  .scriptName('isochron')
  .usage(
    '$0 COMMAND\n\nRuns neural-network inference as a real-time task and tells the truth about how it behaved.',
  )
  .command(runCommand)
  .command(demoCommand)
  .command(sweepCommand)
  .command(compareCommand)
  .command(reportCommand)
  .command(firstRunCommand)
  .command(traceCommand)
  .command(importCommand)
  .command(doctorCommand)
  .command(isolateCommand)
  .command(eventsCommand)
  .command(engineCommand)
  .command(modelsCommand)
  .demandCommand(1, 'Name a command.')
  .strictCommands()
  .strict()
  .parserConfiguration({ 'duplicate-arguments-array': false, 'boolean-negation': true })
  .version(version)
  .alias('help', 'h')
  .epilogue(
    'Exit codes: 0 done, 1 the run failed, 2 wrong usage, 3 stopped at a deadline miss, 4 verdict INVALID under --strict, 130 interrupted.',
  )
  .wrap(Math.min(120, process.stdout.columns ?? 100))
  .exitProcess(false)
  .fail((message: string | undefined, error: Error | undefined) => {
    throw error instanceof IsochronError || (error && !message)
      ? error
      : new UsageError(message ?? error?.message ?? 'wrong usage', 'See isochron --help.');
  });

watchStreams();
if (ignoresHangup()) process.on('SIGHUP', () => {});

try {
  await cli.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
