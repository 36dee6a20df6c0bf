/** The report as one HTML file that needs nothing else. */
import { readFileSync } from 'node:fs';
import { compiled } from '../kernel/package.js';
import { sha256Of } from '../kernel/sha256.js';
import { type Figure, SECTIONS, SWITCHED } from './figure.js';
import type { Report } from './gather.js';
import type { PageData } from './page-data.js';
import { PAGE_STYLE } from './page-style.js';
import { escapeHtml, provenance, rankingOf, rankingTable, summaryTable } from './report-tables.js';
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
/** Sections whose figures stand side by side where there is room. */
const PAIRED = new Set<string>(['Overview', 'Axes of the sweep']);
const anchor = (name: string) => `section-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`;

export function renderPage(report: Report, facts: PageFacts): string {
  const ranking = rankingOf(report.digests);
  const sections = SECTIONS.map((name) => ({
    name,
    figures: report.figures.filter((f) => f.section === name),
  })).filter(({ figures }) => figures.length > 0);
  const names = [
    'Runs',
    ...sections.map((s) => s.name),
    ...(ranking ? ['Ranking'] : []),
    'Provenance',
  ];
  const data: PageData = {
    themes: THEMES,
    switched: SWITCHED,
    figures: report.figures.flatMap(({ id, spec, rows, datasets, log }) =>
      spec === null
        ? []
        : [{ id, spec, rows, ...(datasets ? { datasets } : {}), ...(log ? { log } : {}) }],
    ),
  };
  const scripts = [...facts.runtime, readFileSync(PAGE_SCRIPT, 'utf8')].map(endless);
  const jobs = report.digests.reduce((n, d) => n + d.jobs, 0);
  const heading = (name: string) => `<h2 id="${anchor(name)}">${name}</h2>`;
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
<div class="soft">${report.digests.length} ${report.digests.length === 1 ? 'run' : 'runs'}, ${jobs.toLocaleString('en')} jobs · ${escapeHtml(report.path)} · made ${facts.at.toISOString().slice(0, 16).replace('T', ' ')} UTC by isochron ${escapeHtml(facts.version)}</div></div>
<button id="theme" type="button" title="switch between light and dark">Dark</button></header>
<nav aria-label="sections">${names.map((n) => `<a href="#${anchor(n)}">${n}</a>`).join('')}</nav>
<main>
${notesBlock(report)}
${heading('Runs')}
${summaryTable(report.digests)}
${sections.map(({ name, figures }) => `${heading(name)}\n${sectionHtml(name, figures)}`).join('\n')}
${ranking ? `${heading('Ranking')}<p class="soft">Rank per metric (1 is best), all metrics weighing the same; the smallest sum is the best compromise. A run with an unknown metric has no sum.</p>${rankingTable(ranking)}` : ''}
${heading('Provenance')}
${provenance(report.digests)}
<footer>Drawn with Vega and Vega-Lite (BSD-3-Clause, University of Washington Interactive Data Lab), which this file carries.</footer>
</main>
<div id="tip" role="tooltip"></div>
<script type="application/json" id="report-data">${embed(data)}</script>
${scripts.map((text) => `<script>${text}</script>`).join('\n')}
</body>
</html>
`;
}

function notesBlock(report: Report): string {
  const notes = [
    ...report.notes,
    ...report.missing.map(
      ({ name, reason }) => `${name} has no rows: ${reason}${reason.endsWith('.') ? '' : '.'}`,
    ),
  ];
  return notes.length === 0
    ? ''
    : `<ul class="notes">${notes.map((n) => `<li>${escapeHtml(n)}</li>`).join('')}</ul>`;
}

/** The figures that have a picture, then the ones that have none with the reason. */
function sectionHtml(name: string, figures: readonly Figure[]): string {
  const drawn = figures.filter((f) => f.spec !== null);
  const absent = figures.filter((f) => f.spec === null);
  const list = absent.map(
    ({ id, title, notes }) =>
      `<li id="${id}"><strong>${escapeHtml(title)}</strong>: ${escapeHtml(notes.join(' '))}</li>`,
  );
  return (
    `<div class="${PAIRED.has(name) ? 'pair' : 'alone'}">${drawn.map(figureHtml).join('\n')}</div>` +
    (list.length > 0 ? `<ul class="notes">${list.join('')}</ul>` : '')
  );
}

function figureHtml(figure: Figure): string {
  const findings = figure.findings ?? [];
  const notes =
    (findings.length > 0
      ? `<ul class="findings">${findings.map((f) => `<li>${escapeHtml(f)}</li>`).join('')}</ul>`
      : '') + figure.notes.map((n) => `<p class="note">${escapeHtml(n)}</p>`).join('');
  const log = figure.log
    ? `<label class="switch"><input type="checkbox" data-figure="${figure.id}" data-action="log"${figure.log.on ? ' checked' : ''}>${escapeHtml(figure.log.label)}</label>`
    : '';
  const button = (action: string) =>
    `<button type="button" data-figure="${figure.id}" data-action="${action}" title="save as ${action.toUpperCase()}">${action.toUpperCase()}</button>`;
  return `<figure id="${figure.id}"><div class="head"><h3>${escapeHtml(figure.title)}</h3>${log}${button('svg')}${button('csv')}</div>
<figcaption>${escapeHtml(figure.caption)}</figcaption><div class="bound" id="bind-${figure.id}"></div><div class="plot" id="plot-${figure.id}" role="img" aria-label="${escapeHtml(figure.title)}"></div>${notes}</figure>`;
}
