/** A model that is fed from here and lives in a process of its own: the engine is never loaded into the caller's. */
import { serialize } from 'node:v8';
import type { WorkloadInfo } from '../addon/native.js';
import { type Clock, systemClock } from '../kernel/clock.js';
import { fromErrorInfo, IsochronError } from '../kernel/errors.js';
import { lastingPath } from '../kernel/files/lasting-path.js';
import { deathOf } from './crash.js';
import { FRAME, FrameWriter, protocolError, readFrames, strayBytes } from './frames.js';
import {
  collect,
  type Ended,
  type HeldChild,
  notStarted,
  startEvaluateChild,
} from './held-child.js';
import { answerFrom } from './messages.js';
import { type FromEvaluator, LIMITS, type ToEvaluator, type WatchedRange } from './protocol.js';
import { END_GRACE_MS, PIPE_GRACE_MS } from './run-process.js';

/** Its child and its clock: parameters, so that a test has its own. */
export interface EvaluatorParts {
  start?: () => HeldChild;
  clock?: Clock;
}

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
  readonly #child: EvaluatorProcess;
  /** What the engine says of the model. */
  readonly info: NonNullable<WorkloadInfo['tflite']>;

  private constructor(child: EvaluatorProcess, info: NonNullable<WorkloadInfo['tflite']>) {
    this.#child = child;
    this.info = info;
  }

  /**
   * @throws IsochronError what the engine has against the model; E_CRASHED when it takes the process down; E_PROTOCOL when it
   *   writes into a descriptor that is not its own. So does every question.
   */
  static async open(options: EvaluatorOptions, parts: EvaluatorParts = {}): Promise<Evaluator> {
    const [library, model] = [lastingPath(options.library), lastingPath(options.model)];
    const child = new EvaluatorProcess(options.signal, model, parts);
    try {
      const { threads = 1, xnnpack = false } = options;
      const answer = await child.ask({ type: 'load', library, model, threads, xnnpack });
      return new Evaluator(child, expected('loaded', answer).info);
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
    const answer = await this.#child.ask({ type: 'invoke', inputs: [...inputs] });
    const { outputs } = expected('outputs', answer);
    const { length } = this.info.outputs;
    if (outputs.length !== length) throw protocolError(`${outputs.length} outputs of ${length}`);
    return outputs;
  }

  /** One inference whose float outputs are only watched: their values stay in the child. */
  async watch(inputs: readonly Uint8Array[], tails: boolean): Promise<void> {
    expected('watched', await this.#child.ask({ type: 'watch', inputs: [...inputs], tails }));
  }

  /**
   * What was watched, by output. Outputs of other types than float32 have no range.
   *
   * @param percent see ValueRange.between; below 100 only where tails were kept
   */
  async ranges(percent = 100): Promise<(WatchedRange | null)[]> {
    return expected('ranges', await this.#child.ask({ type: 'ranges', percent })).ranges;
  }

  async close(): Promise<void> {
    await this.#child.end();
  }
}

/** Question and answer, one at a time. Whatever becomes of the process is the failure of the question. */
class EvaluatorProcess {
  readonly #child: HeldChild;
  readonly #clock: Clock;
  readonly #frames = new FrameWriter(FRAME.control);
  readonly #ended: Promise<void>;
  #settle: { resolve(answer: FromEvaluator): void; reject(reason: unknown): void } | null = null;
  #failure: unknown;

  constructor(signal: AbortSignal | undefined, model: string, parts: EvaluatorParts) {
    const { start = startEvaluateChild, clock = systemClock } = parts;
    this.#child = start();
    this.#clock = clock;
    this.#child.commands.on('error', () => {}); // the child is gone, and its end says more
    this.#child.stray.once('data', () => this.#distrust(strayBytes()));
    const abort = () => {
      this.#fail(signal?.reason);
      this.#child.kill();
    };
    this.#ended = this.#live(model).finally(() => signal?.removeEventListener('abort', abort));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
  }

  ask(question: ToEvaluator): Promise<FromEvaluator> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) return reject(this.#failure);
      this.#settle = { resolve, reject };
      this.#say(question);
    });
  }

  async end(): Promise<void> {
    this.#failure ??= new Error('the evaluator is closed');
    this.#say({ type: 'end' });
    const cancel = this.#clock.after(END_GRACE_MS, () => this.#child.kill());
    await this.#ended;
    cancel();
  }

  /** Reads answers until the process has ended and its pipes are empty. Never rejects. */
  async #live(model: string): Promise<void> {
    const { messages, output, ended } = this.#child;
    const printed = collect(output);
    const read = readFrames(messages, FRAME.control, LIMITS.values, {
      content: (content) => this.#take(answerFrom(content)),
      fault: (error) => this.#distrust(error),
    });
    const end = await ended;
    // something that the engine has started may hold the pipes open
    const pipes = [messages, ...output];
    const cancel = this.#clock.after(PIPE_GRACE_MS, () => {
      for (const pipe of pipes) pipe.destroy();
    });
    await Promise.all([read, printed.end]);
    cancel();
    for (const pipe of [...pipes, this.#child.commands]) pipe.destroy();
    this.#fail(
      'notStarted' in end ? notStarted(end.notStarted) : crash(model, end, printed.text()),
    );
  }

  #distrust(error: unknown): void {
    this.#fail(error);
    this.#child.kill();
  }

  #take(answer: FromEvaluator): void {
    const settle = this.#settle;
    this.#settle = null;
    if (answer.type === 'failed') {
      const error = fromErrorInfo(answer.error);
      if (settle) settle.reject(error);
      else this.#fail(error);
    } else if (settle) settle.resolve(answer);
    else if (this.#failure === undefined)
      throw protocolError(`the answer "${answer.type}" to no question`);
  }

  #say(message: ToEvaluator): void {
    const { commands } = this.#child;
    if (commands.writable) commands.write(this.#frames.frame(serialize(message)));
  }

  #fail(reason: unknown): void {
    this.#failure ??= reason;
    this.#settle?.reject(this.#failure);
    this.#settle = null;
  }
}

/** The answer that a question of this type has. */
function expected<Type extends FromEvaluator['type']>(
  type: Type,
  answer: FromEvaluator,
): Extract<FromEvaluator, { type: Type }> {
  if (answer.type !== type)
    throw protocolError(`the answer "${answer.type}" where "${type}" should be`);
  return answer as Extract<FromEvaluator, { type: Type }>;
}

const crash = (model: string, end: Ended, output: string) =>
  new IsochronError(
    'E_CRASHED',
    deathOf("The engine's process", { ...end, output }, `while it worked on ${model}`),
  );
