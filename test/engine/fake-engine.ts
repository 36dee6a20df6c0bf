/** Small files that look like an engine to everything that doesn't load it. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { onTestFinished } from 'vitest';
import type { KnownEngine } from '../../src/engine/known-engines.js';

const MACHINES = { x64: 62, arm64: 183, arm: 40 };
const CODE_AT = 0x100;
const TEXT_AT = 0x200;
const STRINGS_AT = 0x300;
const SYMBOLS_AT = 0x400;
const SECTIONS_AT = 0x500;
const SEGMENTS_AT = 0x40;
/** Where the file is loaded: code and text lie at this plus their offset. */
const BASE = 0x10000;

export interface FakeLibrary {
  arch: keyof typeof MACHINES;
  version?: string;
  symbols?: string[];
  /** Machine code of TfLiteVersion, if not the usual one. */
  code?: Buffer;
}

/** A 64-bit ELF file with dynamic symbols and a TfLiteVersion() in real machine code. */
export function fakeLibrary({
  arch,
  version = '9.8.7',
  symbols = ['TfLiteVersion', 'TfLiteInterpreterCreate', 'TfLiteXNNPackDelegateCreate'],
  code = arch === 'x64' ? x64Code() : arm64Code(),
}: FakeLibrary): Buffer {
  const file = Buffer.alloc(SECTIONS_AT + 3 * 64);
  file.writeUInt32BE(0x7f454c46, 0);
  file.set([2, 1, 1], 4);
  file.writeUInt16LE(MACHINES[arch], 18);
  file.writeBigUInt64LE(BigInt(SEGMENTS_AT), 32);
  file.writeBigUInt64LE(BigInt(SECTIONS_AT), 40);
  file.writeUInt16LE(1, 56);
  file.writeUInt16LE(3, 60);
  // one PT_LOAD over the whole file
  file.writeUInt32LE(1, SEGMENTS_AT);
  file.writeBigUInt64LE(BigInt(BASE), SEGMENTS_AT + 16);
  file.writeBigUInt64LE(BigInt(file.length), SEGMENTS_AT + 32);
  code.copy(file, CODE_AT);
  file.write(`${version}\0`, TEXT_AT);
  let name = 1;
  symbols.forEach((symbol, i) => {
    file.write(`${symbol}\0`, STRINGS_AT + name);
    const at = SYMBOLS_AT + (i + 1) * 24;
    file.writeUInt32LE(name, at);
    file.writeUInt16LE(1, at + 6);
    file.writeBigUInt64LE(BigInt(BASE + CODE_AT), at + 8);
    name += symbol.length + 1;
  });
  section(file, 1, { type: 11, offset: SYMBOLS_AT, bytes: (symbols.length + 1) * 24, link: 2 });
  section(file, 2, { type: 3, offset: STRINGS_AT, bytes: name, link: 0 });
  return file;
}

function section(
  file: Buffer,
  index: number,
  { type, offset, bytes, link }: { type: number; offset: number; bytes: number; link: number },
): void {
  const at = SECTIONS_AT + index * 64;
  file.writeUInt32LE(type, at + 4);
  file.writeBigUInt64LE(BigInt(offset), at + 24);
  file.writeBigUInt64LE(BigInt(bytes), at + 32);
  file.writeUInt32LE(link, at + 40);
}

/** lea rax, [rip + TEXT_AT]; ret */
function x64Code(): Buffer {
  const code = Buffer.from([0x48, 0x8d, 0x05, 0, 0, 0, 0, 0xc3]);
  code.writeInt32LE(TEXT_AT - CODE_AT - 7, 3);
  return code;
}

/** adrp x0, page of BASE; add x0, x0, #TEXT_AT; ret */
function arm64Code(): Buffer {
  const code = Buffer.alloc(12);
  code.writeUInt32LE(0x90000000, 0); // the code lies in the same page as the text
  code.writeUInt32LE((0x91000000 | (TEXT_AT << 10)) >>> 0, 4);
  code.writeUInt32LE(0xd65f03c0, 8);
  return code;
}

/** A folder that is gone when the test is over. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'isochron-engine-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An engine whose package is a tarball of our own, to be served by a registry of our own. */
export function fakeEngine(
  folder: string,
  files: Partial<Record<'x64' | 'arm64', Buffer>> = {
    x64: fakeLibrary({ arch: 'x64' }),
    arm64: fakeLibrary({ arch: 'arm64' }),
  },
  name = 'tflite-9.8.7',
): KnownEngine & { tarball: string } {
  const members = { x64: 'package/deps/x64/lib.so', arm64: 'package/deps/arm64/lib.so' };
  const contents: Record<string, Buffer | string> = {
    'package/package.json': '{"name":"fake","version":"1.0.0"}',
    'package/large.bin': Buffer.alloc(200_000, 7),
  };
  for (const arch of ['x64', 'arm64'] as const)
    if (files[arch]) contents[members[arch]] = files[arch];
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const tarball = join(folder, 'fake-1.0.0.tgz');
  create({ gzip: true, file: tarball, cwd: folder, sync: true }, ['package']);
  return {
    name,
    version: '9.8.7',
    spec: 'fake@1.0.0',
    integrity: integrityOf(tarball),
    tarballBytes: readFileSync(tarball).length,
    license: 'Apache-2.0',
    copyright: 'nobody',
    members,
    tarball,
  };
}

export function integrityOf(path: string): string {
  return `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
}

/** Runs with these environment variables (undefined = unset) until the test is over. */
export function withEnvironment(variables: Record<string, string | undefined>): void {
  const before = Object.fromEntries(Object.keys(variables).map((key) => [key, process.env[key]]));
  const set = (values: Record<string, string | undefined>) => {
    for (const [key, value] of Object.entries(values))
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
  };
  set(variables);
  onTestFinished(() => set(before));
}
