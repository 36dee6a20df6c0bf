import type { Argv, CommandModule } from 'yargs';
import { UsageError } from '../kernel/errors.js';
import { printableLines } from '../kernel/printable.js';
import type { ProgressState } from '../kernel/progress.js';
import type { RangeRule } from '../models/calibrate-ranges.js';
import type { QuantizedModel } from '../models/quantize/quantize-file.js';
import { interruptible } from './interruptible.js';

interface QuantizeArgv {
  model: string;
  output: string;
  precision: 'fp16' | 'dynamic' | 'int8' | 'uint8';
  calibrate?: string;
  range: string;
  io?: 'int8' | 'uint8' | 'float';
  allowFloat?: boolean;
  seed?: number;
  engine?: string;
  json?: boolean;
}

export const quantizeCommand: CommandModule<object, QuantizeArgv> = {
  command: 'quantize <model>',
  describe: 'Rewrite a float model to smaller weights or to integer arithmetic',
  builder: (yargs) =>
    yargs
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: 'a float .tflite file, or a network’s name',
      })
      .option('output', {
        alias: 'o',
        type: 'string',
        demandOption: true,
        describe: 'file to write',
      })
      .option('precision', {
        choices: ['int8', 'uint8', 'fp16', 'dynamic'] as const,
        demandOption: true,
        describe:
          'int8, uint8: all in integers; fp16: half-precision constants; dynamic: int8 weights',
      })
      .option('calibrate', {
        type: 'string',
        describe: 'for int8 and uint8: folder of raw input files, or random:N[:LOW,HIGH]',
      })
      .option('range', {
        type: 'string',
        default: 'minmax',
        describe: 'of activations: minmax, or percentile:P (e.g. 99.99)',
      })
      .option('io', {
        choices: ['int8', 'uint8', 'float'] as const,
        describe: 'type of inputs and outputs (default: the precision)',
      })
      .option('allow-float', {
        type: 'boolean',
        describe: 'leave operators that have no integer form in float',
      })
      .option('seed', {
        type: 'number',
        requiresArg: true,
        describe: 'of random inputs (default 1)',
      })
      .option('engine', { type: 'string', describe: 'library that calibrates (path or name)' })
      .option('json', { type: 'boolean', describe: 'the result as JSON' }) as Argv<QuantizeArgv>,
  handler: async (argv) => {
    const { model, output, precision, calibrate, seed, allowFloat = false } = argv;
    const io = ioOf(argv);
    const range = rangeRule(argv.range);
    const { modelFile } = await import('../models/model-file.js');
    const { resolveEngine } = await import('../engine/resolve-engine.js');
    const { quantizeModel } = await import('../models/quantize/quantize-file.js');
    await interruptible({ quiet: false }, async ({ signal, progress }) => {
      const onProgress = (p: ProgressState) => progress.update(p.phase, p.done, p.total, p.note);
      const onNote = (note: string) => progress.say(note);
      const path = await modelFile(model, onProgress, onNote);
      const result = await quantizeModel(path, output, {
        precision,
        range,
        io,
        allowFloat,
        signal,
        onProgress,
        onNote,
        ...(calibrate === undefined ? {} : { calibrate }),
        ...(seed === undefined ? {} : { seed }),
        ...(argv.engine === undefined
          ? {}
          : { library: await resolveEngine(argv.engine, onProgress, onNote) }),
      });
      progress.stop();
      process.stdout.write(
        argv.json
          ? `${JSON.stringify({ precision, ...result }, null, 2)}\n`
          : `${printableLines(describeResult(result, precision))}\n`,
      );
    });
  },
};

function ioOf({ io, precision }: QuantizeArgv): 'integer' | 'float' {
  if (io === undefined || io === 'float') return io === undefined ? 'integer' : 'float';
  if (io !== precision)
    throw new UsageError(
      `A model in ${precision} has inputs and outputs in ${['int8', 'uint8'].includes(precision) ? `${precision} or ` : ''}float, not in ${io}.`,
    );
  return 'integer';
}

function rangeRule(text: string): RangeRule {
  if (text === 'minmax') return { kind: 'minmax' };
  const percent = Number(/^percentile:(\d+(?:\.\d+)?)$/.exec(text)?.[1]);
  if (!(percent > 50 && percent <= 100))
    throw new UsageError(
      `--range ${text} is neither minmax nor percentile:P.`,
      'P is above 50 and at most 100, e.g. --range percentile:99.99.',
    );
  return { kind: 'percentile', percent };
}

/** Size, what it was calibrated with, and how near it comes to the float model on these samples. */
function describeResult(result: QuantizedModel, precision: string): string {
  const size =
    result.bytes < 1e5
      ? `${(result.bytes / 1e3).toFixed(1)} kB`
      : `${(result.bytes / 1e6).toFixed(1)} MB`;
  const lines = [`${result.path}: ${size}, ${precision}`];
  if (result.floatOperators.length > 0)
    lines.push(`  in float: ${result.floatOperators.join(', ')}`);
  for (const text of result.notes) lines.push(`  note: ${text}`);
  if (result.agreement) {
    const { samples, sameTop1, distinctTop1, signalToNoiseDb } = result.agreement;
    const parts = [
      ...(sameTop1 === null
        ? []
        : [
            `same top-1 as the float model in ${sameTop1} of ${samples} (${distinctTop1} different)`,
          ]),
      ...(signalToNoiseDb === null ? [] : [`signal to noise ${signalToNoiseDb.toFixed(1)} dB`]),
    ];
    lines.push(
      `  calibrated with ${result.samples}; on ${samples} of them: ${parts.join(', ') || 'the same outputs'}`,
    );
  }
  return lines.join('\n');
}
