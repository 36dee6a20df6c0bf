// @ts-check
/**
 * A gate for a CI: is a new model slower than the one in use? Both run by turns in fresh processes, and the answer is that of a
 * test, not of two numbers.
 *
 *   node regression-gate.mjs RELEASED CANDIDATE [--limit 0.02] [--repetitions 12] [--jobs 50] [--cores 1] [--output FOLDER]
 *
 * RELEASED and CANDIDATE are .tflite files or networks. Exit code: 0 not shown to be slower, 1 shown to be slower than the limit
 * allows, 2 it can't be decided (too few processes, a run that failed): a gate that can't shut is none.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareResults, runSweep, suiteInMemory } from 'isochron';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: 'string', default: '0.02' },
    repetitions: { type: 'string', default: '12' },
    jobs: { type: 'string', default: '50' },
    cores: { type: 'string' },
    output: { type: 'string' },
  },
});
const [released, candidate] = positionals;
if (released === undefined || candidate === undefined) {
  console.error('Name the model in use and the new one.');
  process.exit(2);
}

const suite = suiteInMemory({
  name: 'regression-gate',
  base: {
    jobs: Number(values.jobs),
    warmup: 2,
    events: 'none',
    ...(values.cores === undefined ? {} : { cores: values.cores }),
  },
  // an axis of our own: each value is a part of a definition, and the first is the baseline
  matrix: { variant: { released: { model: released }, candidate: { model: candidate } } },
  repetitions: Number(values.repetitions),
});

const { folder, outcomes } = await runSweep(suite, {
  output: values.output ?? join(mkdtempSync(join(tmpdir(), 'gate-')), 'results'),
  onPoint: ({ name, repetition, status, medianNs, error }) => {
    const what = medianNs === null ? (error?.message ?? status) : milliseconds(medianNs);
    console.error(`${name} #${repetition + 1}: ${what}`);
  },
});
if (outcomes.some(({ status }) => status === 'failed')) {
  console.error('A run failed, so there is nothing to decide.');
  process.exit(2);
}

const { comparisons, gate } = await compareResults(folder, {
  by: 'variant',
  failAbove: Number(values.limit),
});
for (const { a, b, metrics, sentence } of comparisons) {
  const time = metrics.find(({ key }) => key === 'time');
  console.log(`${a.name}: ${milliseconds(time?.a)} (${a.runs.length} processes)`);
  console.log(`${b.name}: ${milliseconds(time?.b)} (${b.runs.length} processes)`);
  console.log(sentence);
}
if (gate === null || gate.undecided !== null) {
  console.log(`UNDECIDED: ${gate?.undecided?.message}`);
  process.exitCode = 2;
} else {
  console.log(gate.regression ? 'FAILED: slower than the limit allows' : 'PASSED');
  process.exitCode = gate.regression ? 1 : 0;
}

/** @param {number | null | undefined} ns */
function milliseconds(ns) {
  return ns == null ? 'unknown' : `${(ns / 1e6).toFixed(3)} ms`;
}
