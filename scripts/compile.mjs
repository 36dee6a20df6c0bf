// `npm run compile`: dist/ anew from src/, so that nothing stays of a file that has gone; the script of the report's page for the
// browser. The old dist/ is there until the new one is whole: a mistake in the sources leaves it, and what runs from it hardly notices.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [dist, fresh, old] = ['dist', 'dist.new', 'dist.old'].map((name) => join(root, name));
for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
// the page's first: of the modules whose types it knows, what runs is what the other one makes
for (const project of ['tsconfig.page.json', 'tsconfig.build.json']) {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const { status } = spawnSync(tsc, ['-p', project, '--outDir', fresh], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    process.exit(status ?? 1);
  }
}
chmodSync(join(fresh, 'cli', 'main.js'), 0o755);
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
