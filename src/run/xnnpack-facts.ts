import type { WorkloadInfo } from '../addon/native.js';
import type { Plan } from '../benchmark/plan.js';
import type { XnnpackFacts } from '../metrics/verdict.js';
import type { Delegated } from '../models/inspect/delegated.js';

/**
 * What XNNPACK took of the model, in nodes and, where it took some but not all of them, in work; null without it, and where
 * an engine can't be watched. Reads the model's file, so it belongs after the last job.
 */
export async function xnnpackFacts(
  { workload }: Plan,
  info: WorkloadInfo | null,
): Promise<XnnpackFacts | null> {
  const tflite = info?.tflite;
  if (workload.kind !== 'model' || !tflite?.xnnpack.requested) return null;
  const { delegatedNodes, totalNodes, taken, refusals } = tflite.xnnpack;
  if (delegatedNodes === null || totalNodes === null) return null;
  const refusal = refusals[0] ?? null;
  const known = await ofJobs(workload.path, taken, totalNodes);
  if (known === null)
    return {
      nodes: { taken: delegatedNodes, total: totalNodes, of: 'file' },
      work: null,
      refusal,
    };
  const { nodes, work } = known;
  const some = nodes.taken > 0 && nodes.taken < nodes.total;
  return { nodes: { ...nodes, of: 'jobs' }, work: some ? work : null, refusal };
}

/** The engine offers XNNPACK all graphs of a file; which of them jobs run, the file says. */
async function ofJobs(
  path: string,
  taken: readonly string[],
  offered: number,
): Promise<Delegated | null> {
  const { readModel } = await import('../models/read-model.js');
  const { delegatedWork } = await import('../models/inspect/delegated.js');
  try {
    return delegatedWork(readModel(path), taken, offered);
  } catch {
    return null; // it was readable before the run; the verdict says what was counted instead
  }
}
