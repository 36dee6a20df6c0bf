import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseElf } from '../engine/elf.js';
import { IsochronError } from '../errors.js';
import type { NativeAddon } from '../native.js';

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

let addon: NativeAddon | undefined;

/**
 * The native addon: a prebuilt binary that fits this machine, or the one that the install built.
 *
 * @throws IsochronError `E_ADDON_MISSING` saying what this machine is and how to build
 */
export function loadAddon(): NativeAddon {
  if (addon) return addon;
  try {
    const load = createRequire(import.meta.url)('node-gyp-build') as (dir: string) => NativeAddon;
    addon = load(packageRoot);
    return addon;
  } catch (error) {
    const found = otherArchitecture(error) ?? firstLine(error);
    throw new IsochronError(
      'E_ADDON_MISSING',
      `No native addon of isochron loads on this machine (linux-${process.arch}, Node ${process.versions.node}): ${found}`,
      `Build it with a C++ compiler, make and Python installed: npm rebuild isochron --build-from-source (in a checkout: npm ci).`,
    );
  }
}

const firstLine = (error: unknown) =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);

/** Of a file for another processor the dynamic linker says "cannot open …: No such file", though it is there. */
function otherArchitecture(error: unknown): string | null {
  const file = /^(\/.*\.node): /.exec(firstLine(error))?.[1];
  if (file === undefined) return null;
  try {
    const arch = parseElf(readFileSync(file))?.arch;
    return arch === undefined || arch === process.arch ? null : `${file} is made for ${arch}`;
  } catch {
    return null;
  }
}
