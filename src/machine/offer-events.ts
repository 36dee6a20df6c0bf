import { loadAddon } from '../addon/load-addon.js';
import { type EventOffer, offeredEvents } from '../events/offer.js';
import { type Kinds, requireOptions } from '../kernel/caller.js';
import { UsageError } from '../kernel/errors.js';
import { onlineCores } from './cores.js';
import { probePmus } from './pmus.js';

/** Where events are tried, and how. */
export interface OfferOptions {
  /** The core to ask (default: the first one on which this process may run): counters belong to a kind of core. */
  core?: number | undefined;
  /** Try them with kernel mode counted too (default false). */
  kernel?: boolean;
}

/**
 * What this machine can count: every event of the catalogue with its encoding or the reason why not, the sets, and how
 * many events fit at once. Each is opened for a moment on the calling thread.
 *
 * @throws UsageError for a core that does not exist
 */
export function offerEvents(options: OfferOptions = {}): EventOffer {
  requireOptions('offerEvents', options, OPTIONS);
  const { core, kernel = false } = options;
  const online = onlineCores();
  if (
    core !== undefined &&
    (!Number.isInteger(core) || core < 0 || online?.includes(core) === false)
  )
    throw new UsageError(
      `core ${core} does not exist or is offline.`,
      online === null ? undefined : `This machine's online cores: ${online.join(', ')}.`,
    );
  const addon = loadAddon();
  const cores = [core ?? addon.getAffinity()[0] ?? 0];
  const before = addon.getAffinity();
  addon.tryAffinity(cores); // says why not, which the next line can't
  addon.setTaskAffinity(0, cores);
  try {
    return offeredEvents(probePmus(), cores, (events) =>
      addon.probeEvents(
        events.map(({ name, type, config }) => ({ name, type, config })),
        kernel,
      ),
    );
  } finally {
    addon.setTaskAffinity(0, before);
  }
}

const OPTIONS: Kinds<OfferOptions> = { core: 'number', kernel: 'boolean' };
