/** What a verdict says. How it is found stands in verdict.ts. */
import * as z from 'zod';
import { open } from '../kernel/open-object.js';

/** Why a run is INVALID. The codes are stable: scripts may test them. */
const reasonCode = z.enum([
  'run_failed',
  'interrupted',
  'too_few_jobs',
  'not_granted',
  'policy_inherited',
  'lost_records',
  'multiplexed',
  'events_missing',
  'rt_throttled',
  'governor',
  'frequency_changed',
  'migrations',
  'involuntary_switches',
  'page_faults',
  'xnnpack_unused',
  'xnnpack_little',
  'core_shared',
  'workers_unlike',
  'threads_crowded',
  'workers_uncounted',
  'workers_disturbed',
  'threads_late',
  'threads_unseen',
  'grants_changed',
  'throttled',
  'stolen',
  'stopped_process',
  'core_taken',
  'quota',
]);
export type ReasonCode = z.output<typeof reasonCode>;

/** What is worth knowing of a run that may still be VALID. */
const noteCode = z.enum([
  'events_missing',
  'not_granted',
  'lost_samples',
  'no_samples',
  'stopped_at_miss',
  'few_jobs',
  'frequency_unknown',
  'not_pinned',
  'xnnpack_partly',
  'virtual_machine',
  'machine_unprepared',
  'approximate_quantiles',
  'stolen',
  'neighbours_busy',
  'memory_pressure',
  'unexplained_tail',
  'late_wakeups',
  'jobs_correlated',
  'late_by_dispatch',
  'late_unslept',
  'deadline_overruns',
  'server_phase',
  'memory_unlocked',
  'workers_disturbed',
  'core_taken',
  'quota',
  'not_cold',
  'preempted_briefly',
  'until_ci',
]);
export type NoteCode = z.output<typeof noteCode>;

const remark = <Code extends z.ZodType>(code: Code) =>
  open({
    /** Stable; scripts may test it. */
    code,
    /** One sentence. */
    message: z.string(),
    /** What to do about it. */
    hint: z.string(),
  });

export const verdictSchema = open({
  /** The run shows what it was to show: there is no reason against it. */
  valid: z.boolean(),
  /** Why it is INVALID; empty where it is VALID. */
  reasons: z.array(remark(reasonCode)),
  /** What is to be known all the same. */
  notes: z.array(remark(noteCode)),
});
/** Whether a run shows what it was to show. */
export type Verdict = z.output<typeof verdictSchema>;

/** How many nodes of the model XNNPACK took. */
export const xnnpackNodesSchema = open({
  /** Nodes that it took. */
  taken: z.number(),
  /** Nodes that there are. */
  total: z.number(),
  /** The graphs that are counted: those that jobs run, or all of the file where nobody can tell which these are. */
  of: z.enum(['jobs', 'file']),
});
export type XnnpackNodes = z.output<typeof xnnpackNodesSchema>;

/** How much of a model's work XNNPACK took, where it took some but not all of its nodes. */
export const xnnpackWorkSchema = open({
  /** What is counted: multiply-accumulates, or nodes where these can't be counted. */
  by: z.enum(['macs', 'nodes']),
  /** Of every graph that jobs run, once. */
  taken: z.number(),
  /** The same of all of them. */
  total: z.number(),
  /** Why nodes are counted and not MACs; null where MACs are. */
  why: z.string().nullable(),
  /** The share lies between these (0 … 1), however often its loops and branches run, which a file does not say. */
  low: z.number(),
  /** See `low`. */
  high: z.number(),
});
export type XnnpackWork = z.output<typeof xnnpackWorkSchema>;

/** Takes a remark into the verdict. */
export type Say<Code extends string> = (code: Code, message: string, hint: string) => void;
