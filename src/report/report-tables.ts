/** The report's tables as HTML. */
import { METRICS, type MetricKey } from '../analysis/metric-values.js';
import { machineName } from '../analysis/results.js';
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
import { type Criterion, type RankedItem, rankItems } from '../statistics/ranking.js';
import type { Digest } from './digest.js';

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe in an element or a quoted attribute. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ENTITIES[c] as string);

/** Cells that are HTML already. */
type Row = readonly string[];

function table(head: Row, rows: readonly Row[], className = ''): string {
  const line = (cells: Row, tag: 'td' | 'th') =>
    `<tr>${cells.map((c, i) => `<${i === 0 && tag === 'td' ? 'th scope="row"' : tag}>${c}</${i === 0 && tag === 'td' ? 'th' : tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table class="${className}"><thead>${line(head, 'th')}</thead><tbody>${rows.map((r) => line(r, 'td')).join('\n')}</tbody></table></div>`;
}

/** One line per run: the figures that one looks for first. Columns without a single value are left out. */
export function summaryTable(digests: readonly Digest[]): string {
  const columns: [head: string, cell: (d: Digest) => string][] = [
    ['run', (d) => escapeHtml(d.name)],
    ['verdict', verdictCell],
    ['jobs', (d) => String(d.jobs)],
    ['median', (d) => formatNs(d.time?.median ?? null)],
    ['p99 ≤ bound', (d) => formatPercentile(d.time?.p99 ?? null, d.time?.p99Upper)],
    ['max', (d) => formatNs(d.time?.max ?? null)],
    ['first / median', (d) => formatRatio(d.firstRatios.time)],
    ['outliers', (d) => (d.time === null ? ABSENT : String(d.time.outliers))],
    ['latency p99 ≤ bound', (d) => formatPercentile(d.latency?.p99 ?? null, d.latency?.p99Upper)],
    ['latency max', (d) => formatNs(d.latency?.max ?? null)],
    ['misses', (d) => (d.deadlineMisses === null ? ABSENT : String(d.deadlineMisses))],
    ...(digests.some((d) => d.skippedReleases > 0)
      ? [['skipped', (d: Digest) => String(d.skippedReleases)] as [string, (d: Digest) => string]]
      : []),
    ['instructions', (d) => formatCount(d.medians.instructions)],
    ['L2 misses', (d) => formatCount(d.medians.l2_misses)],
    ['bandwidth', (d) => formatBandwidth(d.medians.bandwidth)],
    ['IPC', (d) => formatRatio(d.medians.ipc)],
    ['accuracy', (d) => formatPercent(d.medians.accuracy)],
    ['model', (d) => formatBytes(d.medians.size)],
  ];
  const shown = columns.filter(([, cell]) => digests.some((d) => cell(d) !== ABSENT));
  return table(
    shown.map(([head]) => head),
    digests.map((d) => shown.map(([, cell]) => cell(d))),
    'figures',
  );
}

function verdictCell({ run }: Digest): string {
  const valid = run.file?.verdict?.valid;
  if (valid === true) return '<span class="valid">VALID</span>';
  if (valid === false) return '<span class="invalid">INVALID</span>';
  return ABSENT;
}

export function rankingTable({ criteria, items }: Ranking): string {
  const rows = items.map(({ item, ranks, total }, i) => [
    escapeHtml(item.name),
    ...ranks.map((rank) => (rank === null ? ABSENT : String(rank))),
    total === null ? ABSENT : `<strong>${total}</strong>`,
    total === null
      ? ABSENT
      : String(1 + items.slice(0, i).filter((o) => o.total !== null && o.total < total).length),
  ]);
  return table(
    ['run', ...criteria.map((c) => escapeHtml(c.name)), 'sum', 'place'],
    rows,
    'figures',
  );
}

/** Everything by which a reader can trace a run: verdict with reasons, machine, engine, model, plan, notes. */
export function provenance(digests: readonly Digest[]): string {
  return digests.map(one).join('\n');
}

function one(digest: Digest): string {
  const { run } = digest;
  const { file } = run;
  const facts: [string, string | null | undefined][] = [
    ['file', run.csvPath],
    [
      'status',
      run.status !== 'unknown'
        ? run.status
        : file === null
          ? 'unknown: no JSON file beside the CSV could be read'
          : 'unknown: the file does not say how the run ended',
    ],
    [
      'made by',
      file?.provenance === 'rtbench'
        ? 'RT-Bench, imported'
        : file?.tool?.version
          ? `isochron ${file.tool.version}`
          : null,
    ],
    ['source', file?.source ? `${file.source.path}, SHA-256 ${file.source.sha256}` : null],
    ['started', file?.startedAt],
    ['machine', machineName(run)],
    ['governor', governor(digest)],
    [
      'model',
      file?.model
        ? `${file.model.path} (${formatBytes(file.model.bytes)}), SHA-256 ${file.model.sha256}`
        : null,
    ],
    [
      'engine',
      file?.engine
        ? `${file.engine.path}${file.engine.tflite ? `, TensorFlow Lite ${file.engine.tflite}` : ''}, SHA-256 ${file.engine.sha256}`
        : null,
    ],
    ['plugin', file?.plugin ? `${file.plugin.path}, SHA-256 ${file.plugin.sha256}` : null],
    ['XNNPACK', file?.xnnpackApplied],
    [
      'period, deadline',
      run.periodNs === null ? null : `${formatNs(run.periodNs)}, ${formatNs(run.deadlineNs)}`,
    ],
    [
      'facts',
      Object.entries(run.identity)
        .filter(([n]) => n !== 'period' && n !== 'deadline')
        .map(([n, v]) => `${n} ${v}`)
        .join(', '),
    ],
    [
      'not counted',
      Object.entries(run.absent)
        .map(([n, why]) => `${n} (${why})`)
        .join('; ') || null,
    ],
  ];
  const reasons = file?.verdict?.reasons ?? [];
  const remarks = file?.verdict?.notes ?? [];
  const list = [
    ...reasons.map(
      (r) => `<li class="reason">${escapeHtml(r.message)} <em>${escapeHtml(r.hint)}</em></li>`,
    ),
    ...remarks.map((r) => `<li>${escapeHtml(r.message)} <em>${escapeHtml(r.hint)}</em></li>`),
    ...digest.notes.map((note) => `<li>${escapeHtml(note)}</li>`),
  ];
  return `<details class="run"><summary>${escapeHtml(run.name)} ${verdictCell(digest) === ABSENT ? '' : verdictCell(digest)}</summary>
<dl>${facts.flatMap(([name, value]) => (value ? [`<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`] : [])).join('')}</dl>
${list.length > 0 ? `<ul>${list.join('')}</ul>` : ''}</details>`;
}

function governor({ run }: Digest): string | null {
  const cores = run.file?.before?.cores ?? [];
  const known = cores.filter((c) => c.governor !== null);
  return known.length === 0
    ? null
    : known
        .map(
          (c) =>
            `core ${c.core}: ${c.governor}${c.frequencyKhz === null ? '' : ` at ${c.frequencyKhz / 1000} MHz`}`,
        )
        .join(', ');
}

/** What decides the ranking. */
const RANKED: readonly MetricKey[] = ['time', 'accuracy', 'l2_misses', 'size'];

export interface Ranking {
  criteria: Criterion<Digest>[];
  items: RankedItem<Digest>[];
}

/** Null unless there are three runs and two metrics that most of them know. */
export function rankingOf(digests: readonly Digest[]): Ranking | null {
  if (digests.length < 3) return null;
  const criteria = METRICS.filter(
    ({ key }) =>
      RANKED.includes(key) &&
      digests.filter((d) => d.medians[key] !== null).length * 2 >= digests.length,
  ).map(({ key, label, better }) => ({
    name: label,
    better,
    value: (d: Digest) => d.medians[key],
  }));
  return criteria.length < 2 ? null : { criteria, items: rankItems(digests, criteria) };
}
