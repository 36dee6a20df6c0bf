/** The report's tables as HTML. */

import { partInWords } from '../analysis/labels.js';
import { METRICS, type MetricKey } from '../analysis/metric-values.js';
import { machineName } from '../analysis/results.js';
import { groupBy } from '../kernel/group-by.js';
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
import { type Configuration, processName, type Spread } from './configurations.js';
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

/** A cell that is HTML already, with what it is sorted by where that is not its text. */
interface Cell {
  html: string;
  value?: number | null;
}

const text = (value: string): Cell => ({ html: escapeHtml(value) });

/** A table that the page lets sort, filter and copy. */
function table(
  id: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  minor: (column: number) => boolean = () => false,
): string {
  const quiet = (i: number) => (minor(i) ? ' class="minor"' : '');
  const cell = ({ html, value }: Cell, i: number) => {
    const sort = value == null ? '' : ` data-value="${value}"`;
    return i === 0 ? `<th scope="row"${sort}>${html}</th>` : `<td${quiet(i)}${sort}>${html}</td>`;
  };
  return `<div class="scroll"><table class="figures" id="${id}"><thead><tr>${head.map((name, i) => `<th scope="col"${quiet(i)}>${name}</th>`).join('')}</tr></thead><tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody></table></div>`;
}

const quantity = (
  format: (value: number | null) => string,
  value: number | null | undefined,
): Cell => ({
  html: escapeHtml(format(value ?? null)),
  value: value ?? null,
});

/** The median over the processes, with the least and the greatest of them. */
function spreadCell(format: (value: number | null) => string, spread: Spread | null): Cell {
  if (spread === null) return { html: ABSENT };
  const range =
    spread.processes.length < 2
      ? ''
      : ` <span class="soft">(${escapeHtml(format(spread.low))} – ${escapeHtml(format(spread.high))})</span>`;
  return { html: `${escapeHtml(format(spread.median))}${range}`, value: spread.median };
}

const bounded = (of: { p99: number | null; p99Upper: number | null } | null): Cell => ({
  html: escapeHtml(formatPercentile(of?.p99 ?? null, of?.p99Upper)),
  value: of?.p99 ?? null,
});

/** Columns for which paper has no room; most have a picture of their own, with the numbers. */
const MINOR = new Set([
  'processes',
  'first / median',
  'outliers',
  'latency p99 ≤ bound',
  'skipped',
  'instructions',
  'bandwidth',
  'IPC',
  'accuracy',
  'model size',
]);

/** One line per configuration: the figures that one looks for first. Columns without a single value are left out. */
export function configurationTable(configurations: readonly Configuration[]): string {
  const several = configurations.some((c) => c.digests.length > 1);
  const median = (key: MetricKey, format: (value: number | null) => string) => (c: Configuration) =>
    quantity(format, c.medians[key]?.median);
  const columns: [head: string, cell: (c: Configuration) => Cell][] = [
    ['configuration', (c) => text(c.label)],
    ['verdict', (c) => ({ html: verdictCell(c.verdicts), value: c.verdicts.invalid })],
    ...(several
      ? ([['processes', (c) => quantity(String, c.digests.length)]] as [
          string,
          (c: Configuration) => Cell,
        ][])
      : []),
    ['jobs', (c) => quantity(String, c.jobs)],
    ['median', (c) => spreadCell(formatNs, c.time?.median ?? null)],
    ['p99 ≤ bound', (c) => bounded(c.time)],
    ['max', (c) => quantity(formatNs, c.time?.max)],
    ['first / median', (c) => quantity(formatRatio, c.firstRatios.time?.median)],
    ['outliers', (c) => (c.time === null ? { html: ABSENT } : quantity(String, c.time.outliers))],
    ['latency p99 ≤ bound', (c) => bounded(c.latency)],
    ['latency max', (c) => quantity(formatNs, c.latency?.max)],
    ['deadline', (c) => quantity(formatNs, c.deadline?.ns)],
    [
      'missed',
      (c) => (c.deadline === null ? { html: ABSENT } : quantity(String, c.deadline.missed)),
    ],
    [
      'skipped',
      (c) =>
        c.skippedReleases === 0 ? { html: ABSENT, value: 0 } : quantity(String, c.skippedReleases),
    ],
    ['instructions', median('instructions', formatCount)],
    ['L2 misses', median('l2_misses', formatCount)],
    ['bandwidth', median('bandwidth', formatBandwidth)],
    ['IPC', median('ipc', formatRatio)],
    ['accuracy', median('accuracy', formatPercent)],
    ['model size', median('size', formatBytes)],
  ];
  const shown = columns.filter(([, cell]) => configurations.some((c) => cell(c).html !== ABSENT));
  const equal =
    configurations.length < 2
      ? []
      : shown.filter(([head, cell]) => {
          const [first] = configurations as [Configuration];
          return (
            ['deadline', 'model size', 'accuracy'].includes(head) &&
            configurations.every((c) => cell(c).html === cell(first).html)
          );
        });
  const left = shown.filter((column) => !equal.includes(column));
  const shared = [
    ...equal.map(([head, cell]) => `${head} ${cell(configurations[0] as Configuration).html}`),
    ...sharedFacts(configurations).map(escapeHtml),
  ];
  return (
    (shared.length > 0 && configurations.length > 1
      ? `<p class="soft">The same in all: ${shared.join(', ')}.${several ? ' With several processes the percentiles and maxima are those of the worst one.' : ''} Times are without the first job and the warm-up; missed deadlines count the first job, too.</p>`
      : '') +
    table(
      'configurations',
      left.map(([head]) => head),
      configurations.map((c) => left.map(([, cell]) => cell(c))),
      (i) => MINOR.has(left[i]?.[0] ?? ''),
    )
  );
}

/** Facts of which all runs have the same value, in words. */
function sharedFacts(configurations: readonly Configuration[]): string[] {
  const runs = configurations.flatMap((c) => c.digests.map(({ run }) => run));
  const [first] = runs;
  if (first === undefined) return [];
  return Object.entries(first.identity)
    .filter(
      ([name, value]) =>
        name !== 'repetition' &&
        name !== 'deadline' &&
        runs.every(({ identity }) => identity[name] === value),
    )
    .map(([name, value]) =>
      name === 'period' && typeof value === 'number'
        ? `period ${formatNs(value)}`
        : partInWords(name, value, first),
    );
}

function verdictCell({ valid, invalid }: Configuration['verdicts']): string {
  const of =
    valid + invalid > 1 && invalid > 0 && valid > 0 ? ` (${invalid} of ${valid + invalid})` : '';
  if (invalid > 0) return `<span class="invalid">INVALID${of}</span>`;
  return valid > 0 ? '<span class="valid">VALID</span>' : ABSENT;
}

const runVerdict = ({ run }: Digest): string => {
  const valid = run.file?.verdict?.valid;
  return verdictCell({ valid: Number(valid === true), invalid: Number(valid === false), none: 0 });
};

export function rankingTable({ criteria, items }: Ranking): string {
  const rows = items.map(({ item, ranks, total }, i) => [
    {
      html: escapeHtml(item.label),
    },
    ...ranks.map((rank) => quantity((n) => (n === null ? ABSENT : String(n)), rank)),
    total === null ? { html: ABSENT } : { html: `<strong>${total}</strong>`, value: total },
    total === null
      ? { html: ABSENT }
      : quantity(
          String,
          1 + items.slice(0, i).filter((o) => o.total !== null && o.total < total).length,
        ),
  ]);
  return table(
    'ranking',
    ['configuration', ...criteria.map((c) => escapeHtml(c.name)), 'sum', 'place'],
    rows,
  );
}

/**
 * Everything by which a reader can trace a run: machine, engine, model, plan, verdict with reasons, notes. What is equal in all
 * stands once.
 */
export function provenance(configurations: readonly Configuration[]): string {
  const runs = configurations.flatMap((c) =>
    c.digests.map((digest, i) => ({ digest, name: processName(c, i), facts: factsOf(digest) })),
  );
  const [first] = runs;
  if (first === undefined) return '';
  const common =
    runs.length === 1
      ? []
      : [...first.facts].filter(([name, value]) =>
          runs.every(({ facts }) => facts.get(name) === value),
        );
  const known = new Set(common.map(([name]) => name));
  const list = (facts: Iterable<readonly [string, string]>) =>
    `<dl>${[...facts].map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;
  const overview =
    runs.length === 1
      ? ''
      : table(
          'runs',
          ['run', 'verdict', 'jobs', 'median', 'started', 'file'],
          runs.map(({ digest, name }) => [
            text(name),
            { html: runVerdict(digest) },
            quantity(String, digest.jobs),
            quantity(formatNs, digest.time?.median),
            text((digest.run.file?.startedAt ?? ABSENT).slice(0, 19).replace('T', ' ')),
            text(`${digest.run.id}.csv`),
          ]),
        );
  const whole = runs
    .map(({ digest, name, facts }) => {
      const own = [...facts].filter(([fact]) => !known.has(fact));
      return `<details class="run"${runs.length === 1 ? ' open' : ''}><summary>${escapeHtml(name)} ${runVerdict(digest).replace(ABSENT, '')}</summary>
${list(own)}${remarksOf(digest)}</details>`;
    })
    .join('\n');
  return `${common.length === 0 ? '' : `<h3>The same for all runs</h3>${list(common)}`}${overview}
${runs.length === 1 ? whole : `<details id="each-run"><summary>Each of the ${runs.length} runs in full: model, definition, verdict, notes</summary>${whole}</details>`}`;
}

function remarksOf(digest: Digest): string {
  const { reasons = [], notes = [] } = digest.run.file?.verdict ?? {};
  const items = [
    ...reasons.map(
      (r) => `<li class="reason">${escapeHtml(r.message)} <em>${escapeHtml(r.hint)}</em></li>`,
    ),
    ...notes.map((r) => `<li>${escapeHtml(r.message)} <em>${escapeHtml(r.hint)}</em></li>`),
    ...digest.notes.map((note) => `<li>${escapeHtml(note)}</li>`),
  ];
  return items.length > 0 ? `<ul>${items.join('')}</ul>` : '';
}

function factsOf(digest: Digest): Map<string, string> {
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
      [...groupBy(Object.entries(run.absent), ([, why]) => why)]
        .map(([why, events]) => `${events.map(([n]) => n).join(', ')} (${why})`)
        .join('; ') || null,
    ],
  ];
  return new Map(facts.flatMap(([name, value]) => (value ? [[name, value] as const] : [])));
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

const rounded = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(DIGITS));

/** What decides the ranking. */
const RANKED: readonly MetricKey[] = ['time', 'accuracy', 'l2_misses', 'size'];

export interface Ranking {
  criteria: Criterion<Configuration>[];
  items: RankedItem<Configuration>[];
  /** Configurations that have no place, for a run of theirs is INVALID. */
  left: number;
}

/** Values that agree in so many digits share a rank: what is smaller decides nothing. */
const DIGITS = 2;

/**
 * Null unless there are three configurations, none of whose runs is INVALID, and two metrics that most of them know and that
 * differ. What is INVALID has no place: its figures may be another machine's.
 */
export function rankingOf(all: readonly Configuration[]): Ranking | null {
  const configurations = all.filter(({ verdicts }) => verdicts.invalid === 0);
  if (configurations.length < 3) return null;
  const values = (key: MetricKey) => configurations.flatMap((c) => c.medians[key]?.median ?? []);
  const criteria = METRICS.filter(
    ({ key }) =>
      RANKED.includes(key) &&
      values(key).length * 2 >= configurations.length &&
      new Set(values(key).map(rounded)).size > 1,
  ).map(({ key, label, better }) => ({
    name: label,
    better,
    value: (c: Configuration) => rounded(c.medians[key]?.median ?? null),
  }));
  return criteria.length < 2
    ? null
    : {
        criteria,
        items: rankItems(configurations, criteria),
        left: all.length - configurations.length,
      };
}
