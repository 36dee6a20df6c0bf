import { createHash } from 'node:crypto';
import {
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkSeal, sealFile } from '../../../src/kernel/files/sealed-file.js';
import { scratch } from '../../cli/helpers.js';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const CONTENT = 'weights and biases';
let path: string;
let seal: string;

beforeEach(async () => {
  path = join(scratch(), 'entry');
  seal = `${path}.sha256.json`;
  writeFileSync(path, CONTENT);
  await sealFile(path, sha(CONTENT));
});

describe('a file of the cache', () => {
  test('that nobody touched is whole, and is not read', async () => {
    expect(await checkSeal(path)).toBe('whole');
    // a seal with another hash for this very file is believed: it was not hashed
    const record = JSON.parse(readFileSync(seal, 'utf8')) as object;
    writeFileSync(seal, JSON.stringify({ ...record, sha256: sha('other') }));
    expect(await checkSeal(path)).toBe('whole');
    // but where another record knows better, the file is asked
    expect(await checkSeal(path, sha(CONTENT))).toBe('whole');
    expect(await checkSeal(path, sha('other'))).toBe('changed');
  });
  test('that was cut is changed', async () => {
    truncateSync(path, 5);
    expect(await checkSeal(path)).toBe('changed');
  });
  test('of other bytes is changed, though its size and time of modification are the same', async () => {
    const then = new Date(1e12);
    utimesSync(path, then, then);
    expect(await checkSeal(path)).toBe('whole');
    writeFileSync(path, CONTENT.replace('weights', 'widgets'));
    utimesSync(path, then, then);
    expect(await checkSeal(path)).toBe('changed');
  });
  test.each(['inode', 'mtimeNs', 'ctimeNs'])(
    'of other bytes is changed if only its %s says so',
    async (field) => {
      const record = JSON.parse(readFileSync(seal, 'utf8')) as object;
      writeFileSync(seal, JSON.stringify({ ...record, sha256: sha('other'), [field]: '1' }));
      expect(await checkSeal(path)).toBe('changed');
    },
  );
  test('of another length is not read to find out', async () => {
    const record = JSON.parse(readFileSync(seal, 'utf8')) as object;
    writeFileSync(seal, JSON.stringify({ ...record, bytes: CONTENT.length + 1 }));
    expect(await checkSeal(path)).toBe('changed');
  });
  test('that is no file is absent, and is not sealed', async () => {
    expect(await checkSeal('/dev/null')).toBe('absent');
    await sealFile(join(path, 'none'), sha(CONTENT));
  });
  test('that is a copy is hashed once, and sealed for the next time', async () => {
    copyFileSync(path, `${path}.copy`);
    renameSync(`${path}.copy`, path);
    const before = readFileSync(seal, 'utf8');
    expect(await checkSeal(path)).toBe('whole');
    expect(readFileSync(seal, 'utf8')).not.toBe(before);
  });
  test('without a seal, or with one that can’t be understood, is unsealed', async () => {
    writeFileSync(seal, '{');
    expect(await checkSeal(path)).toBe('unsealed');
    rmSync(seal);
    expect(await checkSeal(path)).toBe('unsealed');
    expect(await checkSeal(path, sha(CONTENT))).toBe('whole');
    expect(await checkSeal(path)).toBe('whole');
  });
  test('that is not there is absent', async () => {
    rmSync(path);
    expect(await checkSeal(path)).toBe('absent');
  });
});
