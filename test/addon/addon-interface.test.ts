/** The addon and what is compiled beside it agree, or are not used together. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ADDON_INTERFACE, loadAddon } from '../../src/addon/load-addon.js';
import { installedCopy, isochron, scratch } from '../cli/helpers.js';
import { changeCompiled } from '../compiled.js';

const root = join(import.meta.dirname, '..', '..');

test('the interface has a number of its own: who changes it raises both numbers, and writes down the new digest here', () => {
  const declared = ['native.ts', 'answers.ts']
    .map((name) => readFileSync(join(root, 'src', 'addon', name), 'utf8'))
    .join('')
    .replace(/\/\*.*?\*\//gs, '')
    // how it is laid out changes with the words that stand between
    .replace(/,?\s*(?=[}\])])/g, '')
    .replace(/\s+/g, '');
  const addon = loadAddon();
  const digest = createHash('sha256').update(declared).digest('hex').slice(0, 16);
  expect(addon.interface).toBe(ADDON_INTERFACE);
  expect({ interface: ADDON_INTERFACE, digest }).toEqual({
    interface: 18,
    digest: 'cc8cf70bb31ecd48',
  });
});

test('an addon of another interface is refused before anything of it is used (E_ADDON_VERSION), with how to build it', async () => {
  const project = scratch();
  const copy = installedCopy(project);
  const built = (folder: string) => join(folder, 'build', 'Release', 'isochron.node');
  mkdirSync(join(copy, 'build', 'Release'), { recursive: true });
  copyFileSync(built(root), built(copy));
  const dist = join(copy, 'dist');
  const env = { npm_config_user_agent: 'npm/11.0.0 node/v24.0.0 linux x64' };
  const noop = () => isochron(['run', 'noop', '-t', '1'], { root: copy, env });

  let putBack = changeCompiled(dist, /ADDON_INTERFACE ?= ?\d+/, 'ADDON_INTERFACE = 1e9');
  const { status, stderr } = await noop();
  expect(stderr).toContain('The native addon of isochron was built from other sources');
  expect(stderr).toContain('npm rebuild isochron');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(1);
  putBack();

  // the same bytes, two fields of a job the other way round
  putBack = changeCompiled(
    dist,
    /minor_faults: ?summed([^}]*?)major_faults: ?summed/,
    'major_faults: summed$1minor_faults: summed',
  );
  expect((await noop()).stderr).toContain(
    'The native addon of isochron was built from other sources',
  );
  putBack();

  // a stream that the addon does not have
  putBack = changeCompiled(dist, /samples: ?(?=\{ ?title)/, 'operators: ');
  expect((await noop()).stderr).toContain(
    'The native addon of isochron was built from other sources',
  );
  putBack();
  expect((await noop()).status).toBe(0);
});
