/** Interrupts and the cores on which they may be handled. */
import { parseCoreList } from './cores.js';
import { listNames, readText, SYSTEM_ROOT } from './system-files.js';

export interface Interrupt {
  irq: number;
  /** From /proc/interrupts, e.g. `mmc0`; null when hidden. */
  name: string | null;
  /** Where it may be handled (smp_affinity); null when hidden. */
  cores: number[] | null;
  /** Where it is handled (effective_affinity, Linux 4.13); null where the kernel does not tell. */
  effective: number[] | null;
}

const FOLDER = 'proc/irq';

/** The path of the file that says where an interrupt may be handled, below the root. */
export const affinityFile = (irq: number) => `${FOLDER}/${irq}/smp_affinity_list`;

/** Every interrupt that has a handler. Null where /proc/irq is hidden. */
export function listInterrupts(root = SYSTEM_ROOT): Interrupt[] | null {
  const numbers = listNames(root, FOLDER, /^\d+$/);
  if (numbers.length === 0) return null;
  const names = interruptNames(readText(root, 'proc/interrupts'));
  return numbers.flatMap((text) => {
    const irq = Number(text);
    // an entry without a handler (a line that nothing uses) disturbs nobody
    if (names !== null && !names.has(irq)) return [];
    const list = (file: string) => {
      const content = readText(root, `${FOLDER}/${irq}/${file}`);
      return content === null ? null : parseCoreList(content);
    };
    const effective = list('effective_affinity_list');
    return {
      irq,
      name: names?.get(irq) ?? null,
      cores: list('smp_affinity_list'),
      // empty: the interrupt's chip does not say
      effective: effective?.length ? effective : null,
    };
  });
}

/** Where an interrupt is handled as far as is known. */
export const handledOn = (interrupt: Interrupt): number[] =>
  interrupt.effective ?? interrupt.cores ?? [];

function interruptNames(text: string | null): Map<number, string> | null {
  if (text === null) return null;
  const names = new Map<number, string>();
  const cores = text.split('\n')[0]?.trim().split(/\s+/).length ?? 0;
  for (const line of text.split('\n').slice(1)) {
    const match = /^\s*(\d+):\s*(.*)$/.exec(line);
    if (match === null) continue;
    // one count a core, then the chip, its line and the handlers' names
    const words = (match[2] as string).trim().split(/\s+/).slice(cores);
    names.set(Number(match[1]), words.at(-1) ?? '');
  }
  return names;
}
