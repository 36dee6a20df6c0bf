// `vi.mock` without vitest: a module that any test file replaces is loaded behind one that asks, at every call, what the
// running test's file has put in its place.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sourceOf } from './vitest.mjs';

/**
 * Writes those modules.
 *
 * @returns their addresses, by that of the module behind each
 */
export function standIns(files, folder, vitest) {
  const addresses = {};
  for (const file of files)
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/^vi\.mock\('([^']+)'/gm)) {
      const path = sourceOf(file, name);
      const real = pathToFileURL(path).href;
      if (addresses[real]) continue;
      const functions = [
        ...readFileSync(path, 'utf8').matchAll(/^export (?:async )?function (\w+)/gm),
      ].map(([, own]) => own);
      const standIn = join(folder, `mock-${Object.keys(addresses).length}.mjs`);
      writeFileSync(
        standIn,
        `import * as real from '${real}';
import { mockOf } from '${vitest}';
export * from '${real}';
const at = (name) => (...given) => (mockOf('${path}') ?? real)[name](...given);
${functions.map((own) => `export const ${own} = at('${own}');`).join('\n')}
`,
      );
      addresses[real] = pathToFileURL(standIn).href;
    }
  return addresses;
}
