// `npm test`: every test there is (vitest, then the native ones under each sanitizer), closed by one line that sums them up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNativeTests, runNativeTests, whyNoNativeTests } from './native-test.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const shared = resolve(root, '..', 'shared');
const env = { ...process.env };
if (!env.ISOCHRON_SHARED && existsSync(join(shared, 'models'))) env.ISOCHRON_SHARED = shared;

const scratch = mkdtempSync(join(tmpdir(), 'isochron-test-'));
const report = join(scratch, 'vitest.json');
const why = whyNoNativeTests();
// the tests wait for their jobs much of the time, which the compiler makes use of
const building = why ? null : buildNativeTests(undefined, { aside: true });
const vitest = spawn(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, env, stdio: 'inherit' },
);
const [status] = await once(vitest, 'close');
const total = { passed: 0, failed: 0, skipped: 0 };
if (existsSync(report)) {
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  total.passed += counts.numPassedTests;
  total.failed += counts.numFailedTests;
  total.skipped += counts.numPendingTests + counts.numTodoTests;
}
if (status !== 0 && total.failed === 0) total.failed = 1; // a file that did not even load
rmSync(scratch, { recursive: true, force: true });

if (building === null) {
  console.log(`native tests skipped: ${why}`);
  total.skipped += 1;
} else {
  process.env.ISOCHRON_SHARED = env.ISOCHRON_SHARED ?? '';
  const native = runNativeTests(await building);
  for (const key of Object.keys(total)) total[key] += native[key];
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
