/** The kernel's watchdog of soft lockups, on made-up machines. */
import { expect, test } from 'vitest';
import { watchdog } from '../../src/machine/watchdog.js';
import { tree } from './tree.js';

const on = {
  'proc/sys/kernel/watchdog': '1\n',
  'proc/sys/kernel/soft_watchdog': '1\n',
  'proc/sys/kernel/watchdog_thresh': '10\n',
  'proc/sys/kernel/watchdog_cpumask': '0-3\n',
};

test.each<[what: string, files: Record<string, string>, found: ReturnType<typeof watchdog>]>([
  ['looks in every two fifths of its threshold', on, { periodS: 4, cores: [0, 1, 2, 3] }],
  [
    'keeps to its cores',
    { ...on, 'proc/sys/kernel/watchdog_cpumask': '0,2\n' },
    { periodS: 4, cores: [0, 2] },
  ],
  [
    'is on no core where it is off',
    { ...on, 'proc/sys/kernel/watchdog': '0\n' },
    { periodS: 4, cores: [] },
  ],
  [
    'is on no core where only hard lockups are looked for',
    { ...on, 'proc/sys/kernel/soft_watchdog': '0\n' },
    { periodS: 4, cores: [] },
  ],
  [
    'is on no core with a threshold of 0',
    { ...on, 'proc/sys/kernel/watchdog_thresh': '0\n' },
    { periodS: 0, cores: [] },
  ],
  ['is not known where the kernel has none, or hides it', {}, null],
])('the watchdog %s', (_what, files, found) => {
  expect(watchdog(tree(files))).toEqual(found);
});
