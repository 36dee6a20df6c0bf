// `npm run coverage`: which lines of src/ the tests run that work within vitest's own process, room by room. What the tests of the
// command line and the board reach runs in processes of their own, from dist/, and is not in it. Ends with 1 where a room
// has fewer lines covered than it must.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'coverage', 'lines');
/** Share of lines, percent. */
const LEAST = 80;
/** What only ever runs elsewhere: the command line, the engine's process, the browser. Their tests start the real ones. */
const ELSEWHERE = [
  'src/cli/**',
  'src/terminal/**',
  'src/child/*-entry.ts',
  'src/child/parent-link.ts',
  'src/report/browser/**',
];

const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--exclude=test/board/**',
    '--exclude=test/cli/**',
    '--coverage.enabled',
    '--coverage.provider=v8',
    '--coverage.include=src/*/**/*.ts',
    ...ELSEWHERE.map((files) => `--coverage.exclude=${files}`),
    '--coverage.reporter=json-summary',
    '--coverage.reporter=html',
    `--coverage.reportsDirectory=${out}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);

const files = JSON.parse(readFileSync(join(out, 'coverage-summary.json'), 'utf8'));
const rooms = new Map();
for (const [file, { lines }] of Object.entries(files)) {
  if (file === 'total') continue;
  const room = relative(join(root, 'src'), file).split('/')[0];
  const sum = rooms.get(room) ?? { covered: 0, total: 0 };
  rooms.set(room, { covered: sum.covered + lines.covered, total: sum.total + lines.total });
}
let short = false;
for (const [room, { covered, total }] of [...rooms].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const percent = total === 0 ? 100 : (100 * covered) / total;
  const few = percent < LEAST;
  short ||= few;
  console.log(
    `${room.padEnd(12)} ${String(covered).padStart(6)} of ${String(total).padStart(6)} ${percent.toFixed(1).padStart(6)} %${few ? `  (below ${LEAST} %)` : ''}`,
  );
}
console.log(`file by file: ${relative(process.cwd(), join(out, 'index.html'))}`);
process.exit(status !== 0 || short ? 1 : 0);
