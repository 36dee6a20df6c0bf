import { ignoresHangup, onEndingSignals } from '../kernel/signals.js';
import { ProgressLine } from '../terminal/progress-line.js';
import { EXIT, reportError } from './exit.js';

/** What has not ended by then is worth a word: half a second after a run tells what it waits for, so that it is one. */
const SAY_AFTER_MS = 1500;

export interface Interruption {
  /** The first signal: end in order. */
  signal: AbortSignal;
  /** The second: end at once, but in a state. */
  kill: AbortSignal;
  progress: ProgressLine;
  /** What the action waits for after the first signal. */
  onWaiting(what: string): void;
}

export interface Interruptible {
  /** Shows no progress. */
  quiet: boolean;
  /** The action heeds `kill`. Otherwise the second signal ends the process there and then. */
  killable?: boolean;
}

/**
 * Runs something that SIGINT, SIGTERM, SIGHUP and SIGQUIT end cleanly, with the exit code for that; after nohup, SIGHUP means
 * nothing. A second signal ends it at once, a third one whatever it is doing.
 */
export async function interruptible(
  { quiet, killable = false }: Interruptible,
  action: (interruption: Interruption) => Promise<void>,
): Promise<void> {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const progress = new ProgressLine(quiet);
  let words: NodeJS.Timeout | undefined;
  let waiting = '';
  const ignored = ignoresHangup();
  const onSignal = (name: NodeJS.Signals) => {
    if (name === 'SIGHUP' && ignored) return;
    if (!stop.signal.aborted) {
      words = setTimeout(() => {
        progress.say(`Stopping${waiting}; Ctrl-C again ends it at once.`);
      }, SAY_AFTER_MS);
      stop.abort();
    } else if (killable && !kill.signal.aborted) kill.abort();
    else process.exit(EXIT.interrupted);
  };
  const unheed = onEndingSignals(onSignal);
  try {
    const onWaiting = (what: string) => {
      waiting = `: ${what}`;
    };
    await action({ signal: stop.signal, kill: kill.signal, progress, onWaiting });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    progress.stop();
    // what the abort itself threw says nothing new
    if ((error as Error | null)?.name !== 'AbortError') reportError(error);
    process.exitCode = EXIT.interrupted;
  } finally {
    clearTimeout(words);
    progress.stop();
    unheed();
  }
}
