/** One pass of a run between a child of the test's own and real files. */

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/benchmark/plan.js';
import { type Controls, runInChild } from '../../src/child/run-process.js';
import type { Sidecar } from '../../src/formats/sidecar.js';
import type { EventColumn } from '../../src/run/event-passes.js';
import { nativePlan } from '../../src/run/native-plan.js';
import { RunFiles } from '../../src/run/run-files.js';
import type { RunOptions, RunResult } from '../../src/run/run-result.js';
import { Session } from '../../src/run/run-session.js';
import {
  FakeChild,
  FakeClock,
  finished,
  HAS_COUNTERS,
  HAS_DEADLINE,
  nothingSent,
  prepared,
  recordBytes,
  SAMPLE_HAS_JOB,
  sampleBytes,
  settle,
} from '../child/fake-child.js';
import { csv, json, scratch } from '../cli/helpers.js';
import { makeEvent, makePlan, makeReport } from './plans.js';

interface Setting {
  plan?: Partial<Plan>;
  events?: EventColumn[];
  options?: RunOptions;
  report?: Partial<Sidecar>;
}

/** Begins a pass with files in a folder of its own. */
const UNWATCHED = { begin: () => {}, end: () => null };

async function begin(setting: Setting = {}, claim = () => true) {
  const output = join(scratch(), 'out.csv');
  const plan = makePlan({ output, ...setting.plan });
  const events = setting.events ?? [];
  const notes: string[] = [];
  const options = { onNote: (note: string) => notes.push(note), ...setting.options };
  const child = new FakeChild();
  const clock = new FakeClock();
  let last: Promise<RunResult> | undefined;
  const files = await RunFiles.open(plan, claim);
  const report = { ...makeReport(plan, events), ...setting.report };
  const session = new Session(plan, events, report, files, options, UNWATCHED);
  const go = () => {
    const controls: Controls = options;
    last ??= session.hold(
      () => runInChild(nativePlan(plan, []), [], session, controls, { start: () => child, clock }),
      () => {},
    );
    last.catch(() => {});
    return last;
  };
  return { output, sidecar: output.replace('.csv', '.json'), child, clock, notes, go, plan };
}
/** What a run leaves; its locks are hidden, and last as long as its files are open. */
const results = (output: string) =>
  readdirSync(join(output, '..'))
    .filter((name) => !name.startsWith('.'))
    .sort();
const jobs = (n: number) => Array.from({ length: n }, (_, k) => recordBytes(k));
const stopped = { reason: 'stopped' } as const;

describe('a run', () => {
  test('that does what it should is done and VALID, its rows are on disk, and its sidecar is final', async () => {
    const { output, sidecar, child, go } = await begin({ plan: { cores: [0] } });
    child.play(jobs(40));
    const result = await go();
    expect(result).toMatchObject({
      status: 'done',
      error: null,
      files: [output, sidecar],
      incomplete: [],
    });
    expect(csv(output)).toHaveLength(40);
    expect(json(sidecar)).toMatchObject({ status: 'done', summary: { counts: { measured: 40 } } });
    expect(result.verdict.reasons.map(({ code }) => code)).not.toContain('run_failed');
    expect(result.verdict.reasons.map(({ code }) => code)).not.toContain('interrupted');
  });

  test.each<[string, asked: number[], granted: number[], code: string | null]>([
    ['that was left one core shares it with the tool, and is pinned', [], [1], 'core_shared'],
    ['that was left several is not pinned', [], [0, 1], 'not_pinned'],
    ['that was told one and got several is not pinned', [1], [0, 1], 'not_pinned'],
    ['that got the tool’s core instead of what it was told shares that', [1], [0], 'core_shared'],
    ['that got what it was told is pinned', [1], [1], null],
  ])('%s', async (_what, cores, granted, code) => {
    const housekeepingCores = cores.length > 0 ? [0] : null;
    const { child, go } = await begin({ plan: { cores }, report: { housekeepingCores } });
    child.play(jobs(40), { cores: granted });
    const { verdict } = await go();
    const codes = [...verdict.reasons, ...verdict.notes].map((remark) => remark.code);
    expect(codes.filter((each) => ['core_shared', 'not_pinned'].includes(each))).toEqual(
      code === null ? [] : [code],
    );
  });

  test('has its sidecar beside it before it is started', async () => {
    const { sidecar, child, go } = await begin();
    let status = '';
    child.onTold = ({ type }) => {
      if (type === 'plan') child.say({ type: 'prepared', prepared });
      if (type !== 'start') return;
      status = json(sidecar).status;
      child.end();
    };
    await go();
    expect(status).toBe('running');
  });

  test.each<[string, Partial<Plan>]>([
    ['of a number of jobs', { jobs: 40 }],
    ['of a duration', { jobs: 0, durationNs: 60e9 }],
  ])('%s that is interrupted is not VALID', async (_what, plan) => {
    const { child, go } = await begin({ plan });
    child.play(jobs(39), { finished: stopped });
    const { status, verdict } = await go();
    expect(status).toBe('interrupted');
    expect(verdict.reasons.map(({ code }) => code)).toContain('interrupted');
    expect(verdict.valid).toBe(false);
  });

  test('until it is stopped has done all it should', async () => {
    const { child, go } = await begin({ plan: { jobs: 0 } });
    child.play(jobs(39), { finished: stopped });
    const { verdict } = await go();
    expect(verdict.reasons.map(({ code }) => code)).not.toContain('interrupted');
  });

  test('that ends at a deadline miss, or with a failed job, says so', async () => {
    const miss = await begin();
    miss.child.play(jobs(2), { finished: { reason: 'deadline_miss' } });
    expect((await miss.go()).status).toBe('deadline_miss');
    const failed = await begin();
    const error = { code: 'E_WORKLOAD', message: 'No.', hint: '' };
    failed.child.play(jobs(2), { finished: { reason: 'failed', error } });
    expect(await failed.go()).toMatchObject({ status: 'failed', error });
    expect(csv(failed.output)).toHaveLength(2);
  });

  test('progress counts jobs, or seconds where only those are limited', async () => {
    const seen: [number, number | null, string][] = [];
    const options: RunOptions = {
      onProgress: ({ done, total, note }) => seen.push([done, total, note]),
    };
    const counted = await begin({ options, plan: { warmup: 2, jobs: 2 } });
    const flags = (k: number) => (k < 2 ? 0b111 : 0b110);
    counted.child.play([0, 1, 2, 3].map((k) => recordBytes(k, { flags: flags(k) })));
    await counted.go();
    expect(seen).toEqual([
      [0, 4, ''],
      [4, 4, 'last 2.000 ms, 0 missed'],
    ]);
    seen.length = 0;
    const timed = await begin({ options, plan: { jobs: 0, durationNs: 90e9 } });
    timed.child.play(jobs(1));
    await timed.go();
    expect(seen.at(-1)).toEqual([0, 90, 'last 2.000 ms, 0 missed']);
    seen.length = 0;
    const endless = await begin({ options, plan: { jobs: 0 } });
    endless.child.play(jobs(3));
    await endless.go();
    expect(seen.at(-1)?.slice(0, 2)).toEqual([3, null]);
  });
});

describe('what the caller is told', () => {
  const denied = {
    what: 'fifo',
    code: 'E_FIFO_DENIED',
    message: 'FIFO was denied.',
    hint: 'Ask root.',
  };

  test('rights that were denied', async () => {
    const { child, notes, go } = await begin();
    child.onTold = ({ type }) => {
      if (type !== 'plan') return;
      child.say({
        type: 'prepared',
        prepared: { ...prepared, granted: { ...prepared.granted, denied: [denied] } },
      });
    };
    const result = go();
    await settle();
    child.end();
    expect(notes).toEqual(['FIFO was denied. Ask root.']);
    expect((await result).report.granted?.denied).toEqual([denied]);
  });

  test('counters that are absent, with the addon’s reason; with requireEvents the run does not begin', async () => {
    const events = [
      makeEvent('l2d_cache', { native: null, reason: 'no such event here' }),
      makeEvent('cpu_cycles'),
    ];
    const status = [
      { name: 'cpu_cycles', opened: false, noRoom: false, error: 13, reason: 'no right' },
    ];
    const say = (child: FakeChild) => {
      child.onTold = ({ type }) => {
        if (type === 'plan')
          child.say({ type: 'prepared', prepared: { ...prepared, events: status } });
        else child.end();
      };
    };
    const { child, notes, go } = await begin({ events });
    say(child);
    const { report } = await go();
    expect(notes[0]).toMatch(/l2d_cache.*no such event here/);
    expect(notes[0]).toMatch(/cpu_cycles.*no right/);
    expect(report.events[1]).toMatchObject({ opened: false, reason: 'no right' });
    const strict = await begin({ events, plan: { requireEvents: true } });
    say(strict.child);
    await expect(strict.go()).rejects.toMatchObject({ code: 'E_EVENTS_MISSING' });
    expect(existsSync(strict.output)).toBe(false);
  });

  test('a counter that stays at 0 over a run that would have moved it, once the run has its end', async () => {
    const { sidecar, child, notes, go } = await begin({ events: [makeEvent('cpu_cycles')] });
    const zero = { counters: [0n], flags: 0b1110, timeEnabledNs: 1n, timeRunningNs: 1n };
    const status = { name: 'cpu_cycles', opened: true, noRoom: false, error: 0, reason: '' };
    child.onTold = ({ type }) => {
      if (type === 'plan')
        child.say({ type: 'prepared', prepared: { ...prepared, events: [status] } });
      if (type !== 'start') return;
      child.send(...Array.from({ length: 40 }, (_, k) => recordBytes(k, zero)));
      child.say({
        type: 'finished',
        stops: 0,
        finished: { ...finished, jobs: 40 },
        sent: { ...nothingSent, jobs: 40 },
      });
      child.end();
    };
    const { report } = await go();
    expect(notes).toEqual(['cpu_cycles was opened but never counted; its column is empty.']);
    expect(report.events[0]?.reason).toMatch(/never counted/);
    expect(json(sidecar).events[0].reason).toBe(report.events[0]?.reason);
  });

  test('a function of the caller’s that throws is this run’s failure, and its rows are kept', async () => {
    let calls = 0;
    const { output, sidecar, child, go } = await begin({
      options: {
        onProgress: () => {
          if (++calls === 2) throw new TypeError('not a function');
        },
      },
    });
    child.play(jobs(5));
    const result = await go();
    expect(result).toMatchObject({
      status: 'failed',
      error: { code: 'E_UNEXPECTED', message: 'not a function' },
    });
    expect(csv(output)).toHaveLength(5);
    expect(json(sidecar).status).toBe('failed');
  });
});

describe('rows are counted against what the child says', () => {
  test.each([
    ['more jobs than it ran', { jobs: 6 }, 5],
    ['fewer', { jobs: 4 }, 5],
    ['as many as it ran, less than it sent', { jobs: 5 }, 6],
  ])('%s: E_PROTOCOL, and the rows are kept', async (_what, last, sent) => {
    const { output, sidecar, child, go } = await begin();
    child.onTold = ({ type }) => {
      if (type === 'plan') child.say({ type: 'prepared', prepared });
      if (type !== 'start') return;
      child.send(...jobs(5));
      child.say({
        type: 'finished',
        stops: 0,
        finished: { ...finished, ...last },
        sent: { ...nothingSent, jobs: sent },
      });
      child.end();
    };
    expect(await go()).toMatchObject({ status: 'failed', error: { code: 'E_PROTOCOL' } });
    expect(csv(output)).toHaveLength(5);
    expect(json(sidecar)).toMatchObject({ status: 'failed', error: { code: 'E_PROTOCOL' } });
  });

  test('records that the ring lost are not missing', async () => {
    const { child, go } = await begin();
    const some = jobs(40).filter((_, k) => k !== 7);
    child.play(some, { finished: { jobs: 40, lostRecords: 1 } });
    const { status, verdict } = await go();
    expect(status).toBe('done');
    expect(verdict.reasons.map(({ code }) => code)).toContain('lost_records');
  });

  test('samples, too', async () => {
    const { child, go } = await begin({ plan: { sampler: { core: 1, intervalNs: 1e6 } } });
    child.onTold = ({ type }) => {
      if (type === 'plan') child.say({ type: 'prepared', prepared });
      if (type !== 'start') return;
      child.send(...jobs(1));
      child.sendSamples(sampleBytes(0));
      child.say({
        type: 'finished',
        stops: 0,
        finished: { ...finished, jobs: 1 },
        sent: { ...nothingSent, jobs: 1, samples: 2 },
      });
      child.end();
    };
    expect((await go()).error).toMatchObject({ code: 'E_PROTOCOL', message: /1 samples.* 2 / });
  });

  test('a record that can’t be: the ones before it are rows, the ones after it are not', async () => {
    const { output, child, go } = await begin();
    const [a, b, c] = jobs(3) as [Buffer, Buffer, Buffer];
    child.play([a, b, b, c]);
    expect(await go()).toMatchObject({ status: 'failed', error: { code: 'E_PROTOCOL' } });
    expect(csv(output).map(({ job }) => job)).toEqual(['0', '1']);
  });
});

describe('a run that never begins', () => {
  /** What an earlier run has left. */
  async function over(setting: Setting = {}) {
    const run = await begin(setting);
    writeFileSync(run.output, 'old rows\n');
    writeFileSync(run.sidecar, '{"format":"isochron-run","old":true}');
    const files = () => [readFileSync(run.output, 'utf8'), json(run.sidecar).old];
    return { ...run, untouched: () => expect(files()).toEqual(['old rows\n', true]) };
  }

  test('throws what is wrong, and leaves no empty CSV', async () => {
    const { output, child, go } = await begin();
    expect(existsSync(output)).toBe(false); // it was tried whether it can be
    child.say({
      type: 'failed',
      error: { code: 'E_ENGINE_INVALID', message: 'No engine.', hint: 'Get one.' },
    });
    child.end();
    await expect(go()).rejects.toMatchObject({
      code: 'E_ENGINE_INVALID',
      message: 'No engine.',
      hint: 'Get one.',
    });
    expect(results(output)).toEqual([]);
  });

  test('because it was told to end leaves no empty CSV either', async () => {
    const { output, child, go } = await begin({ options: { signal: AbortSignal.abort() } });
    child.play([], { finished: stopped });
    expect((await go()).status).toBe('interrupted');
    expect(results(output)).toEqual([]);
  });

  test('leaves an empty file alone that was there before', async () => {
    const folder = scratch();
    const output = join(folder, 'mine.csv');
    writeFileSync(output, '');
    const { child, go } = await begin({ plan: { output } });
    child.end({ code: 1, signal: null });
    await expect(go()).rejects.toMatchObject({ code: 'E_CRASHED' });
    expect(existsSync(output)).toBe(true);
  });

  test.each<[string, (run: Awaited<ReturnType<typeof over>>) => Promise<void>]>([
    [
      'because its process dies first',
      async ({ child, go }) => {
        const run = go();
        child.end({ code: null, signal: 'SIGKILL' }, false);
        await settle();
        child.say({ type: 'prepared', prepared });
        child.end();
        await expect(run).rejects.toMatchObject({ code: 'E_CRASHED' });
      },
    ],
    [
      'because what is said can’t be',
      async ({ child, go }) => {
        child.messages.write('hello, world');
        await expect(go()).rejects.toMatchObject({ code: 'E_PROTOCOL' });
      },
    ],
  ])('%s: older results are as they were', async (_what, act) => {
    const run = await over();
    await act(run);
    run.untouched();
  });

  test.each<[string, RunOptions]>([
    ['signal', { signal: AbortSignal.abort() }],
    ['kill', { kill: AbortSignal.abort() }],
  ])('because it was told to end (%s): interrupted, without files', async (_what, options) => {
    const run = await over({ options });
    run.child.play([], { finished: stopped });
    const result = await run.go();
    expect(result).toMatchObject({ status: 'interrupted', error: null, files: [] });
    expect(result.summary.counts.executed).toBe(0);
    run.untouched();
  });
});

describe('a run whose process dies', () => {
  test('right after it was ready: the sidecar says failed, once and for all', async () => {
    const { output, sidecar, child, go } = await begin();
    const run = go();
    child.say({ type: 'prepared', prepared });
    // between the writing of the headers and the start
    while (!existsSync(sidecar)) await new Promise((resolve) => setImmediate(resolve));
    child.end({ code: null, signal: 'SIGKILL' });
    expect(await run).toMatchObject({ status: 'failed', error: { code: 'E_CRASHED' } });
    expect(json(sidecar)).toMatchObject({ status: 'failed', error: { code: 'E_CRASHED' } });
    expect(csv(output)).toEqual([]);
  });

  test('by kill: interrupted, with its rows', async () => {
    const kill = new AbortController();
    const { output, sidecar, child, go } = await begin({ options: { kill: kill.signal } });
    const run = go();
    child.say({ type: 'prepared', prepared });
    while (!child.told.includes('start')) await settle();
    child.send(...jobs(3));
    await settle();
    kill.abort();
    expect(await run).toMatchObject({ status: 'interrupted', error: null });
    expect(csv(output)).toHaveLength(3);
    expect(json(sidecar).status).toBe('interrupted');
  });
});

describe('files that can’t be written', () => {
  test('a sidecar that goes wrong at the end fails the run, and is said', async () => {
    const { output, sidecar, child, go } = await begin();
    const blocked = () => {
      rmSync(sidecar);
      mkdirSync(join(sidecar, 'in the way'), { recursive: true });
    };
    child.play(jobs(40));
    const played = child.onTold;
    child.onTold = (message) => {
      if (message.type === 'start') blocked();
      played(message);
    };
    const result = await go();
    expect(result.status).toBe('failed');
    expect(result.error?.code).toMatch(/^E_/);
    expect(result.incomplete).toEqual([sidecar]);
    expect(csv(output)).toHaveLength(40);
    expect(result.verdict.valid).toBe(false);
    expect(result.report).toMatchObject({ status: 'failed', verdict: { valid: false } });
    expect(result.verdict.reasons.map(({ code }) => code)).toContain('run_failed');
  });

  test('together with another failure, both are said', async () => {
    const { sidecar, child, go } = await begin();
    const error = { code: 'E_WORKLOAD', message: 'No.', hint: '' };
    child.play(jobs(2), { finished: { reason: 'failed', error } });
    const played = child.onTold;
    child.onTold = (message) => {
      if (message.type === 'start') {
        rmSync(sidecar);
        mkdirSync(join(sidecar, 'in the way'), { recursive: true });
      }
      played(message);
    };
    expect((await go()).error).toMatchObject({
      code: 'E_WORKLOAD',
      message: 'No. The JSON beside it could not be brought up to date either.',
    });
  });

  test('a samples file that can’t be made: the run has failed, and its sidecar says so', async () => {
    const { output, sidecar, child, go } = await begin({
      plan: { sampler: { core: 1, intervalNs: 1e6 } },
    });
    const samples = output.replace('.csv', '.samples.csv');
    mkdirSync(samples);
    child.play(jobs(2));
    expect(await go()).toMatchObject({
      status: 'failed',
      error: { code: 'E_OUTPUT' },
      files: [output, sidecar],
      incomplete: [samples],
    });
    expect(json(sidecar).status).toBe('failed');
  });

  test('a file that another run has got meanwhile, by another name, is not touched, and no run has begun', async () => {
    const output = join(scratch(), 'out.csv');
    writeFileSync(output, 'rows\n');
    const { child, go } = await begin({ plan: { output } }, () => false);
    child.play(jobs(2));
    await expect(go()).rejects.toMatchObject({ code: 'E_OUTPUT_BUSY' });
    expect(readFileSync(output, 'utf8')).toBe('rows\n');
    expect(results(output)).toEqual(['out.csv']);
  });

  test('samples never replace rows or any other file, and there are none beside what is no file', async () => {
    const sampler = { core: 1, intervalNs: 1e6 };
    const output = join(scratch(), 'out.csv');
    const samples = output.replace('.csv', '.samples.csv');
    writeFileSync(samples, 'mine\n');
    await expect(begin({ plan: { output, sampler } })).rejects.toMatchObject({
      code: 'E_OUTPUT',
      message: `${samples} would hold the samples of this run, but it is another file already.`,
    });
    rmSync(samples);
    const again = await begin({ plan: { output, sampler } });
    again.child.play(jobs(1));
    await again.go();
    await begin({ plan: { output, sampler } }); // over its own
    rmSync(output);
    rmSync(samples);
    symlinkSync('/dev/null', output);
    const { child, go } = await begin({ plan: { output, sampler } });
    child.play(jobs(1));
    expect(await go()).toMatchObject({ status: 'done', files: [output] });
    expect(existsSync(samples)).toBe(false);
  });

  test('a FIFO in the place of what stands beside the CSV is not waited for when it is looked at', async () => {
    const output = join(scratch(), 'out.csv');
    for (const name of ['.json', '.samples.csv'])
      execFileSync('mkfifo', [output.replace('.csv', name)]);
    await begin({ plan: { output, sampler: { core: 1, intervalNs: 1e6 } } });
  });

  test('rows that the disk has no room for: their file alone is not whole', async () => {
    const output = join(scratch(), 'out.csv');
    const samples = output.replace('.csv', '.samples.csv');
    symlinkSync('/dev/full', output);
    const { child, go } = await begin({ plan: { output, sampler: { core: 1, intervalNs: 1e6 } } });
    child.play(jobs(2));
    expect(await go()).toMatchObject({
      status: 'failed',
      error: { code: 'E_DISK_FULL' },
      incomplete: [output],
    });
    expect(existsSync(samples)).toBe(false);
  });
});

describe('samples', () => {
  const sampler = { core: 1, intervalNs: 1_000_000 };

  test('stand in their own file, which is named; those between jobs are left out', async () => {
    const { output, sidecar, child, go } = await begin({ plan: { sampler } });
    const samples = output.replace('.csv', '.samples.csv');
    child.play(jobs(2), {
      samples: [
        sampleBytes(0),
        sampleBytes(0, { timeNs: 5_005_000_000n, flags: SAMPLE_HAS_JOB }),
        sampleBytes(1),
      ],
    });
    const result = await go();
    expect(result.status).toBe('done');
    expect(result.files).toEqual([output, samples, sidecar]);
    expect(json(sidecar).files).toEqual({ csv: output, samples });
    expect(csv(samples)).toHaveLength(2);
  });

  test('that were lost are worth a note', async () => {
    const { child, go } = await begin({ plan: { sampler } });
    const samples = [
      sampleBytes(0),
      sampleBytes(0, { timeNs: 5_005_000_000n, flags: SAMPLE_HAS_JOB }),
    ];
    child.play(jobs(40), { finished: { lostSamples: 3 }, samples });
    const { notes } = (await go()).verdict;
    const lost = notes.find(({ code }) => code === 'lost_samples');
    expect(lost?.message).toMatch(/^3 counter samples .* were not taken .* One is there\.$/); // one is between jobs
  });

  test('of which there is none are worth a note, also where a file is not asked for', async () => {
    for (const output of [undefined, null]) {
      const { child, go } = await begin({
        plan: output === null ? { sampler, output } : { sampler },
      });
      child.play(jobs(40));
      const { notes } = (await go()).verdict;
      expect(notes.map(({ code }) => code)).toContain('no_samples');
    }
  });

  test('without a sampler there is no such file', async () => {
    const { output, sidecar, child, go } = await begin();
    child.play(jobs(1));
    await go();
    expect(json(sidecar).files.samples).toBeNull();
    expect(results(output)).toEqual(['out.csv', 'out.json']);
  });

  test('a dead counter’s cells are empty in both files', async () => {
    const events = [makeEvent('inst_retired'), makeEvent('l1d_cache', { zeroIsOrdinary: true })];
    const { output, child, go } = await begin({ plan: { sampler }, events });
    const opened = events.map(({ name }) => ({
      name,
      opened: true,
      noRoom: false,
      error: 0,
      reason: '',
    }));
    const flags = HAS_DEADLINE | 4 | HAS_COUNTERS;
    const times = { flags, timeEnabledNs: 10n, timeRunningNs: 10n };
    child.onTold = ({ type }) => {
      if (type === 'plan')
        child.say({ type: 'prepared', prepared: { ...prepared, events: opened } });
      if (type !== 'start') return;
      child.send(
        recordBytes(0, { ...times, counters: [0n, 0n] }),
        recordBytes(1, { ...times, counters: [7n, 0n] }),
        recordBytes(2, { ...times, counters: [0n, 3n] }),
      );
      child.sendSamples(
        sampleBytes(0, { counters: [0n, 0n] }),
        sampleBytes(1, { counters: [5n, 0n] }),
      );
      child.say({
        type: 'finished',
        stops: 0,
        finished: { ...finished, jobs: 3 },
        sent: { ...nothingSent, jobs: 3, samples: 2 },
      });
      child.end();
    };
    await go();
    const cells = (path: string, ...names: string[]) =>
      csv(path).map((row) => names.map((name) => row[name]));
    expect(cells(output, 'inst_retired', 'l1d_cache')).toEqual([
      ['', '0'],
      ['7', '0'],
      ['0', '3'],
    ]);
    const samples = output.replace('.csv', '.samples.csv');
    expect(cells(samples, 'inst_retired', 'l1_references')).toEqual([
      ['', '0'],
      ['5', '0'],
    ]);
  });
});

test('the plan of the addon is made of this session’s events', async () => {
  const events = [makeEvent('a'), makeEvent('b', { native: null }), makeEvent('c')];
  const plan = makePlan();
  const files = await RunFiles.open(plan, () => true);
  const session = new Session(plan, events, makeReport(plan, events), files, {}, UNWATCHED);
  expect(nativePlan(plan, session.nativeEvents()).events.map(({ name }) => name)).toEqual([
    'a',
    'c',
  ]);
});
