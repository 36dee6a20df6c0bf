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

describe.skipIf(!existsSync(executablePath))('the report in Chromium (skipped without one)', () => {
  let browser: Browser;
  let url: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    const folder = scratch();
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
    const path = join(folder, 'report.html');
    await writePage(path, await gather(await loadResults(folder)), {
      version: '1',
      at: new Date(),
    });
    url = pathToFileURL(path).href;
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
    const ink = () => page.$eval('#plot-bars-time svg text', (text) => text.getAttribute('fill'));
    const before = await ink();
    await page.click('#theme');
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    expect(await ink()).not.toBe(before);
    await page.close();
  });

  test('switches a scale to logarithmic and back', async () => {
    const page = await open();
    const picture = () => page.$eval('#plot-range', (element) => element.innerHTML);
    const linear = await picture();
    await page.check('[data-figure="range"][data-action="log"]');
    expect(await picture()).not.toBe(linear);
    await page.uncheck('[data-figure="range"][data-action="log"]');
    expect(await picture()).toBe(linear);
    await page.close();
  });

  test('shows what lies under the pointer, and another run on demand', async () => {
    const page = await open();
    await page.hover('#plot-bars-size svg .mark-rect path');
    await page.waitForFunction("document.getElementById('tip').style.display === 'block'");
    expect(await page.textContent('#tip')).toContain('net fp32-1');
    const misses = () =>
      page.$$eval('#plot-timeline svg .mark-symbol path[fill="#c8500b"]', (m) => m.length);
    expect(await misses()).toBe(1); // it opens on the run that missed a deadline
    await page.selectOption('#bind-timeline select', 'net int8-4');
    await page.waitForFunction(
      'document.querySelectorAll(\'#plot-timeline svg .mark-symbol path[fill="#c8500b"]\').length === 0',
    );
    await page.close();
  });

  test('hands out a figure and its data', async () => {
    const page = await open();
    for (const [action, start] of [
      ['csv', 'run,'],
      ['svg', '<svg'],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.click(`[data-figure="range"][data-action="${action}"]`),
      ]);
      expect(download.suggestedFilename()).toBe(`range.${action}`);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      expect(Buffer.concat(chunks).toString('utf8').startsWith(start)).toBe(true);
    }
    await page.close();
  });

  test('fits a narrow window and prints on paper', async () => {
    const page = await open('dark', 420);
    const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(wide).toBeLessThanOrEqual(1);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('runs nothing that a name in the results holds, and hands it out as text', async () => {
    const evil = `"><img src=x onerror="document.title='run by a name'"><script>document.title='run by a name'</script>`;
    const folder = scratch();
    const points = [1, 2, 3].map((value) => {
      writeRun(join(folder, `p${value}`), { elapsed: jobs(60, 1e6 * value) });
      return { id: `p${value}`, name: `=cmd()${evil}${value}`, parameters: { [evil]: value } };
    });
    writeManifest(folder, { suite: evil, points });
    const path = join(folder, 'report.html');
    const report = await gather(await loadResults(folder));
    await writePage(path, report, { version: evil, at: new Date() });
    const page = await open('light', 1200, pathToFileURL(path).href);
    const ids = await page.$$eval('[id]', (elements) => elements.map(({ id }) => id));
    expect(ids.filter((id) => !/^[a-z0-9-]+$/.test(id))).toEqual([]);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(ids.filter((id) => id.startsWith('axis-'))).not.toEqual([]);
    expect(await page.title()).toContain(evil);
    expect(await page.$$('img, main script')).toHaveLength(0);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('[data-figure="range"][data-action="csv"]'),
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
