import type { Argv, CommandModule } from 'yargs';
import { ProgressLine } from './progress.js';

interface BuildArgv {
  name: string;
  output?: string;
  alpha?: number;
  resolution?: number;
  seed?: number;
  quiet?: boolean;
}

const buildCommand: CommandModule<object, BuildArgv> = {
  command: 'build <name>',
  describe: 'Write a network with synthetic weights as a .tflite file',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', demandOption: true, describe: 'e.g. mobilenet_v1' })
      .option('output', {
        alias: 'o',
        type: 'string',
        describe: 'file to write (default: the cache)',
      })
      .option('alpha', { type: 'number', describe: 'width multiplier' })
      .option('resolution', { type: 'number', describe: 'input height and width, pixels' })
      .option('seed', { type: 'number', describe: 'of the weights (default 1)' })
      .option('quiet', { type: 'boolean', describe: 'print only the path' }) as Argv<BuildArgv>,
  handler: async ({ name, output, alpha, resolution, seed, quiet }) => {
    const { buildModel } = await import('../models/build-model.js');
    const interrupt = new AbortController();
    const onSignal = () => interrupt.abort();
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const progress = new ProgressLine(quiet === true);
    try {
      const built = await buildModel(name, {
        ...(output === undefined ? {} : { output }),
        ...(alpha === undefined ? {} : { alpha }),
        ...(resolution === undefined ? {} : { resolution }),
        ...(seed === undefined ? {} : { seed }),
        signal: interrupt.signal,
        onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note),
      });
      progress.stop();
      process.stdout.write(
        quiet
          ? `${built.path}\n`
          : `${built.name}: ${(built.bytes / 1e6).toFixed(1)} MB, ${built.path}\n`,
      );
    } catch (error) {
      if (!interrupt.signal.aborted) throw error;
      const { EXIT } = await import('./exit.js');
      process.exitCode = EXIT.interrupted;
    } finally {
      progress.stop();
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    }
  },
};

export const modelsCommand: CommandModule = {
  command: 'models',
  describe: 'Build networks as .tflite files',
  builder: (yargs) =>
    yargs.command(buildCommand).demandCommand(1, 'Name what to do: build.').strict(),
  handler: () => {},
};
