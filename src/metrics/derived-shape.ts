/** What follows from one job record. How it is found stands in derived.ts. */
import { z } from 'zod';
import { open } from '../kernel/open-object.js';

/** Times in ns, bandwidths in MB/s (10^6 bytes per second), the rest ratios. */
export const derivedSchema = open({
  /** start - release: the wake-up delay, as cyclictest measures it. */
  releaseLatencyNs: z.number(),
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
  /** l1d_cache_refill / l1d_cache. */
  l1dMissRatio: z.number().nullable(),
  /** l2d_cache_refill / l2d_cache. */
  l2dMissRatio: z.number().nullable(),
  /** inst_retired / cpu_cycles. */
  ipc: z.number().nullable(),
  /** l2d_cache_refill · line / elapsed: what the last-level cache fetched (A53: L2 is the last level). */
  readBandwidthMbS: z.number().nullable(),
  /** l2d_cache_wb · line / elapsed: what it wrote back. */
  writeBandwidthMbS: z.number().nullable(),
});
export type Derived = z.output<typeof derivedSchema>;
