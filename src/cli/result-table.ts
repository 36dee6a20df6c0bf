/** Results for people: one aligned table, the verdicts with their reasons, and the files. */
import pc from 'picocolors';
import { jobCores } from '../benchmark/job-cores.js';
import { groupBy } from '../kernel/group-by.js';
import { printable } from '../kernel/printable.js';
import {
  ABSENT,
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatPercentile,
  formatRatio,
} from '../kernel/quantities.js';
import { COUNTED_BY_UNIT } from '../metrics/counted-metrics.js';
import type { NoteCode } from '../metrics/verdict-shape.js';
import { passesOf, type RunResult } from '../run/run-result.js';
import { lines, notes, type Part, renderParts } from '../terminal/parts.js';

interface Column {
  head: string;
  cell: (result: RunResult) => string;
  /** Left out when no result has it. */
  optional?: (result: RunResult) => boolean;
}

const counted = (result: RunResult, name: string) =>
  result.summary.events.find((event) => event.name === name)?.median ?? null;

const FORMATS = { ratio: formatRatio, share: formatPercent, 'MB/s': formatBandwidth };

const COLUMNS: Column[] = [
  { head: 'benchmark', cell: (r) => printable(r.plan.name) },
  {
    head: 'xnnpack',
    cell: (r) => takenByXnnpack(r) ?? '–',
    // where XNNPACK took everything, or nothing was asked of it, the benchmark's name says enough
    optional: (r) => {
      const nodes = r.report.xnnpackNodes;
      return nodes !== null && nodes.taken !== nodes.total;
    },
  },
  { head: 'jobs', cell: (r) => String(r.summary.counts.measured) },
  { head: 'first', cell: (r) => formatNs(r.summary.first?.elapsedNs ?? null) },
  { head: 'median', cell: (r) => formatNs(r.summary.elapsed.median) },
  { head: 'mean ± σ', cell: (r) => spread(r) },
  {
    head: '± 95 %',
    cell: (r) => formatPercent(r.report.precision?.share ?? null),
    optional: (r) => (r.report.precision ?? null) !== null,
  },
  {
    head: 'p99 ≤ bound',
    cell: ({ summary: { elapsed } }) => formatPercentile(elapsed.p99, elapsed.bounds.p99),
  },
  { head: 'max', cell: (r) => formatNs(r.summary.elapsed.max) },
  {
    head: 'latency p50',
    cell: (r) => formatNs(r.summary.releaseLatency.median),
    optional: (r) => r.plan.periodNs > 0,
  },
  {
    head: 'latency max',
    cell: (r) => formatNs(r.summary.releaseLatency.max),
    optional: (r) => r.plan.periodNs > 0,
  },
  {
    head: 'missed',
    cell: (r) => missed(r),
    optional: (r) => r.summary.deadlineMisses !== null,
  },
  {
    head: 'skipped',
    cell: (r) => String(r.summary.skippedReleases),
    optional: (r) => r.summary.skippedReleases > 0,
  },
  {
    head: 'instructions',
    cell: (r) => formatCount(counted(r, 'inst_retired')),
    optional: (r) => counted(r, 'inst_retired') !== null,
  },
  ...COUNTED_BY_UNIT.flatMap(({ key, head, unit }): Column[] =>
    head === undefined
      ? []
      : [
          {
            head,
            cell: (r) => FORMATS[unit](r.summary[key]),
            optional: (r) => r.summary[key] !== null,
          },
        ],
  ),
  {
    head: 'init',
    cell: (r) => formatNs(initNs(r)),
    optional: (r) => initNs(r) !== null,
  },
  {
    head: 'peak memory',
    cell: (r) => formatBytes(r.report.memory?.peakRssBytes ?? null),
    optional: (r) => r.report.memory !== null,
  },
  { head: 'ran as', cell: (r) => scheduledAs(r), optional: (r) => r.report.granted !== null },
  { head: 'verdict', cell: (r) => verdictWord(r) },
];

/** Without room for all of them the first of these goes first; what a run is judged by stays. */
const DISPENSABLE = [
  ...['instructions', ...COUNTED_BY_UNIT.flatMap(({ head }) => head ?? [])],
  ...[
    'init',
    'peak memory',
    'mean ± σ',
    'xnnpack',
    'latency p50',
    'jobs',
    'skipped',
    'first',
    'latency max',
    'max',
    'p99 ≤ bound',
  ],
];

/** `2/157`: nodes that it took of all; null without it. */
function takenByXnnpack(result: RunResult): string | null {
  const nodes = result.report.xnnpackNodes;
  return nodes && `${nodes.taken}/${nodes.total}`;
}

function missed(result: RunResult): string {
  const { deadlineMisses, counts } = result.summary;
  if (deadlineMisses === null) return '–';
  const text = `${deadlineMisses}/${counts.measured}`;
  return deadlineMisses > 0 ? pc.red(text) : text;
}

/** `fifo 90, core 1`: what was granted, which says what the figures are worth. */
function scheduledAs({ plan, report: { granted } }: RunResult): string {
  if (granted === null) return ABSENT;
  const { policy, priority } = granted;
  const cores = jobCores(plan.cores, granted);
  const cored = cores.length === 0 ? 'any core' : `core ${cores.join(',')}`;
  return `${policy === 'other' ? 'ordinary' : policy}${priority > 0 ? ` ${priority}` : ''}, ${cored}`;
}

/** Whether all of them ran as any program does: their latencies are those of an application, not of a real-time task. */
const asApplication = (results: readonly RunResult[]): boolean =>
  results.length > 0 &&
  results.every(
    ({ plan, report: { granted } }) =>
      granted?.policy === 'other' && jobCores(plan.cores, granted).length === 0,
  );

/** What the machine is, and not what the run was: `isochron doctor` has it in full, and here it is one line. */
const OF_THE_MACHINE: Partial<Record<NoteCode, string>> = {
  virtual_machine: 'is virtual',
  frequency_unknown: 'does not tell its frequency',
};

/** The notes of the verdicts, each once; those on the machine in one. */
function notesOf(results: readonly RunResult[], absences: boolean): string[] {
  const found = results.flatMap(({ plan, verdict }) =>
    verdict.notes.map((note) => ({ ...note, name: plan.name })),
  );
  const traits = distinct(found.flatMap(({ code }) => OF_THE_MACHINE[code] ?? []));
  const application = asApplication(results);
  const others = found.filter(
    ({ code }) =>
      OF_THE_MACHINE[code] === undefined &&
      !(code === 'events_missing' && !absences) &&
      !(code === 'not_pinned' && application),
  );
  return [
    ...(application
      ? [
          'Ran at ordinary priority on any core, as an application does; a real-time task is measured with -c CORE -f 90.',
        ]
      : []),
    ...[...groupBy(others, ({ message }) => message)].map(([message, same]) => {
      const names = distinct(same.map(({ name }) => name));
      return names.length === distinct(results.map(({ plan }) => plan.name)).length
        ? message
        : `${printable(names.join('; '))}: ${message}`;
    }),
    ...(traits.length > 0
      ? [`This machine ${traits.join(' and ')}: see \`isochron doctor\`.`]
      : []),
  ];
}

const verdictWord = (result: RunResult) =>
  result.verdict.valid ? pc.green('VALID') : pc.red('INVALID');

/**
 * One row a result (one column, or fewer figures, where the terminal is too narrow for that); below it the reasons for an INVALID verdict, notes and the files.
 *
 * @param absences also say what was not counted and why (left out where stderr has said it)
 */
export const resultTable = (results: readonly RunResult[], absences = false): string =>
  renderParts(resultParts(results, absences));

/** The same as parts. */
export function resultParts(first: readonly RunResult[], absences = false): Part[] {
  const results = first.flatMap(passesOf);
  const columns = COLUMNS.filter(({ optional }) => !optional || results.some(optional));
  const extras = [...new Set(results.flatMap((r) => r.summary.extras.map((extra) => extra.name)))];
  const table = {
    head: [...columns.map((column) => column.head), ...extras],
    rows: results.map((result) => [
      ...columns.map((column) => column.cell(result)),
      ...extras.map((name) =>
        formatRatio(result.summary.extras.find((extra) => extra.name === name)?.median ?? null),
      ),
    ]),
    dispensable: [...extras, ...DISPENSABLE],
  };
  const remarks = results.flatMap((result) =>
    result.verdict.reasons.map((reason) => ({ result, reason })),
  );
  return [
    { table },
    ...lines(
      distinct(
        remarks.map(({ result, reason }) => {
          const whose = results.length > 1 ? `${result.plan.name}: ` : '';
          return `${pc.red('INVALID')} ${whose}${reason.message} ${pc.dim(reason.hint)}`;
        }),
      ),
    ),
    ...lines(results.flatMap((result) => costLines(result, results.length > 1))),
    ...notes(notesOf(results, absences)),
    ...lines(results.flatMap(fileLines)),
  ];
}

/** Mean and sample standard deviation; both stand beside the median, for the tail is not in either. */
function spread({ summary: { elapsed } }: RunResult): string {
  const { mean, sd } = elapsed;
  return sd === null ? formatNs(mean) : `${formatNs(mean)} ± ${formatNs(sd)}`;
}

/** What was measured of init, stage by stage: before the first release. */
const stagesOf = ({ report }: RunResult): [string, number][] =>
  Object.entries(report.workload?.tflite?.stages ?? {});

/** Null where no stage was measured. */
function initNs(result: RunResult): number | null {
  const stages = stagesOf(result);
  return stages.length === 0 ? null : stages.reduce((sum, [, ns]) => sum + ns, 0);
}

/** Stages by the engine's names, as people call them. */
const STAGES: Readonly<Record<string, string>> = {
  loadEngine: 'library',
  loadModel: 'model',
  createDelegate: 'delegate',
  createInterpreter: 'interpreter',
  allocateTensors: 'tensors',
  fillInputs: 'inputs',
};

/** Where the time before the first release went, and the memory; a line a run. */
function costLines(result: RunResult, several: boolean): string[] {
  const whose = several ? `${printable(result.plan.name)}: ` : '';
  const stages = stagesOf(result).map(([name, ns]) => `${STAGES[name] ?? name} ${formatNs(ns)}`);
  const init =
    stages.length === 0 ? [] : [`init ${formatNs(initNs(result))} = ${stages.join(' + ')}`];
  const { memory } = result.report;
  const used =
    memory === null
      ? []
      : [
          `memory at most ${formatBytes(memory.peakRssBytes)}, ${formatBytes(memory.startRssBytes)} of it Node and the tool before init, ${formatBytes(memory.readyRssBytes)} when ready`,
        ];
  return init.length === 0 ? [] : [pc.dim(`${whose}${[...init, ...used].join('; ')}`)];
}

const distinct = (lines: string[]) => [...new Set(lines)];

/** Level 4: what was granted and what ran; level 5 adds what the engine said. */
export function describeRun(result: RunResult, level: number): string {
  const { granted, workload, xnnpackApplied, finished, clock, counters, housekeepingCores } =
    result.report;
  const lines = [
    `granted: ${granted?.policy} priority ${granted?.priority}, cores ${granted?.cores.join(',')}, memory ${granted?.memoryLocked ? 'locked' : 'not locked'}${lockedPart(finished)}, DMA latency ${granted?.dmaLatencyHeld ? 'held' : 'not held'}`,
    `counters read by: ${counters.readMethod ?? 'nothing'}; own cost of a job: ${clock.overheadNs} ns; housekeeping on cores ${housekeepingCores?.join(',') ?? 'any'}`,
    ...result.report.events.map(
      (e) => `event ${e.name}: ${e.reason ?? `counted (type ${e.type}, config ${e.config})`}`,
    ),
    ...(finished?.workers ?? []).map(
      (w) =>
        `worker ${w.tid}: cores ${w.cores.join(',')}, ${w.policy} ${w.priority}, ${w.counted ? 'counted' : 'not counted'}${w.cpuTimeNs === null ? '' : `, ${formatNs(w.cpuTimeNs)} of CPU time over the jobs`}`,
    ),
  ];
  const tflite = workload?.tflite;
  if (tflite) {
    lines.push(
      `engine: TensorFlow Lite ${tflite.version}, XNNPACK ${xnnpackApplied}${nodesPart(result.report)}`,
    );
    if (level >= 5) lines.push(...tflite.messages.map((message) => `engine said: ${message}`));
  }
  return lines.join('\n');
}

/** Partitions are known of all graphs together only. */
function nodesPart({ workload, xnnpackNodes: nodes }: RunResult['report']): string {
  if (!nodes?.taken) return '';
  const { totalNodes, partitions } = workload?.tflite?.xnnpack ?? {};
  const where = nodes.total === totalNodes ? ` in ${partitions} partitions` : '';
  return ` (${nodes.taken} of ${nodes.total} nodes${where})`;
}

function lockedPart(finished: RunResult['report']['finished']): string {
  const { lockedBytes, eligibleBytes } = finished?.locked ?? {};
  if (lockedBytes === undefined || eligibleBytes === undefined) return '';
  return ` (${formatBytes(lockedBytes)} of ${formatBytes(eligibleBytes)})`;
}

function fileLines({ files, incomplete }: RunResult): string[] {
  const line = (what: string, names: string[]) =>
    names.length === 0 ? [] : [`${what} ${printable(names.join(', '))}`];
  return [
    ...line('not completely written:', incomplete),
    ...line(
      'wrote',
      files.filter((file) => !incomplete.includes(file)),
    ),
  ];
}
