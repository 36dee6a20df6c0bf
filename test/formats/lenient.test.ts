/** A reader made of a schema: one odd field hides no other. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { lenient } from '../../src/formats/lenient.js';
import { open } from '../../src/kernel/open-object.js';

const schema = open({
  name: z.string(),
  count: z.number().nullable(),
  at: z.codec(z.string(), z.bigint(), { decode: BigInt, encode: String }),
  place: open({ room: z.string(), floor: z.number().exactOptional() }),
  rows: z.array(open({ id: z.number(), note: z.string().nullable(), tags: z.array(z.string()) })),
  cores: z.array(z.number()).nullable(),
  times: z.record(z.string(), z.number()),
  work: z.discriminatedUnion('kind', [
    open({ kind: z.literal('spin'), us: z.number() }),
    open({ kind: z.literal('model'), path: z.string() }),
  ]),
});
const whole = {
  name: 'n',
  count: 3,
  at: '18446744073709551615',
  place: { room: 'r', floor: 2 },
  rows: [{ id: 1, note: null, tags: ['t'] }],
  cores: [1],
  times: { load: 5 },
  work: { kind: 'spin', us: 7 },
};
const read = (value: unknown) => lenient(schema).parse(value);

describe('a lenient reader', () => {
  test('reads a whole file as the schema does', () => {
    expect(read(whole)).toEqual(schema.parse(whole));
    expect(read(whole).at).toBe(2n ** 64n - 1n);
  });

  test('has null for what is not there, and an empty list for a list', () => {
    const nothing = { name: null, count: null, at: null, place: null, rows: [], cores: null };
    expect(read({})).toEqual({ ...nothing, times: null, work: null });
    expect(read({ place: {} }).place).toEqual({ room: null });
  });

  test('takes a field of another shape as absent, and keeps its neighbours', () => {
    for (const key of Object.keys(whole)) {
      const found = read({ ...whole, [key]: Symbol.iterator });
      expect(found).toEqual({ ...read(whole), [key]: key === 'rows' ? [] : null });
    }
    expect(read({ ...whole, place: { room: 3, floor: 4 } }).place).toEqual({
      room: null,
      floor: 4,
    });
  });

  test('needs what makes an entry of a list, and not the rest of it', () => {
    expect(read({ rows: [{ id: 1 }] }).rows).toEqual([{ id: 1, note: null, tags: [] }]);
    expect(read({ rows: [{ id: 1 }, { note: 'x' }] }).rows).toEqual([]);
    expect(read({ cores: [1, 'x'] }).cores).toBeNull();
  });

  test('has those fields of all alternatives that are there', () => {
    expect(read(whole).work).toEqual({ kind: 'spin', us: 7 });
    expect(read({ work: { kind: 'model', path: 'p' } }).work).toEqual({
      kind: 'model',
      path: 'p',
    });
    expect(read({ work: { kind: 'else', us: 1 } }).work).toEqual({ kind: 'else', us: 1 });
  });

  test('keeps fields that a later version adds', () => {
    expect(read({ ...whole, more: 1, place: { room: 'r', wing: 'w' } })).toMatchObject({
      more: 1,
      place: { wing: 'w' },
    });
  });
});
