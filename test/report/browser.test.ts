/** The page in a real browser. Skipped where there is no Chromium; ISOCHRON_CHROMIUM names another one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it as test } from 'vitest';
import { loadResults } from '../../src/analysis/load-results.js';
import { gather } from '../../src/report/gather.js';
import { writePage } from '../../src/report/write.js';
import { jobs, scratch, writeManifest, writeRun } from '../analysis/helpers.js';

const executablePath = process.env.ISOCHRON_CHROMIUM ?? '/usr/bin/chromium';

/** Writes results into a folder; gives the path that the report is made of. */
type Results = (folder: string) => string;

/** Three processes of two precisions and two numbers of threads, with names as long as people give them, and counters. */
const repeated: Results = (folder) => {
  const points = [];
  const network = 'a_network_whose_name_says_how_it_was_trained_and_when_2026-11';
  for (const [i, precision] of ['fp32', 'int8'].entries())
    for (const threads of [1, 2])
      for (const repetition of [0, 1, 2]) {
        const id = `${precision}-${threads}.r${repetition}`;
        const elapsed = jobs(320, ((2 + i) * 1e6) / threads + repetition * 2e4, threads + 7 * i);
        if (id === 'int8-1.r2') elapsed[200] = 90_000_000;
        writeRun(join(folder, id), {
          elapsed,
          model: `${network}_${precision}`,
          threads,
          valid: repetition > 0,
          bytes: i === 0 ? 4e6 : 1e6,
        });
        points.push({
          id,
          name: `${network}_${precision} ${threads}`,
          parameters: { model: `${network}_${precision}`, threads },
          repetition,
          accuracy: i === 0 ? 0.712 : 0.701,
        });
      }
  points.push({
    id: 'x',
    name: 'x',
    status: 'failed',
    error: { code: 'E_X', message: 'It fell.' },
  });
  const suite = { name: 'own', title: 'What a second thread buys', description: 'On a board.' };
  writeManifest(folder, { suite, order: 'interleaved', points });
  return folder;
};

/** Three networks of middling names: entries of a legend that all but fit beside each other. */
const networks: Results = (folder) => {
  for (const [i, model] of [
    'mobilenet_v1_1.0_224_fp32',
    'mobilenet_v1_1.0_224_int8',
    'yolov3-tiny_00000',
  ].entries())
    writeRun(join(folder, `n${i}`), { elapsed: jobs(30, 1e6 * 3 ** i), model });
  return folder;
};

const single: Results = (folder) => {
  writeRun(join(folder, 'one'), { elapsed: jobs(400, 3e6), counters: null });
  return join(folder, 'one.csv');
};

/** Many configurations of names that differ in the middle, over an axis of four values. */
const many: Results = (folder) => {
  for (let i = 0; i < 24; i++)
    writeRun(join(folder, `r${i}`), {
      elapsed: jobs(60, 1e5 * 1.5 ** i, i + 1),
      model: `mobilenet_v2_${['0.35', '0.50', '0.75', '1.00', '1.30', '1.40'][i % 6]}_224_fp32`,
      threads: 1 + Math.floor(i / 6),
      xnnpack: i % 2 === 0,
    });
  return folder;
};

const threadsSweep: Results = (folder) => {
  const points = [];
  for (const precision of ['fp32', 'int8'])
    for (const threads of [1, 2, 4]) {
      const id = `${precision}-${threads}`;
      const elapsed = jobs(200, (precision === 'int8' ? 2e6 : 3e6) / threads, threads);
      if (id === 'fp32-1') elapsed[77] = 12_000_000; // misses its deadline of 10 ms
      writeRun(join(folder, id), { elapsed, model: `net_${precision}`, threads });
      points.push({
        id,
        name: `net ${id}`,
        parameters: { model: `net_${precision}`, threads },
        accuracy: precision === 'int8' ? 0.6 : 0.7,
      });
    }
  writeManifest(folder, { suite: 'threads', points });
  return folder;
};

/** Address of the page that is made of results. */
async function pageOf(results: Results): Promise<string> {
  const folder = scratch();
  const report = await gather(await loadResults(results(folder)));
  const path = join(folder, 'report.html');
  await writePage(path, report, { version: '1', at: new Date() });
  return pathToFileURL(path).href;
}

describe.skipIf(!existsSync(executablePath))('the report in Chromium (skipped without one)', () => {
  let browser: Browser;
  let url: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    url = await pageOf(threadsSweep);
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function open(
    colorScheme: 'light' | 'dark' = 'light',
    width = 1200,
    address = url,
  ): Promise<Page> {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!/^(?:file|data|blob):/.test(request.url())) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    expect(complaints).toEqual([]);
    await page.waitForFunction("document.documentElement.dataset.ready === 'yes'");
    return page;
  }
  /** What the browser made of a plot: its marks, and whether anything is wider than its frame. */
  const plots = (page: Page) =>
    page.$$eval('.plot', (elements) =>
      elements.map((element) => {
        const svg = element.querySelector('svg');
        return {
          id: element.id,
          marks: element.querySelectorAll(
            'svg .mark-symbol path, svg .mark-rect path, svg .mark-line path, svg .mark-area path, svg .mark-rule line',
          ).length,
          texts: element.querySelectorAll('svg text').length,
          fits:
            svg !== null &&
            svg.getBoundingClientRect().width <= element.getBoundingClientRect().width + 2,
        };
      }),
    );

  for (const scheme of ['light', 'dark'] as const)
    test(`draws every figure in ${scheme}, asks for nothing and complains of nothing`, async () => {
      const page = await open(scheme);
      expect(await page.getAttribute('html', 'data-theme')).toBe(scheme);
      const found = await plots(page);
      expect(found.length).toBeGreaterThanOrEqual(18);
      for (const plot of found) {
        expect(plot.marks, plot.id).toBeGreaterThan(0);
        expect(plot.texts, plot.id).toBeGreaterThan(2);
        expect(plot.fits, plot.id).toBe(true);
      }
      expect(complaints).toEqual([]);
      await page.close();
    });

  test('changes its theme, and the pictures with it', async () => {
    const page = await open('light');
    const ink = () => page.$eval('#plot-time svg text', (text) => text.getAttribute('fill'));
    const before = await ink();
    await page.click('#theme');
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    expect(await ink()).not.toBe(before);
    await page.close();
  });

  test('switches a scale to logarithmic and back', async () => {
    const page = await open();
    const picture = () => page.$eval('#plot-time', (element) => element.innerHTML);
    const linear = await picture();
    await page.check('[data-figure="time"][data-action="log"]');
    expect(await picture()).not.toBe(linear);
    await page.uncheck('[data-figure="time"][data-action="log"]');
    expect(await picture()).toBe(linear);
    await page.close();
  });

  test('shows what lies under the pointer, and another run on demand', async () => {
    const page = await open();
    await page.hover('#plot-bars-size svg .mark-rect path');
    await page.waitForFunction("document.getElementById('tip').style.display === 'block'");
    expect(await page.textContent('#tip')).toContain('configurationfp32');
    const misses = () =>
      page.$$eval('#plot-timeline svg .mark-symbol path[fill="#b42318"]', (m) => m.length);
    expect(await misses()).toBe(1); // it opens on the run that missed a deadline
    await page.selectOption('#bind-timeline select', 'int8, 4 threads');
    await page.waitForFunction(
      'document.querySelectorAll(\'#plot-timeline svg .mark-symbol path[fill="#b42318"]\').length === 0',
    );
    await page.close();
  });

  test('hands out a figure and its data', async () => {
    const page = await open();
    for (const [action, start] of [
      ['csv', 'configuration,'],
      ['svg', '<svg'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click(`[data-figure="time"][data-action="${action}"]`),
      ]);
      expect(download.suggestedFilename()).toBe(`time.${action}`);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString('utf8').startsWith(start)).toBe(true);
    }
    await page.close();
  });

  /** What is wrong with the texts of a picture, as a reader would see it. */
  const badTexts = (page: Page) =>
    page.$$eval('.plot', (plots) =>
      plots.flatMap((plot) => {
        const svg = plot.querySelector('svg');
        if (svg === null) return [`${plot.id}: nothing drawn`];
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')]
          .filter((text) => text.textContent !== '' && text.getAttribute('opacity') !== '0')
          .map((text) => ({ words: text.textContent, box: text.getBoundingClientRect() }));
        const cut = texts.filter(
          ({ words, box }) =>
            words?.includes('…') ||
            box.left < frame.left - 1 ||
            box.right > frame.right + 1 ||
            box.top < frame.top - 1 ||
            box.bottom > frame.bottom + 1,
        );
        const over = texts.flatMap((a, i) =>
          texts.slice(i + 1).flatMap((b) => {
            const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
            const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
            return width > 2 && height > 3 ? [`${plot.id}: ${a.words} over ${b.words}`] : [];
          }),
        );
        return [...cut.map(({ words }) => `${plot.id}: cut: ${words}`), ...over];
      }),
    );

  for (const [name, results, pages] of [
    ['a sweep of twelve runs with a failed point', repeated, 6],
    ['a single run', single, 3],
    ['three networks', networks, 6],
    ['many configurations', many, 20],
  ] as const)
    test(`shows ${name} without a cut or covered text at every width, and on few pages`, async () => {
      const address = await pageOf(results);
      for (const [width, scheme] of [
        [1400, 'light'],
        [1000, 'dark'],
        [400, 'light'],
      ] as const) {
        const page = await open(scheme, width, address);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
        expect(await badTexts(page), `at ${width} px`).toEqual([]);
        await page.close();
      }
      const page = await open('light', 1200, address);
      const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
      expect(pdf.match(/\/Type \/Page\b/g)?.length).toBeLessThanOrEqual(pages);
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      expect(await badTexts(page), 'on paper').toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    });

  test('has no empty section, a message for every picture, and no code of a verdict', async () => {
    for (const results of [repeated, single, many]) {
      const page = await open('light', 1200, await pageOf(results));
      const sections = await page.$$eval('main section', (all) =>
        all.map((section) => ({
          name: section.querySelector('h2')?.textContent,
          content: section.querySelectorAll('svg, table, li, dl').length,
        })),
      );
      expect(sections.filter(({ content }) => content === 0)).toEqual([]);
      const names = sections.map(({ name }) => name);
      expect(names[0]).toBe('What the results show');
      // one list, and it is the last thing that the page says
      expect(names.slice(-1)).toEqual(['What could not be drawn']);
      const spoken = await page.$$eval('.plot', (all) =>
        all.map((plot) => plot.getAttribute('aria-label')),
      );
      for (const words of spoken) expect(words).toMatch(/^[^.]+\. .*\d.*\.$/s);
      expect(await page.textContent('main')).not.toMatch(/\b[a-z]+_switches\b|\bxnnpack_unused\b/);
      await page.close();
    }
  });

  test('says first what the suite asks and what is known, with what failed and what is not shown', async () => {
    const page = await open('light', 1200, await pageOf(repeated));
    expect(await page.textContent('h1')).toBe('What a second thread buys');
    expect(await page.textContent('header')).toContain('On a board.');
    expect(await page.textContent('header')).toContain('4 configurations, 12 runs');
    const first = (await page.textContent('main section')) ?? '';
    expect(first).toContain('4 of 12 runs are INVALID');
    expect(first).toContain('The governor is ondemand.');
    expect(first).toContain('1 of 3,840 jobs missed their deadlines in 1 of 4 configurations');
    expect(first).toMatch(/Time by threads \(2 threads \/ 1 thread\).*not tested/);
    expect(first).toContain('None of the 4 comparisons can show a difference');
    expect(first).toContain('1 point without a result: x. The reason: It fell.');
    await page.close();
  });

  test('sorts and filters its table, and copies what is left as Markdown', async () => {
    const context = await browser.newContext({
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction("document.documentElement.dataset.ready === 'yes'");
    const first = () => page.textContent('#configurations tbody tr:not([hidden]) th');
    const median = page.locator('#configurations thead button', { hasText: /^median$/ });
    await median.click();
    expect(await first()).toBe('int8, 4 threads');
    await median.click();
    expect(await first()).toBe('fp32, 1 thread');
    await page.fill('input[type=search] >> nth=0', 'INT8 threads');
    expect(await page.locator('#configurations tbody tr:visible').count()).toBe(2);
    await page.click('[data-copies=configurations]');
    await page.locator('[data-copies=configurations]', { hasText: 'Copied' }).waitFor();
    const text = String(await page.evaluate('navigator.clipboard.readText()'));
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^\| configuration \|.*\| median \|/);
    expect(lines[1]).toMatch(/^\| :-- \| --: \|/);
    expect(lines[2]).toMatch(/^\| int8, 2 threads \|/);
    await context.close();
  });

  test('says without scripts what is missing, and keeps its sentences and tables', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(url);
    expect(await page.textContent('noscript')).toContain('scripts are switched off');
    expect(await page.textContent('main')).toContain('The lowest median is');
    expect(await page.locator('#configurations tbody tr').count()).toBe(6);
    await context.close();
  });

  test('runs nothing that a name in the results holds, and hands it out as text', async () => {
    const evil = `"><img src=x onerror="document.title='run by a name'"><script>document.title='run by a name'</script>`;
    const folder = scratch();
    const points = [1, 2, 3].map((value) => {
      writeRun(join(folder, `p${value}`), { elapsed: jobs(60, 1e6 * value) });
      return {
        id: `p${value}`,
        name: `=cmd()${evil}${value}`,
        parameters: { [`=cmd()${evil}`]: value },
      };
    });
    writeManifest(folder, { suite: evil, points });
    const path = join(folder, 'report.html');
    const report = await gather(await loadResults(folder));
    await writePage(path, report, { version: evil, at: new Date() });
    const page = await open('light', 1200, pathToFileURL(path).href);
    const ids = await page.$$eval('[id]:not(svg *)', (elements) => elements.map(({ id }) => id));
    expect(ids.filter((id) => !/^[a-z0-9-]+$/.test(id))).toEqual([]);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(ids.filter((id) => id.startsWith('axis-'))).not.toEqual([]);
    expect(ids.filter((id) => id.startsWith('ratios-'))).not.toEqual([]);
    expect(await page.title()).toContain(evil);
    expect(await page.$$('img, main script')).toHaveLength(0);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('[data-figure="time"][data-action="csv"]'),
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString('utf8')).toContain(`\n"'=cmd()`);
    expect(complaints).toEqual([]);

    // and were a name ever to get through, the page's policy would still not run it
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = "document.title = 'run by a name'";
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="x:" onerror="document.title = 1">');
    `);
    await page.waitForFunction('document.images[0].complete');
    expect(await page.title()).toContain(evil);
    complaints.length = 0; // the refusals just provoked
    await page.close();
  });
});
