import { requireKind } from '../../kernel/caller.js';
import { requireModelName } from './names.js';
import { type NetworkSummary, summarizeNetwork } from './network-summary.js';
import { ARCHITECTURES } from './networks.js';

/**
 * The networks that can be built by name, with parameters, MACs and sizes. What `isochron models list` shows.
 *
 * @param names only these, which may go on with parameters (`mobilenet_v2_0.5_160`); without it or empty: all
 * @throws UsageError for a name that is no network's
 */
export function listNetworks(names: readonly string[] = []): NetworkSummary[] {
  requireKind(names, 'list of strings', 'the names of listNetworks');
  const wanted = names.length > 0 ? names : ARCHITECTURES.map(({ name }) => name);
  return wanted.map((name) => summarizeNetwork(requireModelName(name)));
}
