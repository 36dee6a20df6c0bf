import type { SingleBar } from 'cli-progress';

/** A progress line on stderr with the time left; silent when stderr is not a terminal, and for anything under two seconds. */
export class ProgressLine {
  #bar: SingleBar | undefined;
  readonly #quiet: boolean;
  readonly #startedAt = Date.now();
  #opening = false;

  constructor(quiet = false) {
    this.#quiet = quiet || !process.stderr.isTTY;
  }

  /** `done` of `total` (null = unknown) of what `label` names; `note` stands at the end of the line. */
  update(label: string, done: number, total: number | null, note = ''): void {
    if (this.#quiet) return;
    if (!this.#bar) {
      if (Date.now() - this.#startedAt < 500 || this.#opening) return;
      this.#opening = true;
      void this.#open(label, done, total, note);
      return;
    }
    this.#bar.setTotal(total ?? Math.max(done, 1));
    this.#bar.update(done, {
      label,
      note,
      left: total === null ? '' : `${this.#left(done, total)} left`,
    });
  }

  /** Removes the line. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  async #open(label: string, done: number, total: number | null, note: string): Promise<void> {
    const { default: cliProgress } = await import('cli-progress');
    this.#bar = new cliProgress.SingleBar({
      format: '{label} {bar} {value}/{total} {left} {note}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      barsize: 24,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      fps: 10,
    });
    this.#bar.start(total ?? 1, done, { label, note, left: '' });
  }

  #left(done: number, total: number): string {
    if (done <= 0) return '?';
    const seconds = (((Date.now() - this.#startedAt) / 1000) * (total - done)) / done;
    const whole = Math.max(0, Math.round(seconds));
    return whole >= 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole} s`;
  }
}
