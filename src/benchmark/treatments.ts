/** The treatments that take the first run apart: each differs from the one before it in one thing. */
import { type Kinds, requireKind, requireOptions } from '../kernel/caller.js';
import type { Assignment, Suite } from './suite.js';

/** By name, in the order in which they build on each other; `untreated` is the first, `recommended` is what removes it. */
export const firstRunTreatments = {
  /** As after a reboot: engine and model come from the disk. */
  untreated: { cold: true, lockMemory: false },
  /** Engine and model are in the file cache. */
  warm: { lockMemory: false },
  /** Every page that exists before the first release is present. */
  prefaulted: { lockMemory: false, prefault: true },
  /** The same pages, and they stay. */
  locked: { lockMemory: true },
  /** One job before those that count, nothing else. */
  'warmed up': { lockMemory: false, warmup: 1 },
  /** As after a reboot, with everything done that helps. */
  recommended: { cold: true, lockMemory: true, warmup: 1 },
} as const satisfies Record<string, Assignment>;

/** What a first-run suite varies, and how often. */
export interface FirstRunChoice {
  /** Fresh processes of every treatment. */
  repetitions: number;
  /** Jobs of each. */
  jobs: number;
  /** Without XNNPACK, with it, or both (the default). */
  xnnpack?: readonly boolean[];
  /** Options that all share: cores, priority, threads, engine, inputs. */
  base: Assignment;
}

const CHOICE: Kinds<FirstRunChoice> = {
  repetitions: 'number',
  jobs: 'number',
  xnnpack: 'list of booleans',
  base: 'object',
};

/** The suite that `isochron first-run MODEL` runs: every treatment without XNNPACK and with it, by turns. */
export function firstRunSuite(model: string, choice: FirstRunChoice): Suite {
  requireKind(model, 'string', 'the model of a first run');
  requireOptions('firstRunSuite', choice, CHOICE);
  const { repetitions, jobs, base, xnnpack = [false, true] } = choice;
  return {
    name: 'first-run',
    title: `The first run of ${model}`,
    base: { events: 'rtbench', period: 'auto', ...base, model, jobs },
    matrix: { xnnpack: [...xnnpack], treatment: firstRunTreatments },
    repetitions,
    auto: { factor: 1.5, jobs: 10 },
  };
}
