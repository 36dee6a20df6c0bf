/** The addon and what is compiled beside it agree, or are not used together. */
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ADDON_INTERFACE, loadAddon } from '../../src/addon/load-addon.js';
import { installedCopy, isochron, scratch } from '../cli/helpers.js';

const root = join(import.meta.dirname, '..', '..');

test('the interface has a number of its own: who changes it raises both numbers, and writes down the new digest here', () => {
  const declared = ['native.ts', 'answers.ts']
    .map((name) => readFileSync(join(root, 'src', 'addon', name), 'utf8'))
    .join('')
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\s+/g, ' ');
  const addon = loadAddon();
  const digest = createHash('sha256').update(declared).digest('hex').slice(0, 16);
  expect(addon.interface).toBe(ADDON_INTERFACE);
  expect({ interface: ADDON_INTERFACE, digest }).toEqual({
    interface: 10,
    digest: '5bf3931e442c959b',
  });
});

test('an addon of another interface is refused before anything of it is used (E_ADDON_VERSION), with how to build it', async () => {
  const project = scratch();
  const copy = installedCopy(project);
  const built = (folder: string) => join(folder, 'build', 'Release', 'isochron.node');
  mkdirSync(join(copy, 'build', 'Release'), { recursive: true });
  copyFileSync(built(root), built(copy));
  const file = join(copy, 'dist', 'addon', 'load-addon.js');
  const text = readFileSync(file, 'utf8');
  const records = join(copy, 'dist', 'addon', 'job-record.js');
  const list = readFileSync(records, 'utf8');
  writeFileSync(file, text.replace(/ADDON_INTERFACE = \d+/, 'ADDON_INTERFACE = 1e9'));
  const env = { npm_config_user_agent: 'npm/11.0.0 node/v24.0.0 linux x64' };
  const { status, stderr } = await isochron(['run', 'noop', '-t', '1'], { root: copy, env });
  expect(stderr).toContain('The native addon of isochron was built from other sources');
  expect(stderr).toContain('npm rebuild isochron');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(1);
  writeFileSync(file, text);

  // the same bytes, two fields of a job the other way round
  writeFileSync(
    records,
    list.replace(/(minor|major)_faults: summed/g, (name) =>
      name.startsWith('minor') ? name.replace('minor', 'major') : name.replace('major', 'minor'),
    ),
  );
  expect((await isochron(['run', 'noop', '-t', '1'], { root: copy, env })).stderr).toContain(
    'The native addon of isochron was built from other sources',
  );
  writeFileSync(records, list);

  // a stream that the addon does not have
  const streams = join(copy, 'dist', 'addon', 'streams.js');
  const table = readFileSync(streams, 'utf8');
  writeFileSync(streams, table.replace(/( +)samples: /, '$1operators: '));
  expect((await isochron(['run', 'noop', '-t', '1'], { root: copy, env })).stderr).toContain(
    'The native addon of isochron was built from other sources',
  );
  writeFileSync(streams, table);
  expect((await isochron(['run', 'noop', '-t', '1'], { root: copy, env })).status).toBe(0);
});
