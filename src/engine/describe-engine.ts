import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { type Elf, parseElf } from '../addon/elf.js';
import { requireKind } from '../kernel/caller.js';
import { IsochronError } from '../kernel/errors.js';
import { readRegular } from '../kernel/files/regular-file.js';
import { sha256Of } from '../kernel/sha256.js';

/** What is recorded beside a library in the cache. */
export const engineRecord = z.object({
  /** Of the engine, as `engine list` has it. */
  name: z.string(),
  /** Of TensorFlow Lite. */
  version: z.string(),
  /** `x64` or `arm64`. */
  arch: z.string(),
  /** Where it came from, e.g. `npm:tfjs-tflite-node@0.0.2`. */
  source: z.string(),
  /** Of the tarball, as npm writes it (Subresource Integrity). */
  integrity: z.string(),
  /** SPDX identifier. */
  license: z.string(),
  /** Whose it is. */
  copyright: z.string(),
  /** Of the library. */
  bytes: z.number(),
  /** Of the library, hexadecimal. */
  sha256: z.string(),
});
export type EngineRecord = z.infer<typeof engineRecord>;

export const RECORD_FILE = 'engine.json';

/** A TensorFlow Lite library, as its file tells. */
export interface EngineDescription {
  /** Absolute path of the library. */
  path: string;
  /** TensorFlow Lite's version as the library itself states it, or null where that can't be read without running it. */
  version: string | null;
  /** Node's name of the architecture it is built for. */
  arch: string;
  /** Of the file. */
  bytes: number;
  /** Lower-case hex. */
  sha256: string;
  /** Has TensorFlow Lite's C API. */
  cApi: boolean;
  /** Exports the XNNPACK delegate. */
  xnnpack: boolean;
  /** What `engine install` recorded, null for a library from elsewhere. */
  record: EngineRecord | null;
  /** The file is what was installed; null for a library from elsewhere. */
  intact: boolean | null;
}

const HINT =
  'Name a libtensorflowlite_c.so with --engine or ISOCHRON_ENGINE, or let `isochron engine install` fetch one.';

/**
 * Says what a library is, from the bytes of its file: it is neither loaded nor run, so a library for another machine
 * can be described too.
 *
 * @throws IsochronError E_ENGINE_MISSING or E_ENGINE_INVALID
 */
export async function describeEngine(path: string): Promise<EngineDescription> {
  requireKind(path, 'string', 'the path of a library');
  const absolute = resolve(path);
  const file = await readLibrary(absolute);
  const elf = requireElf(absolute, file);
  const sha256 = sha256Of(file);
  const record = await readRecord(dirname(absolute));
  return {
    path: absolute,
    version: versionOf(elf),
    arch: elf.arch,
    bytes: file.length,
    sha256,
    cApi: hasCApi(elf),
    xnnpack: elf.symbols.has('TfLiteXNNPackDelegateCreate'),
    record,
    intact: record === null ? null : record.sha256 === sha256,
  };
}

/** The record beside a library, or null where there is none that can be understood. */
export async function readRecord(folder: string): Promise<EngineRecord | null> {
  try {
    return engineRecord.parse(JSON.parse(await readRegular(join(folder, RECORD_FILE))));
  } catch {
    return null;
  }
}

/** @throws IsochronError E_ENGINE_INVALID for bytes that are no shared library */
function requireElf(path: string, file: Buffer): Elf {
  const elf = parseElf(file);
  if (!elf)
    throw new IsochronError(
      'E_ENGINE_INVALID',
      `${path} is not a shared library (it has no ELF header).`,
      HINT,
    );
  return elf;
}

export function hasCApi(elf: Elf): boolean {
  return elf.symbols.has('TfLiteInterpreterCreate') && elf.symbols.has('TfLiteVersion');
}

async function readLibrary(path: string): Promise<Buffer> {
  try {
    if (!(await stat(path)).isFile())
      throw new IsochronError('E_ENGINE_INVALID', `${path} is not a file.`, HINT);
    return await readFile(path);
  } catch (error) {
    if (error instanceof IsochronError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new IsochronError(
      'E_ENGINE_MISSING',
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `The engine ${path} does not exist.`
        : `The engine ${path} can't be read (${code ?? String(error)}).`,
      HINT,
    );
  }
}

/**
 * TfLiteVersion() returns the address of a constant, which compilers encode in one way per architecture:
 * `lea rax, [rip + d]; ret` on x86-64, `adrp x0, page; add x0, x0, #offset; ret` on arm64, after an optional landing pad.
 * Anything else gives null.
 */
export function versionOf(elf: Elf): string | null {
  const entry = elf.symbols.get('TfLiteVersion');
  const code = entry === undefined ? null : elf.at(entry, 16);
  if (entry === undefined || code === null || code.length < 16) return null;
  const address =
    elf.arch === 'x64'
      ? x64Constant(code, entry)
      : elf.arch === 'arm64'
        ? arm64Constant(code, entry)
        : null;
  const text = address === null ? null : elf.at(address, 64);
  const end = text === null ? -1 : text.indexOf(0);
  const version = end > 0 ? (text as Buffer).toString('latin1', 0, end) : '';
  return /^\d+\.\d+[\w.+-]*$/.test(version) ? version : null;
}

function x64Constant(code: Buffer, entry: number): number | null {
  const skip = code.readUInt32BE(0) === 0xf30f1efa ? 4 : 0; // endbr64
  if (code.readUIntBE(skip, 3) !== 0x488d05 || code[skip + 7] !== 0xc3) return null;
  return entry + skip + 7 + code.readInt32LE(skip + 3);
}

function arm64Constant(code: Buffer, entry: number): number | null {
  const skip = code.readUInt32LE(0) === 0xd503245f ? 4 : 0; // bti c
  const adrp = code.readUInt32LE(skip);
  const add = code.readUInt32LE(skip + 4);
  if ((adrp & 0x9f00001f) >>> 0 !== 0x90000000 || (add & 0xffc003ff) >>> 0 !== 0x91000000)
    return null;
  const pages = (((((adrp >>> 5) & 0x7ffff) << 2) | ((adrp >>> 29) & 3)) << 11) >> 11; // signed, 21 bits
  const base = Math.floor((entry + skip) / 4096) * 4096;
  return base + pages * 4096 + ((add >>> 10) & 0xfff);
}
