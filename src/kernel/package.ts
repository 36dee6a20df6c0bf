/** Where this package lies and which version it is: the same from src/, from dist/ and from whatever dist/ is bundled into. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function above(folder: string): string {
  const found = existsSync(join(folder, 'package.json')) || dirname(folder) === folder;
  return found ? folder : above(dirname(folder));
}

/** The folder of package.json. */
export const packageRoot = above(dirname(fileURLToPath(import.meta.url)));

/** A file of the compiled package. */
export const compiled = (...path: string[]) => join(packageRoot, 'dist', ...path);

/** This isochron's version. */
export const toolVersion = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;
