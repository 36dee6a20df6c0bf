/** The identity of a run, from the file beside its CSV, from the sweep that made it, or else from its name. */
import { basename } from 'node:path';
import type { RunFile } from '../formats/run-file.js';
import { type Fact, factName, type Identity, parseModelName } from './identity.js';

/**
 * @param file null when there is none
 * @param csv the path, whose name is all that is left to go by without a file
 * @param parameters what a sweep varied; it wins over what follows from the file
 */
export function identityOf(
  file: RunFile | null,
  csv: string,
  parameters: Readonly<Record<string, Fact>>,
): Identity {
  const facts: Record<string, Fact> = {};
  const put = (name: string, value: Fact | null | undefined) => {
    if (value !== null && value !== undefined) facts[name] = value;
  };
  const plan = file?.plan ?? null;
  const workload = plan?.workload ?? null;
  if (workload === null || workload.kind === 'model') {
    // what the user called it: the file of a built network has the cache's own name
    const name = workload?.name ?? workload?.path ?? null;
    const { network, precision } = parseModelName(
      name ?? basename(csv).replace(/(?:_timing)?\.csv$/i, ''),
    );
    put('network', network);
    // a network that isochron builds is of floats unless its name says otherwise
    const built = name !== null && !/\.tflite$/i.test(name);
    put('precision', precision ?? (built ? 'fp32' : null));
  } else {
    put('network', workload.kind);
    put('us', workload.us);
    put('size', workload.sizeBytes);
    put('access', workload.access);
  }
  if (workload?.kind === 'model') {
    // what really ran counts, not what was asked for
    put('xnnpack', file?.xnnpackApplied == null ? workload.xnnpack : file.xnnpackApplied !== 'no');
    put('threads', workload.threads);
    put(
      'engine',
      file?.engine?.tflite ?? (workload.engine == null ? null : basename(workload.engine)),
    );
  }
  if (plan !== null) {
    put('period', plan.periodNs);
    put('deadline', plan.deadlineNs);
    if (plan.cores.length > 0) put('cores', plan.cores.join(','));
    const s = plan.scheduling;
    if (s !== null) put('scheduling', s.priority == null ? s.policy : `${s.policy} ${s.priority}`);
  }
  if (Object.keys(parameters).length > 0) {
    // a sweep calibrates the period of each point: unless it is an axis, it tells nothing apart
    delete facts.period;
    delete facts.deadline;
  }
  for (const [name, value] of Object.entries(parameters)) {
    const known = factName(name);
    // a sweep names a model by its file, of which network and precision are already known
    if (known === 'network' && facts.network !== undefined) continue;
    facts[known] = value;
  }
  return facts;
}
