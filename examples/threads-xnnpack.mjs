// @ts-check
/**
 * What threads and XNNPACK buy, as a picture of one's own: a sweep of both, its jobs read back one by one, and a plain SVG.
 *
 *   node threads-xnnpack.mjs MODEL [--threads 1,2,4] [--repetitions 5] [--jobs 50] [--output FOLDER] [--svg FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadResults, runSweep, suiteInMemory } from 'isochron';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string', default: '1,2' },
    repetitions: { type: 'string', default: '5' },
    jobs: { type: 'string', default: '50' },
    output: { type: 'string', default: 'results/threads-xnnpack' },
    svg: { type: 'string', default: 'threads-xnnpack.svg' },
  },
});
const [model = 'mobilenet_v1_0.25_128'] = positionals;
const threads = values.threads.split(',').map(Number);

const { folder } = await runSweep(
  suiteInMemory({
    name: 'threads-xnnpack',
    base: { model, jobs: Number(values.jobs), warmup: 1, events: 'none' },
    matrix: { threads, xnnpack: [false, true] },
    repetitions: Number(values.repetitions),
  }),
  {
    output: values.output,
    onProgress: ({ done, total, point, jobsDone, jobsTotal, secondsLeft }) => {
      const jobs = jobsDone === null ? '' : `, job ${jobsDone}/${jobsTotal}`;
      const left = secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`;
      if (process.stderr.isTTY)
        process.stderr.write(`\r\x1b[K${done}/${total} ${point}${jobs}${left}`);
    },
  },
);
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');

/** One process: the median of its jobs without warm-up. @type {{ threads: number, xnnpack: boolean, ms: number }[]} */
const processes = [];
const { runs, missing } = await loadResults(folder);
for (const run of runs) {
  const times = [];
  for await (const { warmup, elapsedNs } of run.jobs())
    if (!warmup && elapsedNs !== null) times.push(elapsedNs / 1e6);
  const { threads: count, xnnpack } = run.parameters;
  if (times.length > 0)
    processes.push({ threads: Number(count), xnnpack: xnnpack === true, ms: median(times) });
}
for (const { name, reason } of missing) console.error(`${name} is not drawn: ${reason}`);

for (const count of threads)
  for (const xnnpack of [false, true]) {
    const own = processes.filter((one) => one.threads === count && one.xnnpack === xnnpack);
    const text = own.length === 0 ? 'no run' : `${median(own.map(({ ms }) => ms)).toFixed(3)} ms`;
    console.log(
      `${count} threads, XNNPACK ${xnnpack ? 'on' : 'off'}: ${text} (${own.length} processes)`,
    );
  }
writeFileSync(values.svg, picture());
console.log(`wrote ${values.svg}`);

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/** A dot for each process, a line through their medians; times from 0, for a bar or line that begins elsewhere misleads. */
function picture() {
  const [width, height, left, bottom] = [480, 320, 64, 48];
  const most = Math.max(...processes.map(({ ms }) => ms), 0) * 1.1 || 1;
  /** @param {number} count */
  const x = (count) =>
    left + ((threads.indexOf(count) + 0.5) / threads.length) * (width - left - 16);
  /** @param {number} ms */
  const y = (ms) => height - bottom - (ms / most) * (height - bottom - 32);
  const parts = [];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const at = y(share * most);
    parts.push(
      `<line x1="${left}" x2="${width - 16}" y1="${at}" y2="${at}" stroke="#ddd"/>`,
      `<text x="${left - 8}" y="${at + 4}" text-anchor="end">${(share * most).toPrecision(2)}</text>`,
    );
  }
  for (const count of threads)
    parts.push(
      `<text x="${x(count)}" y="${height - bottom + 20}" text-anchor="middle">${count}</text>`,
    );
  for (const [xnnpack, colour] of /** @type {[boolean, string][]} */ ([
    [false, '#b35900'],
    [true, '#1f5fa8'],
  ])) {
    const own = processes.filter((one) => one.xnnpack === xnnpack);
    const middles = threads.flatMap((count) => {
      const times = own.filter((one) => one.threads === count).map(({ ms }) => ms);
      return times.length === 0 ? [] : [`${x(count)},${y(median(times))}`];
    });
    parts.push(`<polyline points="${middles.join(' ')}" fill="none" stroke="${colour}"/>`);
    for (const { threads: count, ms } of own)
      parts.push(
        `<circle cx="${x(count)}" cy="${y(ms)}" r="3" fill="${colour}" fill-opacity="0.6"/>`,
      );
    parts.push(
      `<text x="${width - 16}" y="${xnnpack ? 28 : 14}" text-anchor="end" fill="${colour}">XNNPACK ${xnnpack ? 'on' : 'off'}</text>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">
<title>Median inference time by threads, without and with XNNPACK, ms</title>
${parts.join('\n')}
<text x="${left}" y="18">inference time, ms</text>
<text x="${(left + width) / 2}" y="${height - 8}" text-anchor="middle">threads</text>
</svg>
`;
}
