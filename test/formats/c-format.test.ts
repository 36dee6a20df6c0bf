import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { formatF, formatG, formatSeconds } from '../../src/formats/c-format.js';

describe('the formats of printf', () => {
  // What C's printf("%.3g", x) prints.
  test.each([
    [0.71593, '0.716'],
    [0.7, '0.7'],
    [0.5, '0.5'],
    [1, '1'],
    [3.66, '3.66'],
    [12.345, '12.3'],
    [100, '100'],
    [123.4, '123'],
    [999.6, '1e+03'],
    [1234, '1.23e+03'],
    [0.0001234, '0.000123'],
    [0.00001234, '1.23e-05'],
    [0.00009999, '0.0001'],
    [0, '0'],
    [-0.25, '-0.25'],
    [3.125, '3.12'],
    [3.375, '3.38'],
    [-0.3125, '-0.312'],
    [998.5, '998'],
    [999.5, '1e+03'],
    [1.5e-120, '1.5e-120'],
  ])('%%.3g of %f is %s', (value, text) => {
    expect(formatG(value, 3)).toBe(text);
  });

  test('%g goes to the even digit where a number lies between two, below 1e-4, too', () => {
    expect(formatG(2 ** -13, 9)).toBe('0.000122070312');
    expect(formatG(2 ** -14, 9)).toBe('6.10351562e-05');
    expect(formatG(3 * 2 ** -15, 9)).toBe('9.15527344e-05');
    expect(formatG(2.5e-7 * 2 ** 0, 2)).toBe('2.5e-07');
    expect(formatG(2 ** -20, 1)).toBe('1e-06');
  });

  test('%g stays within half a unit of the last digit of any number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), (x) => {
        expect(Math.abs(Number(formatG(x, 3)) - x)).toBeLessThanOrEqual(
          Math.abs(x) * 0.005 + 5e-324,
        );
      }),
    );
  });

  test('seconds keep every ns', () => {
    expect(formatSeconds(112527362007086n)).toBe('112527.362007086');
    expect(formatSeconds(1n)).toBe('0.000000001');
    expect(formatSeconds(0n)).toBe('0.000000000');
    expect(formatSeconds(2n ** 63n)).toBe('9223372036.854775808');
  });

  test('%f has six decimals at any size', () => {
    expect(formatF(100)).toBe('100.000000');
    expect(formatF(1 / 128)).toBe('0.007812'); // a tie goes to the even digit
    expect(formatF(3 / 128)).toBe('0.023438');
    expect(formatF(0.0153017)).toBe('0.015302');
    expect(formatF(1e21)).toBe('1000000000000000000000.000000');
  });
});
