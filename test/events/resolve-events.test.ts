import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/events/catalogue.js';
import type { PmuMachine } from '../../src/events/pmu.js';
import { resolveEvents } from '../../src/events/resolve-events.js';
import { A53, BIG_LITTLE, HYBRID_X86, NO_PMU, X86 } from './fixtures.js';

const one = (name: string, machine: PmuMachine, cores?: number[]) =>
  resolveEvents([name], machine, cores)[0];

describe('on a Cortex-A53', () => {
  test('the catalogue has the numbers of the architecture, on the core’s own PMU', () => {
    const numbers: Record<string, bigint> = {
      cpu_cycles: 0x11n,
      inst_retired: 0x08n,
      l1d_cache: 0x04n,
      l1d_cache_refill: 0x03n,
      l2d_cache: 0x16n,
      l2d_cache_refill: 0x17n,
      l2d_cache_wb: 0x18n,
      l1i_cache: 0x14n,
      l1i_cache_refill: 0x01n,
      l1d_tlb_refill: 0x05n,
      l1i_tlb_refill: 0x02n,
      br_pred: 0x12n,
      br_mis_pred: 0x10n,
      mem_access: 0x13n,
      bus_access: 0x19n,
      bus_access_rd: 0x60n,
      bus_access_wr: 0x61n,
      prefetch_linefill: 0xc2n,
    };
    for (const [name, config] of Object.entries(numbers))
      expect(one(name, A53, [1])).toMatchObject({ name, type: 7, config });
    expect(CATALOGUE.filter((event) => event.arm !== null)).toHaveLength(
      Object.keys(numbers).length,
    );
  });

  test('software events need no PMU', () => {
    expect(one('task_clock', A53)).toEqual({ name: 'task_clock', type: 1, config: 1n });
    expect(one('page_faults', NO_PMU)).toEqual({ name: 'page_faults', type: 1, config: 2n });
  });

  test('raw and kernel-named events go to the core’s PMU', () => {
    expect(one('rc2', A53)).toEqual({ name: 'rc2', type: 7, config: 0xc2n });
    expect(one('armv8_cortex_a53/l2d_cache_refill/', A53)).toMatchObject({
      type: 7,
      config: 0x17n,
    });
    expect(one('armv8_cortex_a53/event=0xc2/', A53)).toMatchObject({ type: 7, config: 0xc2n });
  });

  test('an event that the core does not announce is tried, with a note', () => {
    expect(one('mem_access', A53)).toMatchObject({ note: expect.stringContaining('PMCEID') });
    expect(one('l2d_cache', A53)).not.toHaveProperty('note');
    expect(one('bus_access_rd', A53)).not.toHaveProperty('note'); // never announced, on any core
  });

  test('a core whose PMU announces nothing is not doubted', () => {
    const silent = { ...A53, pmus: [{ ...A53.pmus[0], events: {} } as (typeof A53.pmus)[number]] };
    expect(one('mem_access', silent)).toEqual({ name: 'mem_access', type: 7, config: 0x13n });
    expect(one('mem_access', { ...A53, pmus: [] })).not.toHaveProperty('note');
  });

  test('raw events are r and up to 16 hexadecimal digits, in either case', () => {
    expect(one('rFFFFFFFFFFFFFFFF', A53)).toMatchObject({ type: 7, config: 2n ** 64n - 1n });
    expect(one('r11112222333344445', A53)).toHaveProperty('absentReason');
    expect(one('xr17', A53)).toHaveProperty('absentReason');
  });

  test('where sysfs is hidden the raw type stands in for the PMU’s', () => {
    expect(one('l2d_cache', { ...A53, pmus: [] })).toMatchObject({ type: 4, config: 0x16n });
  });
});

describe('on other cores', () => {
  test('an event of the A53 alone is absent elsewhere, and the core is named', () => {
    expect(one('prefetch_linefill', BIG_LITTLE, [1])).toMatchObject({ config: 0xc2n });
    expect(one('prefetch_linefill', BIG_LITTLE, [4])?.absentReason).toMatch(
      /Cortex-A53 only.*Cortex-A72/,
    );
    expect(one('prefetch_linefill', { ...A53, cpuParts: { 0: '0xfff' } })?.absentReason).toContain(
      '0xfff',
    );
    expect(one('prefetch_linefill', { ...A53, cpuParts: {} })?.absentReason).toContain(
      'unknown core',
    );
  });

  test('a private L2 is no last level: its refills carry a note', () => {
    const a55: PmuMachine = { ...A53, cpuParts: { 0: '0xd05' } };
    expect(one('l2d_cache_refill', a55)).toMatchObject({
      note: expect.stringContaining('Cortex-A55'),
    });
    expect(one('l1d_cache_refill', a55)).not.toHaveProperty('note');
  });

  test('several kinds of cores: the job’s core decides, a job on both kinds has no hardware counts', () => {
    expect(one('cpu_cycles', BIG_LITTLE, [2])).toMatchObject({ type: 7 });
    expect(one('cpu_cycles', BIG_LITTLE, [5])).toMatchObject({ type: 8 });
    expect(one('cpu_cycles', BIG_LITTLE, [3, 4])?.absentReason).toContain(
      'armv8_cortex_a53, armv8_cortex_a72',
    );
    expect(one('cpu_cycles', BIG_LITTLE)?.absentReason).toContain('-c');
    expect(one('task_clock', BIG_LITTLE)).not.toHaveProperty('absentReason');
    expect(one('armv8_cortex_a53/cpu_cycles/', BIG_LITTLE, [1])).toMatchObject({ type: 7 });
    expect(one('armv8_cortex_a53/cpu_cycles/', BIG_LITTLE, [4])?.absentReason).toContain(
      '0, 1, 2, 3 only',
    );
    expect(one('armv8_cortex_a53/cpu_cycles/', BIG_LITTLE)?.absentReason).toContain('only');
  });
});

describe('on x86', () => {
  test('generic events stand in, and what has none says so', () => {
    expect(one('cpu_cycles', X86)).toEqual({ name: 'cpu_cycles', type: 0, config: 0n });
    expect(one('inst_retired', X86)).toEqual({ name: 'inst_retired', type: 0, config: 1n });
    expect(one('l1d_cache_refill', X86)).toEqual({
      name: 'l1d_cache_refill',
      type: 3,
      config: 0x10000n,
    });
    expect(one('l2d_cache_refill', X86)).toEqual({
      name: 'l2d_cache_refill',
      type: 3,
      config: 0x10002n,
    });
    for (const name of [
      'l2d_cache_wb',
      'mem_access',
      'bus_access',
      'bus_access_rd',
      'prefetch_linefill',
    ])
      expect(one(name, X86)).toEqual({
        name,
        absentReason: `x86 has no generic event for ${name}`,
      });
  });

  test('perf’s names and raw numbers', () => {
    expect(one('LLC-store-misses', X86)).toEqual({
      name: 'LLC-store-misses',
      type: 3,
      config: 0x10102n,
    });
    expect(one('r1b', X86)).toEqual({ name: 'r1b', type: 4, config: 0x1bn });
  });

  test('a virtual machine without a PMU keeps the encodings: opening them tells', () => {
    expect(one('cpu_cycles', NO_PMU)).toMatchObject({ type: 0, config: 0n });
  });

  test('a hybrid machine takes the PMU of the job’s core', () => {
    expect(one('inst_retired', HYBRID_X86, [3])).toMatchObject({
      type: 0,
      config: (10n << 32n) | 1n,
    });
    expect(one('inst_retired', HYBRID_X86)?.absentReason).toContain('cpu_core, cpu_atom');
    expect(one('LLC-loads', HYBRID_X86, [0])).toMatchObject({ type: 3, config: (4n << 32n) | 2n });
    expect(one('page_faults', HYBRID_X86, [3])).toMatchObject({ type: 1, config: 2n });
    expect(one('minor-faults', HYBRID_X86, [3])).toMatchObject({ type: 1, config: 5n });
  });

  test('a machine of neither family has the generic events alone', () => {
    const riscv: PmuMachine = { ...NO_PMU, arch: 'riscv64' };
    expect(one('cpu_cycles', riscv)).toMatchObject({ type: 0, config: 0n });
    expect(one('mem_access', riscv)?.absentReason).toBe(
      'riscv64 has no generic event for mem_access',
    );
  });

  test('a PMU that counts some cores is no good for a job that may leave them', () => {
    expect(one('cpu_core/config=1/', HYBRID_X86, [0, 1])).toMatchObject({ type: 4, config: 1n });
    expect(one('cpu_core/config=1/', HYBRID_X86, [1, 2])?.absentReason).toContain('0, 1 only');
    expect(one('arm_dsu_0/cycles/', BIG_LITTLE)).toMatchObject({ type: 9, config: 0x11n });
    expect(one('foo/bar/', { ...NO_PMU, pmus: [] })?.absentReason).toBe(
      'this machine has no PMU "foo"',
    );
  });
});

describe('events of a kernel PMU', () => {
  test('terms are placed by the format files', () => {
    expect(one('cpu/cpu-cycles/', X86)).toMatchObject({ type: 4, config: 0x3cn });
    expect(one('cpu/event=0x3c,umask=1,inv,cmask=2/', X86)).toMatchObject({ config: 0x0280013cn });
    expect(one('cpu/wide=0xfff/', X86)).toMatchObject({ config: 0xf000000ffn });
    expect(one('cpu/config=0x1234/', X86)).toMatchObject({ type: 4, config: 0x1234n });
  });

  test('what can not be encoded is absent with the reason', () => {
    expect(one('armv9/foo/', X86)?.absentReason).toContain('no PMU "armv9" (it has cpu, software)');
    expect(one('cpu/nothing/', X86)?.absentReason).toContain('no event or field "nothing"');
    expect(one('cpu/event=0x1ff/', X86)?.absentReason).toContain('does not fit');
    expect(one('cpu/edge=2/', X86)?.absentReason).toContain('does not fit');
    expect(one('cpu/mem-loads/', X86)?.absentReason).toContain('config1');
    expect(one('cpu/event=abc/', X86)?.absentReason).toContain('no number');
    expect(one('cpu/event=0x11112222333344445/', X86)?.absentReason).toContain('no number');
  });
});
