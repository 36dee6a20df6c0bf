// On the board: carries out the steps of steps.json with the installed isochron, one after the other in one process (a
// process of Node's takes seconds under emulation), and leaves what became of each in out/results.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { runBenchmark } from 'isochron';

const results = {};
for (const step of JSON.parse(readFileSync('steps.json', 'utf8'))) {
  if (step.write) {
    writeFileSync(step.write, step.text);
    continue;
  }
  const notes = [];
  try {
    const { status, error, verdict, files } = await runBenchmark(
      { output: `out/${step.name}.csv`, ...step.run },
      { onNote: (note) => notes.push(note) },
    );
    results[step.name] = { status, error, verdict, files, notes, thrown: null };
  } catch (error) {
    const { name, code, message, hint } = error;
    results[step.name] = { status: null, notes, thrown: { name, code, message, hint } };
  }
}
writeFileSync('out/results.json', JSON.stringify(results));
