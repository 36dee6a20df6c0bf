import { expect, test } from 'vitest';
import { kernelSince } from '../../src/kernel/system-files.js';

test('releases of the kernel are compared by number, whatever follows; an unknown one is no later', () => {
  for (const release of ['6.12.0', '6.18.44-fc', '7.0', '10.1.2'])
    expect(kernelSince(release, 6, 12)).toBe(true);
  for (const release of ['6.6.0-rt15', '5.18.1', '6.1', '', 'x', null])
    expect(kernelSince(release, 6, 12)).toBe(false);
});
