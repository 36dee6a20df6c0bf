import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Elf, parseElf } from '../../src/addon/elf.js';
import { describeEngine, versionOf } from '../../src/engine/describe-engine.js';
import { type FakeLibrary, fakeLibrary, scratch } from './fake-engine.js';

const elf = (library: FakeLibrary) => parseElf(fakeLibrary(library)) as Elf;

describe('what a library says of itself without being run', () => {
  test.each(['x64', 'arm64'] as const)('the version is read from the code for %s', (arch) => {
    expect(versionOf(elf({ arch, version: '2.16.1' }))).toBe('2.16.1');
    expect(versionOf(elf({ arch, version: '2.18.0-rc1' }))).toBe('2.18.0-rc1');
  });
  test('a landing pad before the code is stepped over', () => {
    const code = Buffer.from('f30f1efa488d05000000 00c3'.replaceAll(' ', ''), 'hex');
    code.writeInt32LE(0x100 - 11, 7);
    expect(versionOf(elf({ arch: 'x64', code }))).toBe('9.8.7');
  });
  test('other code, other architectures and odd texts give no version', () => {
    expect(versionOf(elf({ arch: 'x64', code: Buffer.from([0x90, 0xc3]) }))).toBeNull();
    expect(versionOf(elf({ arch: 'arm64', code: Buffer.alloc(12, 0xff) }))).toBeNull();
    expect(versionOf(elf({ arch: 'arm' }))).toBeNull();
    expect(versionOf(elf({ arch: 'x64', version: 'no version' }))).toBeNull();
    expect(versionOf(elf({ arch: 'x64', symbols: [] }))).toBeNull();
  });
  test('architecture, size, checksum and abilities are described', async () => {
    const path = join(scratch(), 'lib.so');
    writeFileSync(path, fakeLibrary({ arch: 'arm64' }));
    const engine = await describeEngine(path);
    expect(engine).toMatchObject({
      path,
      version: '9.8.7',
      arch: 'arm64',
      cApi: true,
      xnnpack: true,
      record: null,
      intact: null,
    });
    expect(engine.bytes).toBe(fakeLibrary({ arch: 'arm64' }).length);
    expect(engine.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
  test('a library without XNNPACK, and one that is no TensorFlow Lite', async () => {
    const path = join(scratch(), 'lib.so');
    const symbols = ['TfLiteVersion', 'TfLiteInterpreterCreate'];
    writeFileSync(path, fakeLibrary({ arch: 'x64', symbols }));
    expect(await describeEngine(path)).toMatchObject({ cApi: true, xnnpack: false });
    writeFileSync(path, fakeLibrary({ arch: 'x64', symbols: ['printf'] }));
    expect(await describeEngine(path)).toMatchObject({ cApi: false, xnnpack: false });
  });
});

describe('files that are no library', () => {
  test('a text, a folder and a missing file have a sentence each', async () => {
    const folder = scratch();
    const text = join(folder, 'engine.so');
    writeFileSync(text, 'this is not a shared library at all');
    await expect(describeEngine(text)).rejects.toMatchObject({
      code: 'E_ENGINE_INVALID',
      message: `${text} is not a shared library (it has no ELF header).`,
    });
    await expect(describeEngine(folder)).rejects.toMatchObject({ code: 'E_ENGINE_INVALID' });
    await expect(describeEngine(join(folder, 'none.so'))).rejects.toMatchObject({
      code: 'E_ENGINE_MISSING',
      message: `The engine ${join(folder, 'none.so')} does not exist.`,
    });
  });
  test('a truncated library never throws, wherever it was cut', () => {
    const whole = fakeLibrary({ arch: 'x64' });
    for (let size = 0; size < whole.length; size += 7) {
      const part = parseElf(whole.subarray(0, size));
      if (size < 20) expect(part).toBeNull();
      else {
        expect(part?.arch).toBe('x64');
        expect(() => versionOf(part as Elf)).not.toThrow();
      }
    }
  });
});
