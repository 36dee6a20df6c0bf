/** Comparisons for people: the sentence first, then the table that it rests on, then what to know before believing it. */
import pc from 'picocolors';
import type { Comparison, MetricComparison } from '../analysis/comparison.js';
import { formatConfidence, formatP, formatRange } from '../analysis/comparison-words.js';
import { type GateResult, UNTESTED } from '../analysis/gate.js';
import {
  ABSENT,
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNs,
  formatPercent,
  formatRatio,
} from '../kernel/quantities.js';
import { renderTable } from '../terminal/table.js';

/** Several comparisons make one table with a line for each, as in the study; a single one is shown in full. */
export function renderComparisons(
  comparisons: readonly Comparison[],
  notes: readonly string[],
): string {
  const parts =
    comparisons.length === 1
      ? [renderOne(comparisons[0] as Comparison)]
      : [renderMany(comparisons), comparisons.map((c) => c.sentence).join('\n')];
  const all = [...new Set([...comparisons.flatMap((c) => c.notes), ...notes])];
  if (all.length > 0) parts.push(all.map((note) => pc.dim(`note: ${note}`)).join('\n'));
  return parts.join('\n\n');
}

function renderOne(comparison: Comparison): string {
  const { a, b } = comparison;
  const known = comparison.metrics.filter((m) => m.a !== null || m.b !== null);
  const rows = known.map((m) => [
    labelOf(m),
    formatValue(m, m.a),
    formatValue(m, m.b),
    ratioText(m.ratio),
    intervalText(m),
    formatP(m.pCorrected ?? m.p),
  ]);
  rows.push([
    'first run / median',
    a.firstRunRatio === null ? ABSENT : a.firstRunRatio.toFixed(3),
    b.firstRunRatio === null ? ABSENT : b.firstRunRatio.toFixed(3),
    '',
    '',
    '',
  ]);
  rows.push(['processes', String(a.runs.length), String(b.runs.length), '', '', '']);
  rows.push(['jobs', String(a.jobs), String(b.jobs), '', '', '']);
  const missed = [a.deadlineMisses, b.deadlineMisses];
  if (missed.some((n) => n !== null))
    rows.push([
      'deadline misses',
      ...missed.map((n) => (n === null ? ABSENT : String(n))),
      '',
      '',
      '',
    ]);
  const head = ['median', a.name, b.name, 'ratio', '95 % CI', 'p'];
  return `${pc.bold(comparison.sentence)}\n\n${renderTable(head, rows)}${legend(known)}`;
}

function renderMany(comparisons: readonly Comparison[]): string {
  const keys = (comparisons[0] as Comparison).metrics.map((m) => m.key);
  const of = (c: Comparison, key: string) =>
    c.metrics.find((m) => m.key === key) as MetricComparison;
  const shown = keys.filter((key) => comparisons.some((c) => of(c, key).ratio !== null));
  const head = ['compared with its baseline'];
  for (const key of shown) {
    head.push(labelOf(of(comparisons[0] as Comparison, key)));
    if (key === 'time') head.push('CI', 'p');
  }
  const rows = comparisons.map((c) => {
    const row = [`${c.b.name} / ${c.a.name}`];
    for (const key of shown) {
      const m = of(c, key);
      row.push(`${ratioText(m.ratio)}${MARK[String(m.shown)] ?? ''}${untold(m) ? ' ?' : ''}`);
      if (key !== 'time') continue;
      const level = m.interval === null ? '' : ` (${formatConfidence(m.confidence)})`;
      row.push(`${intervalText(m)}${level}`, formatP(m.pCorrected ?? m.p));
    }
    return row;
  });
  return renderTable(head, rows) + legend(comparisons.flatMap((c) => c.metrics));
}

const MARK: Record<string, string> = { false: ' =' };

/** There are too few processes to say anything. */
const untold = ({ more }: MetricComparison) => more !== null;

const labelOf = ({ label, role }: MetricComparison) =>
  role === 'exploratory' ? `${label} *` : label;

function legend(metrics: readonly MetricComparison[]): string {
  const any = (is: (m: MetricComparison) => boolean) => metrics.some(is);
  const lines = [
    ...(any((m) => m.shown === false) ? ['= no difference shown'] : []),
    ...(any((m) => m.test !== null && m.ratio !== null)
      ? [
          'ratio: the estimate that belongs to the test (Hodges-Lehmann, of the processes), not the quotient of the two medians',
        ]
      : []),
    ...(any(untold) ? ['? too few processes to show a difference'] : []),
    ...(any((m) => m.within !== null)
      ? ['( ) over the jobs of these two processes alone: it says nothing of another process']
      : []),
    ...(any((m) => m.role === 'exploratory' && m.ratio !== null)
      ? [
          '* exploratory: tested one by one, not corrected for the number of metrics and comparisons',
        ]
      : []),
  ];
  return lines.map((line) => `\n${pc.dim(line)}`).join('');
}

const percentRange = ({ low, high }: { low: number; high: number }) =>
  `${formatRange({ low: 100 * low, high: 100 * high }, 100)} %`;

function intervalText({ interval, within }: MetricComparison): string {
  if (interval !== null) return percentRange(interval);
  return within === null ? ABSENT : `(${percentRange(within)})`;
}

/** A line for each comparison that a gate was held against. */
export function renderGate(
  results: readonly GateResult[],
  above: string,
  lost: readonly string[],
): string {
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
  return results
    .map(({ a, b, p, outcome }) => {
      const sure = p === null ? '' : ` (p ${p < 0.001 ? formatP(p) : `= ${formatP(p)}`})`;
      return `--fail-above ${above}, ${b} / ${a}: ${words[outcome]}${sure}`;
    })
    .join('\n');
}

/** Near 100 % with the digits that tell it from there. */
const ratioText = (ratio: number | null) =>
  ratio !== null && ratio !== 1 && Math.abs(ratio - 1) < 0.01
    ? `${(100 * ratio).toFixed(2)} %`
    : formatPercent(ratio);

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
