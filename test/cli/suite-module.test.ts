/** A suite that is a module can do with the process what it likes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it as test } from 'vitest';
import { isochron, scratch } from './helpers.js';

const SUITE =
  "export default { name: 's', base: { workload: 'noop', jobs: 3 }, matrix: { period: ['1ms'] } };";

const dryRun = (source: string) => {
  const suite = join(scratch(), 'suite.mjs');
  writeFileSync(suite, source);
  return isochron(['sweep', suite, '--dry-run']);
};

test('that leaves a timer behind keeps no command from its end', async () => {
  const { status, stdout } = await dryRun(`setInterval(() => {}, 1000); ${SUITE}`);
  expect(stdout).toContain('1 of 1 points are to be run');
  expect(status).toBe(0);
});

test.each([
  ['ends the process', 'process.exit(0);'],
  ['awaits what never comes', 'await new Promise(() => {});'],
])('that %s is no success', async (_what, source) => {
  const { status, stderr } = await dryRun(`${source} ${SUITE}`);
  expect(stderr).toMatch(/ended before it was done/);
  expect(status).toBe(1);
});
