/** Where this package lies and which version it is: the same from src/, from dist/ and from whatever dist/ is bundled into. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a package.json says; null where there is none, or none that can be read. */
function manifestOf(folder: string): { name?: unknown } | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * The nearest folder at or above one whose package.json is isochron's own: others may lie on the way (a dist/package.json that
 * only says `type`). Where there is none, the root.
 */
export function rootAbove(folder: string): string {
  if (manifestOf(folder)?.name === 'isochron' || dirname(folder) === folder) return folder;
  return rootAbove(dirname(folder));
}

/** The folder of package.json. */
export const packageRoot = rootAbove(dirname(fileURLToPath(import.meta.url)));

/** A file of the compiled package. */
export const compiled = (...path: string[]) => join(packageRoot, 'dist', ...path);

/** This isochron's version. */
export const toolVersion = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;
