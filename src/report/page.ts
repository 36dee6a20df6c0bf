/** The report as one HTML file that needs nothing else. */
import { readFileSync } from 'node:fs';
import { groupBy } from '../kernel/group-by.js';
import { compiled } from '../kernel/package.js';
import { sha256Of } from '../kernel/sha256.js';
import { type Figure, NARROW, SECTIONS, SWITCHED } from './figure.js';
import type { Report } from './gather.js';
import type { Headline } from './headline.js';
import type { PageData } from './page-data.js';
import { PAGE_STYLE } from './page-style.js';
import {
  configurationTable,
  escapeHtml,
  provenance,
  rankingOf,
  rankingTable,
} from './report-tables.js';
import { THEMES } from './themes.js';

/** Compiled for the browser by tsconfig.page.json, wherever this file is run from. */
const PAGE_SCRIPT = compiled('report', 'browser', 'page-script.js');

export interface PageFacts {
  version: string;
  /** When it was made. */
  at: Date;
  /** Vega, its interpreter and Vega-Lite, as scripts. */
  runtime: readonly string[];
}

/** JSON that can stand in a script element: no end tag, no comment can begin in it. */
const embed = (value: unknown) => JSON.stringify(value).replaceAll('<', '\\u003c');
const endless = (text: string) => text.replaceAll('</script', '<\\/script');
const hash = (text: string) => `'sha256-${sha256Of(text, 'base64')}'`;

/**
 * Only the scripts and the style sheet that stand here run, told by their hashes, and nothing is fetched: whatever a name
 * in a results file may hold. Vega draws without `eval`, by its interpreter; it sets styles on elements as attributes.
 * (Content Security Policy Level 3, https://www.w3.org/TR/CSP3/)
 */
const policy = (scripts: readonly string[]) =>
  [
    "default-src 'none'",
    `script-src ${scripts.map(hash).join(' ')}`,
    `style-src-elem ${hash(PAGE_STYLE)}`,
    "style-src-attr 'unsafe-inline'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
/** Figures that want the whole width, whatever stands beside them. */
const WIDE = new Set(['time', 'deadline', 'timeline']);
const anchor = (name: string) => `section-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;
const counted = (n: number, one: string) => `${n.toLocaleString('en')} ${one}${n === 1 ? '' : 's'}`;

export function renderPage(report: Report, facts: PageFacts): string {
  const { configurations } = report;
  const ranking = rankingOf(configurations);
  const drawn = report.figures.filter((f) => f.specs !== null);
  const sections = SECTIONS.map((name) => ({
    name,
    figures: drawn.filter((f) => f.section === name),
  })).filter(({ figures }) => figures.length > 0);
  const absent = absentBlock(report.figures);
  const parts: [name: string, html: string][] = [
    ['What the results show', headlineHtml(report.headline)],
    ['Configurations', configurationTable(configurations)],
    ...sections.map(({ name, figures }): [string, string] => [
      name,
      `<div class="pair${figures.length > 2 && !figures.some(({ id }) => WIDE.has(id)) ? ' thirds' : ''}">${figures.map(figureHtml).join('\n')}</div>`,
    ]),
    ...(ranking
      ? ([
          [
            'Ranking',
            `<p class="soft">Rank per metric (1 is best), all metrics weighing the same; the smallest sum is the best compromise. Values that agree in two digits share a rank; one with an unknown metric has no sum.${ranking.left > 0 ? ` Without ${counted(ranking.left, 'configuration')} of which a run is INVALID.` : ''}</p>${rankingTable(ranking)}`,
          ],
        ] as [string, string][])
      : []),
    ['Where it comes from', provenance(configurations)],
    ...(absent === '' ? [] : ([['What could not be drawn', absent]] as [string, string][])),
  ];
  const data: PageData = {
    themes: THEMES,
    switched: SWITCHED,
    narrow: NARROW,
    figures: drawn.flatMap(({ id, specs, rows, datasets, log }) =>
      specs === null
        ? []
        : [{ id, specs, rows, ...(datasets ? { datasets } : {}), ...(log ? { log } : {}) }],
    ),
  };
  const scripts = [...facts.runtime, readFileSync(PAGE_SCRIPT, 'utf8')].map(endless);
  const runs = configurations.reduce((n, c) => n + c.digests.length, 0);
  const jobs = configurations.reduce((n, c) => n + c.jobs, 0);
  const counts = [
    ...(runs === configurations.length ? [] : [counted(configurations.length, 'configuration')]),
    counted(runs, 'run'),
    counted(jobs, 'job'),
  ];
  return `<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="isochron ${escapeHtml(facts.version)}">
<title>${escapeHtml(report.title)} – isochron</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<header><div><h1>${escapeHtml(report.title)}</h1>
${report.descriptions.map((words) => `<p class="description">${escapeHtml(words)}</p>`).join('')}<div class="soft">${counts.join(', ')} · ${escapeHtml(report.path)} · made ${facts.at.toISOString().slice(0, 16).replace('T', ' ')} UTC by isochron ${escapeHtml(facts.version)}</div></div>
<button id="theme" type="button" title="switch between light and dark">Dark</button></header>
<nav aria-label="sections">${parts.map(([n]) => `<a href="#${anchor(n)}">${n}</a>`).join('')}</nav>
<main>
<noscript><p class="notes">The pictures are drawn by a script in this file, and scripts are switched off here. The sentences and the tables are all there; \`isochron report --svg FOLDER\` writes the pictures as files.</p></noscript>
${parts.map(([name, html]) => `<section><h2 id="${anchor(name)}">${name}</h2>\n${html}</section>`).join('\n')}
<footer>Drawn with Vega and Vega-Lite (BSD-3-Clause, University of Washington Interactive Data Lab), which this file carries.</footer>
</main>
<div id="tip" role="tooltip"></div>
<script type="application/json" id="report-data">${embed(data)}</script>
${scripts.map((text) => `<script>${text}</script>`).join('\n')}
</body>
</html>
`;
}

const items = (texts: readonly string[]) => texts.map((t) => `<li>${t}</li>`).join('');

/** What is shown, then what is not, with everything that puts it in doubt. */
function headlineHtml({ verdict, shows, lacks, notes }: Headline): string {
  const said = shows.map(
    ({ text, figure }) =>
      `${escapeHtml(text)}${figure === null ? '' : ` <a class="see" href="#${figure}">picture</a>`}`,
  );
  const lacking =
    lacks.length === 0
      ? ''
      : `<h3 id="lacks">What they do not show, and why</h3><ul class="notes">${items(lacks.map(escapeHtml))}</ul>`;
  const further =
    notes.length === 0
      ? ''
      : `<details id="notes"><summary>Further notes (${notes.length})</summary><ul class="notes">${items(notes.map(escapeHtml))}</ul></details>`;
  return `<p class="${verdict.good ? 'good' : 'doubt'}">${escapeHtml(verdict.text)}</p>
<ul class="shows">${items(said)}</ul>
${lacking}${further}`;
}

/** Everything that has no picture, by the reason. */
function absentBlock(figures: readonly Figure[]): string {
  const absent = figures.filter((f) => f.specs === null);
  if (absent.length === 0) return '';
  const list = [...groupBy(absent, ({ notes }) => notes.join(' '))].map(
    ([why, same]) =>
      `<strong>${escapeHtml(same.map(({ title }) => title).join(', '))}</strong>: ${escapeHtml(why)}`,
  );
  return `<ul class="absent">${items(list)}</ul>`;
}

function figureHtml(figure: Figure): string {
  const notes = figure.notes.map((n) => `<p class="note">${escapeHtml(n)}</p>`).join('');
  const log = figure.log
    ? `<label class="switch"><input type="checkbox" data-figure="${figure.id}" data-action="log"${figure.log.on ? ' checked' : ''}>${escapeHtml(figure.log.label)}</label>`
    : '';
  const button = (action: string) =>
    `<button type="button" data-figure="${figure.id}" data-action="${action}" title="save as ${action.toUpperCase()}">${action.toUpperCase()}</button>`;
  return `<figure id="${figure.id}" class="${WIDE.has(figure.id) ? 'wide' : 'half'}"><div class="head"><h3>${escapeHtml(figure.title)}</h3>${log}${button('svg')}${button('csv')}</div>
<p class="message">${escapeHtml(figure.message)}</p><div class="bound" id="bind-${figure.id}"></div><div class="plot" id="plot-${figure.id}" role="img" aria-label="${escapeHtml(`${figure.title}. ${figure.message}`)}"></div>
<figcaption>${escapeHtml(figure.caption)}</figcaption>${notes}</figure>`;
}
