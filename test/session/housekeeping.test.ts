/** Where everything runs that is not the job. */
import { describe, expect, test, vi } from 'vitest';
import type { NativeAddon } from '../../src/native.js';
import { housekeepingCores, onCores } from '../../src/session/housekeeping.js';

describe('housekeeping cores', () => {
  test.each<[string, number[], number[], number | null, number[]]>([
    ['without cores of the job, nothing moves', [0, 1, 2], [], null, []],
    ['all but the job’s', [0, 1, 2, 3], [1, 3], null, [0, 2]],
    ['nor the sampler’s', [0, 1, 2, 3], [1], 2, [0, 3]],
    ['the sampler’s, where no other is left', [1, 2], [1], 2, [2]],
    ['none, where there is none', [1], [1], null, []],
    ['only those on which we may run', [4, 5], [4], 5, [5]],
    ['a job’s core that is not ours takes nothing away', [4, 5], [0], null, [4, 5]],
  ])('%s', (_what, allowed, job, sampler, cores) => {
    expect(housekeepingCores(allowed, job, sampler)).toEqual(cores);
  });
});

describe('onCores', () => {
  const addon = () => {
    const setProcessAffinity = vi.fn(() => [0, 1, 2]);
    return { setProcessAffinity } as unknown as NativeAddon & {
      setProcessAffinity: typeof setProcessAffinity;
    };
  };
  test('puts the process back, also after a failure', async () => {
    const used = addon();
    expect(await onCores(used, [2], async () => 'done')).toBe('done');
    await expect(
      onCores(used, [1], async () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(used.setProcessAffinity.mock.calls).toEqual([[[2]], [[0, 1, 2]], [[1]], [[0, 1, 2]]]);
  });
  test('moves nothing where there is nowhere to go', async () => {
    const used = addon();
    expect(await onCores(used, [], async () => 1)).toBe(1);
    expect(used.setProcessAffinity).not.toHaveBeenCalled();
  });
});
