import { join } from 'node:path';

/**
 * Two test files run beside each other, each with real-time jobs on the same core, which the tool refuses to two runs of
 * one machine (E_BUSY). Here each worker of vitest has locks of its own; what the tests hold does not depend on times.
 */
const { ISOCHRON_TEST_LOCKS: folder, VITEST_POOL_ID: worker } = process.env;
if (folder !== undefined) process.env.ISOCHRON_LOCKS ??= join(folder, worker ?? '0');
