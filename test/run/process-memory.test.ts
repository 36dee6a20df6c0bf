/** What a run says of its main memory, in its JSON and on the terminal. */
import { join } from 'node:path';
import { readSidecar, runBenchmark } from 'isochron';
import { expect, test } from 'vitest';
import { isochron, scratch } from '../cli/helpers.js';

const MiB = 2 ** 20;

test('a workload that takes 64 MiB has them in its peak, and Node by itself has not', async () => {
  const run = async (size: string) => {
    const output = join(scratch(), 'run.csv');
    await runBenchmark({ workload: 'bandwidth', size, jobs: 3, events: 'none', output });
    const { memory } = await readSidecar(output.replace('.csv', '.json'));
    if (memory == null) throw new Error('the memory is not known');
    return memory as { [Name in keyof typeof memory]: number };
  };
  const [small, large] = [await run('1M'), await run('64M')];
  expect(large.peakRssBytes - large.startRssBytes).toBeGreaterThanOrEqual(64 * MiB);
  expect(large.peakRssBytes - small.peakRssBytes).toBeGreaterThan(48 * MiB);
  for (const { peakRssBytes, startRssBytes, readyRssBytes, ...ready } of [small, large]) {
    expect(peakRssBytes).toBeGreaterThanOrEqual(Math.max(startRssBytes, readyRssBytes));
    expect(ready.readyAnonymousBytes + ready.readyFileBytes).toBeLessThanOrEqual(readyRssBytes);
  }
  expect(large.readyAnonymousBytes - small.readyAnonymousBytes).toBeGreaterThan(48 * MiB);
});

test('a run that is killed in its job does not know it', async () => {
  const kill = new AbortController();
  const { report } = await runBenchmark(
    { workload: 'spin', us: 1_000_000_000, events: 'none' },
    { kill: kill.signal, onProgress: ({ phase }) => phase.startsWith('running') && kill.abort() },
  );
  expect(report.memory).toBeNull();
});

test('the table has mean ± σ, init and the peak, and a line says what init and memory consist of', async () => {
  const run = ['run', 'mobilenet_v1_0.25_128', '-t', '5', '--events', 'none', '--best-effort'];
  const { stdout } = await isochron([...run, '--xnnpack']);
  const [head = '', row = ''] = stdout.split('\n');
  expect(head).toMatch(/median +mean ± σ .* init +peak memory +ran as +verdict$/);
  expect(row).toMatch(/[µm]s ± [\d.]+ [nµm]?s .* [\d.]+ [MG]B +ordinary, any core +\S+$/);
  expect(stdout).toMatch(
    /^init [\d.]+ ms = library .+ \+ model .+ \+ delegate .+ \+ interpreter .+ \+ tensors .+ \+ inputs .+; memory at most [\d.]+ MB, [\d.]+ MB of it Node and the tool before init, [\d.]+ MB when ready$/m,
  );
  const synthetic = await isochron(['run', 'noop', '-t', '5', '--events', 'none']);
  expect(synthetic.stdout).not.toMatch(/\binit\b/);
});
