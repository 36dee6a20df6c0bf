import { describe, expect, it as test } from 'vitest';
import { inSuiteWords } from '../../src/benchmark/hint-words.js';

describe('a hint in the words of a suite', () => {
  test.each([
    ['Pin it to one core with -c.', 'Pin it to one core with `cores`.'],
    [
      'Run it at a real-time priority (-f 90) on an isolated core (-c, isolcpus).',
      'Run it at a real-time priority (`fifo: 90`) on an isolated core (`cores`, isolcpus).',
    ],
    [
      'Run with --no-xnnpack, or use a model whose types XNNPACK supports.',
      'Run with `xnnpack: false`, or use a model whose types XNNPACK supports.',
    ],
    [
      'Ask for fewer events at once (--events), use --event-passes, or stop whatever else uses the counters.',
      'Ask for fewer events at once (`events`), use `eventPasses`, or stop whatever else uses the counters.',
    ],
    [
      'Let it run more jobs (-t) or longer (--duration).',
      'Let it run more jobs (`jobs`) or longer (`duration`).',
    ],
    // what is no option of a run stays
    ['Start it without (`chrt -o 0 isochron …`).', 'Start it without (`chrt -o 0 isochron …`).'],
    [
      'Lift the quota (docker `--cpus`), see `ulimit -l unlimited`.',
      'Lift the quota (docker `--cpus`), see `ulimit -l unlimited`.',
    ],
    ['A real-time task - or two.', 'A real-time task - or two.'],
    ['', ''],
  ])('%s', (hint, words) => {
    expect(inSuiteWords(hint)).toBe(words);
  });
});
