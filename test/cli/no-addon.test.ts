/** The package as a package manager leaves it that has run no install script. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from './helpers.js';

const root = join(import.meta.dirname, '..', '..');

test('a package without its native part says how it comes to be built in this project', () => {
  const project = realpathSync(scratch());
  const installed = join(project, 'node_modules', 'isochron');
  mkdirSync(installed, { recursive: true });
  for (const part of ['dist', 'package.json'])
    cpSync(join(root, part), join(installed, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'));
  const isochron = (...args: string[]) =>
    spawnSync(process.execPath, [join(installed, 'dist', 'cli', 'main.js'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, npm_config_user_agent: 'npm/12.2.2 node/v24.0.0 linux x64' },
    });
  const { status, stderr } = isochron('run', 'noop', '-t', '1');
  expect(stderr).toContain('No native addon of isochron loads on this machine'); // E_ADDON_MISSING
  expect(stderr).toContain(
    `run in ${project}: npm install-scripts approve isochron && npm rebuild isochron\n`,
  );
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(1);
  expect(isochron('doctor').stdout).toContain(`run in ${project}: npm install-scripts`);
});
