/** `npm run test:mutants -- [N] [--seed S]`: tries N broken models, and says what was found. */
import { parseArgs } from 'node:util';
import { builtBases, sharedBases } from './mutant-bases.js';
import { tryMutants } from './mutant-trial.js';

/** Of one kind; the others are counted. */
const MOST_SHOWN = 5;

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const count = Number(positionals[0] ?? 10_000);
const tried = await tryMutants(
  [...builtBases(), ...sharedBases()],
  Number(values.seed),
  count,
  (done) => {
    if (done % 500 === 0) process.stderr.write(`${done} of ${count}\n`);
  },
);

const table = (map: Map<string, number>) =>
  [...map]
    .sort((a, b) => b[1] - a[1])
    .map(([key, n]) => `${String(n).padStart(6)}  ${key}\n`)
    .join('');
process.stdout.write(`said of them:\n${table(tried.said)}`);
process.stdout.write(`the engine does otherwise, because\n${table(tried.known)}`);
for (const kind of new Set(tried.findings.map((f) => f.kind))) {
  const findings = tried.findings.filter((f) => f.kind === kind);
  process.stdout.write(`\n${findings.length} × ${kind}\n`);
  for (const { mutant, detail } of findings.slice(0, MOST_SHOWN))
    process.stdout.write(
      `  ${mutant.base} ${mutant.seed}: ${mutant.change}\n    ${detail.replaceAll('\n', '\n    ')}\n`,
    );
}
process.exitCode = tried.findings.length > 0 ? 1 : 0;
