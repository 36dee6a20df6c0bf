/** An evaluation always has an end, and what its process writes is never believed blindly: with a child of the test's own. */
import { describe, expect, test, vi } from 'vitest';
import { Evaluator } from '../../src/child/evaluator.js';
import type { FromEvaluator, ToEvaluator } from '../../src/child/protocol.js';
import { END_GRACE_MS, PIPE_GRACE_MS } from '../../src/child/run-process.js';
import { FakeChild, FakeClock, settle } from './fake-child.js';

const tensor = { name: 't', type: 'float32', shape: [1], bytes: 4, quantization: null };
const info = {
  version: '2.9.0',
  inputs: [tensor],
  outputs: [tensor],
  xnnpack: {
    requested: false,
    delegatedNodes: 0,
    totalNodes: null,
    partitions: 0,
    taken: [],
    refusals: [],
  },
  stages: {},
  messages: [],
};
const loaded = { type: 'loaded', info } as unknown as FromEvaluator;
const value = Uint8Array.of(0, 0, 128, 63);

function begin(signal?: AbortSignal) {
  const child = new FakeChild();
  const clock = new FakeClock();
  const options = { library: '/e.so', model: '/m.tflite', ...(signal ? { signal } : {}) };
  const opened = Evaluator.open(options, { start: () => child, clock });
  opened.catch(() => {}); // looked at later
  return { child, clock, opened };
}
/** Answers questions of these types; the others are left open. It ends when it is told to. */
function answering(child: FakeChild, answers: Partial<Record<ToEvaluator['type'], unknown>>) {
  child.onTold = (message) => {
    const { type } = message as unknown as ToEvaluator;
    if (type === 'end') child.end();
    else if (answers[type] !== undefined) child.say(answers[type]);
  };
  const first = child.told[0] as unknown as ToEvaluator['type'] | undefined;
  if (first !== undefined && answers[first] !== undefined) child.say(answers[first]);
}
async function ready(answers: Partial<Record<ToEvaluator['type'], unknown>> = {}) {
  const abort = new AbortController();
  const { child, clock, opened } = begin(abort.signal);
  answering(child, { load: loaded, ...answers });
  return { child, clock, abort, evaluator: await opened };
}

describe('an evaluation', () => {
  test('has one answer to each question, and ends when it is closed', async () => {
    const ranges = [{ range: [0, 1], nonFinite: 2 }, null];
    const { child, clock, evaluator } = await ready({
      invoke: { type: 'outputs', outputs: [value] },
      watch: { type: 'watched' },
      ranges: { type: 'ranges', ranges },
    });
    expect(evaluator.info).toEqual(info);
    expect(await evaluator.invoke([value])).toEqual([value]);
    await evaluator.watch([value], false);
    expect(await evaluator.ranges()).toEqual(ranges);
    await evaluator.close();
    expect(child.killed).toBe(0);
    expect(clock.waiting).toBe(0);
    await expect(evaluator.invoke([value])).rejects.toThrow('closed');
  });

  test('hands on what the engine has against the model, and ends its process', async () => {
    const { child, opened } = begin();
    const error = { code: 'E_MODEL_INVALID', message: 'It is damaged.', hint: 'Copy it.' };
    answering(child, { load: { type: 'failed', error } });
    await expect(opened).rejects.toMatchObject(error);
    expect(child.told).toEqual(['load', 'end']);
  });
});

describe('a process that dies', () => {
  test('before its first answer, with the engine’s last error', async () => {
    const { child, opened } = begin();
    child.print.write('ERROR: no kernel.\nINFO: created\n');
    child.end({ code: null, signal: 'SIGSEGV' });
    await expect(opened).rejects.toMatchObject({
      code: 'E_CRASHED',
      message:
        "The engine's process was ended by SIGSEGV while it worked on /m.tflite; its last words: ERROR: no kernel.",
    });
  });

  test('in the middle: that question fails, and every later one', async () => {
    const { child, evaluator } = await ready();
    const pending = evaluator.invoke([value]);
    child.end({ code: 3, signal: null });
    const crashed = { code: 'E_CRASHED', message: expect.stringContaining('ended with status 3') };
    await expect(pending).rejects.toMatchObject(crashed);
    await expect(evaluator.ranges()).rejects.toMatchObject(crashed);
    await evaluator.close();
  });

  test('in the middle of an answer', async () => {
    const { child, evaluator } = await ready();
    const pending = evaluator.invoke([value]);
    child.messages.write(child.frames.control.frame(Buffer.from('cut')).subarray(0, 12));
    child.end({ code: null, signal: 'SIGABRT' });
    await expect(pending).rejects.toMatchObject({ code: 'E_CRASHED' });
  });

  test('after an answer that is still in the pipe: the answer counts', async () => {
    const { child, evaluator } = await ready();
    const pending = evaluator.invoke([value]);
    child.end({ code: null, signal: 'SIGSEGV' }, false);
    await settle();
    child.say({ type: 'outputs', outputs: [value] });
    child.end();
    expect(await pending).toEqual([value]);
  });

  test('when it was told to end: nothing is lost', async () => {
    const { child, evaluator } = await ready();
    child.onTold = () => child.end({ code: null, signal: 'SIGSEGV' });
    await evaluator.close();
  });

  test('and leaves something behind that holds its pipes open', async () => {
    const { child, clock, evaluator } = await ready();
    const pending = evaluator.invoke([value]);
    child.end({ code: 1, signal: null }, false);
    await settle();
    clock.advance(PIPE_GRACE_MS);
    await expect(pending).rejects.toMatchObject({ code: 'E_CRASHED' });
  });

  test('or could not be started', async () => {
    const { child, opened } = begin();
    child.end({ code: null, signal: null, notStarted: new Error('spawn EAGAIN') });
    await expect(opened).rejects.toMatchObject({ code: 'E_CHILD' });
  });
});

describe('a process that writes what can’t be', () => {
  test.each<[string, (child: FakeChild) => void]>([
    ['garbage among the messages', (c) => c.messages.write('INFO: Created TensorFlow Lite\n')],
    ['anything by the pipe of the commands', (c) => c.stray.write('x')],
    [
      'bytes that are no message',
      (c) => c.messages.write(c.frames.control.frame(Buffer.from('x'))),
    ],
    ['a message of no shape', (c) => c.say(null)],
    ['outputs that are no bytes', (c) => c.say({ type: 'outputs', outputs: ['a'] })],
    ['more outputs than there are', (c) => c.say({ type: 'outputs', outputs: [value, value] })],
    ['the answer to another question', (c) => c.say({ type: 'watched' })],
  ])('%s: E_PROTOCOL', async (_what, write) => {
    const { child, evaluator } = await ready();
    const pending = evaluator.invoke([value]);
    write(child);
    await expect(pending).rejects.toMatchObject({ code: 'E_PROTOCOL' });
    await evaluator.close();
  });

  test('without being asked: the next question fails, and the process is killed', async () => {
    const { child, evaluator } = await ready();
    child.say({ type: 'watched' });
    await settle();
    expect(child.killed).toBe(1);
    await expect(evaluator.invoke([value])).rejects.toMatchObject({ code: 'E_PROTOCOL' });
  });
});

describe('a process that never ends', () => {
  test('is killed a while after it was told to', async () => {
    const { child, clock, evaluator } = await ready();
    child.onTold = () => {};
    const closed = evaluator.close();
    clock.advance(END_GRACE_MS - 1);
    expect(child.killed).toBe(0);
    clock.advance(1);
    expect(child.killed).toBe(1);
    await closed;
  });

  test('is killed at once by the signal, and the question rejects with its reason', async () => {
    const { child, abort, evaluator } = await ready();
    const pending = evaluator.invoke([value]);
    abort.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(child.killed).toBe(1);
    await evaluator.close();
  });

  test('by a signal that was there before it', async () => {
    const { child, opened } = begin(AbortSignal.abort(new Error('enough')));
    await expect(opened).rejects.toThrow('enough');
    expect(child.killed).toBeGreaterThan(0);
  });

  test('listeners of the signal are gone afterwards', async () => {
    const { abort, evaluator } = await ready();
    const remove = vi.spyOn(abort.signal, 'removeEventListener');
    await evaluator.close();
    expect(remove).toHaveBeenCalledOnce();
  });
});
