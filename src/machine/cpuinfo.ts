/** What /proc/cpuinfo says, and the names of Arm's cores. */
import type { CpuIdentity } from '../formats/machine-facts.js';

/**
 * Part numbers (MIDR_EL1.PartNum) of implementer 0x41, Arm, as its Technical Reference Manuals give them. All of these
 * cores have 64-byte cache lines.
 */
const ARM_CORES: Record<string, string> = {
  '0xd02': 'Cortex-A34',
  '0xd03': 'Cortex-A53',
  '0xd04': 'Cortex-A35',
  '0xd05': 'Cortex-A55',
  '0xd06': 'Cortex-A65',
  '0xd07': 'Cortex-A57',
  '0xd08': 'Cortex-A72',
  '0xd09': 'Cortex-A73',
  '0xd0a': 'Cortex-A75',
  '0xd0b': 'Cortex-A76',
  '0xd0c': 'Neoverse N1',
  '0xd0d': 'Cortex-A77',
  '0xd0e': 'Cortex-A76AE',
  '0xd40': 'Neoverse V1',
  '0xd41': 'Cortex-A78',
  '0xd42': 'Cortex-A78AE',
  '0xd44': 'Cortex-X1',
  '0xd46': 'Cortex-A510',
  '0xd47': 'Cortex-A710',
  '0xd48': 'Cortex-X2',
  '0xd49': 'Neoverse N2',
  '0xd4b': 'Cortex-A78C',
  '0xd4d': 'Cortex-A715',
  '0xd4e': 'Cortex-X3',
  '0xd4f': 'Neoverse V2',
};

const ARM = '0x41';

/** The name of an Arm core; null for other implementers and unknown parts. */
export function armCoreName(implementer: string | null, part: string | null): string | null {
  return implementer === ARM && part !== null ? (ARM_CORES[part.toLowerCase()] ?? null) : null;
}

/** The fields of every processor, by core number. Empty for text that holds no processor. */
export function parseCpuinfo(text: string): Map<number, Map<string, string>> {
  const processors = new Map<number, Map<string, string>>();
  for (const block of text.split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) fields.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
    }
    const processor = fields.get('processor');
    if (processor !== undefined && /^\d+$/.test(processor))
      processors.set(Number(processor), fields);
  }
  return processors;
}

/** Who made a processor and which it is. */
export function identify(fields: ReadonlyMap<string, string>): CpuIdentity {
  const implementer = fields.get('CPU implementer') ?? fields.get('vendor_id') ?? null;
  const part = fields.get('CPU part')?.toLowerCase() ?? null;
  const variant = fields.get('CPU variant');
  const armRevision = fields.get('CPU revision');
  return {
    implementer,
    part,
    revision:
      variant !== undefined && armRevision !== undefined
        ? `r${Number(variant)}p${armRevision}`
        : (fields.get('stepping') ?? null),
    name: armCoreName(implementer, part) ?? fields.get('model name') ?? null,
  };
}
