/** A message of the child has every field in its type, or it is none. */

import { serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { messageFrom } from '../../src/child/messages.js';
import { finished, nothingSent, prepared } from './fake-child.js';

const sent = { ...nothingSent, jobs: 1 };
const parse = (value: unknown) => messageFrom(serialize(value));
const refused = expect.objectContaining({ code: 'E_PROTOCOL' });

describe('a message', () => {
  test.each<[string, unknown]>([
    ['prepared', { type: 'prepared', prepared }],
    ['finished', { type: 'finished', finished, sent, stops: 0 }],
    ['failed', { type: 'failed', error: { code: 'E_X', message: 'No.' } }],
  ])('%s comes out as it went in', (_type, message) => {
    expect(parse(message)).toEqual(message);
  });

  test('keeps fields that a newer addon adds', () => {
    const more = { ...finished, workers: [], heat: 7 };
    expect(parse({ type: 'finished', finished: more, sent, stops: 0 })).toMatchObject({
      finished: { heat: 7 },
    });
  });

  test('is refused for every field that is missing or of another type', () => {
    for (const [type, content] of [
      ['prepared', prepared],
      ['finished', finished],
    ] as const)
      for (const key of Object.keys(content)) {
        for (const value of [undefined, Symbol.iterator.toString(), [[]], Number.NaN]) {
          if (key === 'counterReadMethod' && typeof value === 'string') continue;
          const message = { type, sent, [type]: { ...content, [key]: value } };
          if (Array.isArray(value) && ['events', 'workers'].includes(key)) {
            expect(() => parse(message)).toThrow(refused);
            continue;
          }
          expect(() => parse(message), `${key}: ${String(value)}`).toThrow(refused);
        }
      }
  });

  test.each<[string, unknown]>([
    ['negative counts', { type: 'finished', finished: { ...finished, jobs: -1 }, sent, stops: 0 }],
    ['half a job', { type: 'finished', finished: { ...finished, jobs: 0.5 }, sent }],
    ['an unknown reason', { type: 'finished', finished: { ...finished, reason: 'tired' }, sent }],
    ['no counts of what was sent', { type: 'finished', finished }],
    ['an error without a sentence', { type: 'failed', error: { code: 'E_X' } }],
    ['an array', []],
    ['nothing', undefined],
  ])('with %s is refused, and the error names the field', (_what, message) => {
    expect(() => parse(message)).toThrow(refused);
  });

  test('names the field that is wrong', () => {
    expect(() =>
      parse({ type: 'finished', finished: { ...finished, jobs: -1 }, sent, stops: 0 }),
    ).toThrow(/finished\.jobs/);
  });
});
