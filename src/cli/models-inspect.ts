import type { Argv, CommandModule } from 'yargs';
import { printable } from '../kernel/printable.js';
import type { ModelReport, OperatorReport, TensorReport } from '../models/inspect/inspect-model.js';

interface InspectArgv {
  model: string;
  json?: boolean;
}

export const inspectCommand: CommandModule<object, InspectArgv> = {
  command: 'inspect <model>',
  describe: 'Show operators, shapes, MACs, memory, quantization of a .tflite file or a network',
  builder: (yargs) =>
    yargs
      .positional('model', {
        type: 'string',
        demandOption: true,
        describe: 'a .tflite file, or a network’s name',
      })
      .option('json', { type: 'boolean', describe: 'everything, as JSON' }) as Argv<InspectArgv>,
  handler: async ({ model, json }) => {
    const { inspectFileOrName } = await import('../models/inspect/inspect-file.js');
    const report = inspectFileOrName(model);
    process.stdout.write(
      json ? `${JSON.stringify(report, null, 2)}\n` : `${describeReport(report)}\n`,
    );
  },
};

/** The report for people: totals, then the operators as a list with their tensors. */
export function describeReport(report: ModelReport & { name: string; bytes: number }): string {
  const { total } = report;
  const lines = [
    `${report.name}  ${mega(report.bytes)}  ${total.precision}`,
    ...(report.description ? [report.description] : []),
    ...report.needs.map(({ what, hint }) => `├─ it ${what}. ${hint}`),
    ...report.inputs.map(
      (t) =>
        `├─ input   ${tensorLine({ ...t, constant: false, quantization: wide(t.quantization) })}`,
    ),
    ...report.outputs.map(
      (t) =>
        `├─ output  ${tensorLine({ ...t, constant: false, quantization: wide(t.quantization) })}`,
    ),
    `├─ ${report.operators.length} operators: ${counts(total.operatorCounts)}`,
    `├─ ${(total.parameters / 1e6).toFixed(3)} M parameters in ${mega(total.weightBytes)}`,
    `├─ ${(total.macs / 1e6).toFixed(1)} M MACs = ${(total.ops / 1e6).toFixed(1)} M ops, ${total.opsPerByte === null ? '-' : total.opsPerByte.toFixed(1)} ops/byte`,
    ...notCounted(report),
    `├─ at least ${mega(total.peakActivationBytes)} of memory for activations`,
    `├─ XNNPACK would take ${total.xnnpackOperators} of ${total.jobOperators} operators${total.jobOperators > report.operators.length ? ', those of the graphs that they run included' : ''}`,
    ...(report.metadata.length > 0 ? [`├─ metadata: ${report.metadata.join(', ')}`] : []),
    ...operatorTree('operators', report.operators, report.graphs.length === 0),
    ...report.graphs.flatMap((graph, i) =>
      operatorTree(
        `graph ${graph.index}${graph.name ? ` ${graph.name}` : ''}: ${graph.role || 'run by nothing that is known here'}, ${macs(graph.macs)}`,
        graph.operators,
        i === report.graphs.length - 1,
      ),
    ),
  ];
  return lines.map(printable).join('\n');
}

/** Two decimals of a million, or the number itself where that is more telling. */
function macs(count: number): string {
  return count < 1e4 ? `${count} MACs` : `${(count / 1e6).toFixed(2)} M MACs`;
}

/** What the figure of the MACs does not say. */
function notCounted({ total, operators, graphs }: ModelReport): string[] {
  const all = [operators, ...graphs.map((g) => g.operators)].flat();
  return [
    ...(all.some((o) => o.type === 'WHILE' || o.type === 'STABLEHLO_WHILE')
      ? ['├─ a loop counts as one pass: how many there are is not in the file']
      : []),
    ...(Object.keys(total.uncounted).length > 0
      ? [`├─ not counted in MACs: ${counts(total.uncounted)}`]
      : []),
  ];
}

function operatorTree(title: string, operators: OperatorReport[], last: boolean): string[] {
  return [
    `${last ? '└─' : '├─'} ${title}`,
    ...operators.flatMap((operator, i) =>
      operatorLines(operator).map(
        (line, j) => `${last ? ' ' : '│'}  ${branch(i === operators.length - 1, j)}${line}`,
      ),
    ),
  ];
}

function branch(last: boolean, line: number): string {
  if (line === 0) return last ? '└─ ' : '├─ ';
  return last ? '   ' : '│  ';
}

function operatorLines(o: OperatorReport): string[] {
  const figures = [
    o.precision,
    ...(o.macs > 0 ? [`${(o.macs / 1e6).toFixed(2)} M MACs`] : []),
    ...(o.parameters > 0 ? [`${o.parameters} params`] : []),
    ...(o.opsPerByte === null ? [] : [`${o.opsPerByte.toFixed(1)} ops/byte`]),
    ...(o.xnnpack.taken ? [] : [`not XNNPACK: ${o.xnnpack.reason}`]),
  ];
  return [
    `${String(o.index).padStart(3)} ${o.type}${o.custom ? ' (custom)' : ''}  ${figures.join(', ')}`,
    ...o.inputs.map((t) => `      ${t.constant ? '◦' : '→'} ${tensorLine(t)}`),
    ...o.outputs.map((t) => `      = ${tensorLine(t)}`),
  ];
}

function tensorLine(t: TensorReport): string {
  return `${shortName(t.name)}  ${t.type}[${t.shape.join('×')}]${quantizationText(t.quantization)}`;
}

function quantizationText(q: TensorReport['quantization']): string {
  if (q === null) return '';
  const [scale, zeroPoint] = [q.scales[0] as number, q.zeroPoints[0] ?? 0];
  return q.scales.length === 1
    ? `  scale ${Number(scale.toPrecision(6))}, zero point ${zeroPoint}`
    : `  ${q.scales.length} scales along dimension ${q.axis}`;
}

function wide(q: { scale: number; zeroPoint: number } | null): TensorReport['quantization'] {
  return q === null ? null : { scales: [q.scale], zeroPoints: [q.zeroPoint], axis: 0 };
}

function counts(of: Record<string, number>): string {
  return Object.entries(of)
    .sort((a, b) => b[1] - a[1])
    .map(([type, count]) => `${count} ${type}`)
    .join(', ');
}

function mega(bytes: number): string {
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Converters join the names of all that they fused; what tells a tensor apart stands at the end. */
function shortName(name: string): string {
  const last = name.split(';').at(-1) ?? name;
  const text = last === name ? name : `…;${last}`;
  return text.length <= 60 ? text : `…${text.slice(-59)}`;
}
