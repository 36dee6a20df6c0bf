/** When a machine is another one: what it tells, and what is hidden. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { probeMachine, probeVolatile } from '../../src/machine/probe-machine.js';
import {
  identityOf,
  type MachineFacts,
  MachineNow,
  whatDiffers,
} from '../../src/sweep/machine-identity.js';
import { scratch } from '../cli/helpers.js';

const BOARD = {
  'proc/cpuinfo':
    'processor : 0\nCPU implementer : 0x41\nCPU part : 0xd03\n\nprocessor : 1\nCPU implementer : 0x41\nCPU part : 0xd03\n',
  'proc/sys/kernel/osrelease': '6.1.0-rt\n',
  'proc/version': 'Linux version 6.1.0-rt (build 1)\n',
  'proc/cmdline': 'BOOT_IMAGE=/vmlinuz root=UUID=1 isolcpus=1 board.date=1\n',
  'proc/device-tree/model': 'A board\0',
  'etc/machine-id': '00112233445566778899aabbccddeeff\n',
  'sys/devices/system/cpu/online': '0-1\n',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'ondemand\n',
  'sys/devices/system/cpu/cpu1/cpufreq/scaling_governor': 'performance\n',
};
function machine(change: Record<string, string | null> = {}): string {
  const root = scratch();
  for (const [path, text] of Object.entries({ ...BOARD, ...change })) {
    if (text === null) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
/** As a run on that machine writes them. */
const factsOf = (root: string, cores: number[]): MachineFacts =>
  ({
    machine: probeMachine({ root, arch: 'arm64' }),
    before: probeVolatile(cores, { root }),
    isolation: null,
  }) as MachineFacts;
const differs = (change: Record<string, string | null>, cores = '1') =>
  whatDiffers(
    identityOf(factsOf(machine(), cores === '' ? [0, 1] : [1])),
    new MachineNow(machine(change), () => [0, 1]).of({ cores } as never),
  );

test('the same machine is the same, however it was booted and whatever is hidden now', () => {
  expect(differs({})).toBeNull();
  expect(differs({ 'proc/cmdline': 'root=UUID=2 isolcpus=1 board.date=2\n' })).toBeNull();
  for (const hidden of Object.keys(BOARD).filter((path) => path !== 'proc/cpuinfo'))
    expect(differs({ [hidden]: null }), hidden).toBeNull();
});

test.each<[string, string, string]>([
  ['etc/machine-id', 'ff112233445566778899aabbccddeeff', 'it was measured on another machine'],
  [
    'sys/devices/system/cpu/cpu1/cpufreq/scaling_governor',
    'schedutil',
    'it was measured on another machine: the governor was performance, and is schedutil',
  ],
  [
    'proc/sys/kernel/osrelease',
    '6.6.0',
    'it was measured on another machine: the kernel was 6.1.0-rt, and is 6.6.0',
  ],
  [
    'proc/cmdline',
    'root=UUID=1',
    "it was measured on another machine: the kernel's command line was isolcpus=1, and is empty",
  ],
  [
    'sys/devices/system/cpu/online',
    '0',
    'it was measured on another machine: the list of online cores was 0, 1, and is 0',
  ],
])('another %s is another machine', (path, text, words) => {
  expect(differs({ [path]: text })).toBe(words);
});

test('the governor of a core that is not the job’s is no difference; without cores all count', () => {
  const other = { 'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave' };
  expect(differs(other)).toBeNull();
  expect(differs(other, '')).toContain('governor was ondemand, performance');
});

test('a run that is told no cores and left one has the governor of that one', () => {
  const now = new MachineNow(machine(), () => [1]);
  expect(whatDiffers(identityOf(factsOf(machine(), [1])), now.of({}))).toBeNull();
});

test('a governor that an isolation set for the time of the run is the one from before', () => {
  const facts = factsOf(machine(), [1]);
  const isolation = { governors: [{ core: 1, before: 'schedutil' }] };
  expect(identityOf({ ...facts, isolation } as MachineFacts).governor).toBe('schedutil');
});

test('the machine’s own identifier is not disclosed', () => {
  const id = identityOf(factsOf(machine(), [1])).machine;
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(BOARD['etc/machine-id']).not.toContain(id);
});
