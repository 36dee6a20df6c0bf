import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The end-to-end tests run the built command line, as a user does. */
export function setup(): () => void {
  if (!existsSync('dist/cli/main.js'))
    throw new Error('dist/ is missing: run `npm run compile` (npm ci does) before the tests.');
  // the workers' core locks (see setup.ts), of this run of the tests alone
  const locks = mkdtempSync(join(tmpdir(), 'isochron-test-locks-'));
  chmodSync(locks, 0o755); // some tests run the command line as another user
  process.env.ISOCHRON_TEST_LOCKS = locks;
  return () => rmSync(locks, { recursive: true, force: true });
}
