import { realpathSync } from 'node:fs';
import { expect, test } from 'vitest';
import { installedCopy, isochron, scratch } from './helpers.js';

test('a package without its native part says how it comes to be built in this project', async () => {
  const project = realpathSync(scratch());
  const options = {
    root: installedCopy(project),
    env: { npm_config_user_agent: 'npm/12.2.2 node/v24.0.0 linux x64' },
  };
  const { status, stderr } = await isochron(['run', 'noop', '-t', '1'], options);
  expect(stderr).toContain('No native addon of isochron loads on this machine'); // E_ADDON_MISSING
  expect(stderr).toContain(
    `run in ${project}: npm install-scripts approve isochron && npm rebuild isochron\n`,
  );
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(1);
  const doctor = await isochron(['doctor'], options);
  expect(doctor.stdout).toContain(`run in ${project}: npm install-scripts`);
});
