import type { SingleBar } from 'cli-progress';
import { printable } from '../kernel/printable.js';
import { utf8Locale } from './charset.js';
import { say } from './say.js';

/**
 * A progress line on stderr with the time left; silent when stderr is no terminal, or one that can't move its cursor, and for
 * anything under two seconds.
 */
export class ProgressLine {
  #bar: SingleBar | undefined;
  readonly #quiet: boolean;
  readonly #startedAt = Date.now();
  #opening = false;
  #generation = 0;

  constructor(quiet = false) {
    this.#quiet = quiet || !process.stderr.isTTY || process.env.TERM === 'dumb';
  }

  /**
   * `done` of `total` (null = unknown) of what `label` names; `note` stands at the end of the line.
   *
   * @param secondsLeft where the caller knows better than the share that is done tells; null = unknown
   */
  update(
    label: string,
    done: number,
    total: number | null,
    note = '',
    secondsLeft?: number | null,
  ): void {
    if (this.#quiet) return;
    if (!this.#bar) {
      if (Date.now() - this.#startedAt < 500 || this.#opening) return;
      this.#opening = true;
      void this.#open(label, done, total, note);
      return;
    }
    this.#bar.setTotal(total ?? Math.max(done, 1));
    this.#bar.update(done, {
      label: printable(label),
      note: printable(note),
      left: total === null ? '' : `${this.#left(done, total, secondsLeft)} left`,
    });
  }

  /** Removes the line; the next update shows it again. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#opening = false;
    this.#generation++;
  }

  /** A message in its place; the next update shows the line again. */
  say(text: string): void {
    this.stop();
    say(text);
  }

  async #open(label: string, done: number, total: number | null, note: string): Promise<void> {
    const generation = this.#generation;
    const { default: cliProgress } = await import('cli-progress');
    if (generation !== this.#generation) return; // stopped meanwhile
    this.#bar = new cliProgress.SingleBar({
      format: '{label} {bar} {value}/{total} {left} {note}',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
      barsize: Math.min(24, Math.floor((process.stderr.columns || 80) / 6)),
      barCompleteChar: utf8Locale() ? '█' : '#',
      barIncompleteChar: utf8Locale() ? '░' : '-',
      fps: 10,
    });
    this.#bar.start(total ?? 1, done, { label: printable(label), note: printable(note), left: '' });
  }

  #left(done: number, total: number, known: number | null | undefined): string {
    if (known === null || (known === undefined && done <= 0)) return '?';
    return duration(known ?? (((Date.now() - this.#startedAt) / 1000) * (total - done)) / done);
  }
}

/** A span of time for people, to the second or the minute. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}
