/** What a pipe brings is believed only frame by frame. */
import { describe, expect, test } from 'vitest';
import { FRAME, FrameReader, FrameWriter, HEADER_BYTES } from '../../src/child/frames.js';

const limits = { maxBytes: 64, unitBytes: 4 };
const contents = ['abcd', 'efghijkl', '', 'mnop'];
const written = () => {
  const writer = new FrameWriter(FRAME.jobs);
  return contents.map((text) => writer.frame(Buffer.from(text)));
};
const read = (...chunks: Uint8Array[]) => {
  const reader = new FrameReader(FRAME.jobs, limits);
  const found: string[] = [];
  for (const chunk of chunks)
    for (const content of reader.take(Buffer.from(chunk))) found.push(content.toString());
  return { found, reader };
};

describe('frames', () => {
  test('come out as they went in, however the pipe cuts them', () => {
    const all = Buffer.concat(written());
    for (let cut = 0; cut <= all.length; cut++)
      expect(read(all.subarray(0, cut), all.subarray(cut)).found).toEqual(contents);
    expect(read(...[...all].map((byte) => Buffer.from([byte]))).found).toEqual(contents);
  });

  test('a frame that is not complete waits, and is not handed on', () => {
    const all = Buffer.concat(written());
    const { found, reader } = read(all.subarray(0, all.length - 1));
    expect(found).toEqual(contents.slice(0, -1));
    expect(reader.pendingBytes).toBe(HEADER_BYTES + 3);
  });

  test('a long frame in many chunks is put together once, not with every chunk', () => {
    const content = Buffer.alloc(32 * 2 ** 20, 'long');
    const frame = new FrameWriter(FRAME.jobs).frame(content);
    const reader = new FrameReader(FRAME.jobs, { maxBytes: content.length });
    const found: Buffer[] = [];
    for (let at = 0; at < frame.length; at += 1024)
      found.push(...reader.take(frame.subarray(at, at + 1024)));
    expect(found).toHaveLength(1);
    expect(found[0]?.equals(content)).toBe(true);
    expect(reader.pendingBytes).toBe(0);
  });

  test('any single changed byte is noticed, and no frame from it on is handed on', () => {
    const frames = written();
    const all = Buffer.concat(frames);
    for (let at = 0; at < all.length; at++) {
      const changed = Buffer.from(all);
      changed[at] = (changed[at] as number) ^ 0x20;
      const reader = new FrameReader(FRAME.jobs, limits);
      const found: string[] = [];
      let error: unknown;
      try {
        for (const content of reader.take(changed)) found.push(content.toString());
      } catch (thrown) {
        error = thrown;
      }
      // the frame that holds the byte: a changed length may also leave the reader waiting
      let frame = 0;
      for (let end = 0; ; frame++) {
        end += (frames[frame] as Buffer).length;
        if (at < end) break;
      }
      expect(found).toEqual(contents.slice(0, frame));
      if (reader.pendingBytes === 0) expect(error).toMatchObject({ code: 'E_PROTOCOL' });
    }
  });

  test.each([
    ['foreign bytes before a frame', (f: Buffer[]) => [Buffer.from('hello'), ...f]],
    ['foreign bytes between frames', (f: Buffer[]) => [f[0], Buffer.from('x\n'), ...f.slice(1)]],
    ['four bytes of text', () => [Buffer.from('Segm')]],
    ['a frame that is missing', (f: Buffer[]) => [f[0], f[2]]],
    ['a frame that comes twice', (f: Buffer[]) => [f[0], f[0]]],
    ['a frame of another pipe', () => [new FrameWriter(FRAME.samples).frame(Buffer.from('abcd'))]],
    ['a frame that is too long', () => [new FrameWriter(FRAME.jobs).frame(Buffer.alloc(68))]],
    ['a part of a record', () => [new FrameWriter(FRAME.jobs).frame(Buffer.alloc(6))]],
  ])('%s: E_PROTOCOL', (_what, make) => {
    expect(() => read(...(make(written()) as Buffer[]))).toThrow(
      expect.objectContaining({ code: 'E_PROTOCOL' }),
    );
  });

  test('the length of a frame is judged before its content is waited for', () => {
    const long = new FrameWriter(FRAME.jobs).frame(Buffer.alloc(4000));
    expect(() => read(long.subarray(0, HEADER_BYTES))).toThrow(/4000 bytes/);
  });
});
