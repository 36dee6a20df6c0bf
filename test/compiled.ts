/** What the tests start as processes of their own, or change: source files compiled for them, and places in dist/. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Compiles a file of this repository, with all that it imports of it, into `folder`; returns the path of what Node runs. */
export function compiledFor(folder: string, source: string): string {
  const outfile = join(folder, 'compiled.mjs');
  buildSync({
    entryPoints: [join(root, source)],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  return outfile;
}

/** Replaces something in the one file below dist/ that holds it; returns what puts it back. */
export function changeCompiled(dist: string, what: RegExp, by: string): () => void {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => ({ file: join(dist, name), text: readFileSync(join(dist, name), 'utf8') }))
    .filter(({ text }) => what.test(text));
  if (files.length !== 1) throw new Error(`${what} is in ${files.length} files of ${dist}`);
  const { file, text } = files[0] as (typeof files)[0];
  writeFileSync(file, text.replace(what, by));
  return () => writeFileSync(file, text);
}
