import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { scratch } from './fake-engine.js';

const root = join(import.meta.dirname, '..', '..');
const script = join(root, 'scripts', 'fetch-engine.mjs');

/** The script at installation, where nothing listens at the registry's address. Rejects unless it exits with 0. */
async function atInstallation(env: NodeJS.ProcessEnv, path = script) {
  const folder = scratch();
  const cache = join(folder, 'cache');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [path], {
    env: {
      ...process.env,
      ISOCHRON_SKIP_ENGINE: undefined,
      ISOCHRON_CACHE: cache,
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_cache: join(folder, 'npm'),
      ...env,
    },
  });
  return { said: stdout + stderr, cached: existsSync(cache) ? readdirSync(cache) : [] };
}

describe('the engine at installation', () => {
  const compiled = existsSync(join(root, 'dist', 'engine', 'install-engine.js'));
  test('without a network is one line that says what comes back to it', async ({ skip }) => {
    skip(!compiled, 'dist/ is not compiled');
    const { said, cached } = await atInstallation({});
    expect(said).toMatch(
      /^isochron: The engine .* can't be fetched: .*`isochron engine install` comes back to it\.\n$/,
    );
    expect(cached).toEqual([]);
  });
  test('under npm’s --offline nobody is asked', async ({ skip }) => {
    skip(!compiled, 'dist/ is not compiled');
    const { said } = await atInstallation({ npm_config_offline: 'true' });
    expect(said).toMatch(/npm is told to stay offline/);
  });
  test('can be left out', async () => {
    expect(await atInstallation({ ISOCHRON_SKIP_ENGINE: '1' })).toEqual({ said: '', cached: [] });
  });
  test('is no matter of a checkout that is not compiled yet', async () => {
    const folder = join(scratch(), 'scripts');
    cpSync(script, join(folder, 'fetch-engine.mjs'), { recursive: true });
    const { said } = await atInstallation({}, join(folder, 'fetch-engine.mjs'));
    expect(said).toBe('');
  });
});
