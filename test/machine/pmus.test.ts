import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { probePmus } from '../../src/machine/pmus.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function root(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'pmus-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const DEVICES = 'sys/bus/event_source/devices';

test('a board’s PMU is read with its cores, events and formats', () => {
  const machine = probePmus(
    root({
      [`${DEVICES}/armv8_cortex_a53/type`]: '7\n',
      [`${DEVICES}/armv8_cortex_a53/cpus`]: '0-3\n',
      [`${DEVICES}/armv8_cortex_a53/events/l2d_cache`]: 'event=0x0016\n',
      [`${DEVICES}/armv8_cortex_a53/events/odd.scale`]: '64\n',
      [`${DEVICES}/armv8_cortex_a53/format/event`]: 'config:0-15\n',
      [`${DEVICES}/software/type`]: '1\n',
      'proc/cpuinfo':
        'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd03\n\nprocessor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n',
    }),
    'arm64',
  );
  expect(machine).toEqual({
    arch: 'arm64',
    pmus: [
      {
        name: 'armv8_cortex_a53',
        type: 7,
        cpus: [0, 1, 2, 3],
        events: { l2d_cache: 'event=0x0016' },
        formats: { event: 'config:0-15' },
      },
      { name: 'software', type: 1, cpus: null, events: {}, formats: {} },
    ],
    cpuParts: { 0: '0xd03', 1: '0xd08' },
  });
});

test('a container that hides /sys and /proc has no PMUs, which is no error', () => {
  expect(probePmus(root({}), 'x64')).toEqual({ arch: 'x64', pmus: [], cpuParts: {} });
});
