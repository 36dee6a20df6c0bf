import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Answer, Question } from './mutant-child.js';

export interface EngineQuestion {
  bytes: Uint8Array;
  path: string;
  library: string;
  /** Whether it is run once, with zeros. */
  invoke: boolean;
}

export type Outcome =
  | Answer
  /** The process is gone, or had to be ended because it did not come to an end. */
  | { kind: 'died'; how: string }
  | { kind: 'hung' };

/** A sound answer takes milliseconds; on a busy machine a few of these are slow, none that long. */
const HANG_MS = 120_000;
/** What reading a model of some kilobytes may take; beyond it, V8 ends the process. */
const HEAP_MB = 192;
/** What the engine may take for the tensors that a file asks for. */
const DATA_KB = 3 << 20;

const NODE = [process.execPath, `--max-old-space-size=${HEAP_MB}`];
const script = (name: string) => join(import.meta.dirname, name);

/** What is said of a file; questions of mutant-child.ts. */
export const READER = [...NODE, '--import', 'tsx', script('mutant-child.ts')];
/** What the engine does with it. */
export const ENGINE = [...NODE, script('mutant-engine.mjs')];

/** A child that answers question by question, and is started anew after one that took it down. */
export class MutantProcess {
  #child: ChildProcess | null = null;

  readonly #command: readonly string[];
  readonly #limitMs: number;

  constructor(command: readonly string[], limitMs = HANG_MS) {
    this.#command = command;
    this.#limitMs = limitMs;
  }

  async ask(question: Question | EngineQuestion): Promise<Outcome> {
    this.#child ??= start(this.#command);
    const child = this.#child;
    const outcome = await new Promise<Outcome>((resolve) => {
      const watchdog = setTimeout(() => resolve({ kind: 'hung' }), this.#limitMs);
      const settle = (outcome: Outcome) => {
        clearTimeout(watchdog);
        resolve(outcome);
      };
      child.once('message', (answer) => settle(answer as Answer));
      child.once('exit', (code, signal) =>
        settle({ kind: 'died', how: signal ?? `status ${code}` }),
      );
      child.send(question, () => {});
    });
    child.removeAllListeners();
    if (outcome.kind === 'died' || outcome.kind === 'hung') this.end();
    return outcome;
  }

  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }
}

function start(command: readonly string[]): ChildProcess {
  const limited = `ulimit -c 0; ulimit -d ${DATA_KB}; exec "$0" "$@"`;
  return spawn('sh', ['-c', limited, ...command], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
}
