/**
 * What every job costs in JavaScript, against about the same done by hand in the same process: a table in place of a literal
 * has cost a factor of 100 here, which no test of results notices. Ratios of medians of interleaved rounds, with a bound that
 * no noise comes near.
 */
import { expect, test } from 'vitest';
import { decodeRecord, OFFSETS, RECORD_BYTES } from '../../src/addon/job-record.js';
import { decodeSample, SAMPLE_BYTES } from '../../src/addon/sample-record.js';
import { samplesFormat } from '../../src/formats/counter-samples.js';
import { extendedFormat } from '../../src/formats/extended.js';
import type { JobRow } from '../../src/formats/row-format.js';
import { rtbenchFormat } from '../../src/formats/rtbench.js';
import { deriver } from '../../src/metrics/derived.js';
import { recordBytes, sampleBytes } from '../child/fake-child.js';

const RECORDS = 1000;
const ROUNDS = 15;
const EVENTS = ['cpu_cycles', 'inst_retired', 'l1d_cache', 'l1d_cache_refill', 'l2d_cache', 'x'];
const facts = {
  periodNs: 10_000_000,
  deadlineNs: 10_000_000,
  events: EVENTS,
  extras: [],
  lineBytes: 64,
  ticksPerSecond: 1e9,
};
const counters = EVENTS.map((_, i) => BigInt(1_000_000 + i));
const bytes = Buffer.concat(
  Array.from({ length: RECORDS }, (_, job) =>
    recordBytes(job, { counters, timeEnabledNs: 10n, timeRunningNs: 10n }),
  ),
);
const samples = Buffer.concat(
  Array.from({ length: RECORDS }, (_, job) => sampleBytes(job, { counters })),
);
const viewOf = (from: Buffer) => new DataView(from.buffer, from.byteOffset, from.byteLength);
const [view, sampleView] = [viewOf(bytes), viewOf(samples)];

/** One record in the plainest way there is. */
function byHand(at: number): unknown {
  const counts: number[] = [];
  for (let i = 0; i < EVENTS.length; i++)
    counts.push(Number(view.getBigUint64(at + OFFSETS.counters + 8 * i, true)));
  return {
    job: Number(view.getBigUint64(at + OFFSETS.job, true)),
    releaseNs: view.getBigUint64(at + OFFSETS.release_ns, true),
    startNs: view.getBigUint64(at + OFFSETS.start_ns, true),
    endNs: view.getBigUint64(at + OFFSETS.end_ns, true),
    deadlineNs: view.getBigUint64(at + OFFSETS.deadline_ns, true),
    startTicks: view.getBigUint64(at + OFFSETS.start_ticks, true),
    endTicks: view.getBigUint64(at + OFFSETS.end_ticks, true),
    cpuTimeNs: Number(view.getBigUint64(at + OFFSETS.cpu_time_ns, true)),
    minorFaults: view.getUint32(at + OFFSETS.minor_faults, true),
    majorFaults: view.getUint32(at + OFFSETS.major_faults, true),
    core: view.getInt32(at + OFFSETS.core, true),
    flags: view.getUint32(at + OFFSETS.flags, true),
    counts,
  };
}

const shape = { counters: EVENTS.length, extras: 0 };
const records = Array.from({ length: RECORDS }, (_, i) =>
  decodeRecord(view, i * RECORD_BYTES, shape),
);
const derive = deriver(facts);
const jobs = records.map((record): JobRow => ({ record, derived: derive(record) }));
const extended = extendedFormat(facts);
const rtbench = rtbenchFormat(facts);
const readings = records.map((_, i) => decodeSample(sampleView, i * SAMPLE_BYTES, EVENTS.length));
const sampleRow = samplesFormat(EVENTS).row;

/** The cells of a row, as many of each kind as its format has. */
function rowByHand({ record: r, derived: d }: JobRow): unknown {
  const short = (value: number | null) => (value === null ? null : Number(value.toPrecision(6)));
  return [
    r.job,
    r.warmup ? 1 : 0,
    ...[r.releaseNs, r.startNs, r.endNs, r.deadlineNs],
    ...[d.releaseLatencyNs, d.elapsedNs, d.responseNs, d.latenessNs],
    ...[short(d.utilisation), short(d.density), short(d.l1dMissRatio), short(d.ipc)],
    ...[r.cpuTimeNs, r.minorFaults, r.majorFaults, r.core],
    ...r.counters,
  ];
}

function rtbenchRowByHand({ record: r, derived: d }: JobRow): unknown {
  return [
    ...[r.startTicks, r.endTicks, r.endTicks - r.startTicks],
    ...[r.releaseNs, r.endNs, r.startNs, r.endNs - r.releaseNs].map((ns) => ns.toString()),
    ...[d.utilisation ?? 0, d.density ?? 0].map((u) => u.toExponential(2)),
    ...[d.l1dMissRatio ?? 0, d.l2dMissRatio ?? 0].map((u) => u.toFixed(6)),
    ...r.counters,
  ];
}

type Work = (i: number) => unknown;
const at = <T>(list: readonly T[], i: number) => list[i] as T;
const readByHand: Work = (i) => byHand(i * RECORD_BYTES);
/** What is done with the i-th record, and what does about the same by hand. */
const STEPS: Record<string, [work: Work, yardstick: Work]> = {
  'decoding a job': [(i) => decodeRecord(view, i * RECORD_BYTES, shape), readByHand],
  'decoding a sample': [
    (i) => decodeSample(sampleView, i * SAMPLE_BYTES, EVENTS.length),
    readByHand,
  ],
  'what follows from a job': [(i) => derive(at(records, i)), readByHand],
  'its row': [(i) => [...extended.rows(at(jobs, i))], (i) => rowByHand(at(jobs, i))],
  'its row in RT-Bench’s format': [
    (i) => [...rtbench.rows(at(jobs, i))],
    (i) => rtbenchRowByHand(at(jobs, i)),
  ],
  'the row of a sample': [(i) => sampleRow(at(readings, i)), readByHand],
};
const MOST = 10;

const kept: unknown[] = new Array(RECORDS);
function timeOf(work: Work): number {
  const before = process.hrtime.bigint();
  for (let i = 0; i < RECORDS; i++) kept[i] = work(i);
  return Number(process.hrtime.bigint() - before);
}
const median = (values: readonly number[]) =>
  at(
    [...values].sort((a, b) => a - b),
    values.length >> 1,
  );

test.each(Object.entries(STEPS))(
  `%s costs less than ${MOST} times what it does by hand`,
  (_what, [work, yardstick]) => {
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(timeOf(work));
      theirs.push(timeOf(yardstick));
    }
    expect(median(ours) / median(theirs)).toBeLessThan(MOST);
  },
);
