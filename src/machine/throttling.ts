/** Signs that the hardware slows itself down: a Raspberry Pi's firmware flags and the kernel's cooling devices. */
import { listNames, readInteger, readText, SYSTEM_ROOT } from '../kernel/system-files.js';

/** What the firmware of a Raspberry Pi reports (`vcgencmd get_throttled`): now, and since it was switched on. */
export interface FirmwareThrottling {
  /** In words, e.g. `under-voltage`; empty: nothing. */
  now: string[];
  sinceBoot: string[];
}

/** Raspberry Pi documentation, "vcgencmd": bit n is now, bit n + 16 since boot. */
const BITS = ['under-voltage', 'frequency capped', 'throttled', 'soft temperature limit'];

/** The flags as words. */
export function decodeThrottled(flags: number): FirmwareThrottling {
  const named = (shift: number) => BITS.filter((_, bit) => (flags >>> (bit + shift)) & 1);
  return { now: named(0), sinceBoot: named(16) };
}

/** Null where there is no such firmware or it is hidden. */
export function probeFirmwareThrottling(root = SYSTEM_ROOT): FirmwareThrottling | null {
  const text = readText(root, 'sys/devices/platform/soc/soc:firmware/get_throttled')?.trim();
  if (text === undefined || !/^(0x)?[0-9a-f]+$/i.test(text)) return null;
  return decodeThrottled(Number.parseInt(text, 16));
}

/** Cooling devices that limit a processor's frequency at this moment, by type; empty for none (or hidden). */
export function activeCooling(root = SYSTEM_ROOT): string[] {
  const folder = 'sys/class/thermal';
  return listNames(root, folder, /^cooling_device\d+$/).flatMap((name) => {
    const type = readText(root, `${folder}/${name}/type`) ?? name;
    // fans and idle injection of other devices do not slow the cores
    if (!/cpufreq|processor|cpuidle/i.test(type)) return [];
    return (readInteger(root, `${folder}/${name}/cur_state`) ?? 0) > 0 ? [type] : [];
  });
}

/** The temperature at which a zone begins to throttle (its lowest passive or hot trip point), °C; null when not told. */
export function throttlePoint(zone: string, root = SYSTEM_ROOT): number | null {
  const folder = `sys/class/thermal/${zone}`;
  const points = listNames(root, folder, /^trip_point_\d+_type$/).flatMap((name) => {
    if (!/^(passive|hot)$/.test(readText(root, `${folder}/${name}`)?.trim() ?? '')) return [];
    const milli = readInteger(root, `${folder}/${name.replace(/_type$/, '_temp')}`);
    return milli === null || milli <= 0 ? [] : [milli / 1000];
  });
  return points.length === 0 ? null : Math.min(...points);
}
