/** Who took part in a run: tool, engine and model, with their content's SHA-256. */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Plan } from '../benchmark/plan.js';
import type { FileIdentity, Sidecar } from '../formats/sidecar.js';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** This isochron's version. */
export const toolVersion = version;

async function fileIdentity(path: string): Promise<FileIdentity> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), async (chunks) => {
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      hash.update(chunk);
    }
  });
  return { path, sha256: hash.digest('hex'), bytes };
}

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
    tool: { name: 'isochron', version, node: process.versions.node },
    engine: engine && { ...engine, tflite: null },
    model,
    plugin: workload.kind === 'plugin' ? await fileIdentity(workload.path) : null,
  };
}
