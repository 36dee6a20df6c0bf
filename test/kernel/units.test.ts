import { describe, expect, test } from 'vitest';
import { definitionSchema } from '../../src/benchmark/definition.js';
import { UsageError } from '../../src/kernel/errors.js';
import { MAX_TIME_NS, parseCores, parseSize, parseTime } from '../../src/kernel/units.js';

const ns = (text: string | number) => parseTime(text, 'the time');
const DAY = 86_400e9;

describe('times', () => {
  test.each<[string | number, number]>([
    [0, 0],
    [0.5, 500e6],
    ['0.5', 500e6],
    ['.5', 500e6],
    ['2.', 2e9],
    ['1e-3', 1e6],
    ['20ns', 20],
    ['1.6ns', 2],
    ['500us', 500e3],
    ['500µs', 500e3],
    ['500\u03bcs', 500e3], // a Greek μ
    ['500ms', 500e6],
    ['1.5s', 1.5e9],
    [' 2 S ', 2e9],
    ['10m', 600e9],
    ['10min', 600e9],
    ['1.5h', 5400e9],
    ['1d', DAY],
    ['30d', 30 * DAY],
    ['720h', 30 * DAY],
  ])('%j is %d ns', (text, expected) => {
    expect(ns(text)).toBe(expected);
  });

  test('a number without a unit counts what its option counts', () => {
    expect(parseTime('5e6', 'the interval', 'ns')).toBe(5e6);
    // whoever thinks of seconds here would get a busy core
    for (const part of ['0.5', '1.5'])
      expect(() => parseTime(part, 'the interval', 'ns')).toThrow('no whole number of nanoseconds');
    expect(parseTime('0.5us', 'the interval', 'ns')).toBe(500);
    expect(parseTime('5ms', 'the interval', 'ns')).toBe(5e6);
    expect(() => parseTime('soon', 'the interval', 'ns')).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^Write nanoseconds /) }),
    );
  });

  test.each([
    '',
    'soon',
    '-1',
    '+1',
    '1 2',
    '5w',
    '5mm',
    '1h30m',
    '0x10',
    'NaN',
    'Infinity',
    '5 K',
  ])('%j is no time, and the hint names the units', (text) => {
    expect(() => ns(text)).toThrow(`the time "${text}" is not a time.`);
    try {
      ns(text);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      expect((error as UsageError).hint).toContain('500us, 50ms, 2s, 10m, 1h, 30d');
    }
  });

  test('what a nanosecond is too long for is refused, not rounded to nothing', () => {
    expect(ns('0.5ns')).toBe(1);
    for (const text of ['0.4ns', '1e-10', '1e-400'])
      expect(() => ns(text)).toThrow(/less than a nanosecond/);
    expect(ns('0.0ns')).toBe(0);
  });

  test('thirty days are the longest', () => {
    expect(MAX_TIME_NS).toBe(30 * DAY);
    for (const text of ['30.001d', '43201m', '2592001', '1e400'])
      expect(() => ns(text)).toThrow(/longer than 30 days/);
  });

  test('every time of a definition is read alike', () => {
    expect(
      definitionSchema.parse({ workload: 'noop', period: '1m', deadline: '30s', duration: '1h' }),
    ).toMatchObject({ period: 60e9, deadline: 30e9, duration: 3600e9 });
  });
});

describe('sizes', () => {
  test.each<[string | number, number]>([
    [1, 1],
    ['4096', 4096],
    ['4k', 4096],
    ['16M', 16 * 2 ** 20],
    ['16MB', 16 * 2 ** 20],
    ['1GiB', 2 ** 30],
    ['1024G', 2 ** 40],
  ])('%j is %d bytes', (text, bytes) => {
    expect(parseSize(text, 'the size')).toBe(bytes);
  });
  test.each(['', '0', '-1', '1.5M', '1T', '1025G', 'M', 'NaN'])('%j is no size', (text) => {
    expect(() => parseSize(text, 'the size')).toThrow(`the size "${text}" is not a size.`);
  });
});

describe('lists of cores', () => {
  test.each<[string | number, number[]]>([
    [1, [1]],
    ['1', [1]],
    ['2,1', [1, 2]],
    ['1-3', [1, 2, 3]],
    ['3-3', [3]],
    [' 0 , 2-3 ', [0, 2, 3]],
    ['1,1-2,2', [1, 2]],
    ['10,9', [9, 10]],
    ['9-11', [9, 10, 11]],
  ])('%j is %j', (text, cores) => {
    expect(parseCores(text, 'the cores')).toEqual(cores);
  });
  // "3-1" read as an empty range would mean "not pinned"
  test.each(['3-1', '', ',', '1,', '1-', '-1', 'a', '1.5', '1-2-3', '10000', '0x1'])(
    '%j is no list of cores',
    (text) => {
      expect(() => parseCores(text, 'the cores')).toThrow(
        `the cores "${text}" is not a list of cores.`,
      );
    },
  );
});
