/** Who took part in a run: tool, engine and model, with their content's SHA-256. */
import type { Plan } from '../benchmark/plan.js';
import type { FileIdentity, Sidecar } from '../formats/sidecar.js';
import { toolVersion } from '../kernel/package.js';
import { hashFile } from '../kernel/sha256.js';

const fileIdentity = async (path: string): Promise<FileIdentity> => ({
  path,
  ...(await hashFile(path)),
});

/** Reads engine, model and plugin once, piece by piece. */
export async function identify(
  plan: Plan,
): Promise<Pick<Sidecar, 'tool' | 'engine' | 'model' | 'plugin'>> {
  const { workload } = plan;
  const [engine, model] =
    workload.kind === 'model'
      ? await Promise.all([fileIdentity(workload.engine), fileIdentity(workload.path)])
      : [null, null];
  return {
    tool: { name: 'isochron', version: toolVersion, node: process.versions.node },
    engine: engine && { ...engine, tflite: null },
    model,
    plugin: workload.kind === 'plugin' ? await fileIdentity(workload.path) : null,
  };
}
