/** What this process may do: capabilities and limits, as /proc tells them. */
import { readText, SYSTEM_ROOT } from '../kernel/system-files.js';

/** Bit numbers of include/uapi/linux/capability.h. */
const CAPABILITIES = {
  CAP_DAC_OVERRIDE: 1,
  CAP_IPC_LOCK: 14,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_NICE: 23,
  CAP_PERFMON: 38,
} as const;

export type Capability = keyof typeof CAPABILITIES;

export interface Rights {
  /** Effective user id; null when hidden. */
  uid: number | null;
  /** The effective capabilities among those that matter here; null when hidden. */
  capabilities: Capability[] | null;
  /** ulimit -r; null when hidden. */
  rtPriority: number | null;
  /** ulimit -l in bytes, Infinity for none; null when hidden. */
  memlockBytes: number | null;
}

/** Reads /proc/self/status and /proc/self/limits. Never throws. */
export function probeRights(root = SYSTEM_ROOT): Rights {
  const status = readText(root, 'proc/self/status') ?? '';
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  const uid = /^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1];
  const bits = mask === undefined ? null : BigInt(`0x${mask}`);
  const limits = readText(root, 'proc/self/limits') ?? '';
  return {
    uid: uid === undefined ? null : Number(uid),
    capabilities:
      bits === null
        ? null
        : (Object.keys(CAPABILITIES) as Capability[]).filter(
            (name) => (bits >> BigInt(CAPABILITIES[name])) & 1n,
          ),
    rtPriority: softLimit(limits, 'Max realtime priority'),
    memlockBytes: softLimit(limits, 'Max locked memory'),
  };
}

function softLimit(limits: string, name: string): number | null {
  const text = new RegExp(`^${name}\\s+(\\d+|unlimited)\\s`, 'm').exec(limits)?.[1];
  if (text === undefined) return null;
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}
