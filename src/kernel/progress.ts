/** How far something is: shown by the command line, passed through by the API. */
export interface ProgressState {
  /** What is going on: "fetching the engine", "building mobilenet_v1", "running". */
  phase: string;
  done: number;
  /** null = unknown. */
  total: number | null;
  /** The latest figure worth seeing, or ''. */
  note: string;
  /** Deadlines that measured jobs have missed so far; null without a deadline, absent where no jobs run. */
  misses?: number | null;
}

export type Progress = (state: ProgressState) => void;
