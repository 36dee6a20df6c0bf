/** A model that is fed from here and lives in a process of its own: the engine is never loaded into the caller's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ErrorInfo, IsochronError } from '../errors.js';
import type { WorkloadInfo } from '../native.js';
import { lastWords } from './crash.js';
import type { FromEvaluator, ToEvaluator, WatchedRange } from './evaluate-protocol.js';

const MAX_STDERR = 16 * 1024;

export interface EvaluatorOptions {
  /** Absolute path of the engine's library. */
  library: string;
  model: string;
  /** Default 1. */
  threads?: number;
  /** Default false. */
  xnnpack?: boolean;
  /** Ends the process at once; what is awaited then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** One model in one child process. Calls are made one after the other, each awaited. */
export class Evaluator {
  private constructor(
    private readonly child: EvaluatorProcess,
    /** What the engine says of the model. */
    readonly info: NonNullable<WorkloadInfo['tflite']>,
  ) {}

  /** @throws IsochronError what the engine has against the model; E_CRASHED when it takes the process down */
  static async open(options: EvaluatorOptions): Promise<Evaluator> {
    const child = new EvaluatorProcess(options.signal, options.model);
    try {
      const { library, model, threads = 1, xnnpack = false } = options;
      const answer = await child.ask({ type: 'load', library, model, threads, xnnpack });
      if (answer.type !== 'loaded') throw new Error(`unexpected answer ${answer.type}`);
      return new Evaluator(child, answer.info);
    } catch (error) {
      await child.end();
      throw error;
    }
  }

  /**
   * One inference.
   *
   * @param inputs raw little-endian values of every input, each of exactly its size
   * @returns the raw values of every output
   */
  async invoke(inputs: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const answer = await this.child.ask({ type: 'invoke', inputs: [...inputs] });
    if (answer.type !== 'outputs') throw new Error(`unexpected answer ${answer.type}`);
    return answer.outputs;
  }

  /** One inference whose float outputs are only watched: their values stay in the child. */
  async watch(inputs: readonly Uint8Array[], tails: boolean): Promise<void> {
    await this.child.ask({ type: 'watch', inputs: [...inputs], tails });
  }

  /**
   * What was watched, by output. Outputs of other types than float32 have no range.
   *
   * @param percent see ValueRange.between; below 100 only where tails were kept
   */
  async ranges(percent = 100): Promise<(WatchedRange | null)[]> {
    const answer = await this.child.ask({ type: 'ranges', percent });
    if (answer.type !== 'ranges') throw new Error(`unexpected answer ${answer.type}`);
    return answer.ranges;
  }

  async close(): Promise<void> {
    await this.child.end();
  }
}

/** Question and answer, one at a time. */
class EvaluatorProcess {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private output = '';
  private settle: { resolve(answer: FromEvaluator): void; reject(reason: unknown): void } | null =
    null;
  private failure: unknown;

  constructor(signal: AbortSignal | undefined, model: string) {
    const script = fileURLToPath(new URL('./evaluate-child.js', import.meta.url));
    this.child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      // its own process group: a terminal's Ctrl-C reaches only us, and we end it
      detached: true,
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.output = (this.output + text).slice(-MAX_STDERR);
    });
    this.child.on('message', (answer: FromEvaluator) => {
      const { settle } = this;
      this.settle = null;
      if (answer.type === 'failed') settle?.reject(asError(answer.error));
      else settle?.resolve(answer);
    });
    const abort = () => {
      this.fail(signal?.reason);
      this.child.kill('SIGKILL');
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.fail(
          new IsochronError(
            'E_CHILD',
            `The engine's process could not be started: ${error.message}`,
          ),
        );
        resolve();
      });
      this.child.once('close', (code, name) => {
        signal?.removeEventListener('abort', abort);
        this.fail(crash(model, code, name, this.output));
        resolve();
      });
    });
  }

  ask(question: ToEvaluator): Promise<FromEvaluator> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) return reject(this.failure);
      this.settle = { resolve, reject };
      // A failure to send means that the process is gone; 'close' says how.
      this.child.send(question, () => {});
    });
  }

  async end(): Promise<void> {
    this.failure ??= new Error('the evaluator is closed');
    // Asked to end rather than disconnected from here: after that Node (20) tells no 'close'.
    if (this.child.connected) this.child.send({ type: 'end' } satisfies ToEvaluator, () => {});
    await this.ended;
  }

  private fail(reason: unknown): void {
    this.failure ??= reason;
    this.settle?.reject(this.failure);
    this.settle = null;
  }
}

function asError({ code, message, hint }: ErrorInfo): IsochronError {
  return new IsochronError(code, message, hint);
}

function crash(
  model: string,
  code: number | null,
  name: NodeJS.Signals | null,
  output: string,
): IsochronError {
  const how = name ? `was ended by ${name}` : `ended with status ${code}`;
  const words = lastWords(output);
  return new IsochronError(
    'E_CRASHED',
    `The engine's process ${how} while it worked on ${model}${words ? `; its last words: ${words.replace(/\.$/, '')}` : ''}.`,
  );
}
