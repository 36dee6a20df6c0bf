/** What follows from one job record. How it is found stands in derived.ts. */
import * as z from 'zod';
import { open } from '../kernel/open-object.js';
import { forEachCounted } from './counted-metrics.js';

/** Times in ns; what follows from counters, as the table of it says. */
export const derivedSchema = open({
  /** woken - release: the wake-up delay, as cyclictest measures it; null for a job that was not waited for. */
  releaseLatencyNs: z.number().nullable(),
  /** start - woken (or - release, where nothing was waited for): the tool's own readings before the job. */
  dispatchNs: z.number(),
  /** end - start. */
  elapsedNs: z.number(),
  /** end - release. */
  responseNs: z.number(),
  /** end - absolute deadline; negative = early. */
  latenessNs: z.number().nullable(),
  /** elapsed / period. */
  utilisation: z.number().nullable(),
  /** elapsed / relative deadline. */
  density: z.number().nullable(),
  ...forEachCounted(() => z.number().nullable()),
});
export type Derived = z.output<typeof derivedSchema>;
