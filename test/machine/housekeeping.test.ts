/** Where everything runs that is not the job. */
import { describe, expect, test } from 'vitest';
import type { NativeAddon } from '../../src/addon/native.js';
import { housekeepingCores, onCores } from '../../src/machine/housekeeping.js';

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
  const fake = () => {
    const calls: (number[] | 'back')[] = [];
    const confine = (cores: number[]) => calls.push(cores);
    const unconfine = () => calls.push('back');
    return { addon: { confine, unconfine } as unknown as NativeAddon, calls };
  };
  test('puts the process back, also after a failure', async () => {
    const { addon, calls } = fake();
    expect(await onCores(addon, [2], async () => 'done')).toBe('done');
    await expect(
      onCores(addon, [1], async () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(calls).toEqual([[2], 'back', [1], 'back']);
  });
  test('puts it back once, as soon as that is said', async () => {
    const { addon, calls } = fake();
    await onCores(addon, [2], async (leave) => {
      leave();
      expect(calls).toEqual([[2], 'back']);
      leave();
    });
    expect(calls).toEqual([[2], 'back']);
  });
  test('moves nothing where there is nowhere to go', async () => {
    const { addon, calls } = fake();
    expect(await onCores(addon, [], async () => 1)).toBe(1);
    expect(calls).toEqual([]);
  });
});
