/** What somebody gets who installs the package. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');

test('the pages and programs that README and the pages name are in the package', () => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const packed = files.map(({ path }) => path);
  const pages = packed.filter((path) => path.endsWith('.md') && path !== 'CHANGELOG.md');
  expect(pages).toContain('README.md');
  expect(pages).toContain('docs/api.md');
  const isThere = (path: string) =>
    packed.some((one) => one === path || one.startsWith(`${path}/`));
  const broken = pages.flatMap((page) =>
    [
      ...readFileSync(join(root, page), 'utf8').matchAll(
        /\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g,
      ),
    ]
      .map(([, target]) => normalize(join(dirname(page), target as string)))
      .filter((path) => !isThere(path))
      .map((path) => `${page}: ${path}`),
  );
  expect(broken).toEqual([]);
});

test('its package.json can be read by others, and names the processors that it has an addon for', () => {
  const require = createRequire(join(root, 'test', 'scripts', 'x.js'));
  expect(require('isochron/package.json').version).toBe(manifest.version);
  expect(manifest.cpu).toEqual(['x64', 'arm64']);
  expect(manifest).not.toHaveProperty('repository');
});
