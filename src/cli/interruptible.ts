import { EXIT } from './exit.js';
import { ProgressLine } from './progress.js';

/** Runs something that SIGINT and SIGTERM end cleanly, with the exit code for that. */
export async function interruptible(
  quiet: boolean,
  action: (signal: AbortSignal, progress: ProgressLine) => Promise<void>,
): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const progress = new ProgressLine(quiet);
  try {
    await action(interrupt.signal, progress);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.exitCode = EXIT.interrupted;
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
