/** How many threads can have wanted a core at once: who worked, and how many the engine lets work. */
import { describe, expect, it as test } from 'vitest';
import { type Crew, threadsAtOnce } from '../../src/metrics/crowding.js';

const MS = 1_000_000;

describe('threads at once', () => {
  test.each<[string, Crew, number]>([
    ['the job thread alone', { jobThreadNs: 100 * MS, workersNs: [], asked: 1 }, 1],
    [
      // CPU times as measured over 30 jobs of resnet8 (fp32) at two threads without XNNPACK, rounded; that the pools took
      // turns is known from the engine, not from these figures. All others of this table are made up.
      'two pools that take turns, within what was asked for',
      { jobThreadNs: 24 * MS, workersNs: [16 * MS, 24 * MS], asked: 2 },
      2,
    ],
    [
      'a pool that has one worker beside the job thread',
      { jobThreadNs: 100 * MS, workersNs: [80 * MS], asked: 2 },
      2,
    ],
    [
      'four that share the work',
      { jobThreadNs: 100 * MS, workersNs: [90 * MS, 95 * MS, 88 * MS], asked: 4 },
      4,
    ],
    [
      'four were asked for, but the model keeps two of them busy',
      { jobThreadNs: 100 * MS, workersNs: [90 * MS, 0.2 * MS, 0], asked: 4 },
      2,
    ],
    ['exactly the share', { jobThreadNs: 100 * MS, workersNs: [MS], asked: null }, 2],
    ['just below the share', { jobThreadNs: 100 * MS, workersNs: [MS - 1], asked: null }, 1],
    [
      'a job thread that only waits for its workers is none of them',
      { jobThreadNs: 0.5 * MS, workersNs: [100 * MS, 100 * MS], asked: null },
      2,
    ],
    [
      'a thread whose time is not known counts',
      { jobThreadNs: 100 * MS, workersNs: [null, null], asked: null },
      3,
    ],
    ['nothing is known of anybody', { jobThreadNs: 0, workersNs: [null], asked: null }, 2],
    [
      'a plugin says nothing, so that all who worked may have done so at once',
      { jobThreadNs: 50 * MS, workersNs: [50 * MS, 50 * MS], asked: null },
      3,
    ],
  ])('%s', (_why, crew, expected) => {
    expect(threadsAtOnce(crew)).toBe(expected);
  });
});
