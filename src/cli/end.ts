/** A suite is a module of somebody's, and can do with the process what it likes: a command ends when it is done all the same. */

import { say } from '../terminal/say.js';
import { EXIT } from './exit.js';

/** Node's exit code where a module awaits what never comes. */
const UNSETTLED = 13;

/**
 * From now on an end of the process that looks like success is a failure.
 *
 * @returns to be called when the command is done: what others have left open (a timer, a connection) keeps nobody waiting
 */
export function guardEnd(): () => Promise<never> {
  const tooEarly = (code: number) => {
    if (code !== EXIT.done && code !== UNSETTLED) return;
    say(
      'the command ended before it was done: a module that it read, such as a suite, called process.exit or awaits what never comes.',
    );
    process.exitCode = EXIT.failed;
  };
  process.once('exit', tooEarly);
  return async () => {
    process.off('exit', tooEarly);
    for (const stream of [process.stdout, process.stderr])
      await new Promise((written) => stream.write('', written));
    process.exit();
  };
}
