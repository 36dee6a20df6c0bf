/** One run over time: from each job's release to its end, against its deadline. */
import { formatNs } from '../../kernel/quantities.js';
import { quantileOf, sortedFinite } from '../../statistics/sorted.js';
import { type Configuration, processName } from '../configurations.js';
import type { Digest } from '../digest.js';
import {
  type Datum,
  type Figure,
  inBoth,
  missing,
  plainAxis,
  round,
  timeUnit,
  titled,
} from '../figure.js';
import { number } from '../marks.js';
import type { Stretch } from '../timeline.js';

/** A deadline farther away than this times the usual job would press the jobs flat. */
const NEAR = 3;
/** Jobs beyond this times what nearly all jobs stay below stand at the upper edge, with their time as a number. */
const BEYOND = 2.5;
/** Such numbers that are written. */
const WRITTEN = 6;
const APART = 4;

interface Told {
  name: string;
  digest: Digest;
  /** ns; where the picture ends. */
  end: number;
}

export function timelineFigure(configurations: readonly Configuration[]): Figure {
  const head = { id: 'timeline', section: 'Job by job' as const, title: 'Jobs over time' };
  const known: Told[] = configurations.flatMap((c) =>
    c.digests.flatMap((digest, i) =>
      digest.timeline.stretches.length === 0
        ? []
        : [{ name: processName(c, i), digest, end: endOf(digest) }],
    ),
  );
  const [first] = known;
  if (first === undefined) return missing(head, 'No run has a job.');
  const shown = known.reduce(
    (most, one) => (one.digest.timeline.missed > most.digest.timeline.missed ? one : most),
    first,
  );
  const unit = timeUnit(known.map(({ end }) => end));
  const scaled = (ns: number) => round(ns / unit.factor);
  const rows: Datum[] = known.flatMap(({ name, digest }) =>
    digest.timeline.stretches.map((s) => ({
      run: name,
      job: s.job,
      jobs: s.jobs,
      latency: s.latency === null ? null : scaled(s.latency),
      execution: s.latency === null ? null : scaled(s.response - s.latency),
      response: scaled(s.response),
      median_response: scaled(s.median),
    })),
  );
  const ends = Object.fromEntries(known.map(({ name, end }) => [name, scaled(end)]));
  const edge = new Map(known.map(({ name, end }) => [name, scaled(end)]));
  // from the ground to the latency, and on from there to the response
  const bars = rows.flatMap((row) => {
    const most = edge.get(row.run as string) as number;
    const part = (what: string, from: number, to: number): Datum[] =>
      from >= most
        ? []
        : [{ run: row.run as string, job: row.job as number, what, from, to: Math.min(to, most) }];
    return row.latency === null
      ? part('execution', 0, row.response as number)
      : [
          ...part('release latency', 0, row.latency as number),
          ...part('execution', row.latency as number, row.response as number),
        ];
  });
  const misses = known.flatMap(({ name, digest, end }) =>
    digest.timeline.misses.map((m) => ({
      run: name,
      job: m.job,
      response: scaled(Math.min(m.response, end)),
      really: formatNs(m.response),
    })),
  );
  const beyond = known.flatMap(({ name, digest, end }) =>
    written(digest, end).map((s) => ({
      run: name,
      job: s.job,
      at: scaled(end),
      really: `↑ ${formatNs(s.response)}`,
      // a number at either edge stays within the picture
      align: s.job < (digest.timeline.stretches.at(-1)?.job ?? 0) / 2 ? 'left' : 'right',
    })),
  );
  const near = known.flatMap(({ name, digest, end }) =>
    digest.run.deadlineNs === null || digest.run.deadlineNs > end
      ? []
      : [{ run: name, deadline: scaled(digest.run.deadlineNs) }],
  );
  const { missed } = shown.digest.timeline;
  const jobs = shown.digest.deadline?.jobs ?? shown.digest.rows;
  const most = Math.max(
    ...known.flatMap(({ digest }) => digest.timeline.stretches.map((s) => s.jobs)),
  );
  const worst = Math.max(...shown.digest.timeline.stretches.map((s) => s.response));
  const one = [{ filter: 'datum.run === run' }];
  return {
    ...head,
    message: `${known.length === 1 ? '' : `${shown.name}: `}${missed > 0 ? `${missed} of ${jobs} jobs missed their deadline of ${formatNs(shown.digest.run.deadlineNs)}; ` : ''}the longest response is ${formatNs(worst)}.`,
    caption: `A bar is a job: how long it waited, and on top of it how long it ran, up to its response, which the deadline (dashed, where it is near) judges.${most > 1 ? ` Of a long run each bar is the job that took longest of up to ${most} in a row.` : ''} Diamonds are missed deadlines, and what is far beyond the usual stands at the upper edge as a number. The first job is included.`,
    rows,
    specs: inBoth((layout) => {
      const x = {
        field: 'job',
        type: 'quantitative',
        title: 'job',
        axis: { format: ',d', tickMinStep: 1, tickCount: layout === 'wide' ? 8 : 4 },
        scale: { nice: false, zero: false, padding: 8 },
      };
      const y = (field: string) => ({
        field,
        type: 'quantitative',
        title: titled('from the release', unit),
        scale: { domainMin: 0, domainMax: { expr: 'ends[run]' }, nice: false },
        axis: plainAxis(layout),
      });
      const bar = Math.max(1, Math.min(6, (layout === 'wide' ? 800 : 300) / 240));
      return {
        height: layout === 'wide' ? 300 : 240,
        params: [
          {
            name: 'run',
            value: shown.name,
            ...(known.length > 1
              ? { bind: { input: 'select', options: known.map(({ name }) => name), name: 'run ' } }
              : {}),
          },
          { name: 'ends', value: ends },
        ],
        layer: [
          {
            data: { name: 'bars' },
            transform: one,
            mark: { type: 'rule', strokeWidth: bar, clip: true },
            encoding: {
              x,
              y: y('from'),
              y2: { field: 'to' },
              color: {
                field: 'what',
                type: 'nominal',
                sort: null,
                title: null,
                scale: { domain: ['execution', 'release latency'] },
                legend: { columns: 4, labelLimit: 0 },
              },
            },
          },
          {
            data: { name: 'rows' },
            transform: one,
            // what the pointer finds: the whole column of a job
            mark: { type: 'rule', strokeWidth: bar + 2, opacity: 0.001 },
            encoding: {
              x,
              tooltip: [
                number('job', 'job'),
                number('jobs', 'longest of'),
                number('latency', titled('release latency', unit)),
                number('execution', titled('execution', unit)),
                number('response', titled('response', unit)),
              ],
            },
          },
          ...(misses.length > 0
            ? [
                {
                  data: { name: 'misses' },
                  transform: one,
                  mark: {
                    type: 'point',
                    shape: 'diamond',
                    size: 60,
                    style: 'alarm',
                    filled: true,
                    opacity: 1,
                  },
                  encoding: {
                    x,
                    y: y('response'),
                    tooltip: [
                      number('job', 'missed its deadline: job'),
                      { field: 'really', title: 'response' },
                    ],
                  },
                },
              ]
            : []),
          ...(beyond.length > 0
            ? ['left', 'right'].map((align) => ({
                data: { name: 'beyond' },
                transform: [...one, { filter: `datum.align === '${align}'` }],
                mark: { type: 'text', style: 'value', baseline: 'bottom', dy: -3, align },
                encoding: { x, y: y('at'), text: { field: 'really' } },
              }))
            : []),
          ...(near.length > 0
            ? [
                {
                  data: { name: 'near' },
                  transform: one,
                  mark: { type: 'rule', style: 'alarm', strokeDash: [6, 4] },
                  encoding: { y: y('deadline') },
                },
              ]
            : []),
        ],
      };
    }),
    datasets: { bars, misses, near, beyond },
    notes: known
      .filter(({ digest: { timeline: t } }) => t.missed > t.misses.length)
      .map(
        ({ name, digest: { timeline: t } }) =>
          `${name}: of ${t.missed} misses the ${t.misses.length} longest are drawn.`,
      ),
  };
}

/** The longest of those that lie beyond the picture, as far as their numbers have room beside each other. */
function written({ timeline: { stretches } }: Digest, end: number): Stretch[] {
  const apart = (stretches.at(-1)?.job ?? 0) / APART;
  const found: Stretch[] = [];
  for (const one of [...stretches].sort((a, b) => b.response - a.response)) {
    if (one.response <= end || found.length === WRITTEN) break;
    if (found.every(({ job }) => Math.abs(job - one.job) > apart)) found.push(one);
  }
  return found;
}

/** Where the picture of a run ends: above nearly all of its jobs, and its deadline where that is near. */
function endOf({ timeline, run }: Digest): number {
  const sorted = sortedFinite(timeline.stretches.map((s) => s.response));
  const usual = quantileOf(sorted, 0.9) as number;
  const most = sorted.at(-1) as number;
  const end = most > BEYOND * usual ? 1.5 * usual : most;
  const near = run.deadlineNs !== null && run.deadlineNs <= NEAR * usual ? run.deadlineNs : 0;
  return 1.06 * Math.max(end, near);
}
