/** The explanation of a first run for people: words first, then the figures that they rest on. */
import pc from 'picocolors';
import type { Explanation, FaultCost, Part, Split } from '../analysis/explain-first-run.js';
import { inWords } from '../analysis/first-run-words.js';
import { ABSENT, formatNs, formatPercent } from '../kernel/quantities.js';
import { renderTable } from '../terminal/table.js';

const CAUSES: Record<Part['cause'], string> = {
  'page faults': 'page faults (minor)',
  waiting: 'waiting: disk, other tasks',
  instructions: 'extra instructions',
  stalls: 'cache and TLB refills',
  frequency: 'frequency',
  unexplained: 'unexplained',
};

/** One part per setting of XNNPACK. */
export function firstRunText(
  model: string,
  explanations: readonly Explanation[],
  cost: FaultCost,
  notes: readonly string[],
): string {
  const parts = explanations.map((explanation) => settingText(model, explanation));
  const yardstick = `A page fault costs ${formatNs(cost.anonymousNs)} on fresh memory and ${formatNs(cost.fileNs)} on the mapped model, measured apart.`;
  const remarks = notes.map((note) => `Note: ${note}`).join('\n');
  return [...parts, ...(remarks === '' ? [] : [remarks]), pc.dim(yardstick)].join('\n\n');
}

function settingText(model: string, explanation: Explanation): string {
  const { treatments, split, xnnpack } = explanation;
  const table = renderTable(
    ['treatment', 'first', 'later', 'first ÷ later', 'worst', 'minor faults', 'major', 'start-up'],
    treatments.map((t) => [
      t.treatment,
      formatNs(t.firstNs),
      formatNs(t.laterNs),
      t.ratio.median.toFixed(3),
      t.ratio.max.toFixed(3),
      String(Math.round(t.minorFaults)),
      String(Math.round(t.majorFaults)),
      formatNs(t.startUpNs?.median ?? null),
    ]),
  );
  return [
    pc.bold(`${model}, XNNPACK ${xnnpack ? 'on' : 'off'}`),
    ...inWords(explanation),
    '',
    table,
    ...(split === null
      ? []
      : [
          '',
          `The excess of the untreated first run, ${formatNs(split.excessNs)} (the median process, #${split.repetition + 1}):`,
          splitTable(split),
        ]),
    '',
    'Stages before the first release, and the first run (medians of the processes):',
    stageTable(explanation),
  ].join('\n');
}

/** `47.3 %`, or `28.1–67.0 %` where it is a range. */
function shareText({ share, lowNs, highNs }: Part, excessNs: number): string {
  if (share === null) return '';
  const [low, high] = [lowNs, highNs].map((ns) => formatPercent((ns ?? 0) / excessNs));
  return low === high ? formatPercent(share) : `${(low as string).replace(' %', '')}–${high}`;
}

const splitTable = ({ parts, excessNs }: Split) =>
  renderTable(
    [],
    parts.map((part) => [
      `  ${CAUSES[part.cause]}`,
      part.ns === null ? ABSENT : formatNs(part.ns),
      shareText(part, excessNs),
      part.evidence,
    ]),
    { align: ['left', 'right', 'right', 'left'] },
  );

function stageTable({ treatments }: Explanation): string {
  const shown = treatments.filter((t) =>
    ['untreated', 'warm', 'recommended'].includes(t.treatment),
  );
  const names = [...new Set(shown.flatMap((t) => Object.keys(t.stages)))];
  return renderTable(
    ['', ...shown.map((t) => t.treatment)],
    [
      ...names.map((name) => [`  ${name}`, ...shown.map((t) => formatNs(t.stages[name] ?? null))]),
      ['  first run that counts', ...shown.map((t) => formatNs(t.firstNs))],
      ['  later runs', ...shown.map((t) => formatNs(t.laterNs))],
    ],
  );
}
