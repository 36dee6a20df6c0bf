/** The process of a run that follows another at once. */
import { type RunChild, startRunChild } from './held-child.js';

/**
 * Starting a process is most of what a short run costs: that of the next run is started when the last one's jobs are over,
 * and comes up while their results are written. It knows nothing of either run, and does nothing until it is taken.
 */
export class SpareChild {
  readonly #start: () => RunChild;
  #child: RunChild | null = null;

  constructor(start: () => RunChild = startRunChild) {
    this.#start = start;
  }

  /** Starts one, unless there is one. What keeps it from being started is told to the run that wants it. */
  prepare(): void {
    if (this.#child !== null) return;
    let child: RunChild;
    try {
      child = this.#start();
    } catch {
      return;
    }
    this.#child = child;
    void child.ended.then(() => {
      if (this.#child === child) this.#child = null; // somebody has ended it
    });
  }

  /** The one that is there, or a fresh one. */
  take = (): RunChild => {
    const child = this.#child ?? this.#start();
    this.#child = null;
    return child;
  };

  /** Nothing follows. */
  end(): void {
    this.#child?.kill();
    this.#child = null;
  }
}
