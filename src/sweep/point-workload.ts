/** What a point's workload is, before it is run. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { hashOf, type Point, type PointDefinition } from '../benchmark/expand.js';
import { onlyWhere } from '../benchmark/run-options.js';
import { isSynthetic } from '../benchmark/workloads.js';
import { splitInput } from './point-content.js';

/**
 * The definition with its paths seen from the suite's file, wherever the command runs: a suite means the same files
 * everywhere. Networks, engines and workloads that isochron knows by name stay names.
 */
export function fromSuite(definition: PointDefinition, suiteFile: string | null): PointDefinition {
  if (suiteFile === null) return definition;
  const folder = dirname(suiteFile);
  const isName = (text: string) => !text.includes('/') && !/\.(tflite|so)$/i.test(text);
  const path = (text: string) => (isName(text) ? text : resolve(folder, text));
  const { workload, engine, inputs, dumpOutput } = definition;
  const input = (text: string) => {
    const { name, path: file } = splitInput(text, folder);
    return name + file;
  };
  return {
    ...definition,
    workload: path(workload),
    ...(engine === undefined ? {} : { engine: path(engine) }),
    ...(inputs === undefined ? {} : { inputs: inputs.map(input) }),
    ...(dumpOutput === undefined ? {} : { dumpOutput: resolve(folder, dumpOutput) }),
  };
}

/**
 * Why a workload can't be had, or null. Looks at names and files only; nothing is built.
 */
export async function workloadProblem(workload: string): Promise<string | null> {
  if (isSynthetic(workload) || existsSync(workload)) return null;
  if (/\.(so|tflite)$/i.test(workload)) return `${workload} does not exist`;
  const { requireModelName } = await import('../models/zoo/names.js');
  try {
    requireModelName(workload);
    return null;
  } catch (error) {
    return (error as Error).message.replace(/\.$/, '');
  }
}

/** True where the workload can be run without being built or fetched first. */
export async function atHand(workload: string): Promise<boolean> {
  if (isSynthetic(workload) || existsSync(workload)) return true;
  const { builtModel } = await import('../models/build-model.js');
  return builtModel(workload) !== null;
}

/** What points have in common whose jobs take the same time: not period, deadline, number of jobs and name. */
export function timingKey({ definition }: Pick<Point, 'definition'>): string {
  const known = timingKeys.get(definition);
  if (known !== undefined) return known;
  const key = hashOf(onlyWhere(definition, [true, 'observed']));
  timingKeys.set(definition, key);
  return key;
}

/** An estimate asks for the keys of all points that are left, each time that one has ended. */
const timingKeys = new WeakMap<PointDefinition, string>();
