import type { WorkloadInfo } from '../addon/native.js';
import type { Plan } from '../benchmark/plan.js';
import type { XnnpackFacts } from '../metrics/verdict.js';

/**
 * What XNNPACK took of the model, in nodes and, where it took some but not all of them, in work; null without it, and where
 * an engine can't be watched. May read the model's file, so it belongs after the last job.
 */
export async function xnnpackFacts(
  { workload }: Plan,
  info: WorkloadInfo | null,
): Promise<XnnpackFacts | null> {
  const tflite = info?.tflite;
  if (workload.kind !== 'model' || !tflite?.xnnpack.requested) return null;
  const { delegatedNodes, totalNodes, taken, refusals } = tflite.xnnpack;
  if (delegatedNodes === null || totalNodes === null) return null;
  const some = delegatedNodes > 0 && delegatedNodes < totalNodes;
  return {
    delegatedNodes,
    totalNodes,
    work: some ? await workOf(workload.path, taken) : null,
    refusal: refusals[0] ?? null,
  };
}

async function workOf(path: string, taken: readonly string[]): Promise<XnnpackFacts['work']> {
  const { readModel } = await import('../models/read-model.js');
  const { delegatedWork } = await import('../models/inspect/delegated.js');
  try {
    return delegatedWork(readModel(path), taken);
  } catch {
    return null; // it was readable before the run; the verdict says that nodes were counted
  }
}
