/** How many threads of the workload can have wanted a core at the same time. */

export interface Crew {
  /** CPU time of the job thread over all jobs, ns. */
  jobThreadNs: number;
  /** The same of each worker thread that was found; null where it could not be read. */
  workersNs: readonly (number | null)[];
  /** How many threads the engine was told to use; null where nothing says that. */
  asked: number | null;
}

/**
 * A thread with less than this share of the busiest one's CPU time made up the numbers: it was woken, looked around and
 * slept again. One that shares the work of even a few operators has far more.
 */
const WORKING_SHARE = 0.01;

/**
 * An upper bound from two facts, neither of which is enough alone:
 *
 * - **Who worked.** Threads that were made and never used crowd nobody. A thread whose time is not known counts, for a
 *   verdict that says VALID has to know. The job thread is one of them: it may only wait for its workers.
 * - **How many the engine lets work at once.** TensorFlow Lite runs one operator after the other, each on one of its
 *   pools (ruy's, Eigen's, XNNPACK's), with no more threads than it was told. All of them work over a job, and
 *   while those of one pool do, the others have nothing to do: in Eigen's operators not even the job thread has. (A pool
 *   may spin for a moment after its last operator; that is not told from work.) CPU times alone can't tell turns from
 *   crowding, because on n cores they never add up to more than n at once.
 */
export function threadsAtOnce({ jobThreadNs, workersNs, asked }: Crew): number {
  const busiest = Math.max(jobThreadNs, ...workersNs.map((ns) => ns ?? 0));
  const working = [jobThreadNs, ...workersNs].filter(
    (ns) => ns === null || ns >= WORKING_SHARE * busiest,
  ).length;
  return asked === null ? working : Math.min(working, asked);
}
