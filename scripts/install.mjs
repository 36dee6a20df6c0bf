// npm's install step: uses a prebuilt addon that fits, or builds one with binding.gyp; then fetches the engine once.
// Neither step downloads Node headers, and a missing network is not an error here.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fetchEngine } from './fetch-engine.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const bin = (name) => join(dirname(require.resolve('node-gyp-build/package.json')), name);

/** And is the one that the rest of the package was written for. */
function addonLoads() {
  const addon = JSON.stringify(pathToFileURL(join(root, 'dist', 'addon', 'load-addon.js')));
  const load = `(await import(${addon})).loadAddon()`;
  const node = ['--input-type=module', '-e', load];
  return spawnSync(process.execPath, node, { cwd: root, stdio: 'ignore' }).status === 0;
}

/** Where no engine can load, a compiler helps nobody. */
async function sayWhatIsMissing(sentence) {
  const hints = join(root, 'dist', 'addon', 'install-hint.js');
  const { isMusl, NEEDS_GLIBC } = existsSync(hints) ? await import(hints) : {};
  console.error(
    `isochron: no prebuilt addon fits this machine, and ${isMusl?.() ? `it can't be used: ${NEEDS_GLIBC}` : sentence}`,
  );
}

/** A folder with Node's headers for node-gyp; ends the step with what to do where there is none. */
async function headers() {
  const { localNodeDir } = await import('./node-headers.mjs');
  try {
    return localNodeDir();
  } catch (error) {
    if (error.code !== 'E_NO_NODE_HEADERS') throw error;
    await sayWhatIsMissing(`it can't be built: ${error.message}\n  ${error.hint}`);
    process.exit(1);
  }
}

/**
 * For node-gyp, whose own choice is one: each takes up to half a gigabyte, and small boards have one in all, as a container
 * may on a large machine (0: it has no limit).
 */
function compilersAtOnce() {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return String(Math.max(1, Math.min(availableParallelism(), Math.floor(memory / 2 ** 30))));
}

// In a checkout the sources may have changed since the last build; a package's prebuilt files can't have.
const checkout = existsSync(join(root, 'native', 'CMakeLists.txt'));
if (checkout || process.env.npm_config_build_from_source === 'true' || !addonLoads()) {
  const { status } = spawnSync(process.execPath, [bin('bin.js')], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      npm_config_nodedir: await headers(),
      npm_config_build_from_source: 'true',
      JOBS: process.env.JOBS || compilersAtOnce(),
    },
  });
  if (status !== 0) {
    await sayWhatIsMissing('building one failed: it needs a C++17 compiler, make and Python 3.');
    process.exit(1);
  }
}
// A checkout is compiled after this step: its `prepare` fetches the engine.
if (!checkout) await fetchEngine();
