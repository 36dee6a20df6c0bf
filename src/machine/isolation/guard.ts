/** Undoing on the ways out of a process that no `finally` sees. */
import { onEndingSignals } from '../../kernel/signals.js';

/**
 * Calls `undo` when the process exits (process.exit, an exception that nobody caught) and before a signal ends it. A signal that
 * somebody else listens to is theirs: they end their work in order, and that undoes.
 *
 * @returns takes the guard away
 */
export function guard(undo: () => void): () => void {
  const onExit = () => undo();
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return;
    undo();
    release();
    process.kill(process.pid, signal);
  };
  const release = () => {
    process.off('exit', onExit);
    unheed();
  };
  process.on('exit', onExit);
  // before the others: a listener for one signal only (`once`) is still counted then
  const unheed = onEndingSignals(onSignal, { first: true });
  return release;
}
