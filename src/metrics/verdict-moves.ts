/** What the verdict says of moves between cores that no row shows: who is back by the end of a job has its first core there. */
import { plural } from '../kernel/quantities.js';
import type { ReasonCode, Say } from './verdict-shape.js';
import type { ThreadFacts } from './verdict-threads.js';

/** What is known of moves besides those of the rows. */
export interface MoveFacts extends ThreadFacts {
  /** Of the job's thread, between jobs or in them, since it was last placed; null where the kernel does not tell. */
  threadMigrations: number | null;
}

const NO_ROW = 'no measured job ended on another core than it began on';

export function judgeMoves(facts: MoveFacts, reason: Say<ReasonCode>): void {
  const { summary, threadMigrations, grantedAtStart, workers } = facts;
  // the rows have said it
  if (summary.migrations > 0) return;
  const counted = summary.events.find(({ name }) => name === 'cpu_migrations')?.calibrated?.total;
  const [core, ...others] = grantedAtStart?.cores ?? [];
  // a thread that may be on several cores moves between jobs, too
  if (core !== undefined && others.length === 0 && (threadMigrations ?? 0) > 0)
    reason(
      'migrations',
      `The job's thread moved to another core ${plural(threadMigrations ?? 0, 'time')}, between jobs or in them, though it was granted core ${core} only; ${NO_ROW}.`,
      'The workload, or somebody else, changed its cores and put them back: leave them to isochron.',
    );
  // a worker that slept when it was placed goes to its core when a job wakes it up
  else if ((counted ?? 0) > workers.length)
    reason(
      'migrations',
      `The job${workers.length > 0 ? ', or a worker thread of its engine,' : ''} moved to another core ${plural(counted ?? 0, 'time')} while jobs ran (cpu_migrations); ${NO_ROW}.`,
      'Pin it with -c (SCHED_DEADLINE takes no pin), to as many cores as it has threads, and let nobody change the cores of these.',
    );
}
