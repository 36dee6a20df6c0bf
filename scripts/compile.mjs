// `npm run compile`: dist/ anew from src/, so that nothing stays of a file that has gone. TypeScript checks it and writes its
// declarations; esbuild puts it together in a few files: what a command or an engine's process needs is read at once, which
// is most of its start, above all on a small board. The old dist/ is there until the new one is whole: a mistake in the sources
// leaves it, and what runs from it hardly notices.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { keepWords } from './api/keep-words.mjs';

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
/** Read by many commands, or made of many small files. Other packages are read from where npm put them. */
const TAKEN_IN = [
  ...['cli-table3', 'csv-stringify', 'flatbuffers', 'picocolors', 'simple-statistics', 'yaml'],
  ...['yargs', 'zod'],
];

/**
 * What yargs asks how wide a text is knows every sequence of emoji, by a regular expression and a segmenter that take 20 ms of
 * each start; these know as much of the words of a help.
 */
const LIGHTER = {
  'string-width': "export { default } from 'fast-string-width';",
  'wrap-ansi': "export { wrapAnsi as default } from 'fast-wrap-ansi';",
};
const packages = {
  name: 'packages',
  setup({ onResolve, onLoad }) {
    // require() of packages of another kind wants the function itself
    onResolve({ filter: /^(string-width|wrap-ansi)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'lighter' } : undefined,
    );
    // of a package that is CommonJS; a module of ours has no require()
    onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind === 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
    onLoad({ filter: /.*/, namespace: 'lighter' }, ({ path }) => ({
      contents: LIGHTER[path],
      resolveDir: root,
    }));
  },
};

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
keepWords(root, fresh);
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
  // a third of the size, which a board's small disk counts; names stay, for traces
  minifyWhitespace: true,
  lineLimit: 160,
  platform: 'node',
  target: 'node20.19',
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter(
    (name) => !TAKEN_IN.includes(name),
  ),
  plugins: [packages],
  logLevel: 'warning',
});
chmodSync(join(fresh, 'cli', 'main.js'), 0o755);
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
