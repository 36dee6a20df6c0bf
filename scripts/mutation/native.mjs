// node scripts/mutation/native.mjs [record|runtime|pmc|system]…: mutation tests of the native rooms. Builds the unit tests once, from
// a copy of native/ in which every change is behind a switch (build/mutation), notes which test reaches which change, and
// runs for each change those tests alone. Prints, per room, how many changes a test noticed, and the others by place.
// scripts/mutation/equivalent.txt lists changes that make no other program: "file | line of source | change | why".
// MUTATION_FILES=native/src/runtime/job_loop.cc,… changes only these files of the rooms.
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutantsOf, withSwitches } from './cpp-mutants.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const work = join(root, 'build', 'mutation');
const stage = join(work, 'stage'); // where it is found out what compiles
const copy = join(work, 'native'); // what is built: only what differs is written, and so built again
const build = join(work, 'build');
const WANTED = 85;
const AT_ONCE = 2;
const FLAGS = [
  '-std=c++17',
  '-w',
  '-include',
  join(stage, 'src', 'switch.h'),
  '-I',
  join(stage, 'src'),
];

const rooms =
  process.argv.slice(2).length > 0 ? process.argv.slice(2) : ['record', 'runtime', 'pmc', 'system'];
for (const room of rooms)
  if (!existsSync(join(root, 'native', 'src', room))) {
    console.error(`There is no native room ${room}.`);
    process.exit(2);
  }

function prepareCopy() {
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  cpSync(join(root, 'native'), stage, { recursive: true });
  // they need an engine, and tell nothing of these rooms
  for (const name of readdirSync(join(stage, 'test')))
    if (name.startsWith('tflite_')) rmSync(join(stage, 'test', name));
  for (const name of ['switch.h', 'switch.cc'])
    cpSync(join(here, 'native', name), join(stage, 'src', name));
  cpSync(join(here, 'native', 'listener.cc'), join(stage, 'test', 'listener.cc'));
}

/** Makes `to` equal to `from`; files that are equal already keep their time. */
function sync(from, to) {
  mkdirSync(to, { recursive: true });
  const entries = readdirSync(from, { withFileTypes: true });
  for (const name of readdirSync(to))
    if (!entries.some((entry) => entry.name === name)) rmSync(join(to, name), { recursive: true });
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) sync(source, target);
    else if (!existsSync(target) || !readFileSync(source).equals(readFileSync(target)))
      cpSync(source, target);
  }
}

/** Writes the mutated files and drops, until each compiles, the mutants of lines that do not. */
function mutateSources() {
  const wanted = process.env.MUTATION_FILES?.split(',');
  const files = rooms.flatMap((room) =>
    readdirSync(join(stage, 'src', room))
      .filter((name) => /\.(cc|h)$/.test(name))
      .map((name) => ({ room, path: `${room}/${name}` }))
      .filter(({ path }) => wanted?.includes(`native/src/${path}`) ?? true),
  );
  let id = 0;
  for (const file of files) {
    file.source = readFileSync(join(stage, 'src', file.path), 'utf8');
    file.mutants = mutantsOf(file.source).map((mutant) => ({
      ...mutant,
      id: ++id,
      room: file.room,
      path: file.path,
    }));
    file.write = () =>
      writeFileSync(join(stage, 'src', file.path), withSwitches(file.source, file.mutants));
  }
  let dropped = 0;
  for (const file of files) {
    for (;;) {
      file.write();
      if (file.mutants.length === 0) break;
      const target = join(stage, 'src', file.path);
      const check = spawnSync('c++', [...FLAGS, '-fsyntax-only', '-x', 'c++', target], {
        encoding: 'utf8',
      });
      if (check.status === 0) break;
      const bad = new Set(
        [...check.stderr.matchAll(/^(\S+?):(\d+):\d+: (?:fatal )?error/gm)]
          .filter(([, path]) => path.endsWith(file.path))
          .map(([, , line]) => Number(line)),
      );
      const before = file.mutants.length;
      // an expression over several lines is reported somewhere in it
      file.mutants = file.mutants.filter(({ line, at, end }) => {
        const last = line + file.source.slice(at, end).split('\n').length - 1;
        return ![...bad].some((n) => n >= line && n <= last);
      });
      if (file.mutants.length === before) file.mutants = [];
      dropped += before - file.mutants.length;
    }
    // code of other processors is not part of this build
    const target = join(stage, 'src', file.path);
    const { stdout } = spawnSync('c++', [...FLAGS, '-E', '-P', '-x', 'c++', target], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    const there = new Set(
      [...stdout.matchAll(/isochron_mutant\((\d+)\)/g)].map(([, n]) => Number(n)),
    );
    file.mutants = file.mutants.filter((mutant) => there.has(mutant.id));
  }
  console.log(
    `${files.reduce((sum, file) => sum + file.mutants.length, 0)} changes; ${dropped} that do not compile were dropped`,
  );
  return files;
}

function mustRun(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return;
  console.error(`${stdout}\n${stderr}`);
  process.exit(1);
}

const tests = join(build, 'isochron_tests');
const mapFile = join(work, 'map');
const quiet = ['--no-colors', '--no-version'];

/** Which test reaches which mutant, and how long each takes. */
function mapTests() {
  const { status, stdout } = spawnSync(tests, quiet, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, ISOCHRON_MUTANT_MAP: mapFile },
  });
  if (status !== 0) {
    console.error(`${stdout}\nThe tests fail without any change.`);
    process.exit(1);
  }
  return readFileSync(mapFile, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name, seconds, ids] = line.split('\t');
      return { name, seconds: Number(seconds), reached: new Set(ids.split(' ').map(Number)) };
    });
}

/** Whether one of the tests that reach the mutant notices it: fails, crashes or never ends. */
function isNoticed(mutant, map) {
  const reaching = map
    .filter(({ reached }) => reached.has(mutant.id))
    .sort((a, b) => a.seconds - b.seconds);
  if (reaching.length === 0) return Promise.resolve(false);
  const names = reaching.map(({ name }) => name.replaceAll(/[,\\"*]/g, '?')).join(',');
  return new Promise((resolve) => {
    const child = spawn(tests, [...quiet, '--abort-after=1', `--test-case=${names}`], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        ...process.env,
        ISOCHRON_MUTANT: String(mutant.id),
        ISOCHRON_MUTANT_TIMES: mapFile,
      },
    });
    // Not by the exit code: Node tells 0 of who was killed by a real-time signal, for which it has no name.
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('close', () => resolve(!output.includes('Status: SUCCESS')));
  });
}

const lineOf = (file, mutant) => file.source.split('\n')[mutant.line - 1].trim();

function describe({ path, line, change, id }) {
  const reached = map.some((test) => test.reached.has(id));
  return `native/src/${path}:${line}: ${change}${reached ? '' : '  (no test comes here)'}`;
}

function readEquivalents() {
  return new Set(
    readFileSync(join(here, 'equivalent.txt'), 'utf8')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => line.split(' | ').slice(0, 3).join(' | ')),
  );
}

prepareCopy();
const files = mutateSources();
sync(stage, copy);
mustRun('cmake', [
  '-S',
  copy,
  '-B',
  build,
  '-DISOCHRON_ADDON=OFF',
  // with the checks of the undefined-behaviour sanitizer, under which the tests are run, too
  `-DCMAKE_CXX_FLAGS=-w -O1 -g0 -fsanitize=undefined -fno-sanitize-recover=all -include ${join(copy, 'src', 'switch.h')}`,
  '-DCMAKE_BUILD_TYPE=None',
]);
mustRun('cmake', ['--build', build, '-j', String(AT_ONCE)]);
const map = mapTests();
console.log(`${map.length} tests`);

const equivalents = readEquivalents();
const queue = files.flatMap((file) =>
  file.mutants.map((mutant) => ({ ...mutant, source: lineOf(file, mutant) })),
);
const survivors = [];
const counts = Object.fromEntries(
  rooms.map((room) => [room, { noticed: 0, all: 0, equivalent: 0 }]),
);
let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next < queue.length) {
      const mutant = queue[next++];
      const count = counts[mutant.room];
      if (equivalents.has(`${mutant.path} | ${mutant.source} | ${mutant.change}`)) {
        count.equivalent++;
        continue;
      }
      count.all++;
      if (await isNoticed(mutant, map)) count.noticed++;
      else {
        survivors.push(mutant);
        console.log(`survived: ${describe(mutant)}`);
      }
      if (next % 50 === 0) console.log(`${next} of ${queue.length}`);
    }
  }),
);

for (const mutant of survivors.sort((a, b) => a.id - b.id)) console.log(describe(mutant));
let good = true;
for (const room of rooms) {
  const { noticed, all, equivalent } = counts[room];
  const share = all > 0 ? (100 * noticed) / all : 100;
  good &&= share >= WANTED;
  console.log(
    `native ${room}: ${noticed} of ${all} changes noticed (${share.toFixed(1)} %, wanted ${WANTED} %); ${equivalent} equivalent`,
  );
}
process.exit(good ? 0 : 1);
