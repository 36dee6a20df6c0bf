/** The parent's side of one run: it talks with the child, hands on what comes, and sees to it that there is an end. */
import type { Readable } from 'node:stream';
import { serialize } from 'node:v8';
import type { Finished, NativePlan, Prepared } from '../addon/native.js';
import { STREAM_NAMES, type StreamName } from '../addon/streams.js';
import type { ProcessMemory } from '../formats/machine-facts.js';
import type { Unfinished } from '../formats/unfinished.js';
import { type Clock, systemClock } from '../kernel/clock.js';
import { type ErrorInfo, IsochronError, toErrorInfo } from '../kernel/errors.js';
import { crash, stateOfModel } from './crash.js';
import {
  FRAME,
  type FrameKind,
  type FrameLimits,
  FrameWriter,
  protocolError,
  readFrames,
  strayBytes,
} from './frames.js';
import { collect, type Ended, notStarted, type RunChild, startRunChild } from './held-child.js';
import { messageFrom } from './messages.js';
import { PIPES } from './pipes.js';
import { type FromChild, LIMITS, type Sent, type ToChild } from './protocol.js';

/**
 * How long the current job (or the making ready) may go on once the run was told to stop; then the process is killed.
 * One job of a large network takes more than a minute on a Cortex-A53.
 */
export const STOP_GRACE_MS = 120_000;
/** Whoever waits longer than this is told for what. */
export const SAY_AFTER_MS = 1_000;
/** The same where this side has failed, and where the run is over and only the process is still there. */
export const END_GRACE_MS = 10_000;
/** How long pipes stay open that something the engine has started holds after the process has ended. */
export const PIPE_GRACE_MS = 5_000;

export interface ChildHandlers {
  /** Awaited before the first release: headers are written, files are open. Not called when nothing will be released. */
  onPrepared(prepared: Prepared): Promise<void> | void;
  /** Takes whole records of each stream. */
  take: Readonly<Record<StreamName, (bytes: Buffer) => Promise<void> | void>>;
  /** What the child gives a last word when this process is gone. */
  unfinished?(): Unfinished | null;
  /** The child has nothing more to run: what else is done does not disturb it. */
  onOver?(): void;
  /** A stop takes its time: what is waited for, and how long at most, as `waiting for …`. */
  onWaiting?(what: string): void;
}

export interface Controls {
  /** Ends the run after the current job. */
  signal?: AbortSignal | undefined;
  /** Ends it at once. */
  kill?: AbortSignal | undefined;
  /** A function of the caller's has failed, with the reason of this: as if a handler had thrown it. */
  failure?: AbortSignal | undefined;
}

export interface ChildOutcome {
  finished: Finished | null;
  /** What the child says it has sent; null unless `finished`. */
  sent: Sent | null;
  /** How often the child was stopped and went on; null unless `finished`. */
  stops: number | null;
  /** Its main memory; null or absent unless `finished`, and where it does not tell. */
  memory?: ProcessMemory | null;
  error: ErrorInfo | null;
  /** Ended by `kill`, or told to stop before it was ready. */
  interrupted: boolean;
  /** What the engine wrote to stdout and stderr, the last 64 KiB. */
  engineOutput: string;
}

export interface Parts {
  start?: () => RunChild;
  clock?: Clock;
}

/**
 * Runs one native plan in a fresh child process. Resolves also when the child fails or dies (`error`); rejects only
 * when a handler throws or the child writes what can't be, after the child has ended and every handler has returned.
 */
export async function runInChild(
  plan: NativePlan,
  housekeeping: number[],
  handlers: ChildHandlers,
  controls: Controls = {},
  { start = startRunChild, clock = systemClock }: Parts = {},
): Promise<ChildOutcome> {
  const conversation = new Conversation(start(), handlers, clock);
  const outcome = conversation.hold(plan, housekeeping);
  const { signal, kill, failure } = controls;
  const onStop = () => conversation.stop();
  const onKill = () => conversation.kill();
  const onFailure = () => conversation.fail(failure?.reason);
  if (signal?.aborted) onStop();
  if (kill?.aborted) onKill();
  signal?.addEventListener('abort', onStop, { once: true });
  kill?.addEventListener('abort', onKill, { once: true });
  failure?.addEventListener('abort', onFailure, { once: true });
  try {
    return await outcome;
  } finally {
    signal?.removeEventListener('abort', onStop);
    kill?.removeEventListener('abort', onKill);
    failure?.removeEventListener('abort', onFailure);
  }
}

type Phase = 'preparing' | 'beginning' | 'running' | 'over';

class Conversation {
  readonly #child: RunChild;
  readonly #handlers: ChildHandlers;
  readonly #clock: Clock;
  readonly #messages = new FrameWriter(FRAME.control);
  #phase: Phase = 'preparing';
  #finished: Extract<FromChild, { type: 'finished' }> | null = null;
  #error: ErrorInfo | null = null;
  #failure: { reason: unknown } | null = null;
  #gone = false;
  #stopping = false;
  #killed: 'asked' | 'stuck' | null = null;
  #timers: (() => void)[] = [];
  /** Chunks that have come, and those being dealt with. */
  #chunks = 0;
  #busy = 0;

  constructor(child: RunChild, handlers: ChildHandlers, clock: Clock) {
    this.#child = child;
    this.#handlers = handlers;
    this.#clock = clock;
  }

  async hold(plan: NativePlan, housekeeping: number[]): Promise<ChildOutcome> {
    const child = this.#child;
    const model = stateOfModel(plan);
    const output = collect(child.output);
    child.commands.on('error', () => {}); // the child is gone, and its end says more
    child.stray.once('data', () => this.fail(strayBytes()));
    const read = [
      this.#read(child.messages, FRAME.control, LIMITS.control, (content) =>
        this.#onMessage(messageFrom(content)),
      ),
      ...STREAM_NAMES.map((name) =>
        this.#read(child.streams[name], FRAME[name], LIMITS[name], (bytes) =>
          this.#whileRunning(PIPES[name].title, () => this.#handlers.take[name](bytes)),
        ),
      ),
    ];
    this.#say({ type: 'plan', plan, housekeeping });
    const ended = await child.ended;
    this.#gone = true;
    // What is left in the pipes is read to its end, unless something else keeps them open.
    const pipes = [child.messages, ...Object.values(child.streams), ...child.output];
    this.#closeIdle(pipes);
    await Promise.all([...read, output.end]);
    for (const cancel of this.#timers) cancel();
    for (const pipe of [...pipes, child.commands]) pipe.destroy();
    return this.#outcome(ended, output.text(), plan, stateOfModel(plan) !== model);
  }

  /** Closes pipes that bring nothing any more and yet do not end. */
  #closeIdle(pipes: readonly Readable[]): void {
    const before = this.#chunks;
    this.#after(PIPE_GRACE_MS, () => {
      if (this.#busy > 0 || this.#chunks !== before) this.#closeIdle(pipes);
      else for (const pipe of pipes) pipe.destroy();
    });
  }

  /** Asks the child to end after the current job. */
  stop(): void {
    if (this.#stopping || this.#gone) return;
    this.#stopping = true;
    this.#sayStop();
    this.#after(SAY_AFTER_MS, () => {
      if (!this.#gone && this.#phase !== 'over') this.#handlers.onWaiting?.(waiting(this.#phase));
    });
    this.#after(STOP_GRACE_MS, () => this.#kill('stuck'));
  }

  /** Ends the child now. */
  kill(): void {
    this.#stopping = true;
    this.#kill('asked');
  }

  #kill(why: 'asked' | 'stuck'): void {
    if (this.#gone) return;
    this.#killed ??= why;
    this.#child.kill();
  }

  /** This side can't go on. The job in progress is of no use any more, so it is not given long. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    if (reason instanceof IsochronError && reason.code === 'E_PROTOCOL') {
      this.#child.kill();
      return;
    }
    this.#sayStop();
    this.#after(END_GRACE_MS, () => this.#child.kill());
  }

  #sayStop(): void {
    this.#say({ type: 'stop' });
    // a child that waits for the start ends, too
    if (this.#phase === 'preparing' || this.#phase === 'beginning') this.#say({ type: 'start' });
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(
      this.#clock.after(ms, () => {
        try {
          action();
        } catch (error) {
          this.fail(error);
        }
      }),
    );
  }

  #say(message: ToChild): void {
    if (this.#child.commands.writable)
      this.#child.commands.write(this.#messages.frame(serialize(message)));
  }

  #read(
    pipe: Readable,
    kind: FrameKind,
    limits: FrameLimits,
    content: (content: Buffer) => Promise<void> | void,
  ): Promise<void> {
    const fault = (error: unknown) => this.fail(error);
    const busy = (is: boolean) => {
      if (is) this.#chunks++;
      this.#busy += is ? 1 : -1;
    };
    return readFrames(pipe, kind, limits, { content, fault, busy });
  }

  async #onMessage(message: FromChild): Promise<void> {
    const { type } = message;
    const expected = type === 'prepared' ? 'preparing' : type === 'finished' ? 'running' : null;
    if (this.#phase === 'over' || (expected !== null && this.#phase !== expected))
      throw protocolError(`the message "${type}" while the run was ${this.#phase}`);
    if (type === 'prepared') return this.#begin(message.prepared);
    this.#phase = 'over';
    if (type === 'finished') this.#finished = message;
    else this.#error = message.error;
    this.#after(END_GRACE_MS, () => this.#child.kill());
    this.#handlers.onOver?.();
  }

  async #begin(prepared: Prepared): Promise<void> {
    // Where no job will be released, what earlier runs have left is not touched.
    if (this.#stopping) {
      this.#phase = 'running'; // it was told to start, and to stop
      return;
    }
    if (this.#gone) return;
    this.#phase = 'beginning';
    await this.#handlers.onPrepared(prepared);
    this.#phase = 'running';
    const unfinished = this.#handlers.unfinished?.() ?? null;
    if (!this.#stopping) this.#say({ type: 'start', unfinished });
  }

  #whileRunning(what: string, handle: () => Promise<void> | void): Promise<void> | void {
    if (this.#phase === 'preparing' || this.#phase === 'beginning')
      throw protocolError(`${what} before the first release`);
    return handle();
  }

  #outcome(
    ended: Ended,
    engineOutput: string,
    plan: NativePlan,
    modelChanged: boolean,
  ): ChildOutcome {
    if (this.#failure) throw this.#failure.reason;
    if ('notStarted' in ended) throw notStarted(ended.notStarted);
    const { finished, sent, stops, memory } = this.#finished ?? {
      finished: null,
      sent: null,
      stops: null,
    };
    const interrupted = finished === null && this.#killed === 'asked';
    let error = this.#error;
    if (!finished && !error && !interrupted)
      error =
        this.#killed === 'stuck'
          ? STUCK
          : crash(
              {
                ...ended,
                prepared: this.#phase !== 'preparing',
                output: engineOutput,
                modelChanged,
              },
              plan,
            );
    return {
      finished,
      sent,
      stops,
      memory: memory ?? null,
      error: interrupted ? null : error,
      interrupted,
      engineOutput,
    };
  }
}

const minutes = STOP_GRACE_MS / 60_000;

const waiting = (phase: Phase) =>
  phase === 'preparing'
    ? `waiting until the workload is made ready, at most ${minutes} minutes`
    : `waiting for the job that is being executed, at most ${minutes} minutes`;

const STUCK = toErrorInfo(
  new IsochronError(
    'E_STUCK',
    `The run did not end within ${minutes} minutes after it was told to stop, so its process was killed.`,
    'The engine, a delegate or a plugin hangs, or one job takes longer than that. All other rows are kept.',
  ),
);
