import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isErrorCode } from '../kernel/error-codes.js';
import { IsochronError, toErrorInfo } from '../kernel/errors.js';
import { packageRoot } from '../kernel/package.js';
import { parseElf } from './elf.js';
import { buildHintHere } from './install-hint.js';
import type { NativeAddon } from './native.js';
import type { RecordLayout } from './record-layout.js';
import { forEachStream, STREAMS } from './streams.js';

/** Which interface this was written for; native/src/addon/interface.h has the same number, and a test holds them equal. */
export const ADDON_INTERFACE = 18;

let addon: NativeAddon | undefined;

/**
 * The native addon: a prebuilt binary that fits this machine, or the one that the install built.
 *
 * @throws IsochronError `E_ADDON_MISSING` saying what this machine is and how the addon comes to be built here;
 *   `E_ADDON_VERSION` for one that was built of other sources
 */
export function loadAddon(): NativeAddon {
  if (addon) return addon;
  const found = loadAny();
  if (!fits(found))
    throw new IsochronError(
      'E_ADDON_VERSION',
      `The native addon of isochron was built from other sources than the rest of it in ${packageRoot}.`,
      buildHintHere(packageRoot),
    );
  addon = inOurErrors(found);
  return addon;
}

/** Its functions are those that are called here, and its records lie as they are decoded. */
function fits({ interface: number, layouts }: NativeAddon): boolean {
  const listed = (all: Readonly<Record<string, RecordLayout>>) =>
    JSON.stringify(Object.entries(all).map(([name, { bytes, fields }]) => [name, bytes, fields]));
  return (
    number === ADDON_INTERFACE &&
    listed(layouts) === listed(forEachStream((name) => STREAMS[name].layout))
  );
}

function loadAny(): NativeAddon {
  try {
    const load = createRequire(import.meta.url)('node-gyp-build') as (dir: string) => NativeAddon;
    return load(packageRoot);
  } catch (error) {
    const found = otherArchitecture(error) ?? firstLine(error);
    throw new IsochronError(
      'E_ADDON_MISSING',
      `No native addon of isochron loads on this machine (linux-${process.arch}, Node ${process.versions.node}): ${found}`,
      buildHintHere(packageRoot),
    );
  }
}

/** The addon's functions, whose errors carry code and hint but can't be of a class of this package, as ones that throw ours. */
function inOurErrors(native: NativeAddon): NativeAddon {
  const wrapped = Object.entries(native as unknown as Record<string, unknown>).map(
    ([name, value]) => {
      // the two classes: what they reject with crosses to another process as plain data
      if (name === 'Run' || name === 'Evaluator' || typeof value !== 'function')
        return [name, value];
      const call = value as (...given: unknown[]) => unknown;
      return [
        name,
        (...given: unknown[]) => {
          try {
            return call(...given);
          } catch (error) {
            const { code, message, hint } = toErrorInfo(error);
            throw isErrorCode(code) && code !== 'E_UNEXPECTED'
              ? new IsochronError(code, message, hint)
              : error;
          }
        },
      ];
    },
  );
  return Object.fromEntries(wrapped) as NativeAddon;
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
