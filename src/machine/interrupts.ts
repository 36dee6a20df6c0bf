/** Interrupts and the cores on which they may be handled. */

import { listNames, readText, SYSTEM_ROOT } from '../kernel/system-files.js';
import { parseCoreList } from './cores.js';

export interface Interrupt {
  irq: number;
  /** From /proc/interrupts, e.g. `mmc0`; null when hidden. */
  name: string | null;
  /** Where it may be handled (smp_affinity); null when hidden. */
  cores: number[] | null;
  /** Where it is handled (effective_affinity, Linux 4.13); null where the kernel does not tell. */
  effective: number[] | null;
  /** Every core has its own (timers, the PMU): it cannot be moved, and belongs to whatever runs there. */
  perCore: boolean;
}

const FOLDER = 'proc/irq';

/** The path of the file that says where an interrupt may be handled, below the root. */
export const affinityFile = (irq: number) => `${FOLDER}/${irq}/smp_affinity_list`;

/** Every interrupt that has a handler. Null where /proc/irq is hidden. */
export function listInterrupts(root = SYSTEM_ROOT): Interrupt[] | null {
  const numbers = listNames(root, FOLDER, /^\d+$/);
  if (numbers.length === 0) return null;
  const lines = interruptLines(readText(root, 'proc/interrupts'));
  return numbers.flatMap((text) => {
    const irq = Number(text);
    // an entry without a handler (a line that nothing uses) disturbs nobody
    const line = lines?.get(irq);
    if (lines !== null && line === undefined) return [];
    const list = (file: string) => {
      const content = readText(root, `${FOLDER}/${irq}/${file}`);
      return content === null ? null : parseCoreList(content);
    };
    const effective = list('effective_affinity_list');
    return {
      irq,
      name: line?.name ?? null,
      cores: list('smp_affinity_list'),
      // empty: the interrupt's chip does not say
      effective: effective?.length ? effective : null,
      perCore: line?.perCore ?? false,
    };
  });
}

/** Where an interrupt is handled as far as is known. */
export const handledOn = (interrupt: Interrupt): number[] =>
  interrupt.effective ?? interrupt.cores ?? [];

/**
 * A GIC's numbers 16 to 31 are private to a core (GIC architecture specification, PPI); a Raspberry Pi 3 has a controller for
 * its cores alone.
 */
const isPerCore = (chip: string, line: string) =>
  (/^GIC/.test(chip) && Number(line) >= 16 && Number(line) <= 31) || chip.startsWith('bcm2836-');

function interruptLines(
  text: string | null,
): Map<number, { name: string; perCore: boolean }> | null {
  if (text === null) return null;
  const lines = new Map<number, { name: string; perCore: boolean }>();
  const cores = text.split('\n')[0]?.trim().split(/\s+/).length ?? 0;
  for (const line of text.split('\n').slice(1)) {
    const match = /^\s*(\d+):\s*(.*)$/.exec(line);
    if (match === null) continue;
    // one count a core, then the chip, its line, perhaps the trigger, and the handlers' names
    const words = (match[2] as string).trim().split(/\s+/).slice(cores);
    const [chip = '', hardwareLine = ''] = words;
    lines.set(Number(match[1]), {
      name: words.at(-1) ?? '',
      perCore: isPerCore(chip, hardwareLine),
    });
  }
  return lines;
}
