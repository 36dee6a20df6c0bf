import { join } from 'node:path';
import { expect } from 'vitest';

/**
 * Two test files run beside each other, each with real-time jobs on the same core, which the tool refuses to two runs of
 * one machine (E_BUSY). Here each worker of vitest has locks of its own; what the tests hold does not depend on times.
 */
const { ISOCHRON_TEST_LOCKS: folder, VITEST_POOL_ID: worker } = process.env;
if (folder !== undefined) process.env.ISOCHRON_LOCKS ??= join(folder, worker ?? '0');

/** Vitest looks at each byte as at a property of its own: seven seconds for a model of 2 MB. */
expect.addEqualityTesters([
  (a: unknown, b: unknown) => (Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : undefined),
]);
