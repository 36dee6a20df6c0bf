/** Comparisons for people: the sentence first, then the table that it rests on, then what to know before believing it. */
import pc from 'picocolors';
import type { ResultsComparison } from '../analysis/compare-results.js';
import type { Comparison, MetricComparison, SideSummary } from '../analysis/comparison.js';
import {
  condensed,
  formatConfidence,
  formatP,
  formatRange,
  formatTimes,
  needInWords,
  otherQuotient,
  ruleInWords,
  WHY_OTHER,
} from '../analysis/comparison-words.js';
import { type GateResult, UNTESTED } from '../analysis/gate.js';
import type { ComparisonName, NamedComparison } from '../analysis/labels.js';
import { METRICS } from '../analysis/metric-values.js';
import { groupBy } from '../kernel/group-by.js';
import {
  ABSENT,
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatRatio,
  plural,
} from '../kernel/quantities.js';
import { lines, notes as notesOf, type Part } from '../terminal/parts.js';

/** What is shown of comparisons. */
export type Compared = Pick<ResultsComparison, 'comparisons' | 'names' | 'notes'>;

/** A table and what stands above it, for the terminal or as Markdown. */
export interface ComparisonTable {
  title: string;
  head: string[];
  rows: string[][];
  /** Columns that a narrow terminal does without, by their heads. */
  dispensable: string[];
}

export interface ComparisonWords {
  /** The result in words, where there is one comparison. */
  sentence: string | null;
  tables: ComparisonTable[];
  /** How to read the tables, the rule by which a difference is shown among it. */
  legend: string[];
  notes: string[];
}

/** A single comparison in full, metric by metric; several as a row each, with the columns of what is compared. */
export function comparisonWords({ comparisons, names, notes }: Compared): ComparisonWords {
  const [only, ...more] = comparisons;
  const single = only !== undefined && more.length === 0;
  return {
    sentence: single ? only.sentence : null,
    tables: single
      ? [tableOfOne(only)]
      : tablesOfMany(
          comparisons.map((comparison, i) => ({ ...(names[i] as ComparisonName), comparison })),
        ),
    legend: legendOf(comparisons),
    notes: condensed([...comparisons.flatMap((c) => c.notes), ...notes]),
  };
}

/** In groups, with an empty line between them in a terminal: the result, each table, how to read them, the notes, a gate's lines. */
export function comparisonParts(compared: Compared, gate: readonly string[] = []): Part[][] {
  const { sentence, tables, legend, notes } = comparisonWords(compared);
  const groups: Part[][] = [
    sentence === null ? [] : [{ text: sentence, as: 'result' }],
    ...tables.map((table): Part[] => [{ table }]),
    lines(legend.map((line) => pc.dim(line))),
    notesOf(notes),
    lines(gate),
  ];
  return groups.filter((group) => group.length > 0);
}

const FACTOR = 'B / A';

function tableOfOne(comparison: Comparison): ComparisonTable {
  const { a, b } = comparison;
  const known = comparison.metrics.filter((m) => m.a !== null || m.b !== null);
  const rows = known.map((m) => [
    labelOf(m),
    formatValue(m, m.a),
    formatValue(m, m.b),
    formatTimes(m.ratio),
    intervalText(m),
    formatP(m.pCorrected ?? m.p),
  ]);
  const fact = (name: string, of: (side: SideSummary) => string | null) => {
    const [x, y] = [of(a), of(b)];
    if (x !== null || y !== null) rows.push([name, x ?? ABSENT, y ?? ABSENT, '', '', '']);
  };
  fact('first run / median', ({ firstRunRatio: r }) => (r === null ? ABSENT : formatTimes(r)));
  fact('processes', ({ runs }) => String(runs.length));
  fact('jobs', ({ jobs }) => String(jobs));
  fact('deadline misses', ({ deadlineMisses: n }) => (n === null ? null : String(n)));
  return {
    title: '',
    head: ['median', `A: ${a.name}`, `B: ${b.name}`, FACTOR, 'CI', 'p'],
    rows,
    dispensable: [],
  };
}

const timeOf = ({ metrics }: Comparison) =>
  metrics.find((m) => m.key === 'time') as MetricComparison;

/** `0.291×`, with a mark where no difference is shown or nothing can be. */
const factorText = (m: MetricComparison) =>
  `${formatTimes(m.ratio)}${otherQuotient(m) === null ? '' : ' †'}${m.shown === false ? ' =' : ''}${untold(m) ? ' ?' : ''}`;

/** The inference time with a column for each value that is compared, then the factors of the other metrics. */
function tablesOfMany(found: readonly NamedComparison[]): ComparisonTable[] {
  const named = [...found].sort((x, y) => x.name.localeCompare(y.name, 'en', { numeric: true }));
  const bases = [...new Set(named.map((one) => one.a))];
  const others = [...new Set(named.map((one) => one.b))];
  const rows = groupBy(named, (one) => (bases.length === 1 ? one.common : one.name));
  const alone = bases.length !== 1 || rows.size === named.length;
  const tables = [
    alone ? timeTable(named, bases, others) : gridTable(rows, bases[0] as string, others),
  ];
  const ratiosOf = (key: string) =>
    named.flatMap(({ comparison }) => {
      const metric = comparison.metrics.find((m) => m.key === key);
      return metric === undefined || metric.ratio === null ? [] : [metric];
    });
  // a figure of the model that is the same on both sides says nothing
  const keys = METRICS.map(({ key }) => key).filter(
    (key) =>
      key !== 'time' && ratiosOf(key).some(({ role, ratio }) => role !== 'fact' || ratio !== 1),
  );
  if (keys.length > 0)
    tables.push({
      title: `Other metrics (factor ${FACTOR})`,
      head: [
        '',
        ...keys.map((key) =>
          labelOf(named[0]?.comparison.metrics.find((m) => m.key === key) as MetricComparison),
        ),
      ],
      rows: named.map(({ name, comparison }) => [
        name,
        ...keys.map((key) =>
          factorText(comparison.metrics.find((m) => m.key === key) as MetricComparison),
        ),
      ]),
      dispensable: [],
    });
  return tables;
}

/** The medians of one side, with the number of processes where that is not the same in all. */
function medianCell(comparison: Comparison, side: 'a' | 'b', equal: boolean): string {
  const time = timeOf(comparison);
  return `${formatNs(time[side])}${equal ? '' : ` (n = ${time.processes[side]})`}`;
}

/** How many processes stand behind each median; null where they are not the same in all. */
function processesOf(comparisons: readonly Comparison[]): number | null {
  const counts = new Set(comparisons.flatMap((c) => Object.values(timeOf(c).processes)));
  return counts.size === 1 ? ([...counts][0] as number) : null;
}

const timeTitle = (n: number | null) =>
  `Inference time, median${n === null ? '' : ` (of ${plural(n, 'process', 'processes')})`}`;

/** A row for each comparison: both medians, their factor, how sure it is. */
function timeTable(
  named: readonly NamedComparison[],
  bases: readonly string[],
  others: readonly string[],
): ComparisonTable {
  const n = processesOf(named.map(({ comparison }) => comparison));
  const heading = (label: string, names: readonly string[]) =>
    names.length === 1 ? `${label}: ${names[0]}` : label;
  return {
    title: timeTitle(n),
    head: ['', heading('A', bases), heading('B', others), FACTOR, 'CI', 'p'],
    rows: named.map(({ comparison, name }) => {
      const time = timeOf(comparison);
      const level = time.interval === null ? '' : ` (${formatConfidence(time.confidence)})`;
      return [
        name,
        medianCell(comparison, 'a', n !== null),
        medianCell(comparison, 'b', n !== null),
        factorText(time),
        `${intervalText(time)}${level}`,
        formatP(time.pCorrected ?? time.p),
      ];
    }),
    dispensable: ['CI', 'p'],
  };
}

/** A row for what the compared share, and a column for each value of the fact. */
function gridTable(
  rows: ReadonlyMap<string, readonly NamedComparison[]>,
  base: string,
  others: readonly string[],
): ComparisonTable {
  const n = processesOf([...rows.values()].flat().map(({ comparison }) => comparison));
  return {
    title: timeTitle(n),
    head: ['', `A: ${base}`, ...others.flatMap((value) => [value, '/ A', 'p'])],
    rows: [...rows].map(([common, same]) => [
      common || 'inference time',
      medianCell((same[0] as NamedComparison).comparison, 'a', n !== null),
      ...others.flatMap((value) => {
        const found = same.find((one) => one.b === value)?.comparison;
        if (found === undefined) return [ABSENT, ABSENT, ABSENT];
        const time = timeOf(found);
        return [
          medianCell(found, 'b', n !== null),
          factorText(time),
          formatP(time.pCorrected ?? time.p),
        ];
      }),
    ]),
    dispensable: ['p'],
  };
}

/** There are too few processes to say anything. */
const untold = ({ more }: MetricComparison) => more !== null;

const labelOf = ({ label, role }: MetricComparison) =>
  role === 'exploratory' ? `${label} *` : label;

function legendOf(comparisons: readonly Comparison[]): string[] {
  const metrics = comparisons.flatMap((c) => c.metrics);
  const any = (is: (m: MetricComparison) => boolean) => metrics.some(is);
  const few = comparisons.filter((c) => untold(timeOf(c)));
  const needs = new Set(few.map((c) => needInWords(timeOf(c), c)));
  return [
    ...(comparisons.length > 1 && any((m) => m.shown === false) ? ['= no difference shown'] : []),
    ...(comparisons.length > 1 ? [...needs].map((words) => `? ${words}`) : []),
    ...(comparisons.length > 1 && any((m) => otherQuotient(m) !== null)
      ? [`† not the quotient of the medians: ${WHY_OTHER}`]
      : []),
    ...(any((m) => m.test !== null && m.ratio !== null) ? [ruleInWords(comparisons)] : []),
    ...(any((m) => m.within !== null)
      ? ['( ) over the jobs of these two processes alone: it says nothing of another process']
      : []),
    ...(any((m) => m.role === 'exploratory' && m.ratio !== null)
      ? [
          '* exploratory: tested one by one, not corrected for the number of metrics and comparisons',
        ]
      : []),
  ];
}

function intervalText({ interval, within }: MetricComparison): string {
  if (interval !== null) return `${formatRange(interval)}×`;
  return within === null ? ABSENT : `(${formatRange(within)}×)`;
}

/** A line for each comparison that a gate was held against. */
export function gateLines(
  results: readonly GateResult[],
  above: string,
  lost: readonly string[],
): string[] {
  // what is missing might have failed
  const passed = lost.length === 0 ? 'passed' : 'not decided';
  const words = {
    failed: `FAILED: shown to take more than ${above} above`,
    passed: `${passed}: not shown to take more than ${above} above`,
    below: `${passed}: shown to take less than ${above} above`,
    doubted: `not decided: it takes more than ${above} above, but not all that it rests on is sound`,
    undecided: `undecided: too few processes${lost.length === 0 ? '' : ' are left'}`,
    untested: `undecided: ${UNTESTED}`,
  };
  return results.map(({ a, b, p, outcome }) => {
    const sure = p === null ? '' : ` (p ${p < 0.001 ? formatP(p) : `= ${formatP(p)}`})`;
    return `--fail-above ${above}, ${b} / ${a}: ${words[outcome]}${sure}`;
  });
}

/** A figure in the unit of its metric. */
export function formatValue(
  { unit }: Pick<MetricComparison, 'unit'>,
  value: number | null,
): string {
  switch (unit) {
    case 'ns':
      return formatNs(value);
    case 'bytes':
      return formatBytes(value);
    case 'count':
      return formatCount(value);
    case 'MB/s':
      return formatBandwidth(value);
    case 'share':
      return formatPercent(value);
    case 'ratio':
      return formatRatio(value);
  }
}
