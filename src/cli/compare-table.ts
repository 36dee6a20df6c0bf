/** Comparisons for people: the sentence first, then the table that it rests on, then what to know before believing it. */
import pc from 'picocolors';
import type { Comparison, MetricComparison } from '../analysis/comparison.js';
import { formatP, formatRange } from '../analysis/comparison-words.js';
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
  const rows = comparison.metrics
    .filter((m) => m.a !== null || m.b !== null)
    .map((m) => [
      m.label,
      formatValue(m, m.a),
      formatValue(m, m.b),
      ratioText(m.ratio),
      percentRange(m.interval),
      formatP(m.p),
    ]);
  rows.push([
    'first run / median',
    a.firstRunRatio === null ? ABSENT : a.firstRunRatio.toFixed(3),
    b.firstRunRatio === null ? ABSENT : b.firstRunRatio.toFixed(3),
    '',
    '',
    '',
  ]);
  rows.push(['jobs compared', String(a.jobs), String(b.jobs), '', '', '']);
  const confidence = comparison.metrics[0]?.confidence ?? 0.95;
  const head = ['median', a.name, b.name, 'ratio', `${Math.round(100 * confidence)} % CI`, 'p'];
  return `${pc.bold(comparison.sentence)}\n\n${renderTable(head, rows)}`;
}

function renderMany(comparisons: readonly Comparison[]): string {
  const keys = (comparisons[0] as Comparison).metrics.map((m) => m.key);
  const of = (c: Comparison, key: string) =>
    c.metrics.find((m) => m.key === key) as MetricComparison;
  const shown = keys.filter((key) => comparisons.some((c) => of(c, key).ratio !== null));
  const head = ['compared with its baseline'];
  for (const key of shown) {
    head.push(of(comparisons[0] as Comparison, key).label);
    if (key === 'time') head.push('95 % CI');
  }
  const rows = comparisons.map((c) => {
    const row = [`${c.b.name} / ${c.a.name}`];
    for (const key of shown) {
      const m = of(c, key);
      row.push(`${ratioText(m.ratio)}${m.shown === false ? ' =' : ''}`);
      if (key === 'time') row.push(percentRange(m.interval));
    }
    return row;
  });
  const legend = comparisons.some((c) => c.metrics.some((m) => m.shown === false))
    ? `\n${pc.dim('= no difference shown')}`
    : '';
  return renderTable(head, rows) + legend;
}

const percentRange = (interval: MetricComparison['interval']) =>
  interval === null
    ? ABSENT
    : `${formatRange({ low: 100 * interval.low, high: 100 * interval.high })} %`;

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
