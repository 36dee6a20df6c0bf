import type { Argv, CommandModule } from 'yargs';
import { printable } from '../kernel/printable.js';
import { interruptible } from './interruptible.js';
import { inspectCommand } from './models-inspect.js';
import { listCommand } from './models-list.js';
import { quantizeCommand } from './models-quantize.js';

interface BuildArgv {
  name: string;
  output?: string;
  alpha?: number;
  resolution?: number;
  seed?: number;
  quiet?: boolean;
}

/** Only what is given: absent options are absent, not undefined. */
function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as ReturnType<typeof given<T>>;
}

const buildCommand: CommandModule<object, BuildArgv> = {
  command: 'build <name>',
  describe: 'Write a network with synthetic weights as a .tflite file',
  builder: (yargs) =>
    yargs
      .positional('name', {
        type: 'string',
        demandOption: true,
        describe: 'e.g. mobilenet_v1, mobilenet_v2_0.5_160@int8, yolov3_tiny_00012',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        describe: 'file to write (default: into the cache)',
      })
      .option('alpha', { type: 'number', requiresArg: true, describe: 'width multiplier' })
      .option('resolution', {
        type: 'number',
        requiresArg: true,
        describe: 'input height and width, pixels',
      })
      .option('seed', { type: 'number', requiresArg: true, describe: 'of the weights (default 1)' })
      .option('quiet', { type: 'boolean', describe: 'print only the path' }) as Argv<BuildArgv>,
  handler: async ({ name, output, alpha, resolution, seed, quiet }) => {
    const { buildModel } = await import('../models/build-model.js');
    await interruptible({ quiet: quiet === true }, async ({ signal, progress }) => {
      const built = await buildModel(name, {
        ...given({ output, alpha, resolution, seed }),
        signal,
        onProgress: (p) => progress.update(p.phase, p.done, p.total, p.note),
      });
      progress.stop();
      process.stdout.write(
        quiet
          ? `${built.path}\n`
          : `${built.name}: ${(built.bytes / 1e6).toFixed(1)} MB, ${printable(built.path)}\n`,
      );
    });
  },
};

export const modelsCommand: CommandModule = {
  command: 'models',
  describe: 'Build, list, inspect and quantize networks as .tflite files',
  builder: (yargs) =>
    yargs
      .command(buildCommand)
      .command(listCommand)
      .command(inspectCommand)
      .command(quantizeCommand)
      .demandCommand(1, 'Name what to do: build, list, inspect, quantize.')
      .strict(),
  handler: () => {},
};
