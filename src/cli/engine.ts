import type { Argv, CommandModule } from 'yargs';
import type { EngineDescription } from '../engine/describe-engine.js';
import type { CachedEngine } from '../engine/engine-folder.js';
import { printableColoured } from '../kernel/printable.js';
import { ProgressLine } from '../terminal/progress-line.js';
import { say } from '../terminal/say.js';

interface JsonArgv {
  json?: boolean | undefined;
}

const json = { type: 'boolean', describe: 'as JSON on stdout' } as const;

const install: CommandModule<object, JsonArgv & { arch?: string; force?: boolean }> = {
  command: 'install',
  describe: 'Fetch the TensorFlow Lite library into the cache, once',
  builder: (yargs) =>
    yargs
      .option('arch', {
        type: 'string',
        describe: 'x64 or arm64, e.g. to copy it to a board (default: this machine’s)',
      })
      .option('force', { type: 'boolean', describe: 'fetch it again' })
      .option('json', json) as Argv<JsonArgv & { arch?: string; force?: boolean }>,
  handler: async (argv) => {
    const [{ installEngine }, { engineArch }] = await Promise.all([
      import('../engine/install-engine.js'),
      import('../engine/known-engines.js'),
    ]);
    const progress = new ProgressLine(argv.json === true);
    try {
      const engine = await installEngine({
        arch: engineArch(argv.arch),
        force: argv.force === true,
        onProgress: ({ phase, done, total, note }) => progress.update(phase, done, total, note),
      });
      progress.stop();
      print(argv, engine, () => describe(engine));
    } finally {
      progress.stop();
    }
  },
};

const list: CommandModule<object, JsonArgv> = {
  command: 'list',
  describe: 'Show the libraries in the cache',
  builder: (yargs) => yargs.option('json', json) as Argv<JsonArgv>,
  handler: async (argv) => {
    const { engineCacheDir, listEngines } = await import('../engine/engine-folder.js');
    const engines = await listEngines();
    print(argv, engines, () =>
      engines.length === 0
        ? `No engine in ${engineCacheDir()} yet: \`isochron engine install\` fetches one.`
        : engines.map(listLine).join('\n'),
    );
  },
};

const info: CommandModule<object, JsonArgv & { path?: string }> = {
  command: 'info [path]',
  describe: 'Describe a library: version, architecture, checksum, XNNPACK',
  builder: (yargs) =>
    yargs
      .positional('path', {
        type: 'string',
        describe: 'a library, or a name of `engine list` (default: the one that a run would use)',
      })
      .option('json', json) as Argv<JsonArgv & { path?: string }>,
  handler: async (argv) => {
    const [{ describeEngine }, { isEngineName, resolveEngine }] = await Promise.all([
      import('../engine/describe-engine.js'),
      import('../engine/resolve-engine.js'),
    ]);
    const { path: wanted } = argv;
    const isFile = wanted !== undefined && !isEngineName(wanted);
    const engine = await describeEngine(
      isFile ? wanted : await resolveEngine(wanted, undefined, say),
    );
    print(argv, engine, () => describe(engine));
  },
};

/** `isochron engine install | list | info [path]` */
export const engineCommand: CommandModule = {
  command: 'engine',
  describe: 'Fetch, list and describe TensorFlow Lite libraries',
  builder: (yargs) =>
    yargs
      .command(install)
      .command(list)
      .command(info)
      .demandCommand(1, 'Name one of: install, list, info.'),
  handler: () => {},
};

function print(argv: JsonArgv, value: unknown, text: () => string): void {
  process.stdout.write(
    `${argv.json ? JSON.stringify(value, null, 2) : printableColoured(text())}\n`,
  );
}

function listLine({ name, path, description, usableHere }: CachedEngine): string {
  if (description === null) return `${name}  damaged  ${path}`;
  const state =
    description.intact === false ? 'damaged' : usableHere ? 'usable here' : 'for another machine';
  return `${name}  ${description.arch}  ${state}  ${path}`;
}

function describe(engine: EngineDescription): string {
  const rows: [string, string][] = [
    ['library', engine.path],
    ['version', engine.version ?? 'can’t be read without running it'],
    ['architecture', engine.arch],
    ['size', `${engine.bytes} bytes`],
    ['sha256', engine.sha256],
    ['C API', engine.cApi ? 'yes' : 'no: isochron can’t use it'],
    ['XNNPACK', engine.xnnpack ? 'yes' : 'no'],
  ];
  if (engine.record)
    rows.push(
      ['source', engine.record.source],
      ['licence', `${engine.record.license}, ${engine.record.copyright}`],
      [
        'state',
        engine.intact
          ? 'as installed'
          : 'changed since it was installed: `isochron engine install --force`',
      ],
    );
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n');
}
