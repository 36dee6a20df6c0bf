/** A run always has an end, and what the child writes is never believed blindly: with a child and a clock of the test's own. */

import { describe, expect, test, vi } from 'vitest';
import type { NativePlan } from '../../src/addon/native.js';
import { forEachSeries } from '../../src/addon/streams.js';
import {
  type ChildHandlers,
  type Controls,
  END_GRACE_MS,
  PIPE_GRACE_MS,
  runInChild,
  SAY_AFTER_MS,
  STOP_GRACE_MS,
} from '../../src/child/run-process.js';
import {
  FakeChild,
  FakeClock,
  finished,
  nothingSent,
  prepared,
  recordBytes,
  settle,
} from './fake-child.js';

const plan = {
  workload: { kind: 'synthetic', name: 'noop', settings: {} },
  lending: { heapLimitBytes: 0 },
} as NativePlan;

type Handlers = Partial<Omit<ChildHandlers, 'take'> & ChildHandlers['take']>;

function begin(controls: Controls = {}, { jobs, samples, ...handlers }: Handlers = {}) {
  const child = new FakeChild();
  const clock = new FakeClock();
  const seen = { prepared: 0, records: [] as number[], samples: 0, waiting: [] as string[] };
  const outcome = runInChild(
    plan,
    [0],
    {
      onPrepared: () => {
        seen.prepared++;
      },
      take: {
        ...forEachSeries(() => samples ?? (() => void seen.samples++)),
        jobs:
          jobs ??
          ((bytes) => {
            seen.records.push(bytes.length);
          }),
      },
      onWaiting: (sentence) => seen.waiting.push(sentence),
      ...handlers,
    },
    controls,
    { start: () => child, clock },
  );
  outcome.catch(() => {}); // looked at later
  return { child, clock, seen, outcome };
}
const ready = { type: 'prepared', prepared };
const done = (records = 0) => ({
  type: 'finished',
  stops: 0,
  finished: { ...finished, jobs: records },
  sent: { ...nothingSent, jobs: records },
});

describe('an ordinary run', () => {
  test('is told plan and start, and its records are handed on', async () => {
    const { child, clock, seen, outcome } = begin();
    child.play([recordBytes(0), recordBytes(1)]);
    expect(await outcome).toMatchObject({
      finished: { reason: 'jobs', jobs: 2 },
      sent: { ...nothingSent, jobs: 2 },
      error: null,
      interrupted: false,
    });
    expect(child.told).toEqual(['plan', 'start']);
    expect(seen.records).toEqual([2 * recordBytes(0).length]);
    expect(child.killed).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  test('nothing is started before the headers are written', async () => {
    let written: () => void = () => {};
    const { child, outcome } = begin(
      {},
      {
        onPrepared: () =>
          new Promise((resolve) => {
            written = resolve;
          }),
      },
    );
    child.say(ready);
    await settle();
    expect(child.told).toEqual(['plan']);
    child.onTold = () => {
      child.say(done());
      child.end();
    };
    written();
    expect((await outcome).error).toBeNull();
  });

  test('the next records wait until the last ones are dealt with', async () => {
    let free: () => void = () => {};
    let taken = 0;
    const { child, outcome } = begin(
      {},
      {
        jobs: () => {
          taken++;
          return new Promise<void>((resolve) => {
            free = resolve;
          });
        },
      },
    );
    child.say(ready);
    await settle();
    child.send(recordBytes(0));
    child.send(recordBytes(1));
    await settle();
    expect(taken).toBe(1);
    free();
    await settle();
    expect(taken).toBe(2);
    free();
    child.say(done(2));
    child.end();
    await outcome;
  });

  test('what the engine prints is kept, its last 64 KiB', async () => {
    const { child, outcome } = begin();
    child.print.write('x'.repeat(70_000));
    child.print.write('the end');
    child.play([]);
    const { engineOutput } = await outcome;
    expect(engineOutput).toHaveLength(64 * 1024);
    expect(engineOutput.endsWith('the end')).toBe(true);
  });
});

describe('a child that dies', () => {
  test('while it is made ready, right after or during the run: E_CRASHED with when and how', async () => {
    const early = begin();
    early.child.print.write('one\ntwo\nthree\nfour\n');
    early.child.end({ code: null, signal: 'SIGSEGV' });
    expect((await early.outcome).error).toMatchObject({
      code: 'E_CRASHED',
      message:
        "The benchmark's process crashed (SIGSEGV) while it was made ready; its last words: four.",
    });
    const late = begin();
    late.child.say(ready);
    await settle();
    late.child.end({ code: 3, signal: null });
    expect((await late.outcome).error?.message).toBe(
      "The benchmark's process ended with status 3 during the run.",
    );
  });

  test('with a report of its own failure: that one', async () => {
    const { child, outcome } = begin();
    child.say({ type: 'failed', error: { code: 'E_X', message: 'Sentence.', hint: 'Do.' } });
    child.end({ code: 1, signal: null });
    expect((await outcome).error).toEqual({ code: 'E_X', message: 'Sentence.', hint: 'Do.' });
  });

  test('while the headers are being written: the outcome waits for them', async () => {
    let written: () => void = () => {};
    const { child, outcome } = begin(
      {},
      {
        onPrepared: () =>
          new Promise((resolve) => {
            written = resolve;
          }),
      },
    );
    child.say(ready);
    await settle();
    child.end({ code: null, signal: 'SIGKILL' });
    let settled = false;
    void outcome.then(() => {
      settled = true;
    });
    await settle();
    expect(settled).toBe(false);
    written();
    expect((await outcome).error?.code).toBe('E_CRASHED');
  });

  test('before anybody has seen that it was ready: no headers are written', async () => {
    const { child, seen, outcome } = begin();
    child.end({ code: null, signal: 'SIGKILL' }, false);
    await settle();
    child.say(ready);
    child.end();
    expect((await outcome).error?.code).toBe('E_CRASHED');
    expect(seen.prepared).toBe(0);
  });

  test('a process that could not be started', async () => {
    const { child, outcome } = begin();
    child.end({ code: null, signal: null, notStarted: new Error('spawn EAGAIN') });
    await expect(outcome).rejects.toMatchObject({ code: 'E_CHILD' });
  });

  test('records that are still in the pipe when it has ended are read', async () => {
    const { child, seen, outcome } = begin();
    child.say(ready);
    await settle();
    child.end({ code: null, signal: 'SIGKILL' }, false);
    await settle();
    child.send(recordBytes(0));
    child.end();
    await outcome;
    expect(seen.records).toHaveLength(1);
  });

  test('pipes that something it has started holds open are closed after a while', async () => {
    const { child, clock, outcome } = begin();
    child.say(ready);
    await settle();
    child.say(done());
    await settle();
    child.end({ code: 0, signal: null }, false);
    await settle();
    clock.advance(PIPE_GRACE_MS);
    expect((await outcome).finished).not.toBeNull();
  });

  test('but not while they still bring something', async () => {
    const { child, clock, seen, outcome } = begin();
    child.say(ready);
    await settle();
    child.end({ code: null, signal: 'SIGKILL' }, false);
    await settle();
    for (let job = 0; job < 3; job++) {
      child.send(recordBytes(job));
      await settle();
      clock.advance(PIPE_GRACE_MS);
      await settle();
    }
    child.end();
    await outcome;
    expect(seen.records).toHaveLength(3);
  });
});

describe('a child that writes what can’t be', () => {
  test.each<[string, (child: FakeChild) => void]>([
    ['garbage among the records', (c) => c.streams.jobs.write('Segmentation fault\n')],
    ['garbage among the samples', (c) => c.streams.samples.write(Buffer.alloc(40))],
    ['garbage among the messages', (c) => c.messages.write('INFO: Created TensorFlow Lite\n')],
    ['anything by the pipe of the commands', (c) => c.stray.write('x')],
    ['a message of no shape', (c) => c.say(null)],
    ['a message of another type', (c) => c.say({ type: 'hello' })],
    ['a message without its content', (c) => c.say({ type: 'finished' })],
    [
      'bytes that are no message',
      (c) => c.messages.write(c.frames.control.frame(Buffer.from('x'))),
    ],
    ['to be ready a second time', (c) => c.say(ready)],
    [
      'a number of jobs that is none',
      (c) => c.say({ ...done(), finished: { ...finished, jobs: Number.NaN } }),
    ],
    [
      'another word after the last',
      (c) => {
        c.say(done());
        c.say(done());
      },
    ],
  ])('%s: killed at once, E_PROTOCOL', async (_what, write) => {
    const { child, outcome } = begin();
    child.say(ready);
    await settle();
    write(child);
    await expect(outcome).rejects.toMatchObject({ code: 'E_PROTOCOL' });
    expect(child.killed).toBeGreaterThan(0);
  });

  test.each(['send', 'sendSamples'] as const)('%s before the start', async (send) => {
    const { child, seen, outcome } = begin();
    child[send](Buffer.alloc(0));
    await expect(outcome).rejects.toMatchObject({ code: 'E_PROTOCOL' });
    expect(seen).toMatchObject({ records: [], samples: 0 });
  });

  test('to be finished before it was started', async () => {
    const { child, outcome } = begin();
    child.say(done());
    await expect(outcome).rejects.toMatchObject({ code: 'E_PROTOCOL' });
  });

  test('nothing after the garbage is handed on', async () => {
    const { child, seen, outcome } = begin();
    child.onKill = () => {};
    child.say(ready);
    await settle();
    child.send(recordBytes(0));
    child.streams.jobs.write('garbage');
    child.send(recordBytes(1));
    await settle();
    child.end();
    await expect(outcome).rejects.toMatchObject({ code: 'E_PROTOCOL' });
    expect(seen.records).toHaveLength(1);
  });
});

describe('a handler that throws', () => {
  const broken = () => {
    throw new Error('the disk is full');
  };
  test.each<[string, Handlers]>([
    ['jobs', { jobs: broken }],
    ['jobs, later', { jobs: async () => broken() }],
    ['samples', { samples: broken }],
  ])('%s: the child is told to stop, read to its end, and the error comes out', async (_n, h) => {
    const { child, outcome } = begin({}, h);
    child.say(ready);
    await settle();
    child.send(recordBytes(0));
    child.sendSamples(Buffer.alloc(0));
    await settle();
    expect(child.told).toEqual(['plan', 'start', 'stop']);
    expect(child.killed).toBe(0);
    child.say(done(1));
    child.end();
    await expect(outcome).rejects.toThrow('the disk is full');
  });

  test('it is not called again for what still comes', async () => {
    let calls = 0;
    const jobs = () => {
      calls++;
      broken();
    };
    const { child, outcome } = begin({}, { jobs });
    child.say(ready);
    await settle();
    child.send(recordBytes(0));
    await settle();
    child.send(recordBytes(1));
    await settle();
    child.end();
    await expect(outcome).rejects.toThrow('the disk is full');
    expect(calls).toBe(1);
  });

  test('onPrepared: a child that waits for its start is let go', async () => {
    const { child, outcome } = begin({}, { onPrepared: broken });
    child.say(ready);
    await settle();
    expect(child.told).toEqual(['plan', 'stop', 'start']);
    child.end();
    await expect(outcome).rejects.toThrow('the disk is full');
  });

  test('a child that does not end then is killed', async () => {
    const { child, clock, outcome } = begin({}, { jobs: broken });
    child.say(ready);
    await settle();
    child.send(recordBytes(0));
    await settle();
    clock.advance(END_GRACE_MS - 1);
    expect(child.killed).toBe(0);
    clock.advance(1);
    expect(child.killed).toBe(1);
    await expect(outcome).rejects.toThrow('the disk is full');
  });

  test('onWaiting: no exception of a timer', async () => {
    const abort = new AbortController();
    const { child, clock, outcome } = begin({ signal: abort.signal }, { onWaiting: broken });
    child.say(ready);
    await settle();
    abort.abort();
    clock.advance(SAY_AFTER_MS);
    child.end();
    await expect(outcome).rejects.toThrow('the disk is full');
  });
});

describe('a run that is stopped', () => {
  test('ends after its job, and says nothing when that is at once', async () => {
    const abort = new AbortController();
    const { child, clock, seen, outcome } = begin({ signal: abort.signal });
    child.say(ready);
    await settle();
    abort.abort();
    expect(child.told).toEqual(['plan', 'start', 'stop']);
    child.say(done());
    child.end();
    expect(await outcome).toMatchObject({ error: null, interrupted: false });
    clock.advance(STOP_GRACE_MS);
    expect(seen.waiting).toEqual([]);
    expect(child.killed).toBe(0);
  });

  test('with a job that blocks: says what is waited for, and ends it after the stated time', async () => {
    const abort = new AbortController();
    const { child, clock, seen, outcome } = begin({ signal: abort.signal });
    child.say(ready);
    await settle();
    abort.abort();
    clock.advance(SAY_AFTER_MS);
    expect(seen.waiting).toEqual(['waiting for the job that is being executed, at most 2 minutes']);
    clock.advance(STOP_GRACE_MS - SAY_AFTER_MS - 1);
    expect(child.killed).toBe(0);
    clock.advance(1);
    expect(child.killed).toBe(1);
    expect((await outcome).error).toMatchObject({ code: 'E_STUCK' });
  });

  test('with an engine that does not get ready: the same', async () => {
    const abort = new AbortController();
    const { child, clock, seen, outcome } = begin({ signal: abort.signal });
    await settle();
    abort.abort();
    clock.advance(SAY_AFTER_MS);
    expect(seen.waiting[0]).toMatch(/made ready/);
    clock.advance(STOP_GRACE_MS);
    expect((await outcome).error?.code).toBe('E_STUCK');
    expect(child.killed).toBe(1);
  });

  test('before it was ready: no headers, and a child that ends without a job', async () => {
    const { child, seen, outcome } = begin({ signal: AbortSignal.abort() });
    child.say(ready);
    await settle();
    child.say({ ...done(), finished: { ...finished, reason: 'stopped', jobs: 0 } });
    child.end();
    expect(await outcome).toMatchObject({ finished: { reason: 'stopped' }, error: null });
    expect(seen.prepared).toBe(0);
  });

  test('that crashes on its way is a crash, not a hang', async () => {
    const abort = new AbortController();
    const { child, outcome } = begin({ signal: abort.signal });
    child.say(ready);
    await settle();
    abort.abort();
    child.end({ code: null, signal: 'SIGSEGV' });
    expect((await outcome).error?.code).toBe('E_CRASHED');
  });
});

describe('a run that is killed', () => {
  test.each([true, false])('at once, with what was recorded (ready: %s)', async (isReady) => {
    const kill = new AbortController();
    const { child, seen, outcome } = begin({ kill: kill.signal });
    if (isReady) {
      child.say(ready);
      await settle();
      child.send(recordBytes(0));
      await settle();
    }
    kill.abort();
    expect(child.killed).toBe(1);
    expect(await outcome).toMatchObject({ finished: null, error: null, interrupted: true });
    expect(seen.records).toHaveLength(isReady ? 1 : 0);
  });

  test('before it began', async () => {
    const { child, outcome } = begin({ kill: AbortSignal.abort() });
    expect(child.killed).toBe(1);
    expect((await outcome).interrupted).toBe(true);
  });

  test('after its last word: the word counts', async () => {
    const kill = new AbortController();
    const { child, outcome } = begin({ kill: kill.signal });
    child.say(ready);
    await settle();
    child.say(done());
    await settle();
    kill.abort();
    expect(await outcome).toMatchObject({ finished: { reason: 'jobs' }, interrupted: false });
  });
});

describe('a process that stays', () => {
  test.each([
    ['finished', done()],
    ['failed', { type: 'failed', error: { code: 'E_X', message: 'No.' } }],
  ])('after the word "%s" is killed; the word counts', async (_what, word) => {
    const { child, clock, outcome } = begin();
    child.say(ready);
    await settle();
    child.say(word);
    await settle();
    clock.advance(END_GRACE_MS);
    expect(child.killed).toBe(1);
    const { finished: last, error } = await outcome;
    expect(last !== null || error?.code === 'E_X').toBe(true);
  });

  test('listeners of the signals are gone afterwards', async () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    const { child, outcome } = begin({ signal, kill: signal });
    child.play([]);
    await outcome;
    expect(remove).toHaveBeenCalledTimes(2);
  });
});
