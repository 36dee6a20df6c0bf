import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isochron, json, scratch, start, until } from './helpers.js';

const MODEL = 'mobilenet_v1_0.25_128';

interface Treatment {
  treatment: string;
  runs: number;
  ratio: { median: number; min: number; max: number };
  minorFaults: number;
  stages: Record<string, number>;
}

describe('isochron first-run', () => {
  test('takes the first run apart, in words, in a file that holds what they rest on, and as JSON', async () => {
    const out = join(scratch(), 'first');
    const args = ['first-run', MODEL, '--quick', '-o', out];
    const { status, stdout, stderr } = await isochron(args);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    for (const xnnpack of ['off', 'on']) expect(stdout).toContain(`${MODEL}, XNNPACK ${xnnpack}`);
    expect(stdout).toMatch(/Untreated, the first run takes .* × the median of those after it/);
    expect(stdout).toMatch(/Recommended: .*--warmup 1/);
    expect(stdout).toMatch(/unexplained/);

    const { explanations, cost, missing } = json(join(out, 'first-run.json'));
    expect(missing).toEqual([]);
    expect(cost.anonymousNs).toBeGreaterThan(0);
    expect(explanations.map((e: { xnnpack: boolean }) => e.xnnpack)).toEqual([false, true]);
    for (const { treatments, split } of explanations) {
      const of = (name: string) =>
        treatments.find((t: Treatment) => t.treatment === name) as Treatment;
      expect(treatments.map((t: Treatment) => [t.treatment, t.runs])).toEqual(
        ['untreated', 'warm', 'prefaulted', 'locked', 'warmed up', 'recommended'].map((name) => [
          name,
          3,
        ]),
      );
      // what the treatments are there for
      expect(of('prefaulted').minorFaults).toBeLessThan(of('warm').minorFaults);
      expect(of('locked').minorFaults).toBeLessThan(of('warm').minorFaults);
      // where the lock's room holds what the first job allocates, there is none left to be less than
      expect(of('recommended').minorFaults).toBeLessThanOrEqual(of('locked').minorFaults);
      expect(of('untreated').stages.loadModel).toBeGreaterThan(0);
      expect(of('untreated').stages.loadEngine).toBeGreaterThan(0);
      const sum = split.parts.reduce(
        (total: number, p: { ns: number | null }) => total + (p.ns ?? 0),
        0,
      );
      expect(sum).toBeCloseTo(split.excessNs, 0);
    }

    const runs = readdirSync(out).filter((name) => name.endsWith('.csv'));
    expect(runs).toHaveLength(2 * 6 * 3);
    const cold = json(join(out, 'no-xnnpack-untreated.r1.json'));
    expect(cold.plan).toMatchObject({ cold: true, lockMemory: false, warmup: 0 });
    expect(cold.fileCache.map((file: { path: string }) => file.path)).toEqual([
      cold.engine.path,
      cold.model.path,
    ]);
    expect(json(join(out, 'xnnpack-prefaulted.r1.json')).granted.prefaultedBytes).toBeGreaterThan(
      0,
    );
    expect(json(join(out, 'xnnpack-warm.r1.json')).granted.prefaultedBytes).toBeNull();

    // and to programs; nothing is run again for it
    const told = await isochron([...args, '--resume', '--json', '--quiet']);
    expect(told.status).toBe(0);
    const { format, model, folder, explanations: same } = JSON.parse(told.stdout);
    expect({ format, model, folder }).toEqual({
      format: 'isochron-first-run',
      model: MODEL,
      folder: out,
    });
    const samples = (list: { xnnpack: boolean; treatments: Treatment[] }[]) =>
      list.map(({ xnnpack, treatments }) => [xnnpack, treatments]);
    expect(samples(same)).toEqual(samples(explanations));
    for (const { words } of same) expect(words.join(' ')).toContain('Recommended');
  });

  test('recommends nothing that it was denied, says what that was, and proves nothing without its priority', async ({
    skip,
  }) => {
    if (process.getuid?.() !== 0) return skip('dropping rights needs root');
    const out = join(scratch(), 'first');
    const args = ['first-run', MODEL, '--repetitions', '5', '--jobs', '3', '--quiet', '-o', out];
    const { status, stdout, stderr } = await isochron(args, {
      wrapper: [
        'setpriv',
        '--bounding-set=-ipc_lock,-sys_nice',
        'prlimit',
        '--memlock=65536',
        '--rtprio=0',
      ],
    });
    expect(status).toBe(1);
    expect(stdout).toContain('Nothing is recommended');
    expect(stdout.match(/Note: SCHED_FIFO priority 90 was refused/g)).toHaveLength(1);
    expect(stdout).not.toMatch(/proved|is within it/);
    expect(stderr).toMatch(/left out: .* and 19 more: .*Memory was not locked/);
    const { explanations, missing, notes } = json(join(out, 'first-run.json'));
    for (const { treatments, proved, enough } of explanations) {
      expect(treatments.map(({ treatment }: Treatment) => treatment)).toEqual([
        'untreated',
        'warm',
        'prefaulted',
        'warmed up',
      ]);
      expect({ proved, enough }).toEqual({ proved: null, enough: null });
    }
    expect(missing).toHaveLength(2 * 2 * 5);
    expect(notes.join(' ')).toContain('SCHED_FIFO priority 90 was refused');
  });

  test('of a file of another user’s that may not be written nobody knows what stayed in the file cache', async ({
    skip,
  }) => {
    if (process.getuid?.() !== 0) return skip('giving a file away needs root');
    const folder = scratch();
    const [model, out] = [join(folder, 'm.tflite'), join(folder, 'out.csv')];
    expect((await isochron(['models', 'build', MODEL, '-o', model])).status).toBe(0);
    chownSync(model, 65534, 65534);
    const wrapper = ['setpriv', '--bounding-set=-fowner,-dac_override'];
    await isochron(['run', model, '--cold', '-t', '3', '-o', out], { wrapper });
    const { fileCache, verdict } = json(join(folder, 'out.json'));
    expect(fileCache).toEqual([
      { path: expect.any(String), bytes: expect.any(Number), residentBytes: expect.any(Number) },
      { path: model, bytes: statSync(model).size, residentBytes: null },
    ]);
    expect(verdict).not.toBeNull();
  });

  test('an interrupted one ends with 130 and goes on with --resume, where of two models under one name only the one that is there counts, and a run that failed is missing', async () => {
    const folder = scratch();
    const [model, out] = [join(folder, 'm.tflite'), join(folder, 'first')];
    const build = async (seed: string) => {
      const built = await isochron(['models', 'build', MODEL, '--seed', seed, '-o', model]);
      expect(built.status).toBe(0);
    };
    await build('1');
    const args = ['first-run', model, '--repetitions', '1', '--jobs', '3', '-o', out];
    const { child, result } = start(args);
    const done = () =>
      /no-xnnpack-warm\.r1 done/.test(readFileSync(join(out, 'sweep.log'), 'utf8'));
    await until(() => existsSync(join(out, 'sweep.log')) && done(), 'the second result');
    child.kill('SIGINT');
    expect((await result).status).toBe(130);

    await build('2');
    // no lock of ours, so that one of the new runs fails, and the older result is put back
    const lock = join(out, '.no-xnnpack-warm.r1.csv.lock');
    mkdirSync(lock);
    const { status, stderr } = await isochron([...args, '--resume', '--quiet']);
    expect(stderr).toMatch(
      /left out: no xnnpack warm: An older result: it was to be run again \(its model .*failed/,
    );
    expect(status).toBe(1);
    const { explanations, missing } = json(join(out, 'first-run.json'));
    expect(missing).toHaveLength(1);
    expect(explanations[0].treatments.map(({ treatment }: Treatment) => treatment)).toEqual(
      expect.not.arrayContaining(['warm']),
    );
    rmSync(lock, { recursive: true });
    const again = await isochron([...args, '--resume']);
    expect(again.status).toBe(0);
    expect(again.stdout).toContain('Recommended');
    expect(json(join(out, 'first-run.json')).missing).toEqual([]);
  });

  test.each<[string, string[], number, RegExp]>([
    ['a network that there is not', ['mobilnet'], 2, /no network named mobilnet/],
    ['a file that is not there', ['/nowhere/m.tflite'], 1, /\/nowhere\/m\.tflite/],
    ['too few jobs', [MODEL, '--jobs', '2'], 2, /--jobs/],
    ['no repetition', [MODEL, '--repetitions', '0'], 2, /--repetitions/],
    ['a priority that is none', [MODEL, '-f', '100'], 2, /fifo/],
    ['a core that there is not', [MODEL, '-c', '4000'], 2, /core 4000/],
    ['--resume without a folder', [MODEL, '--resume'], 2, /-o/],
    ['a synthetic workload', ['noop'], 2, /model/],
  ])('%s', async (_what, args, code, words) => {
    const { status, stderr } = await isochron(['first-run', ...args]);
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(status).toBe(code);
  });
});
