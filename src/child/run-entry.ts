/**
 * The child process of a run: it alone loads the engine, so that a crash in there is contained. Its JavaScript thread
 * does nothing but move records from the native ring to the parent, from a core that is not the job's.
 */
import { Socket } from 'node:net';
import { loadAddon } from '../addon/load-addon.js';
import type { Finished, NativePlan, NativeRun, TensorInfo } from '../addon/native.js';
import { forEachStream, STREAM_NAMES, type StreamName } from '../addon/streams.js';
import { markFailed, type Unfinished } from '../formats/unfinished.js';
import { toErrorInfo } from '../kernel/errors.js';
import { onEndingSignals } from '../kernel/signals.js';
import { FRAME, FrameWriter } from './frames.js';
import { ParentLink } from './parent-link.js';
import { FRAME_RECORDS, PIPES } from './pipes.js';
import { MemoryWatch } from './process-memory.js';
import { type FromChild, LIMITS, type Sent, type ToChild } from './protocol.js';

/** How often the rings are emptied: with the parent's immediate writes, a kill loses far less than 200 ms of rows. */
const DRAIN_INTERVAL_MS = 20;
/** Records wait in the ring, where a loss is counted, rather than in an unbounded socket buffer. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;

class Pump {
  /** Records that were written. */
  sent = 0;
  readonly #socket: Socket;
  readonly #frames: FrameWriter;
  readonly #chunk: Buffer;
  readonly #recordBytes: number;
  readonly #drain: (into: Uint8Array) => number;

  constructor(
    readonly name: StreamName,
    drain: (into: Uint8Array) => number,
  ) {
    const { fd, recordBytes } = PIPES[name];
    this.#socket = new Socket({ fd, readable: false, writable: true });
    this.#socket.on('error', () => {}); // the parent is gone; the end of its commands ends the run
    this.#frames = new FrameWriter(FRAME[name]);
    this.#chunk = Buffer.alloc(recordBytes * FRAME_RECORDS);
    this.#recordBytes = recordBytes;
    this.#drain = drain;
  }

  /** Moves what is there; at the end (`all`) regardless of what the parent has not read yet. */
  move(all = false): void {
    while (all || this.#socket.writableLength < MAX_UNSENT_BYTES) {
      const bytes = this.#drain(this.#chunk);
      if (bytes === 0) return;
      this.sent += bytes / this.#recordBytes;
      this.#socket.write(this.#frames.frame(this.#chunk.subarray(0, bytes)));
    }
  }

  async end(): Promise<void> {
    this.move(true);
    await new Promise<void>((resolve) => this.#socket.end(() => resolve()));
  }
}

let run: NativeRun | undefined;
let startRequested: () => void = () => {};
const started = new Promise<void>((resolve) => {
  startRequested = resolve;
});
let planned = false;
let stopped = false;
let over = false;
let unfinished: Unfinished | null = null;
/** SIGSTOP itself can't be seen. SIGCONT can, and that nothing was drained meanwhile: one that comes to a running process is none. */
let stops = 0;
/** When the rings were last emptied, and when that had last been missed; ms. Null while no jobs run. */
let drained: number | null = null;
let missed = Number.NEGATIVE_INFINITY;
const HOLE_MS = 3 * DRAIN_INTERVAL_MS;
process.on('SIGCONT', () => {
  const now = performance.now();
  if (drained !== null && (now - drained > HOLE_MS || now - missed < HOLE_MS)) stops++;
});

// before there is a plan to need it: why it can't be loaded, `main` tells
try {
  loadAddon();
} catch {}

async function main(plan: NativePlan, housekeeping: number[]): Promise<void> {
  const addon = loadAddon();
  // Before the job thread exists: everything that Node itself runs leaves the job's cores.
  if (housekeeping.length > 0) addon.confine(housekeeping);
  const memory = new MemoryWatch();
  run = new addon.Run(plan);
  const prepared = await run.prepare();
  memory.ready();
  await parent.say({ type: 'prepared', prepared });
  await started;
  if (stopped) run.stop();
  const native = run;
  const pumps = STREAM_NAMES.filter((name) => plan.rings[name] > 0).map(
    (name) => new Pump(name, (into) => native.drain(name, into)),
  );
  drained = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - (drained ?? now) > HOLE_MS) missed = now;
    drained = now;
    for (const pump of pumps) pump.move();
  }, DRAIN_INTERVAL_MS);
  const { keptOutputs, ...ended } = await native.start();
  clearInterval(timer);
  drained = null;
  const used = memory.end();
  for (const pump of pumps) await pump.end();
  const sent: Sent = forEachStream((name) => pumps.find((pump) => pump.name === name)?.sent ?? 0);
  const finished = keptOutputs ? await listed(plan, keptOutputs, ended) : ended;
  await parent.say({ type: 'finished', finished, sent, stops, memory: used });
}

/**
 * What the job thread has written of the outputs is listed here, and not by the parent, which may have failed or be gone: outputs
 * without their list would be nobody's to the next run. A list that can't be written is a failure of the run.
 */
async function listed(
  { workload }: NativePlan,
  outputs: TensorInfo[],
  finished: Finished,
): Promise<Finished> {
  if (workload.kind !== 'tflite') return finished;
  const { writeOutputsJson } = await import('../formats/outputs-json.js');
  try {
    await writeOutputsJson(workload.dumpOutput, outputs);
    return finished;
  } catch (error) {
    return { ...finished, reason: 'failed', error: { hint: '', ...toErrorInfo(error) } };
  }
}

function onMessage(message: ToChild): void {
  if (message.type === 'plan') {
    planned = true;
    main(message.plan, message.housekeeping)
      .catch((error: unknown) => parent.fail(error))
      .finally(() => {
        over = true;
        parent.end();
      });
  } else if (message.type === 'start') {
    unfinished = message.unfinished ?? null;
    startRequested();
  } else {
    stopped = true;
    run?.stop();
  }
}

/** How long the current job may go on when there is no parent any more; what it measures is lost anyway. */
const ORPHAN_GRACE_MS = 10_000;

// The run ends in order however it is asked to: by the parent's message, by its death, or by a signal of its own.
const end = () => {
  stopped = true;
  startRequested();
  run?.stop();
};
// Of a hangup the parent knows whether it means anything (nohup), and tells.
// Before there is a plan there is no run to be ended, and one that comes is none that anybody meant.
onEndingSignals((signal) => {
  if (signal !== 'SIGHUP' && planned) end();
});
const parent = new ParentLink<FromChild>(LIMITS.control, onMessage, () => {
  if (over) return;
  // at once: somebody may begin another run in its place
  if (unfinished) markFailed(unfinished);
  end();
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_GRACE_MS).unref();
});
