/** Checks of memory: huge pages, swap, room for the model. */
import { formatBytes } from '../../kernel/quantities.js';
import { type Finding, fail, ok, unknown, warn } from './check.js';
import type { Facts } from './facts.js';

/** Documentation/admin-guide/mm/transhuge.rst. */
export function hugePages({ hugePages: mode }: Facts): Finding {
  if (mode === null) return unknown('this kernel has none, or /sys is hidden');
  if (mode !== 'always') return ok(mode);
  return warn(
    'always',
    'echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled',
    true,
  );
}

export function swap({ machine, swapUsedBytes }: Facts): Finding {
  const total = machine.memory.swapBytes;
  if (total === null) return unknown('/proc/meminfo is hidden');
  if (total === 0) return ok('none');
  const used = swapUsedBytes === null ? '' : `, ${formatBytes(swapUsedBytes)} in use`;
  return warn(`${formatBytes(total)}${used}`, 'sudo swapoff -a');
}

/** Two Node processes, the engine and the kernel's own needs for them. */
const TOOL_BYTES = 128 * 2 ** 20;

/**
 * The file is mapped and stays resident; XNNPACK keeps a second, packed copy of the weights. Activations come on top and
 * are not known before the engine has planned them.
 */
export function memory({ now, machine, model }: Facts): Finding {
  const available = now.memoryAvailableBytes;
  if (available === null) return unknown('/proc/meminfo is hidden');
  const found = `${formatBytes(available)} of ${formatBytes(machine.memory.totalBytes)} available`;
  const least = TOOL_BYTES + (model?.bytes ?? 0);
  const withPacking = least + (model?.bytes ?? 0);
  const need = model === null ? 'a run' : `${model.name} (${formatBytes(model.bytes)})`;
  const mend = 'end other programs: ps -eo rss,comm --sort=-rss | head';
  if (available < least)
    return fail(`${found}; ${need} needs ${formatBytes(least)} at least`, mend);
  if (available < withPacking)
    return warn(`${found}; ${need} with XNNPACK needs ${formatBytes(withPacking)} at least`, mend);
  return ok(model === null ? found : `${found}, enough for ${need}`);
}
