import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { mistrust } from '../../../src/kernel/files/trusted-file.js';
import { scratch } from '../../cli/helpers.js';

const ROOT = { euid: 0, sudoUid: undefined, sudoGid: undefined };
const isRoot = process.geteuid?.() === 0;

describe.skipIf(!isRoot)('what root may act on (needs root to give files away)', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = join(scratch(), 'folder');
    file = join(folder, 'suite.js');
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(file, '', { mode: 0o644 });
  });

  test('a file of its own in folders of its own, below a /tmp that anyone may write', () => {
    expect(mistrust(file, ROOT)).toBeNull();
  });

  test('not a file of another user, unless that one called sudo', () => {
    chownSync(file, 1234, 0);
    expect(mistrust(file, ROOT)).toEqual({ reason: 'belongs to the user 1234', anyone: false });
    expect(mistrust(file, { ...ROOT, sudoUid: 1234 })).toBeNull();
    expect(mistrust(file, { ...ROOT, sudoUid: 1235 })).not.toBeNull();
  });

  test('not a file in another’s folder, however far above', () => {
    const parent = join(folder, '..');
    chownSync(parent, 1234, 0);
    expect(mistrust(file, ROOT)).toEqual({
      reason: `is in ${parent}, which belongs to the user 1234`,
      anyone: false,
    });
  });

  test('not what anyone may write or replace', () => {
    chmodSync(file, 0o646);
    expect(mistrust(file, ROOT)).toEqual({ reason: 'can be written by anyone', anyone: true });
    chmodSync(file, 0o644);
    chmodSync(folder, 0o757);
    expect(mistrust(file, ROOT)).toEqual({
      reason: `is in ${folder}, which can be written by anyone`,
      anyone: true,
    });
    chmodSync(folder, 0o1777);
    expect(mistrust(file, ROOT)).toBeNull();
    // the sticky bit of a file protects nothing
    chmodSync(file, 0o1646);
    expect(mistrust(file, ROOT)).not.toBeNull();
  });

  test('not what a group may write, unless it is root’s or that of who called sudo', () => {
    chmodSync(file, 0o664);
    expect(mistrust(file, ROOT)).toBeNull();
    chownSync(file, 0, 1234);
    expect(mistrust(file, ROOT)).toEqual({
      reason: 'can be written by the group 1234',
      anyone: false,
    });
    expect(mistrust(file, { ...ROOT, sudoGid: 1234 })).toBeNull();
  });

  test('a link to it counts as it does, and so do the folders of the link', () => {
    const theirs = join(scratch(), 'theirs');
    mkdirSync(theirs);
    const [link, way] = [join(theirs, 'link'), join(scratch(), 'way')];
    symlinkSync(file, link);
    symlinkSync(theirs, way);
    const through = join(way, 'link');
    expect(mistrust(through, ROOT)).toBeNull();
    chownSync(theirs, 1234, 1234);
    for (const path of [link, through])
      expect(mistrust(path, ROOT)).toEqual({
        reason: `is reached by the link ${link}, which is in ${theirs}, which belongs to the user 1234`,
        anyone: false,
      });
    expect(mistrust(link, { ...ROOT, sudoUid: 1234, sudoGid: 1234 })).toBeNull();
    // in a folder as /tmp is, a link of one's own stays, and another's is another's
    chownSync(theirs, 0, 0);
    chmodSync(theirs, 0o1777);
    expect(mistrust(link, ROOT)).toBeNull();
    lchownSync(link, 1234, 1234);
    expect(mistrust(through, ROOT)?.reason).toContain('which belongs to the user 1234');
  });

  test('what a link leads to counts', () => {
    const link = join(scratch(), 'link');
    symlinkSync(file, link);
    expect(mistrust(link, ROOT)).toBeNull();
    chownSync(file, 1234, 0);
    expect(mistrust(link, ROOT)).not.toBeNull();
  });

  test('everybody else acts on their own', () => {
    chmodSync(file, 0o666);
    expect(mistrust(file, { ...ROOT, euid: 1000 })).toBeNull();
  });
});
