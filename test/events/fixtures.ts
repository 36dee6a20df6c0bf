/** Machines as machine/pmus.ts would describe them. */
import type { Pmu, PmuMachine } from '../../src/events/pmu.js';

const software: Pmu = { name: 'software', type: 1, cpus: null, events: {}, formats: {} };

export const A53_PMU: Pmu = {
  name: 'armv8_cortex_a53',
  type: 7,
  cpus: [0, 1, 2, 3],
  events: {
    cpu_cycles: 'event=0x0011',
    inst_retired: 'event=0x0008',
    l1d_cache: 'event=0x0004',
    l1d_cache_refill: 'event=0x0003',
    l2d_cache: 'event=0x0016',
    l2d_cache_refill: 'event=0x0017',
    l2d_cache_wb: 'event=0x0018',
  },
  formats: { event: 'config:0-15', long: 'config1:0', rdpmc: 'config1:1' },
};

/** Coral Dev Board, Raspberry Pi 3. */
export const A53: PmuMachine = {
  arch: 'arm64',
  pmus: [A53_PMU, software],
  cpuParts: { 0: '0xd03', 1: '0xd03', 2: '0xd03', 3: '0xd03' },
};

/** Four A53 and two A72, as on an RK3399. */
export const BIG_LITTLE: PmuMachine = {
  arch: 'arm64',
  pmus: [
    A53_PMU,
    { ...A53_PMU, name: 'armv8_cortex_a72', type: 8, cpus: [4, 5] },
    {
      name: 'arm_dsu_0',
      type: 9,
      cpus: null,
      events: { cycles: 'event=0x11' },
      formats: { event: 'config:0-31' },
    },
    software,
  ],
  cpuParts: { 0: '0xd03', 1: '0xd03', 2: '0xd03', 3: '0xd03', 4: '0xd08', 5: '0xd08' },
};

export const X86: PmuMachine = {
  arch: 'x64',
  pmus: [
    {
      name: 'cpu',
      type: 4,
      cpus: null,
      events: { 'cpu-cycles': 'event=0x3c', 'mem-loads': 'event=0xcd,umask=0x1,ldlat=3' },
      formats: {
        event: 'config:0-7',
        umask: 'config:8-15',
        edge: 'config:18',
        inv: 'config:23',
        cmask: 'config:24-31',
        wide: 'config:0-7,32-35',
        ldlat: 'config1:0-15',
      },
    },
    software,
  ],
  cpuParts: { 0: null, 1: null },
};

export const HYBRID_X86: PmuMachine = {
  arch: 'x64',
  pmus: [
    { name: 'cpu_core', type: 4, cpus: [0, 1], events: {}, formats: {} },
    { name: 'cpu_atom', type: 10, cpus: [2, 3], events: {}, formats: {} },
    software,
  ],
  cpuParts: {},
};

/** A virtual machine: software events only. */
export const NO_PMU: PmuMachine = { arch: 'x64', pmus: [software], cpuParts: {} };
