/**
 * What runs in the page: it compiles the figures' Vega-Lite specifications in the theme of the moment and draws them as SVG. Plain
 * JavaScript, because it is shipped as it stands. `REPORT` is the JSON of `PageData`.
 */
import type { Figure, SWITCHED } from './figure.js';
import type { Theme } from './themes.js';

export interface PageData {
  themes: readonly Theme[];
  switched: typeof SWITCHED;
  figures: Pick<Figure, 'id' | 'spec' | 'rows' | 'datasets' | 'log'>[];
}

export const PAGE_SCRIPT = `
'use strict';
(() => {
  const report = JSON.parse(document.getElementById('report-data').textContent);
  const root = document.documentElement;
  const tip = document.getElementById('tip');
  const views = new Map();
  const logs = new Map(report.figures.map((f) => [f.id, Boolean(f.log && f.log.on)]));

  const themeNow = () => report.themes.find((t) => t.name === root.dataset.theme) || report.themes[0];

  function specOf(figure, width) {
    const text = JSON.stringify(figure.spec).replaceAll(report.switched.mark, logs.get(figure.id) ? report.switched.log : report.switched.linear);
    return {
      ...JSON.parse(text),
      width,
      autosize: { type: 'fit-x', contains: 'padding' },
      datasets: { rows: figure.rows, ...figure.datasets },
      config: themeNow().config,
    };
  }

  const readable = (value) => (value === null || value === undefined || value === 'null' ? '–' : String(value));

  function showTip(_handler, event, _item, value) {
    if (value === null || value === undefined || value === '') {
      tip.style.display = 'none';
      return;
    }
    tip.replaceChildren();
    const table = document.createElement('table');
    const entries = typeof value === 'object' ? Object.entries(value) : [['', value]];
    for (const [name, text] of entries) {
      const row = table.insertRow();
      row.insertCell().textContent = name;
      row.insertCell().textContent = readable(text);
    }
    tip.append(table);
    tip.style.display = 'block';
    const box = tip.getBoundingClientRect();
    const x = event.clientX + 14 + box.width > innerWidth ? event.clientX - box.width - 10 : event.clientX + 14;
    const y = event.clientY + 14 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 14;
    tip.style.left = Math.max(4, x) + 'px';
    tip.style.top = Math.max(4, y) + 'px';
  }

  function draw(figure, forced) {
    const element = document.getElementById('plot-' + figure.id);
    const signals = {};
    const old = views.get(figure.id);
    if (old) {
      // what the reader has chosen stays chosen
      for (const p of figure.spec.params || []) if (p.bind && p.bind.input) signals[p.name] = old.signal(p.name);
      old.finalize();
    }
    const width = forced || Math.max(320, element.clientWidth);
    const compiled = vegaLite.compile(specOf(figure, width)).spec;
    const view = new vega.View(vega.parse(compiled, undefined, { ast: true }), {
      expr: vega.expressionInterpreter,
      renderer: 'svg',
      container: element,
      bind: document.getElementById('bind-' + figure.id),
      hover: true,
      tooltip: showTip,
      // a run without a miss has an empty layer, which Vega would warn of
      logLevel: vega.Error,
    });
    for (const [name, value] of Object.entries(signals)) view.signal(name, value);
    view.run();
    views.set(figure.id, view);
  }

  function drawAll(width) {
    for (const figure of report.figures) {
      try {
        draw(figure, width);
      } catch (error) {
        console.error('figure ' + figure.id + ':', error);
        document.getElementById('plot-' + figure.id).textContent = 'This figure could not be drawn: ' + error.message;
      }
    }
  }

  function setTheme(name) {
    root.dataset.theme = name;
    document.getElementById('theme').textContent = name === 'dark' ? 'Light' : 'Dark';
  }

  function save(name, type, text) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const cell = (value) => {
    let text = value === null || value === undefined ? '' : String(value);
    // a name that a spreadsheet would take for a formula becomes text
    if (typeof value === 'string' && /^[=+@\\t\\r-]/.test(text)) text = "'" + text;
    return /[",\\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  function csvOf(rows) {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    return [columns, ...rows.map((row) => columns.map((c) => row[c]))].map((r) => r.map(cell).join(',')).join('\\n') + '\\n';
  }

  for (const figure of report.figures) {
    const on = (action, event, act) => {
      const element = document.querySelector('[data-figure="' + figure.id + '"][data-action="' + action + '"]');
      if (element) element.addEventListener(event, () => act(element));
    };
    on('log', 'change', (box) => { logs.set(figure.id, box.checked); draw(figure); });
    on('svg', 'click', async () => save(figure.id + '.svg', 'image/svg+xml', await views.get(figure.id).toSVG()));
    on('csv', 'click', () => save(figure.id + '.csv', 'text/csv', csvOf(figure.rows)));
  }
  document.getElementById('theme').addEventListener('click', () => {
    setTheme(root.dataset.theme === 'dark' ? 'light' : 'dark');
    drawAll();
  });
  let waiting;
  let drawnAt = 0;
  addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (innerWidth !== drawnAt) { drawnAt = innerWidth; drawAll(); } }, 150);
  });
  let before;
  addEventListener('beforeprint', () => { before = root.dataset.theme; setTheme('light'); drawAll(680); for (const d of document.querySelectorAll('details')) d.open = true; });
  addEventListener('afterprint', () => { setTheme(before || 'light'); drawAll(); });

  setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  drawnAt = innerWidth;
  drawAll();
  root.dataset.ready = 'yes';
})();
`;
