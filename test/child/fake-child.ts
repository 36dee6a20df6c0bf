/** A child process, a clock and records that tests hold in their hands. */
import { PassThrough, Writable } from 'node:stream';
import { deserialize, serialize } from 'node:v8';
import { OFFSETS, RECORD_BYTES } from '../../src/addon/job-record.js';
import type { Finished, Prepared } from '../../src/addon/native.js';
import { SAMPLE_BYTES, SAMPLE_OFFSETS } from '../../src/addon/sample-record.js';
import { forEachLoss, forEachStream } from '../../src/addon/streams.js';
import { FRAME, FrameReader, FrameWriter } from '../../src/child/frames.js';
import type { Ended, RunChild } from '../../src/child/held-child.js';
import type { FromChild, ToChild } from '../../src/child/protocol.js';
import type { Clock } from '../../src/kernel/clock.js';

export class FakeChild implements RunChild {
  readonly told: ToChild['type'][] = [];
  readonly messages = new PassThrough();
  readonly streams = forEachStream(() => new PassThrough());
  readonly stray = new PassThrough();
  readonly print = new PassThrough();
  readonly output = [this.print];
  readonly commands: Writable;
  readonly ended: Promise<Ended>;
  killed = 0;
  /** What a SIGKILL does: by default it ends the process. */
  onKill = () => this.end({ code: null, signal: 'SIGKILL' });
  onTold: (message: ToChild) => void = () => {};
  readonly frames = {
    control: new FrameWriter(FRAME.control),
    ...forEachStream((name) => new FrameWriter(FRAME[name])),
  };
  #end!: (ended: Ended) => void;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const reader = new FrameReader(FRAME.control, { maxBytes: 2 ** 20 });
    this.commands = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        for (const content of reader.take(chunk)) {
          const message = deserialize(content) as ToChild;
          this.told.push(message.type);
          this.onTold(message);
        }
        done();
      },
    });
  }

  say(message: FromChild | unknown): void {
    this.messages.write(this.frames.control.frame(serialize(message)));
  }

  send(...records: Buffer[]): void {
    this.streams.jobs.write(this.frames.jobs.frame(Buffer.concat(records)));
  }

  sendSamples(...samples: Buffer[]): void {
    this.streams.samples.write(this.frames.samples.frame(Buffer.concat(samples)));
  }

  /** The process ends, and its pipes with it unless something else holds them. */
  end(ended: Ended = { code: 0, signal: null }, pipesToo = true): void {
    this.#end(ended);
    if (pipesToo)
      for (const pipe of [this.messages, ...Object.values(this.streams), this.print]) pipe.end();
  }

  kill(): void {
    this.killed++;
    this.onKill();
  }

  /** Plays an ordinary run: ready, these records once it is started, finished, ended. */
  play(
    records: Buffer[],
    rest: { finished?: Partial<Finished>; samples?: Buffer[]; cores?: number[] } = {},
  ): void {
    const { samples = [], cores = [] } = rest;
    let started = false;
    this.onTold = ({ type }) => {
      if (type === 'plan')
        this.say({
          type: 'prepared',
          prepared: { ...prepared, granted: { ...prepared.granted, cores } },
        });
      if (type !== 'start' || started) return;
      started = true;
      if (records.length > 0) this.send(...records);
      if (samples.length > 0) this.sendSamples(...samples);
      this.say({
        type: 'finished',
        stops: 0,
        finished: { ...finished, jobs: records.length, ...rest.finished },
        sent: { ...nothingSent, jobs: records.length, samples: samples.length },
      });
      this.end();
    };
    if (this.told.includes('plan')) this.say({ type: 'prepared', prepared });
  }
}

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; action: () => void }[] = [];

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#now + ms, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { action } of due) action();
  }

  get waiting(): number {
    return this.#timers.length;
  }
}

/** Lets everything happen that can without anything new from outside. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

export const MS = 1_000_000n;
const T0 = 5_000_000_000n;

export interface RecordSketch {
  releaseNs?: bigint;
  /** Null: was not waited for. */
  wokenNs?: bigint | null;
  startNs?: bigint;
  endNs?: bigint;
  deadlineNs?: bigint;
  flags?: number;
  skipped?: bigint;
  withheld?: bigint;
  counters?: (bigint | null)[];
  counterMask?: number;
  timeEnabledNs?: bigint;
  timeRunningNs?: bigint;
}

/** The bytes of job k of a run with a period and deadline of 10 ms; every job takes 2 ms, unless told otherwise. */
export function recordBytes(job: number, sketch: RecordSketch = {}): Buffer {
  const releaseNs = sketch.releaseNs ?? T0 + BigInt(job) * 10n * MS;
  const startNs = sketch.startNs ?? releaseNs + 1000n;
  const endNs = sketch.endNs ?? startNs + 2n * MS;
  const deadlineNs = sketch.deadlineNs ?? releaseNs + 10n * MS;
  const counters = sketch.counters ?? [];
  const bytes = Buffer.alloc(RECORD_BYTES);
  const u64 = (at: number, value: bigint) => bytes.writeBigUInt64LE(value, at);
  u64(OFFSETS.job, BigInt(job));
  u64(OFFSETS.release_ns, releaseNs);
  u64(OFFSETS.woken_ns, sketch.wokenNs ?? startNs);
  u64(OFFSETS.start_ns, startNs);
  u64(OFFSETS.end_ns, endNs);
  u64(OFFSETS.deadline_ns, deadlineNs);
  u64(OFFSETS.skipped_releases, sketch.skipped ?? 0n);
  u64(OFFSETS.withheld_releases, sketch.withheld ?? 0n);
  u64(OFFSETS.cpu_time_ns, endNs > startNs ? endNs - startNs : 0n);
  u64(OFFSETS.time_enabled_ns, sketch.timeEnabledNs ?? 0n);
  u64(OFFSETS.time_running_ns, sketch.timeRunningNs ?? 0n);
  let mask = 0;
  for (const [i, count] of counters.entries()) {
    if (count === null) continue;
    mask |= 1 << i;
    u64(OFFSETS.counters + 8 * i, count);
  }
  const flags = sketch.flags ?? (endNs <= deadlineNs ? 0b110 : 0b010);
  bytes.writeUInt32LE(sketch.wokenNs === null ? flags : flags | WOKEN, OFFSETS.flags);
  bytes.writeUInt32LE(sketch.counterMask ?? mask, OFFSETS.counter_mask);
  return bytes;
}

export const WARMUP = 1;
export const HAS_DEADLINE = 2;
export const DEADLINE_MET = 4;
export const HAS_COUNTERS = 8;
const WOKEN = 16;

export interface SampleSketch {
  timeNs?: bigint;
  flags?: number;
  counters?: bigint[];
}

export const SAMPLE_RUNNING = 1;
export const SAMPLE_HAS_JOB = 2;

/** The bytes of a sample taken during `job`, unless told otherwise. */
export function sampleBytes(job: number, sketch: SampleSketch = {}): Buffer {
  const bytes = Buffer.alloc(SAMPLE_BYTES);
  bytes.writeBigUInt64LE(sketch.timeNs ?? T0 + BigInt(job) * 10n * MS + MS, SAMPLE_OFFSETS.time_ns);
  bytes.writeBigUInt64LE(BigInt(job), SAMPLE_OFFSETS.job);
  for (const [i, count] of (sketch.counters ?? []).entries())
    bytes.writeBigUInt64LE(count, SAMPLE_OFFSETS.counters + 8 * i);
  bytes.writeUInt32LE(sketch.flags ?? SAMPLE_RUNNING | SAMPLE_HAS_JOB, SAMPLE_OFFSETS.flags);
  bytes.writeUInt32LE(2 ** (sketch.counters?.length ?? 0) - 1, SAMPLE_OFFSETS.counter_mask);
  return bytes;
}

export const prepared: Prepared = {
  granted: {
    policy: 'other',
    priority: 0,
    cores: [],
    memoryLocked: true,
    prefaultedBytes: null,
    dmaLatencyHeld: true,
    timerSlackNs: 1,
    stackPrefaultBytes: 524288,
    denied: [],
  },
  workload: { extraMetrics: [], tflite: null },
  events: [],
  counterReadMethod: 'none',
  initFaults: { minor: 0, major: 0 },
  ticksPerSecond: 1e9,
  overheadNs: 500,
};

export const nothingSent = forEachStream(() => 0);

export const finished: Finished = {
  reason: 'jobs',
  error: null,
  jobs: 0,
  ...forEachLoss(() => 0),
  t0Ns: T0,
  endNs: T0 + 100n * MS,
  workers: [],
  server: null,
  emptyJobCounts: [],
  overheadNs: null,
  denied: [],
  lateThreads: [],
  atEnd: null,
  meanwhile: null,
  runDelayNs: null,
  migrations: null,
  unseenCpuNs: null,
  locked: null,
};
