import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type ErrorInfo, IsochronError } from '../errors.js';
import type { Finished, NativePlan, Prepared } from '../native.js';
import { type FromChild, RECORDS_FD, SAMPLES_FD, type ToChild } from './protocol.js';

/** How much of what the engine prints is kept. */
const MAX_STDERR = 64 * 1024;
/**
 * How long a child may take to end once it was told to; then it is killed. It ends after the current job, and one job of
 * a large network takes more than a minute on a Cortex-A53.
 */
const STOP_GRACE_MS = 600_000;

export interface ChildHandlers {
  /** Awaited before the first release: headers are written, files are open. */
  onPrepared(prepared: Prepared): Promise<void> | void;
  onRecords(bytes: Buffer): Promise<void> | void;
  onSamples(bytes: Buffer): Promise<void> | void;
}

export interface ChildOutcome {
  finished: Finished | null;
  error: ErrorInfo | null;
  /** What the engine wrote to stdout and stderr, the last 64 KiB. */
  engineOutput: string;
}

/**
 * glibc's malloc, told (mallopt(3)) to give the job thread an arena of its own, to keep everything in arenas, which
 * native/src/system/memory_lock.cc locks, and never to give pages back: nothing of the job's is mapped or unmapped
 * behind its back, and nothing of Node's takes its place.
 */
const MALLOC_FOR_JOBS = {
  MALLOC_ARENA_MAX: '256',
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: String(2 ** 40),
};

/**
 * Runs one native plan in a fresh child process. Resolves also when the child fails or dies (`error`); rejects only
 * when a handler throws, after the child has been ended.
 */
export async function runInChild(
  plan: NativePlan,
  housekeeping: number[],
  handlers: ChildHandlers,
  signal: AbortSignal | undefined,
): Promise<ChildOutcome> {
  // fork() resolves the IPC channel to fd 3; 4 and 5 carry records and samples.
  const child = spawn(process.execPath, [fileURLToPath(new URL('./child.js', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe', 'pipe'],
    serialization: 'advanced',
    env: { ...process.env, ...MALLOC_FOR_JOBS },
    // its own process group: a terminal's Ctrl-C reaches only us, and we stop it in order
    detached: true,
  });
  const say = (message: ToChild) => {
    if (child.connected) child.send(message, () => {});
  };

  let engineOutput = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      engineOutput = (engineOutput + text).slice(-MAX_STDERR);
    });

  let finished: Finished | null = null;
  let error: ErrorInfo | null = null;
  let prepared = false;
  let handlerError: unknown;
  let stuck = false;
  const abandon = (reason: unknown) => {
    handlerError ??= reason ?? new Error('a handler of the run failed');
    say({ type: 'stop' });
    say({ type: 'start' }); // a child that waits for the start ends, too
  };

  child.on('message', (message: FromChild) => {
    if (message.type === 'prepared') {
      prepared = true;
      Promise.resolve(handlers.onPrepared(message.prepared)).then(
        () => say({ type: 'start' }),
        abandon,
      );
    } else if (message.type === 'finished') finished = message.finished;
    else error = message.error;
  });

  const stop = () => {
    say({ type: 'stop' });
    if (!prepared) say({ type: 'start' });
    setTimeout(() => {
      stuck = child.kill('SIGKILL');
    }, STOP_GRACE_MS).unref();
  };
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });

  const consumed = Promise.all([
    consume(child, RECORDS_FD, handlers.onRecords),
    consume(child, SAMPLES_FD, handlers.onSamples),
  ]).catch(abandon);
  say({ type: 'plan', plan, housekeeping });

  const exit = await new Promise<{
    code: number | null;
    name: NodeJS.Signals | null;
    spawn?: Error;
  }>((resolve) => {
    child.once('error', (spawnError) => resolve({ code: null, name: null, spawn: spawnError }));
    child.once('close', (code, name) => resolve({ code, name }));
  });
  await consumed;
  signal?.removeEventListener('abort', stop);
  if (handlerError !== undefined) throw handlerError;
  if (exit.spawn)
    throw new IsochronError(
      'E_CHILD',
      `The run's process could not be started: ${exit.spawn.message}`,
    );
  if (!finished && !error)
    error = stuck ? STUCK : crash(exit.code, exit.name, prepared, engineOutput, plan);
  return { finished, error, engineOutput };
}

/** Reads one pipe chunk by chunk; the next chunk is taken only when the last one has been dealt with. */
async function consume(
  child: ChildProcess,
  fd: number,
  handler: (bytes: Buffer) => Promise<void> | void,
): Promise<void> {
  const stream = child.stdio[fd] as Readable | null | undefined;
  if (!stream) return;
  try {
    for await (const chunk of stream) await handler(chunk as Buffer);
  } finally {
    stream.resume(); // after a failed handler the child must still be able to end
  }
}

const STUCK: ErrorInfo = {
  code: 'E_STUCK',
  message: `The job did not end within ${STOP_GRACE_MS / 60_000} minutes after the run was told to stop, so its process was killed.`,
  hint: 'The engine, a delegate or a plugin hangs.',
};

function crash(
  code: number | null,
  signalName: NodeJS.Signals | null,
  prepared: boolean,
  output: string,
  plan: NativePlan,
): ErrorInfo {
  const when = prepared ? 'during the run' : 'while it was made ready';
  const how = signalName ? `was ended by ${signalName}` : `ended with status ${code}`;
  const lines = output.trim().split('\n').slice(-3).join(' | ');
  const limit = plan.placement.heapLimitBytes;
  return {
    code: 'E_CRASHED',
    message: `The benchmark's process ${how} ${when}${lines ? `; its last words: ${lines}` : ''}.`,
    hint:
      limit > 0
        ? `The heap limit (-m) of ${limit} bytes was in force: raise it if the engine needs more.`
        : signalName === 'SIGKILL'
          ? 'Somebody killed it, or the kernel did for want of memory (see dmesg). All rows but those of the last milliseconds are kept.'
          : 'The engine, a delegate or a plugin crashed. All rows but those of the last milliseconds are kept.',
  };
}
