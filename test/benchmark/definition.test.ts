import { describe, expect, test } from 'vitest';
import { defineBenchmark, parseDefinition } from '../../src/benchmark/definition.js';
import { UsageError } from '../../src/kernel/errors.js';

const noop = { workload: 'noop' };
function refusal(definition: unknown): UsageError {
  try {
    parseDefinition(definition);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error as UsageError;
  }
  throw new Error('the definition was accepted');
}

test('a name with a line break in it does not make two lines of the sentence', () => {
  expect(refusal({ ...noop, 'a\nb': 1 }).message).toBe('unknown name a\\nb in the definition.');
});

describe('what can’t be meant is refused', () => {
  test.each<[object, string]>([
    [{ deadline: 0 }, 'the deadline is 0.'],
    [{ period: '1ms', deadline: '0ms' }, 'the deadline is 0.'],
    [{ duration: 0 }, 'the duration is 0.'],
    [
      { period: '1ms', deadline: '1001us' },
      'the deadline (1001000 ns) is longer than the period (1000000 ns).',
    ],
    [{ threads: 65 }, 'counters follow at most 64 threads, and the engine is to have 65.'],
    [
      { overrun: 'stop' },
      'overrun "stop" needs a deadline, and a continuous run has none of its own.',
    ],
    [{ fifo: 1, rr: 1 }, 'more than one scheduling policy is given.'],
    [
      { rr: 1, schedDeadline: { runtimeNs: 1, deadlineNs: 1, periodNs: 1 } },
      'more than one scheduling policy is given.',
    ],
    [
      { schedDeadline: { runtimeNs: 3, deadlineNs: 2, periodNs: 3 } },
      'SCHED_DEADLINE needs runtime ≤ deadline ≤ period.',
    ],
    [
      { schedDeadline: { runtimeNs: 1, deadlineNs: 3, periodNs: 2 } },
      'SCHED_DEADLINE needs runtime ≤ deadline ≤ period.',
    ],
    [{ isolate: true }, 'isolation needs the cores of the job.'],
    [
      { cores: '0-2', sampler: { core: 1, intervalNs: 5 } },
      "core 1 can't both run the job and sample it.",
    ],
    [{ sampler: { core: 1 } }, 'sampler.interval: it is missing.'],
    [{ sampler: { core: 1, interval: 0 } }, 'sampler.interval: it must be above 0.'],
    [{ sampler: { core: 1, interval: 'soon' } }, 'the interval "soon" is not a time.'],
    [{ sampler: { core: 1, intervalNs: 0 } }, 'sampler.intervalNs must be at least 1.'],
    [
      { sampler: { core: 1, interval: '5ms', intervalNs: 5 } },
      'sampler.interval: it is given twice, as interval and as intervalNs.',
    ],
    [{ sampler: { interval: '5ms' } }, 'sampler.core must be a number.'],
    [{ sampler: { core: 1, every: '5ms' } }, 'unknown name every in the definition.'],
    [
      { schedDeadline: { runtime: '3ms', deadline: '2ms', periodNs: 3e6 } },
      'SCHED_DEADLINE needs runtime ≤ deadline ≤ period.',
    ],
    [{ sampler: [1] as never }, 'sampler must be an object.'],
    [{ jobs: 1, tasks: 2 }, 'jobs is given twice, by two of its names.'],
    [{ tasks: -1 }, 'jobs must be at least 0.'],
    [{ jobs: -1 }, 'jobs must be at least 0.'],
    [{ fifo: 100 }, 'fifo must be at most 99.'],
    [{ warmup: 1.5 }, 'warmup must be a whole number.'],
    [{ xnnpack: 'yes' }, 'xnnpack must be a boolean.'],
    [{ period: {} }, 'period must be a string or a number.'],
    [{ cores: {} }, 'cores must be a string or a number or a list.'],
    [{ cores: ['a'] }, 'cores must be a string or a number or a list of whole numbers.'],
    [{ events: [1] }, 'events must be a string or a list of strings.'],
    [{ overrun: 'wait' }, 'overrun must be one of skip, queue, stop.'],
    [{ perod: 1 }, 'unknown name perod in the definition.'],
    [{ perod: 1, dedline: 2 }, 'unknown names perod, dedline in the definition.'],
  ])('%j', (options, message) => {
    expect(refusal({ ...noop, ...options }).message).toBe(message);
  });
  test.each([null, undefined, 5, 'noop', []])('%j is no definition', (value) => {
    expect(refusal(value).message).toMatch(/^[^\n]+\.$/);
  });
});

describe('what can be meant is accepted', () => {
  test.each<object>([
    { period: '1ms', deadline: '1ms' },
    { deadline: '5ms' }, // of a continuous run
    { overrun: 'stop', period: '1ms' },
    { overrun: 'stop', deadline: '1ms' },
    { overrun: 'skip' },
    { schedDeadline: { runtimeNs: 2, deadlineNs: 2, periodNs: 2 } },
    { fifo: 99 },
    { isolate: true, cores: [0] },
    { isolate: false },
    { cores: '0,2', sampler: { core: 1, intervalNs: 5 } },
    { sampler: { core: 1, intervalNs: 5 } },
    { jobs: 0 },
  ])('%j', (options) => {
    const definition = { ...noop, ...options };
    expect(defineBenchmark(definition)).toBe(definition);
  });

  test('units are resolved', () => {
    expect(
      parseDefinition({ ...noop, period: '10ms', deadline: 0.005, cores: '2,0', memLimit: '16M' }),
    ).toEqual({ ...noop, period: 10e6, deadline: 5e6, cores: [0, 2], memLimit: 16 * 2 ** 20 });
  });
});

test.each([[null], [undefined], [[]], ['x']])('%o is no definition', (given) => {
  expect(() => defineBenchmark(given as never)).toThrow('the definition must be an object.');
});
