/**
 * The child process of a run: it alone loads the engine, so that a crash in there is contained. Its JavaScript thread
 * does nothing but move records from the native ring to the parent, from a core that is not the job's.
 */
import { Socket } from 'node:net';
import { toErrorInfo } from '../errors.js';
import { RECORD_BYTES } from '../metrics/job-record.js';
import { SAMPLE_BYTES } from '../metrics/sample-record.js';
import type { NativePlan, NativeRun } from '../native.js';
import { loadAddon } from './addon.js';
import { type FromChild, RECORDS_FD, SAMPLES_FD, type ToChild } from './protocol.js';

/** How often the rings are emptied: with the parent's immediate writes, a kill loses far less than 200 ms of rows. */
const DRAIN_INTERVAL_MS = 20;
/** Records wait in the ring, where a loss is counted, rather than in an unbounded socket buffer. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;
const CHUNK_RECORDS = 2048;

const send = (message: FromChild) =>
  new Promise<void>((resolve) => process.send?.(message, () => resolve()) ?? resolve());

class Pump {
  readonly #socket: Socket;
  readonly #chunk: Buffer;
  readonly #drain: (into: Uint8Array) => number;

  constructor(fd: number, recordBytes: number, drain: (into: Uint8Array) => number) {
    this.#socket = new Socket({ fd, readable: false, writable: true });
    this.#socket.on('error', () => {}); // the parent is gone; 'disconnect' ends the run
    this.#chunk = Buffer.alloc(recordBytes * CHUNK_RECORDS);
    this.#drain = drain;
  }

  /** Moves what is there; at the end (`all`) regardless of what the parent has not read yet. */
  move(all = false): void {
    while (all || this.#socket.writableLength < MAX_UNSENT_BYTES) {
      const bytes = this.#drain(this.#chunk);
      if (bytes === 0) return;
      this.#socket.write(Buffer.from(this.#chunk.subarray(0, bytes)));
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
let stopped = false;

async function main(plan: NativePlan, housekeeping: number[]): Promise<void> {
  const addon = loadAddon();
  // Before the job thread exists: everything that Node itself runs leaves the job's cores.
  if (housekeeping.length > 0) addon.setProcessAffinity(housekeeping);
  run = new addon.Run(plan);
  const prepared = await run.prepare();
  await send({ type: 'prepared', prepared });
  await started;
  if (stopped) run.stop();
  const native = run;
  const pumps = [new Pump(RECORDS_FD, RECORD_BYTES, (into) => native.drain(into))];
  if (plan.sampler)
    pumps.push(new Pump(SAMPLES_FD, SAMPLE_BYTES, (into) => native.drainSamples(into)));
  const timer = setInterval(() => {
    for (const pump of pumps) pump.move();
  }, DRAIN_INTERVAL_MS);
  const finished = await native.start();
  clearInterval(timer);
  for (const pump of pumps) await pump.end();
  await send({ type: 'finished', finished });
}

process.on('message', (message: ToChild) => {
  if (message.type === 'plan') {
    main(message.plan, message.housekeeping)
      .catch((error: unknown) => send({ type: 'failed', error: toErrorInfo(error) }))
      .finally(() => process.disconnect());
  } else if (message.type === 'start') {
    startRequested();
  } else {
    stopped = true;
    run?.stop();
  }
});

/** How long the current job may go on when there is no parent any more; what it measures is lost anyway. */
const ORPHAN_GRACE_MS = 10_000;

// The run ends in order however it is asked to: by the parent's message, by its death, or by a signal of its own.
for (const event of ['SIGINT', 'SIGTERM', 'disconnect'])
  process.on(event, () => {
    stopped = true;
    startRequested();
    run?.stop();
  });
process.on('disconnect', () => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_GRACE_MS).unref();
});
