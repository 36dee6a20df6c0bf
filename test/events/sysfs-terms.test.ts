import { describe, expect, test } from 'vitest';
import { encodeTerms, place } from '../../src/events/sysfs-terms.js';
import { A53_PMU, X86 } from './fixtures.js';

const CPU = X86.pmus[0] as (typeof X86.pmus)[number];

describe('place', () => {
  const cases: [why: string, value: bigint, format: string, config: bigint | null][] = [
    ['the lowest bits', 0xffn, 'config:0-7', 0xffn],
    ['higher ones', 0x1n, 'config:8-15', 0x100n],
    ['a field of one bit', 1n, 'config:18', 1n << 18n],
    ['0 sets nothing', 0n, 'config:18', 0n],
    ['two stretches, the lowest first', 0xabcn, 'config:0-7,32-35', 0xa_0000_00bcn],
    ['the last bit of the word', 1n, 'config:63', 1n << 63n],
    ['as the kernel writes the file, with a newline', 1n, 'config:0\n', 1n],
    ['too large for one bit', 2n, 'config:18', null],
    ['too large by one', 0x100n, 'config:0-7', null],
    ['bits of another word', 1n, 'config1:0-15', null],
    ['a stretch that runs backwards', 1n, 'config:7-0', null],
    ['a bit beyond the word', 1n, 'config:64', null],
    ['nothing after the colon', 1n, 'config:', null],
    ['more after the bits', 1n, 'config:0-7 x', null],
    ['something before the word', 1n, 'xconfig:0-7', null],
  ];
  test.each(cases)('%s', (_, value, format, config) => {
    expect(place(value, format)).toBe(config);
  });
});

describe('encodeTerms', () => {
  const cases: [why: string, text: string, config: bigint][] = [
    ['a field without a value is 1', 'edge', 1n << 18n],
    ['spaces around terms', ' event=0x3c , umask=1 ', 0x13cn],
    ['decimal and hexadecimal, either case', 'event=60,umask=0X1f', 0x1f3cn],
    ['config beside fields', 'config=0x100,event=2', 0x102n],
    ['the largest number', 'config=0xffffffffffffffff', 2n ** 64n - 1n],
    ['an event of the PMU by its name', 'cpu-cycles', 0x3cn],
  ];
  test.each(cases)('%s', (_, text, config) => {
    expect(encodeTerms(CPU, text)).toEqual({ config });
  });

  const problems: [why: string, text: string, problem: RegExp][] = [
    ['a second equals sign', 'event=1=2', /"event=1=2" has no number/],
    ['no digits', 'event=0x', /no number/],
    ['digits and more', 'event=12z', /no number/],
    ['more, and digits', 'event=z12', /no number/],
    ['more than 64 bits', 'config=0x10000000000000000', /no number/],
    ['a name that every object has', 'toString', /no event or field "toString"/],
    ['a field that does not fit says its value', 'edge=2', /edge=2 does not fit into config:18/],
  ];
  test.each(problems)('%s is a problem', (_, text, problem) => {
    expect(encodeTerms(CPU, text)).toEqual({ problem: expect.stringMatching(problem) });
  });

  test('an unknown field names the PMU’s events, a dozen at most, or none', () => {
    const many = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`e${i}`, 'event=1']));
    const of = (events: Record<string, string>) => encodeTerms({ ...A53_PMU, events }, 'x');
    expect(of(many)).toEqual({ problem: expect.stringMatching(/events: e0, .*, e11$/) });
    expect(of({})).toEqual({ problem: expect.stringMatching(/field "x"$/) });
  });
});
