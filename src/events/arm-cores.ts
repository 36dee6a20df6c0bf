/** What is known of the PMUs of Arm's own cores, from their Technical Reference Manuals. */

export interface ArmCoreFacts {
  name: string;
  /** Programmable event counters, besides the cycle counter. */
  counters: number;
  /** The L2 cache is private to the core and an L3 may follow: its refills need not come from memory. */
  privateL2: boolean;
}

/** By the main id register's part number, implementer Arm (0x41). */
const CORES: Readonly<Record<string, ArmCoreFacts>> = {
  '0xd03': { name: 'Cortex-A53', counters: 6, privateL2: false },
  '0xd04': { name: 'Cortex-A35', counters: 6, privateL2: false },
  '0xd05': { name: 'Cortex-A55', counters: 6, privateL2: true },
  '0xd07': { name: 'Cortex-A57', counters: 6, privateL2: false },
  '0xd08': { name: 'Cortex-A72', counters: 6, privateL2: false },
  '0xd0b': { name: 'Cortex-A76', counters: 6, privateL2: true },
};

/** The facts of a core by its part number (`0xd03`, as /proc/cpuinfo prints it); null where they are not known. */
export function armCoreFacts(part: string | null): ArmCoreFacts | null {
  return part === null ? null : (CORES[part.toLowerCase()] ?? null);
}
