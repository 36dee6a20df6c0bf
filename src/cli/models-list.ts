import type { Argv, CommandModule } from 'yargs';
import type { NetworkSummary } from '../models/zoo/network-summary.js';
import { KEEPING_ALL } from './words.js';

interface ListArgv {
  names?: string[];
  json?: boolean;
}

export const listCommand: CommandModule<object, ListArgv> = {
  command: 'list [names..]',
  describe: 'Show the networks that can be built: input, parameters, MACs, sizes, source',
  builder: (yargs) =>
    yargs
      .parserConfiguration(KEEPING_ALL)
      .positional('names', {
        type: 'string',
        array: true,
        describe: 'only these, e.g. mobilenet_v2_0.5_160 yolov3_tiny_00012',
      })
      .option('json', {
        type: 'boolean',
        describe: 'as JSON, with full sources',
      }) as Argv<ListArgv>,
  handler: async ({ names, json }) => {
    const { listNetworks } = await import('../models/zoo/list-networks.js');
    const networks = listNetworks(names);
    if (json) process.stdout.write(`${JSON.stringify(networks, null, 2)}\n`);
    else process.stdout.write(`${await networkTable(networks)}\n${NAMES_NOTE}`);
  },
};

const NAMES_NOTE = `
MACs count a multiplication and an addition as one; sizes are in MB (10^6 bytes).
A name may go on with parameters and a precision: mobilenet_v2_0.5_160@int8 (width, resolution), yolov3_tiny_00012_0.5_320
(extra copies of Conv. Layer 1 to 5, width, resolution), cnv_25 (per cent of the channels kept).
`;

/** One row for each network. */
export async function networkTable(networks: readonly NetworkSummary[]): Promise<string> {
  const { PRECISIONS } = await import('../models/zoo/architecture.js');
  const { renderTable } = await import('../terminal/table.js');
  const head = ['network', 'input', 'params M', 'MACs G', ...PRECISIONS, 'source'];
  const rows = networks.map((n) => [
    n.name,
    n.input.slice(1).join('×'),
    figure(n.parameters / 1e6),
    figure(n.macs / 1e9),
    ...PRECISIONS.map((p) => megabytes(n.bytes[p])),
    shortSource(n.source),
  ]);
  return renderTable(head, rows, {
    align: head.map((_, i) => (i < 2 || i === head.length - 1 ? 'left' : 'right')),
  });
}

/** A precision in which it cannot be built has no size. */
function megabytes(bytes: number | null): string {
  return bytes === null ? '–' : (bytes / 1e6).toFixed(1);
}

/** Two digits behind the point, or three significant ones for what is smaller. */
function figure(value: number): string {
  return value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}

/** "He et al., Deep residual …, 2015" as "He et al. 2015". */
function shortSource(source: string): string {
  const first = source.split(';')[0] ?? source;
  const year = /\b(19|20)\d\d\b/.exec(first)?.[0] ?? '';
  return `${first.split(',')[0]} ${year}`.trim();
}
