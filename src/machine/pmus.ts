/** The PMUs that the kernel shows, and the cores' part numbers, as plain data for events/. */
import type { Pmu, PmuMachine } from '../events/pmu.js';
import { listNames, readInteger, readText, SYSTEM_ROOT } from '../kernel/system-files.js';
import { parseCoreList } from './cores.js';
import { identify, parseCpuinfo } from './cpuinfo.js';

const DEVICES = 'sys/bus/event_source/devices';

/**
 * Reads /sys/bus/event_source/devices and /proc/cpuinfo. What is hidden or absent is left out: a machine without PMUs, or
 * a container without /sys, has an empty list.
 */
export function probePmus(root = SYSTEM_ROOT, arch: string = process.arch): PmuMachine {
  const cpuParts: Record<number, string | null> = {};
  for (const [core, fields] of parseCpuinfo(readText(root, 'proc/cpuinfo') ?? ''))
    cpuParts[core] = identify(fields).part;
  const pmus = listNames(root, DEVICES, /./)
    .map((name) => readPmu(root, name))
    .filter((pmu) => pmu !== null);
  return { arch, pmus, cpuParts };
}

function readPmu(root: string, name: string): Pmu | null {
  const folder = `${DEVICES}/${name}`;
  const type = readInteger(root, `${folder}/type`);
  if (type === null) return null;
  const cpus = readText(root, `${folder}/cpus`);
  return {
    name,
    type,
    cpus: cpus === null ? null : parseCoreList(cpus),
    // `NAME.scale` and `NAME.unit` describe an event; they are none
    events: readFolder(root, `${folder}/events`, /^[^.]+$/),
    formats: readFolder(root, `${folder}/format`, /./),
  };
}

function readFolder(root: string, folder: string, names: RegExp): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of listNames(root, folder, names)) {
    const text = readText(root, `${folder}/${name}`);
    if (text !== null) files[name] = text.trim();
  }
  return files;
}
