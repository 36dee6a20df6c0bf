import { describe, expect, test } from 'vitest';
import { armCoreFacts } from '../../src/events/arm-cores.js';
import { corePmuFor, corePmus, isCorePmu, type Pmu, partOf } from '../../src/events/pmu.js';
import { A53, BIG_LITTLE, HYBRID_X86, NO_PMU, X86 } from './fixtures.js';

const pmu = (name: string, cpus: number[] | null = null): Pmu => ({
  name,
  type: 20,
  cpus,
  events: {},
  formats: {},
});

describe('which PMUs are those of cores', () => {
  const cases: [why: string, pmu: Pmu, core: boolean][] = [
    ['x86 without kinds of cores', pmu('cpu'), true],
    ['one kind of a hybrid x86', pmu('cpu_atom'), true],
    ['Arm, whatever the kernel calls the core', pmu('armv8_pmuv3'), true],
    ['Apple', pmu('apple_icestorm_pmu'), true],
    ['a name of no family, but with the cores that it counts', pmu('new_core', [0, 1]), true],
    ['software', pmu('software'), false],
    ['a cache shared by cores', pmu('arm_dsu_0'), false],
    ['a bus whose name contains a core’s', pmu('uncore_cpu_core'), false],
    ['a PMU beside the cores', pmu('cpu_nothing'), false],
    ['Arm’s system PMUs', pmu('armcmn_0'), false],
  ];
  test.each(cases)('%s', (_, candidate, core) => {
    expect(isCorePmu(candidate)).toBe(core);
  });

  test('the others are left out', () => {
    expect(corePmus(BIG_LITTLE).map(({ name }) => name)).toEqual([
      'armv8_cortex_a53',
      'armv8_cortex_a72',
    ]);
  });
});

describe('corePmuFor', () => {
  const named = (machine: Parameters<typeof corePmuFor>[0], cores: number[]) => {
    const choice = corePmuFor(machine, cores);
    if (choice.kind === 'none') return [];
    return choice.kind === 'one' ? [choice.pmu.name] : choice.pmus.map(({ name }) => name);
  };
  test('takes the one PMU of the job’s cores', () => {
    expect(named(X86, [1])).toEqual(['cpu']); // no `cpus` file: it counts every core
    expect(named(BIG_LITTLE, [5])).toEqual(['armv8_cortex_a72']);
    expect(named(BIG_LITTLE, [4, 5])).toEqual(['armv8_cortex_a72']);
  });
  test('a job on several kinds has several, a job that is not pinned all of them', () => {
    expect(corePmuFor(HYBRID_X86, [1, 2]).kind).toBe('several');
    expect(named(HYBRID_X86, [])).toEqual(['cpu_core', 'cpu_atom']);
  });
  test('none where none counts the core', () => {
    expect(corePmuFor(NO_PMU, [0])).toEqual({ kind: 'none' });
    expect(corePmuFor(A53, [7])).toEqual({ kind: 'none' });
  });
});

test('the part is that of the job’s first core, or of core 0', () => {
  expect(partOf(BIG_LITTLE, [5, 0])).toBe('0xd08');
  expect(partOf(BIG_LITTLE, [])).toBe('0xd03');
  expect(partOf(BIG_LITTLE, [9])).toBeNull();
  expect(partOf(X86, [0])).toBeNull();
});

test('a core’s facts are found however its part number is spelled', () => {
  expect(armCoreFacts('0xD03')).toMatchObject({ name: 'Cortex-A53', counters: 6 });
  expect(armCoreFacts('0xd0c')).toBeNull();
  expect(armCoreFacts(null)).toBeNull();
});
