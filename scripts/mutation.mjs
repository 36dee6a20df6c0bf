// `npm run test:mutation [ROOM…]`: makes one small change of the source after another and says which ones no test notices.
// Rooms of src/ by Stryker, `native` by scripts/mutation/native.mjs; all of them without arguments. Not part of `npm test`:
// it takes an hour. Each room is judged by its own unit tests alone, and has to notice 85 % of the changes.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const native = join(root, 'scripts', 'mutation', 'native.mjs');
const ROOMS = [
  'kernel',
  'statistics',
  'addon',
  'events',
  'benchmark',
  'metrics',
  'formats',
  'child',
  'machine',
  'run',
  'sweep',
  'analysis',
  'terminal',
];
const WANTED = 85;

const asked = process.argv.slice(2);
const known = [...ROOMS, 'native'];
const stranger = asked.find((room) => !known.includes(room));
if (stranger !== undefined) {
  console.error(`There is no room ${stranger}: ${known.join(', ')}.`);
  process.exit(2);
}
const rooms = asked.length > 0 ? asked : known;

const NOTICED = ['Killed', 'Timeout', 'RuntimeError'];
const UNNOTICED = ['Survived', 'NoCoverage'];

/** Runs Stryker over one room and counts; null when it could not run. */
function mutate(room) {
  const report = join(root, 'coverage', 'mutation', `${room}.json`);
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js'),
      'run',
      'scripts/mutation/stryker.config.mjs',
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, MUTATION_ROOM: room } },
  );
  if (status !== 0) return null;
  const states = Object.values(JSON.parse(readFileSync(report, 'utf8')).files).flatMap((file) =>
    file.mutants.map((mutant) => mutant.status),
  );
  const count = (wanted) => states.filter((state) => wanted.includes(state)).length;
  return { noticed: count(NOTICED), all: count(NOTICED) + count(UNNOTICED) };
}

let good = true;
const lines = [];
for (const room of rooms.filter((name) => name !== 'native')) {
  const counts = mutate(room);
  const share = counts ? (100 * counts.noticed) / counts.all : 0;
  good &&= share >= WANTED;
  lines.push(
    counts
      ? `${room}: ${counts.noticed} of ${counts.all} changes noticed (${share.toFixed(1)} %, wanted ${WANTED} %)`
      : `${room}: could not be run`,
  );
}
if (rooms.includes('native') && existsSync(native))
  good =
    spawnSync(process.execPath, [native], { cwd: root, stdio: 'inherit' }).status === 0 && good;
console.log(lines.join('\n'));
process.exit(good ? 0 : 1);
