// Fetches the engine into the user's cache once, when isochron is installed (scripts/install.mjs) or a checkout is set up
// (npm's `prepare`). Nothing depends on it: what fails here is one line, and `isochron engine install` or the first run
// that needs the engine comes back to it. ISOCHRON_SKIP_ENGINE=1 leaves it out; npm's --offline is respected.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const module = join(
  dirname(fileURLToPath(import.meta.url)),
  '..',
  'dist',
  'engine',
  'install-engine.js',
);

/** @returns {Promise<void>} never rejects */
export async function fetchEngine() {
  if (!['', '0', undefined].includes(process.env.ISOCHRON_SKIP_ENGINE)) return;
  if (!existsSync(module)) return; // a checkout that is not compiled yet
  try {
    const { installEngine } = await import(pathToFileURL(module).href);
    await installEngine();
  } catch (error) {
    const later = '`isochron engine install` comes back to it.';
    const hint = error?.code === 'E_ENGINE_UNAVAILABLE' ? error.hint : later;
    console.error(`isochron: ${error?.message ?? error} ${hint}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await fetchEngine();
