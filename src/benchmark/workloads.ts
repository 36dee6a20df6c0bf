/**
 * Every workload, once: how it is asked for, what it is called and, where no file stands behind it, what it is by default.
 * Which options it takes is said by the options (run-options.ts); what its plan holds, by the plan (plan-workload.ts), whose kinds
 * the compiler demands here. Models and plugins are files, and so are found in run/resolve-definition.ts.
 */
import { basename, extname } from 'node:path';
import { UsageError } from '../kernel/errors.js';
import type { ParsedDefinition } from './definition.js';
import type { PlanWorkload } from './plan-workload.js';
import { ONLY_FOR } from './run-options.js';

export type WorkloadKind = PlanWorkload['kind'];
export type PlanOf<K extends WorkloadKind> = Extract<PlanWorkload, { kind: K }>;
/** Those that lie in the addon and are asked for by their own name. */
export type SyntheticKind = Exclude<WorkloadKind, 'model' | 'plugin'>;

interface Workload<K extends WorkloadKind> {
  /** Of a benchmark that is given no name. */
  title(plan: PlanOf<K>): string;
}

interface Synthetic<K extends SyntheticKind> extends Workload<K> {
  plan(definition: Partial<ParsedDefinition>): PlanOf<K>;
  /** What a job takes in ns, where the options say it; otherwise it has to be measured. */
  jobNs?(asked: { us?: number | undefined }): number | null;
}

const DEFAULT_BYTES = 16 * 1024 * 1024;
const DEFAULT_SPIN_US = 100;

const mebibytes = (bytes: number) => `${bytes / 2 ** 20} MiB`;

/** In the order in which help and errors name them. */
export const SYNTHETIC: { readonly [K in SyntheticKind]: Synthetic<K> } = {
  noop: {
    plan: () => ({ kind: 'noop' }),
    title: () => 'noop',
    jobNs: () => 0,
  },
  spin: {
    plan: ({ us = DEFAULT_SPIN_US }) => ({ kind: 'spin', us }),
    title: ({ us }) => `spin ${us} µs`,
    jobNs: ({ us }) => (us === undefined ? null : us * 1000),
  },
  bandwidth: {
    plan: ({ size: sizeBytes = DEFAULT_BYTES, access = 'read' }) => ({
      kind: 'bandwidth',
      sizeBytes,
      access,
    }),
    title: ({ access, sizeBytes }) => `bandwidth ${access} ${mebibytes(sizeBytes)}`,
  },
  latency: {
    plan: ({ size: sizeBytes = DEFAULT_BYTES }) => ({ kind: 'latency', sizeBytes }),
    title: ({ sizeBytes }) => `latency ${mebibytes(sizeBytes)}`,
  },
};

const WORKLOADS: { readonly [K in WorkloadKind]: Workload<K> } = {
  ...SYNTHETIC,
  model: {
    title: ({ name, xnnpack, threads }) =>
      `${basename(name, '.tflite')}${xnnpack ? ' xnnpack' : ''}${threads > 1 ? ` ×${threads}` : ''}`,
  },
  plugin: { title: ({ path }) => basename(path, '.so') },
};

export const SYNTHETIC_NAMES = Object.keys(SYNTHETIC) as SyntheticKind[];

/** By its name alone: whether there is such a file, or such a network, is not asked. */
export function kindOf(workload: string): WorkloadKind {
  if (isSynthetic(workload)) return workload;
  return extname(workload) === '.so' ? 'plugin' : 'model';
}

export const isSynthetic = (workload: string): workload is SyntheticKind =>
  Object.hasOwn(SYNTHETIC, workload);

export function titleOf<K extends WorkloadKind>(plan: PlanOf<K> & { kind: K }): string {
  return WORKLOADS[plan.kind].title(plan);
}

/** @throws UsageError for an option that means nothing to the workload */
export function requireMeant(workload: string, has: (option: string) => boolean): void {
  const kind = kindOf(workload);
  for (const [option, kinds] of ONLY_FOR)
    if (has(option) && !kinds.includes(kind))
      throw new UsageError(
        `"${option}" means nothing to the workload ${workload}.`,
        `It is for: ${kinds.join(', ')}.`,
      );
}
