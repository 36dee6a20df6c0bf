/**
 * What runs in the page of a report: it compiles the figures' Vega-Lite specifications in the theme of the moment and draws them as
 * SVG. A script, not a module: compiled by tsconfig.page.json for the browser, and built into the page as it then stands.
 */

// A script imports nothing; of types it may know.
type PageData = import('../page-data.js').PageData;
type PageFigure = import('../page-data.js').PageFigure;
type Row = PageFigure['rows'][number];

interface View {
  signal(name: string): unknown;
  signal(name: string, value: unknown): View;
  run(): View;
  finalize(): void;
  toSVG(): Promise<string>;
}

/** Of what Vega and Vega-Lite, which the page carries, is used. */
declare const vega: {
  View: new (flow: object, options: object) => View;
  parse(spec: object, config: undefined, options: { ast: true }): object;
  expressionInterpreter: unknown;
  Error: number;
};
declare const vegaLite: { compile(spec: object): { spec: object } };

(() => {
  const byId = (id: string) => document.getElementById(id) as HTMLElement;
  const report = JSON.parse(byId('report-data').textContent ?? '') as PageData;
  const root = document.documentElement;
  const tip = byId('tip');
  const views = new Map<string, View>();
  const logs = new Map(report.figures.map((f) => [f.id, Boolean(f.log?.on)]));

  const spoken = new Map(
    report.figures.map(({ id }) => [id, byId(`plot-${id}`).getAttribute('aria-label') ?? '']),
  );

  const themeNow = () =>
    report.themes.find((t) => t.name === root.dataset.theme) ?? report.themes[0];

  function specOf(figure: PageFigure, width: number): object {
    const { mark, log, linear } = report.switched;
    const spec = width < report.narrow ? figure.specs.narrow : figure.specs.wide;
    const text = JSON.stringify(spec).replaceAll(mark, logs.get(figure.id) ? log : linear);
    return {
      ...JSON.parse(text),
      // what Vega gives the element as its alternative text
      description: spoken.get(figure.id),
      width,
      autosize: { type: 'fit-x', contains: 'padding' },
      datasets: { rows: figure.rows, ...figure.datasets },
      config: themeNow()?.config,
    };
  }

  const readable = (value: unknown) =>
    value === null || value === undefined || value === 'null' ? '–' : String(value);

  function showTip(_handler: unknown, event: MouseEvent, _item: unknown, value: unknown): void {
    if (value === null || value === undefined || value === '') {
      tip.style.display = 'none';
      return;
    }
    tip.replaceChildren();
    const table = document.createElement('table');
    const entries = typeof value === 'object' ? Object.entries(value) : [['', value]];
    for (const [name, text] of entries) {
      const row = table.insertRow();
      row.insertCell().textContent = String(name);
      row.insertCell().textContent = readable(text);
    }
    tip.append(table);
    tip.style.display = 'block';
    const box = tip.getBoundingClientRect();
    const beside = (at: number, size: number, end: number) =>
      Math.max(4, at + 14 + size > end ? at - size - 10 : at + 14);
    tip.style.left = `${beside(event.clientX, box.width, innerWidth)}px`;
    tip.style.top = `${beside(event.clientY, box.height, innerHeight)}px`;
  }

  function draw(figure: PageFigure): void {
    const element = byId(`plot-${figure.id}`);
    const signals: Record<string, unknown> = {};
    const old = views.get(figure.id);
    if (old) {
      // what the reader has chosen stays chosen
      for (const { name, bind } of figure.specs.wide.params ?? [])
        if (typeof bind === 'object' && bind.input) signals[name] = old.signal(name);
      old.finalize();
    }
    const width = Math.max(240, element.clientWidth);
    const compiled = vegaLite.compile(specOf(figure, width)).spec;
    const view = new vega.View(vega.parse(compiled, undefined, { ast: true }), {
      expr: vega.expressionInterpreter,
      renderer: 'svg',
      container: element,
      bind: byId(`bind-${figure.id}`),
      hover: true,
      tooltip: showTip,
      // a run without a miss has an empty layer, which Vega would warn of
      logLevel: vega.Error,
    });
    for (const [name, value] of Object.entries(signals)) view.signal(name, value);
    view.run();
    views.set(figure.id, view);
  }

  function drawAll(): void {
    for (const figure of report.figures) {
      try {
        draw(figure);
      } catch (error) {
        console.error(`figure ${figure.id}:`, error);
        byId(`plot-${figure.id}`).textContent =
          `This figure could not be drawn: ${(error as Error).message}`;
      }
    }
  }

  function setTheme(name: string): void {
    root.dataset.theme = name;
    byId('theme').textContent = name === 'dark' ? 'Light' : 'Dark';
  }

  function save(name: string, type: string, text: string): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const cell = (value: Row[string] | undefined) => {
    let text = value === null || value === undefined ? '' : String(value);
    // a name that a spreadsheet would take for a formula becomes text
    if (typeof value === 'string' && /^[=+@\t\r-]/.test(text)) text = `'${text}`;
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  function csvOf(rows: Row[]): string {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const lines = [columns, ...rows.map((row) => columns.map((c) => row[c]))];
    return `${lines.map((line) => line.map(cell).join(',')).join('\n')}\n`;
  }

  for (const figure of report.figures) {
    const on = (action: string, event: string, act: (element: HTMLElement) => void) => {
      const element = document.querySelector<HTMLElement>(
        `[data-figure="${figure.id}"][data-action="${action}"]`,
      );
      element?.addEventListener(event, () => act(element));
    };
    on('log', 'change', (box) => {
      logs.set(figure.id, (box as HTMLInputElement).checked);
      draw(figure);
    });
    on('svg', 'click', async () =>
      save(`${figure.id}.svg`, 'image/svg+xml', (await views.get(figure.id)?.toSVG()) ?? ''),
    );
    on('csv', 'click', () => save(`${figure.id}.csv`, 'text/csv', csvOf(figure.rows)));
  }
  byId('theme').addEventListener('click', () => {
    setTheme(root.dataset.theme === 'dark' ? 'light' : 'dark');
    drawAll();
  });
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let drawnAt = 0;
  addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (innerWidth === drawnAt) return;
      drawnAt = innerWidth;
      drawAll();
    }, 150);
  });
  let before: string | undefined;
  addEventListener('beforeprint', () => {
    before = root.dataset.theme;
    setTheme('light');
    document.body.classList.add('paper');
    drawAll();
  });
  addEventListener('afterprint', () => {
    setTheme(before ?? 'light');
    document.body.classList.remove('paper');
    drawAll();
  });

  /** Sorts by the column of a heading; again, the other way round. Absent values stay at the end. */
  function sortBy(table: HTMLTableElement, column: number, heading: HTMLElement): void {
    const down = heading.getAttribute('aria-sort') === 'ascending';
    for (const th of table.querySelectorAll('thead th')) th.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const body = table.tBodies[0] as HTMLTableSectionElement;
    const key = (row: HTMLTableRowElement) => {
      const one = row.cells[column] as HTMLTableCellElement;
      return { text: one.textContent ?? '', value: one.dataset.value };
    };
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      const absent = (one: typeof x) => one.value === undefined && one.text === '–';
      if (absent(x) || absent(y)) return Number(absent(x)) - Number(absent(y));
      const order =
        x.value !== undefined && y.value !== undefined
          ? Number(x.value) - Number(y.value)
          : x.text.localeCompare(y.text, 'en', { numeric: true });
      return down ? -order : order;
    });
    body.append(...rows);
  }

  const visible = (table: HTMLTableElement) =>
    [...(table.tBodies[0] as HTMLTableSectionElement).rows].filter((row) => !row.hidden);

  /** The rows that are shown, as they are sorted. */
  function markdownOf(table: HTMLTableElement): string {
    const line = (cells: string[]) =>
      `| ${cells.map((c) => c.trim().replaceAll('|', '\\|')).join(' | ')} |`;
    const head = [...table.querySelectorAll('thead th')].map((th) => th.textContent ?? '');
    return [
      line(head),
      line(head.map((_, i) => (i === 0 ? ':--' : '--:'))),
      ...visible(table).map((row) => line([...row.cells].map((c) => c.textContent ?? ''))),
      '',
    ].join('\n');
  }

  async function copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // a page from a disk may not have the clipboard, but a selection
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  }

  /** Rows from which on a filter is worth its place. */
  const MANY = 6;

  for (const table of document.querySelectorAll<HTMLTableElement>('table.figures')) {
    for (const [column, heading] of [...table.querySelectorAll('thead th')].entries()) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'sort';
      button.title = 'sort by this column';
      button.append(...heading.childNodes);
      button.addEventListener('click', () => sortBy(table, column, heading as HTMLElement));
      heading.append(button);
    }
    const tools = document.createElement('div');
    tools.className = 'tools';
    if (visible(table).length >= MANY) {
      const filter = document.createElement('input');
      filter.type = 'search';
      filter.placeholder = 'filter rows';
      filter.setAttribute('aria-label', 'filter rows: every word must occur');
      filter.addEventListener('input', () => {
        const words = filter.value.toLowerCase().split(/\s+/);
        for (const row of (table.tBodies[0] as HTMLTableSectionElement).rows) {
          const text = (row.textContent ?? '').toLowerCase();
          row.hidden = !words.every((word) => text.includes(word));
        }
      });
      tools.append(filter);
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.copies = table.id;
    button.textContent = 'Copy as Markdown';
    button.addEventListener('click', async () => {
      await copy(markdownOf(table));
      button.textContent = 'Copied';
      setTimeout(() => {
        button.textContent = 'Copy as Markdown';
      }, 1500);
    });
    tools.append(button);
    table.parentElement?.before(tools);
  }

  setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  drawnAt = innerWidth;
  drawAll();
  root.dataset.ready = 'yes';
})();
