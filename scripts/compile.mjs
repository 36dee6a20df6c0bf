// `npm run compile`: dist/ anew from src/, so that nothing stays of a file that has gone. TypeScript checks it and writes its
// declarations; esbuild puts it together in a few files: what a command or an engine's process needs is read at once, which
// is most of its start, above all on a small board. The old dist/ is there until the new one is whole: a mistake in the sources
// leaves it, and what runs from it hardly notices.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [dist, fresh, old] = ['dist', 'dist.new', 'dist.old'].map((name) => join(root, name));

/** What is started or imported by its path: the command, the library, the engine's processes, what scripts/ use. */
const ENTRIES = [
  'cli/main.ts',
  'index.ts',
  'child/run-entry.ts',
  'child/evaluator-entry.ts',
  'addon/load-addon.ts',
  'addon/install-hint.ts',
  'engine/install-engine.ts',
];
/** Read by nearly every command, and made of many small files. Other packages are read from where npm put them. */
const TAKEN_IN = ['yargs', 'zod', 'simple-statistics'];

for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
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
const { dependencies, peerDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
await build({
  entryPoints: ENTRIES.map((entry) => join(root, 'src', entry)),
  outbase: join(root, 'src'),
  outdir: fresh,
  chunkNames: 'parts/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter(
    (name) => !TAKEN_IN.includes(name),
  ),
  logLevel: 'warning',
});
chmodSync(join(fresh, 'cli', 'main.js'), 0o755);
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
