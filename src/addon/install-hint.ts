/** How the native part comes to be built, in words that can be followed where this package lies. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What tells how the package was installed. */
export interface Installed {
  /** Folder of the package, links resolved. */
  root: string;
  /** Major version of npm; null = unknown. */
  npm: number | null;
  /** The C library is musl, as on Alpine. */
  musl: boolean;
  exists: (path: string) => boolean;
}

/**
 * What to do where no native addon is there. Package managers block install scripts, each with another way to allow
 * one: npm 12 (11 does not yet), pnpm 10 and Yarn 4.14 do so by default.
 */
export function buildHint(installed: Installed): string {
  if (installed.musl) return NEEDS_GLIBC;
  return `It is built with a C++17 compiler, make and Python 3. With these installed, ${howToBuild(installed)}`;
}

function howToBuild({ root, npm, exists }: Installed): string {
  // the outermost one: what a project depends on can bring this package with it
  const at = root.indexOf('/node_modules/');
  const project = root.slice(0, at);
  if (pnpmStore.test(root) || exists(`${project}/node_modules/.modules.yaml`))
    return /\/global\/v?\d+\//.test(root)
      ? 'run: pnpm approve-builds -g'
      : `run in the project: pnpm approve-builds${root.includes('/links/') ? ' (where it was installed globally, with -g)' : ''}`;
  if (root.includes('/.yarn/') || ['.yarnrc.yml', '.pnp.cjs'].some((f) => exists(join(project, f))))
    return 'put "dependenciesMeta": {"isochron": {"built": true}} into the project\'s package.json, and run: yarn install';
  if (at < 0) return `run in ${root}: npm ci`;
  if (exists(`${project}/node_modules/.yarn-integrity`)) return 'run: yarn install --force';
  const blocks = npm === null || npm >= 12;
  if (project.endsWith('/lib') && !exists(`${project}/package.json`))
    return blocks
      ? 'run: npm install -g --allow-scripts=isochron isochron (for a file, its absolute path in place of both names)'
      : 'run: npm rebuild -g isochron';
  const rebuild = 'npm rebuild isochron';
  return `run in ${project}: ${
    blocks ? `npm install-scripts approve isochron && ${rebuild}` : rebuild
  }${npm === null ? ' (the second alone before npm 12)' : ''}`;
}

/** pnpm's folder of packages, or its store where that one is shared between projects. */
const pnpmStore = /\/\.pnpm\/|\/store\/v\d+\/links\//;

/** The same of this machine. */
export function buildHintHere(root: string): string {
  return buildHint({ root, npm: npmVersion(root), musl: isMusl(), exists: existsSync });
}

function npmVersion(root: string): number | null {
  const running = /^npm\/(\d+)/.exec(process.env.npm_config_user_agent ?? '')?.[1];
  if (running !== undefined) return Number(running);
  // beside this package where both are global, else beside Node
  const beside = [dirname(root), join(dirname(process.execPath), '..', 'lib', 'node_modules')];
  for (const folder of beside)
    try {
      const { version } = JSON.parse(readFileSync(join(folder, 'npm', 'package.json'), 'utf8'));
      return Number.parseInt(version, 10);
    } catch {
      // not there
    }
  return null;
}

/** Node's report names the version of glibc, and has no such entry where the C library is another: musl, as on Alpine. */
export function isMusl(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

/** What is said on musl. */
export const NEEDS_GLIBC =
  "TensorFlow Lite's libraries are built for glibc, and none of them loads on musl (Alpine): take a glibc image, such as Debian's.";
