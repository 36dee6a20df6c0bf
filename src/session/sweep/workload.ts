/** What a point's workload is, before it is run. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Point, PointDefinition } from '../../benchmark/expand.js';
import { SYNTHETIC_WORKLOADS } from '../../benchmark/synthetic.js';

/** Paths that begin with `./` or `../` are seen from the suite's file; all others from where the command runs. */
export function fromSuite(definition: PointDefinition, suiteFile: string | null): PointDefinition {
  if (suiteFile === null) return definition;
  const folder = dirname(suiteFile);
  const path = (text: string) => (/^\.\.?\//.test(text) ? resolve(folder, text) : text);
  const { workload, engine, inputs } = definition;
  return {
    ...definition,
    workload: path(workload),
    ...(engine === undefined ? {} : { engine: path(engine) }),
    ...(inputs === undefined
      ? {}
      : {
          inputs: inputs.map((text) =>
            text.replace(/(^|=)(\.\.?\/.*)$/, (_, sign: string, file: string) => sign + path(file)),
          ),
        }),
  };
}

/**
 * Why a workload can't be had, or null. Looks at names and files only; nothing is built.
 */
export async function workloadProblem(workload: string): Promise<string | null> {
  if ((SYNTHETIC_WORKLOADS as readonly string[]).includes(workload) || existsSync(workload))
    return null;
  if (/\.(so|tflite)$/i.test(workload)) return `${workload} does not exist`;
  const { requireModelName } = await import('../../models/zoo/names.js');
  try {
    requireModelName(workload);
    return null;
  } catch (error) {
    return (error as Error).message.replace(/\.$/, '');
  }
}

/** True where the workload can be run without being built or fetched first. */
export async function atHand(workload: string): Promise<boolean> {
  if ((SYNTHETIC_WORKLOADS as readonly string[]).includes(workload) || existsSync(workload))
    return true;
  const { builtModel } = await import('../../models/build-model.js');
  return builtModel(workload) !== null;
}

/** What points have in common whose jobs take the same time: all but period, deadline, number of jobs and name. */
export function timingKey({ definition }: Pick<Point, 'definition'>): PointDefinition {
  const {
    name,
    period,
    deadline,
    tasks,
    duration,
    warmup,
    overrun,
    events,
    format,
    cold,
    ...rest
  } = definition;
  return rest as PointDefinition;
}
