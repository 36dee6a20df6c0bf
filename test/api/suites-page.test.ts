/** docs/suites.md: its examples are suites, and its tables have every option. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadResults, loadSuite, planSweep } from 'isochron';
import { expect, test } from 'vitest';
import { assignmentSchema } from '../../src/benchmark/suite.js';
import { isochron } from '../cli/helpers.js';
import { projectWith } from './installed.js';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'suites.md'), 'utf8');
const example = (language: string) =>
  new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(page)?.[1] as string;
const project = () => projectWith({ 'speed.yaml': example('yaml'), 'memory.mjs': example('js') });

test('the YAML is a suite of the points that its words say', async () => {
  const suite = await loadSuite(join(project(), 'speed.yaml'));
  const { points } = await planSweep(suite, { measure: false, output: join(project(), 'r') });
  const names = new Set(points.map(({ point }) => point.name));
  // 2 × 2 × 2, less the two of the excluded pair, and the one that is included
  expect(names.size).toBe(7);
  expect(points).toHaveLength(7 * 9);
});

test('the JavaScript is a suite with an axis of its own', async () => {
  const suite = await loadSuite(join(project(), 'memory.mjs'));
  const { points } = await planSweep(suite, { measure: false, output: join(project(), 'r') });
  expect(new Set(points.map(({ point }) => point.parameters.memory))).toEqual(
    new Set(['paged', 'prefaulted', 'locked']),
  );
  expect(points).toHaveLength(2 * 3 * 9);
});

test('what it says of accuracies is so', async () => {
  const cwd = project();
  const swept = await isochron(['sweep', 'speed.yaml', '--quick', '-o', 'results'], { cwd });
  expect(swept.status).toBe(0);
  writeFileSync(join(cwd, 'results', 'accuracy.csv'), example('csv'));
  const { runs, notes } = await loadResults(join(cwd, 'results'));
  expect(notes.filter((note) => note.includes('accuracy.csv'))).toEqual([]);
  expect(runs.map(({ parameters, accuracy }) => [parameters.precision, accuracy]).sort()).toEqual([
    ['fp32', 0.415],
    ['int8', 0.395],
  ]);
});

test('its tables are what the declarations say (npm run docs:api), with every option of a point', () => {
  const module = JSON.stringify(join(root, 'scripts', 'api', 'write-docs.mjs'));
  const made = execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { suitesPage } from ${module}; process.stdout.write(suitesPage())`,
    ],
    { encoding: 'utf8' },
  );
  expect(page).toBe(made);
  const rows = new Set([...page.matchAll(/^\| `(\w+)\??` \|/gm)].map(([, name]) => name));
  expect(Object.keys(assignmentSchema.shape).filter((name) => !rows.has(name))).toEqual([]);
});
