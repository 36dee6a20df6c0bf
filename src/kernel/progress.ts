/** How far something is: shown by the command line, passed through by the API. */
export interface ProgressState {
  /** What is going on: "fetching the engine", "building mobilenet_v1", "running". */
  phase: string;
  /** How much of `total` is done: jobs of a run (seconds where it ends after a time alone), bytes of what is fetched or built. */
  done: number;
  /** null = unknown. */
  total: number | null;
  /** The latest figure worth seeing, or ''. */
  note: string;
  /** Jobs that have ended, warm-up included; absent where no jobs run. */
  jobsDone?: number;
  /** Jobs that the run is to have, warm-up included; null = it ends after a time or when it is told to; absent where no jobs run. */
  jobsTotal?: number | null;
  /** Deadlines that measured jobs have missed so far; null without a deadline, absent where no jobs run. */
  deadlineMisses?: number | null;
  /** Estimated seconds until the end; null or absent = unknown. */
  secondsLeft?: number | null;
}

/** Told how far something is. */
export type Progress = (state: ProgressState) => void;
