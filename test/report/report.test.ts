import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { describe, expect, it as test } from 'vitest';
import { loadResults } from '../../src/analysis/load-results.js';
import { withScale } from '../../src/report/figure.js';
import { gather, type Report } from '../../src/report/gather.js';
import { renderPage } from '../../src/report/page.js';
import { rankingOf } from '../../src/report/report-tables.js';
import { THEMES } from '../../src/report/themes.js';
import { writeFigures, writePage } from '../../src/report/write.js';
import { jobs, type RunSketch, scratch, writeManifest, writeRun } from '../analysis/helpers.js';
import { MS } from '../metrics/records.js';

async function reportOf(runs: Record<string, RunSketch>, manifest?: object): Promise<Report> {
  const folder = scratch();
  for (const [name, run] of Object.entries(runs)) writeRun(join(folder, name), run);
  if (manifest) writeManifest(folder, manifest);
  return gather(await loadResults(folder));
}
const drawn = (report: Report) => report.figures.filter((f) => f.specs !== null).map((f) => f.id);
const noteOf = (report: Report, id: string) =>
  report.figures.find((f) => f.id === id)?.notes.join(' ') ?? '';

/** Compiles and draws every figure in both themes and scales; gives what Vega had to complain about. */
async function complaints(report: Report): Promise<string[]> {
  const said: string[] = [];
  const logger = vega.logger(vega.Warn);
  const say = (...args: readonly unknown[]) => {
    const text = args.join(' ');
    // the selected run may have no miss or no near deadline: an empty layer is as it should be
    if (!/Infinite extent for field/.test(text)) said.push(text);
    return logger;
  };
  Object.assign(logger, { warn: say, error: say });
  for (const figure of report.figures)
    for (const theme of THEMES)
      for (const layout of ['wide', 'narrow'] as const)
        for (const log of figure.log ? [false, true] : [false]) {
          if (figure.specs === null) continue;
          const spec = {
            ...withScale(figure.specs[layout], log),
            width: layout === 'wide' ? 700 : 330,
            datasets: { rows: figure.rows, ...figure.datasets },
            config: theme.config,
          };
          const view = new vega.View(
            vega.parse(compile(spec as unknown as TopLevelSpec, { logger }).spec),
            { renderer: 'none', logger },
          );
          const svg = await view.toSVG();
          if (!/<(path|text)/.test(svg) || /NaN|undefined/.test(svg))
            said.push(`${figure.id}: ${layout} ${log ? 'log ' : ''}not drawn well`);
          view.finalize();
        }
  return said;
}

/** Fifty jobs and a first one, in a sweep of two networks. */
const combined = () => {
  const runs: Record<string, RunSketch> = {};
  const points: object[] = [];
  for (const [net, median] of [
    ['a', 1e6],
    ['b', 3e6],
  ] as const)
    for (const precision of ['fp32', 'int8'])
      for (const xnnpack of [false, true]) {
        const id = `${net}-${precision}-${xnnpack}`;
        runs[id] = {
          elapsed: jobs(
            150,
            median * (precision === 'int8' ? 0.7 : 1) * (xnnpack ? 0.5 : 1),
            points.length + 1,
          ),
          model: `${net}_${precision}`,
          xnnpack,
          bytes: precision === 'int8' ? 1e6 : 4e6,
        };
        points.push({
          id,
          name: id,
          parameters: { model: `${net}_${precision}`, xnnpack },
          accuracy: precision === 'int8' ? 0.69 : 0.7,
        });
      }
  return [runs, { suite: 'combined', order: 'interleaved', points }] as const;
};

/** A sweep over an axis of the suite's own. */
async function periods() {
  const values = [10, 20].map((ms) => ({ ms, id: `p${ms}` }));
  const report = await reportOf(
    Object.fromEntries(
      values.map(({ ms, id }) => [id, { elapsed: jobs(40, 1e6 * ms), period: ms * MS }]),
    ),
    {
      suite: 'periods',
      points: values.map(({ ms, id }) => ({ id, name: id, parameters: { period: `${ms}ms` } })),
    },
  );
  return { ...report, ids: drawn(report) };
}

describe('the figures of a report', () => {
  test('are all there for a sweep that has everything, and draw without a word of complaint', async () => {
    const report = await reportOf(...combined());
    expect(drawn(report)).toEqual([
      'time',
      'deadline',
      'ratios-precision',
      'ratios-xnnpack',
      'time-accuracy',
      'time-size',
      'time-l2-misses',
      'timeline',
      'violins',
      'first-run',
      'release-latency',
      'release-latency-map',
      'bars-size',
      'bars-accuracy',
      'bars-instructions',
      'bars-l1-misses',
      'bars-l2-misses',
      'bars-bandwidth',
      'bars-ipc',
    ]);
    expect(noteOf(report, 'axes')).toContain('No number takes three values');
    expect(await complaints(report)).toEqual([]);
    for (const figure of report.figures)
      expect(figure.message !== '', figure.id).toBe(figure.specs !== null);
  });

  test('put every axis in relation that varies alone, and networks only where nothing else does', async () => {
    const report = await reportOf(...combined());
    const ids = report.figures.map((f) => f.id);
    expect(ids).not.toContain('ratios-network');
    const two = await reportOf({
      a: { elapsed: jobs(20, 1e6), model: 'a' },
      b: { elapsed: jobs(20, 2e6), model: 'b' },
    });
    expect(drawn(two)).toContain('ratios-network');
    expect((await periods()).ids).toContain('ratios-period');
  });

  test('show ratios alike on both sides of no change, and no name of a fact that all share', async () => {
    const report = await reportOf(...combined());
    const figure = report.figures.find((f) => f.id === 'ratios-xnnpack');
    expect(new Set(figure?.rows.map((row) => row.comparison))).toEqual(
      new Set(['a, fp32', 'a, int8', 'b, fp32', 'b, int8']),
    );
    const text = JSON.stringify(figure?.specs?.wide);
    const domain = JSON.parse(/"type":"log","domain":(\[[^\]]*\])/.exec(text)?.[1] ?? '[]');
    expect(domain[0] * domain[1]).toBeCloseTo(1, 4);
    // the size of the file is the same with and without XNNPACK
    expect(new Set(figure?.rows.map((row) => row.metric))).not.toContain('model size');
  });

  test('draw lines over an axis of three values or more', async () => {
    const runs = Object.fromEntries(
      [1, 2, 4].map((threads) => [`t${threads}`, { elapsed: jobs(20, 4e6 / threads), threads }]),
    );
    const report = await reportOf(runs);
    expect(drawn(report)).toContain('axis-threads-time');
    const rows = report.figures.find((f) => f.id === 'axis-threads-time')?.rows;
    expect(rows?.map((row) => row.x)).toEqual([1, 2, 4]);
    expect(await complaints(report)).toEqual([]);
  });

  test('draw a line per module over depth variants', async () => {
    const codes = ['00000', '10000', '20000', '00100', '00300', '11111'];
    const runs = Object.fromEntries(
      codes.map((code) => [
        code,
        { elapsed: jobs(20, 1e6 + Number(code)), model: `yolov3-tiny_${code}` },
      ]),
    );
    const report = await reportOf(runs);
    const rows = report.figures.find((f) => f.id === 'axis-module-time')?.rows ?? [];
    expect(rows.map((row) => [row.series, row.x])).toEqual([
      ['module 1', 0],
      ['module 1', 1],
      ['module 1', 2],
      ['module 3', 0],
      ['module 3', 1],
      ['module 3', 3],
    ]);
  });

  test('become notes where a metric is missing, never empty plots', async () => {
    const report = await reportOf({ a: { elapsed: jobs(20, 1e6), counters: null } });
    expect(drawn(report)).toEqual([
      'time',
      'deadline',
      'timeline',
      'violins',
      'first-run',
      'release-latency',
      'release-latency-map',
      'bars-size',
    ]);
    expect(noteOf(report, 'bars-l2-misses')).toBe(
      'Not counted in any run: this machine has no such event.',
    );
    expect(noteOf(report, 'bars-accuracy')).toContain('accuracy.csv');
    expect(report.figures.filter((f) => f.specs === null).every((f) => f.notes.length > 0)).toBe(
      true,
    );
    expect(await complaints(report)).toEqual([]);
  });

  test('say for how many runs a metric is not known', async () => {
    const report = await reportOf({
      a: { elapsed: jobs(20, 1e6), counters: null },
      b: { elapsed: jobs(20, 1e6) },
    });
    expect(noteOf(report, 'bars-ipc')).toBe('Not known of 1 of 2 configurations.');
    expect(await complaints(report)).toEqual([]);
  });

  test('stand for one job only, for constant data, and for thousands of jobs', async () => {
    const one = await reportOf({ a: { elapsed: [1e6] } });
    expect(drawn(one)).toEqual(['deadline', 'timeline', 'bars-size']);
    expect(await complaints(one)).toEqual([]);
    const constant = await reportOf({
      a: { elapsed: Array(50).fill(1e6) },
      b: { elapsed: Array(50).fill(2e6) },
    });
    expect(drawn(constant)).toContain('violins');
    expect(await complaints(constant)).toEqual([]);
    const many = await reportOf({ a: { elapsed: jobs(3000, 1e6) } });
    expect(many.figures.find((f) => f.id === 'timeline')?.rows.length).toBeLessThanOrEqual(240);
    expect(await complaints(many)).toEqual([]);
  });

  test('draw a curve and a row of the map for each of many configurations', async () => {
    const runs = Object.fromEntries(
      Array.from({ length: 17 }, (_, i) => [
        `r${i}`,
        { elapsed: jobs(10, 1e6, i + 1), model: `net${i}` },
      ]),
    );
    const report = await reportOf(runs);
    for (const id of ['release-latency', 'release-latency-map']) {
      const rows = report.figures.find((f) => f.id === id)?.rows ?? [];
      expect(new Set(rows.map((row) => row.configuration)).size).toBe(17);
    }
    expect(await complaints(report)).toEqual([]);
  });

  test('write what is far beyond the usual as a number, so that it flattens nothing', async () => {
    const elapsed = jobs(60, 1e6);
    elapsed[30] = 80e6;
    const report = await reportOf({ a: { elapsed, period: 100 * MS } });
    const figure = report.figures.find((f) => f.id === 'timeline');
    expect(figure?.datasets?.beyond).toMatchObject([{ job: 30, really: '↑ 80.00 ms' }]);
    // the bar itself ends at the edge
    const drawnTo = ((figure?.datasets?.bars ?? []) as { to: number }[]).map(({ to }) => to);
    expect(Math.max(...drawnTo)).toBeLessThan(3);
    expect(JSON.stringify(report.figures.find((f) => f.id === 'time')?.specs)).toContain(
      'max 80.00 ms',
    );
  });

  test('draw repetitions as one configuration with its spread', async () => {
    const points = [1, 2, 3].map((n) => ({ id: `p${n}`, name: 'net', repetition: n - 1 }));
    const report = await reportOf(
      Object.fromEntries(points.map(({ id }, i) => [id, { elapsed: jobs(40, (i + 1) * 1e6) }])),
      { suite: 'three', order: 'interleaved', points },
    );
    expect(report.configurations).toHaveLength(1);
    expect(report.configurations[0]?.digests).toHaveLength(3);
    const [row, more] = report.figures.find((f) => f.id === 'time')?.rows ?? [];
    expect(more).toBeUndefined();
    expect(row).toMatchObject({ processes: 3, jobs: 117 });
    expect((row?.median as number) / 2).toBeCloseTo(1, 1);
    expect((row?.least_process as number) / 1).toBeCloseTo(1, 1);
    expect((row?.greatest_process as number) / 3).toBeCloseTo(1, 1);
    const runs = report.figures.find((f) => f.id === 'timeline')?.rows.map((r) => r.run);
    expect(new Set(runs).size).toBe(3);
    expect(await complaints(report)).toEqual([]);
  });
});

describe('a report with bad input', () => {
  test('leaves out what can not be read and says so', async () => {
    const folder = scratch();
    writeRun(join(folder, 'good'), { elapsed: jobs(10, 1e6), version: '0.1.0' });
    writeRun(join(folder, 'other'), { elapsed: jobs(10, 1e6), version: '0.2.0', valid: false });
    writeRun(join(folder, 'empty'), { elapsed: [] });
    const report = await gather(await loadResults(folder));
    expect(report.configurations.map((c) => c.label).sort()).toEqual(['good', 'other']);
    const notes = report.notes.join('\n');
    expect(notes).toContain('empty has no rows');
    expect(notes).toContain('different versions');
    expect(notes).toContain('INVALID');
  });
});

const facts = { version: '9.9.9', at: new Date('2026-01-02T03:04:05Z') };

describe('the page', () => {
  test('is one file that asks nothing of the network', async () => {
    const path = join(scratch(), 'report.html');
    const report = await reportOf(...combined());
    const bytes = await writePage(path, report, facts);
    const html = readFileSync(path, 'utf8');
    expect(Buffer.byteLength(html)).toBe(bytes);
    const own = html
      .replace(/<script>[\s\S]*?<\/script>/g, '')
      .replace(/<script type="application\/json"[\s\S]*?<\/script>/, '');
    expect(own).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/<(?:script|link|img|iframe)[^>]*(?:src|href)="(?!data:|#)/);
    expect(html).toContain('made 2026-01-02 03:04 UTC by isochron 9.9.9');
    expect(html).toContain('<h2 id="section-ranking">Ranking</h2>');
    expect(html).toContain('SHA-256');
  });

  test('shows names as text, whatever is in them', async () => {
    const report = await reportOf({ a: { elapsed: jobs(10, 1e6) } });
    const evil = '</script><script>alert("x")</script>&\'';
    for (const c of report.configurations) {
      c.label = evil;
      for (const d of c.digests) {
        d.run.name = evil;
        d.notes.push(evil);
      }
    }
    report.title = evil;
    report.descriptions.push(evil);
    report.headline.lacks.push(evil);
    for (const f of report.figures) {
      f.message = evil;
      f.notes.push(evil);
    }
    for (const f of report.figures) for (const row of f.rows) if ('run' in row) row.run = evil;
    const html = renderPage(report, { ...facts, runtime: ['/* </script> */'] });
    expect(html).not.toContain('<script>alert');
    expect(html.match(/<\/script>/g)).toHaveLength(3);
  });

  test('has its number of jobs without warm-up and first run, as the table has, and each p99 with its bound', async () => {
    const report = await reportOf({ a: { elapsed: jobs(303, 1e6), warmup: 3 } });
    const html = renderPage(report, { ...facts, runtime: [] });
    expect(html).toContain('1 run, 300 jobs');
    expect(html).toMatch(/<th scope="col"[^>]*>p99 ≤ bound<\/th>/);
    expect(html).toMatch(/<th scope="col"[^>]*>latency p99 ≤ bound<\/th>/);
  });

  test('names every verdict with its reasons', async () => {
    const report = await reportOf({ a: { elapsed: jobs(10, 1e6), valid: false } });
    const html = renderPage(report, { ...facts, runtime: [] });
    expect(html).toContain('INVALID');
    expect(html).toContain('The governor is ondemand.');
    expect(html).toContain('Coral Dev Board, Cortex-A53, arm64, 6.1.0');
  });

  test('replaces an older one as a whole, or leaves it as it was', async () => {
    const folder = scratch();
    const report = await reportOf({ a: { elapsed: jobs(10, 1e6) } });
    const path = join(folder, 'report.html');
    writeFileSync(path, 'old');
    mkdirSync(join(folder, 'is-a-folder.html'));
    await expect(writePage(join(folder, 'is-a-folder.html'), report, facts)).rejects.toMatchObject({
      code: 'E_WRITE_FAILED',
    });
    expect(readFileSync(path, 'utf8')).toBe('old');
    await writePage(path, report, facts);
    expect(readFileSync(path, 'utf8').endsWith('</html>\n')).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['is-a-folder.html', 'report.html']);
  });
});

test('writes each figure as SVG with its data as CSV', async () => {
  const folder = join(scratch(), 'svg');
  const report = await reportOf(...combined());
  const written = await writeFigures(folder, report);
  expect(written).toEqual(drawn(report));
  for (const id of written) {
    expect(readFileSync(join(folder, `${id}.svg`), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    const rows = parse(readFileSync(join(folder, `${id}.csv`)), { columns: true }) as Record<
      string,
      string
    >[];
    expect(rows).toHaveLength(report.figures.find((f) => f.id === id)?.rows.length as number);
  }
  expect(existsSync(join(folder, 'axes.svg'))).toBe(false);
});

test('ranks only where there is something to rank', async () => {
  const report = await reportOf(...combined());
  const ranking = rankingOf(report.configurations);
  expect(ranking?.criteria.map((c) => c.name)).toEqual([
    'model size',
    'inference time',
    'accuracy',
    'L2 misses',
  ]);
  expect(ranking?.items[0]?.item.label).toBe('a, int8, XNNPACK');
  expect(rankingOf(report.configurations.slice(0, 2))).toBeNull();
});
