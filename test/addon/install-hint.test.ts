import { describe, expect, test } from 'vitest';
import { buildHint, type Installed } from '../../src/addon/install-hint.js';

const APPROVE = 'npm install-scripts approve isochron && npm rebuild isochron';
const inProject = '/home/u/p/node_modules/isochron';
const pnpm = (folder: string) => `${folder}/.pnpm/isochron@0.1.0/node_modules/isochron`;

interface Case {
  root: string;
  npm?: number | null;
  /** Files around it. */
  there?: string[];
  run: string;
}

/** As the package managers lay a package out; each line was followed with them. */
const cases: Record<string, Case> = {
  'npm 12': { root: inProject, npm: 12, run: `run in /home/u/p: ${APPROVE}` },
  'npm 10, which has no such command': {
    root: inProject,
    npm: 10,
    run: 'run in /home/u/p: npm rebuild isochron',
  },
  'an npm that is not found': {
    root: inProject,
    npm: null,
    run: `run in /home/u/p: ${APPROVE} (the second alone before npm 12)`,
  },
  'another package’s dependency': {
    root: '/home/u/p/node_modules/bench/node_modules/isochron',
    run: `run in /home/u/p: ${APPROVE}`,
  },
  npx: {
    root: '/home/u/.npm/_npx/4a5b/node_modules/isochron',
    run: `run in /home/u/.npm/_npx/4a5b: ${APPROVE}`,
  },
  'npm 12, global': {
    root: '/usr/lib/node_modules/isochron',
    run: 'run: npm install -g --allow-scripts=isochron isochron (for a file, its absolute path in place of both names)',
  },
  'npm 11, global': {
    root: '/usr/lib/node_modules/isochron',
    npm: 11,
    run: 'run: npm rebuild -g isochron',
  },
  'a project that is called lib': {
    root: '/home/u/lib/node_modules/isochron',
    there: ['/home/u/lib/package.json'],
    run: `run in /home/u/lib: ${APPROVE}`,
  },
  pnpm: { root: pnpm('/home/u/p/node_modules'), run: 'run in the project: pnpm approve-builds' },
  'pnpm, hoisted': {
    root: inProject,
    there: ['/home/u/p/node_modules/.modules.yaml'],
    run: 'run in the project: pnpm approve-builds',
  },
  'pnpm, global': {
    root: pnpm('/home/u/.local/share/pnpm/global/5'),
    run: 'run: pnpm approve-builds -g',
  },
  'pnpm, packages shared between projects': {
    root: '/home/u/.local/share/pnpm/store/v11/links/@/isochron/0.1.0/cb59/node_modules/isochron',
    run: 'run in the project: pnpm approve-builds (where it was installed globally, with -g)',
  },
  'Yarn, Plug’n’Play': {
    root: '/home/u/.yarn/berry/cache/isochron-npm-0.1.0.zip/node_modules/isochron',
    run: 'put "dependenciesMeta": {"isochron": {"built": true}} into the project\'s package.json, and run: yarn install',
  },
  'Yarn, node_modules': {
    root: inProject,
    there: ['/home/u/p/.yarnrc.yml'],
    run: 'put "dependenciesMeta": {"isochron": {"built": true}} into the project\'s package.json, and run: yarn install',
  },
  'Yarn 1': {
    root: inProject,
    there: ['/home/u/p/node_modules/.yarn-integrity'],
    run: 'run: yarn install --force',
  },
  'a checkout': { root: '/home/u/isochron', run: 'run in /home/u/isochron: npm ci' },
};

describe('how the native part comes to be built', () => {
  test.each(Object.entries(cases))('%s', (_name, { root, npm = 12, there = [], run }) => {
    const installed: Installed = { root, npm, musl: false, exists: (path) => there.includes(path) };
    expect(buildHint(installed)).toBe(
      `It is built with a C++17 compiler, make and Python 3. With these installed, ${run}`,
    );
  });

  test('on musl nothing would be won', () => {
    const hint = buildHint({ root: inProject, npm: 12, musl: true, exists: () => false });
    expect(hint).toMatch(/none of them loads on musl .* glibc image/);
    expect(hint).not.toContain('npm');
  });
});
