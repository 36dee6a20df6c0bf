/** Functions of a program's own that return promises, and arguments of the wrong kind. */
import { describe, expect, test, vi } from 'vitest';
import { type Caller, forCaller, requireKind } from '../../src/kernel/caller.js';

interface Options {
  tell?: ((text: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}
const KINDS = { tell: 'function', signal: 'AbortSignal' } as const;
const give = (options: Options, work: (options: Options, caller: Caller) => Promise<unknown>) =>
  forCaller<Options, unknown>('give', options, KINDS, work);
const rejects = async () => Promise.reject(new Error('no more'));

describe('a function that returns a promise', () => {
  test('is awaited at the end', async () => {
    let written = '';
    await give(
      {
        tell: async (text) => {
          await new Promise((resolve) => setImmediate(resolve));
          written += text;
        },
      },
      async ({ tell }) => tell?.('all'),
    );
    expect(written).toBe('all');
  });

  test('which is rejected has failed: at the next call, else at the end', async () => {
    const calls: string[] = [];
    const options = {
      tell: async (text: string) => {
        calls.push(text);
        await rejects();
      },
    };
    const twice = give(options, async ({ tell }) => {
      tell?.('first');
      await new Promise((resolve) => setImmediate(resolve));
      tell?.('second');
    });
    await expect(twice).rejects.toThrow('no more');
    expect(calls).toEqual(['first']);
    await expect(give(options, async ({ tell }) => tell?.('only'))).rejects.toThrow('no more');
  });

  test('that fails during work tells it at once, and only once however often it fails', async () => {
    const kept = await give({ tell: rejects }, async ({ tell }, caller) => {
      const during = caller.during(async (failure) => {
        tell?.('one');
        tell?.('two');
        await new Promise((resolve) => failure.addEventListener('abort', resolve));
        throw failure.reason;
      });
      await expect(during).rejects.toThrow('no more');
      return 'a failed run';
    });
    expect(kept).toBe('a failed run');
  });

  test('that fails after the last word of the work still fails it', async () => {
    const during = give({ tell: rejects }, ({ tell }, caller) =>
      caller.during(async () => tell?.('one')),
    );
    await expect(during).rejects.toThrow('no more');
  });

  test('that is rejected without a reason has failed, too', async () => {
    const tell = () => Promise.reject();
    const during = give({ tell }, (ours, caller) => caller.during(async () => ours.tell?.('one')));
    await expect(during).rejects.toThrow('rejected with undefined');
  });

  test('that never settles is awaited ten seconds in all, however many runs there are', async () => {
    vi.useFakeTimers();
    try {
      const from = performance.now();
      const given = give({ tell: () => new Promise(() => {}) }, async ({ tell }, caller) => {
        for (let i = 0; i < 3; i++) await caller.during(async () => tell?.('one'));
      });
      await vi.runAllTimersAsync();
      await expect(given).resolves.toBeUndefined();
      expect(performance.now() - from).toBeGreaterThanOrEqual(10_000);
      expect(performance.now() - from).toBeLessThan(10_100);
    } finally {
      vi.useRealTimers();
    }
  });
});

test('a method of the options keeps its object', async () => {
  class Teller {
    told: string[] = [];
    tell(text: string): void {
      this.told.push(text);
    }
  }
  const teller = new Teller();
  await give(teller, async ({ tell }) => tell?.('mine'));
  expect(teller.told).toEqual(['mine']);
});

test.each([
  ['no object', null, 'the options of give must be an object.'],
  ['a list', [], 'the options of give must be an object.'],
  ['no function', { tell: 5 }, 'the option tell of give must be a function.'],
  ['no signal', { signal: {} }, 'the option signal of give must be an AbortSignal.'],
])('options with %s are refused in a sentence', async (_what, options, message) => {
  await expect(give(options as never, async () => {})).rejects.toMatchObject({
    code: 'E_USAGE',
    message,
  });
});

test('what may be left out may be null', async () => {
  await give({ tell: null, signal: null } as never, async (options) => expect(options).toEqual({}));
});

test('lists are looked into', () => {
  expect(() => requireKind(['a', 5], 'list of strings', 'it')).toThrow('must be a list of strings');
  expect(() => requireKind([{}], 'list of objects', 'it')).not.toThrow();
});
