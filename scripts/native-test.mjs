// Builds the native unit tests by CMake and runs them, plain or under sanitizers:
//   node scripts/native-test.mjs [plain] [address,undefined] [thread]     (default: all three)
// Prints one line a build, "native (NAME): N passed, N failed, N skipped", and exports both steps for scripts/test.mjs.
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
const hasDoctest = () =>
  spawnSync('c++', ['-x', 'c++', '-fsyntax-only', '-'], {
    input: '#include <doctest/doctest.h>\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  }).status === 0;

export function whyNoNativeTests() {
  if (!has('cmake')) return 'cmake is not installed (Debian: apt-get install cmake)';
  if (!hasDoctest()) return 'doctest is not installed (Debian: apt-get install doctest-dev)';
  return undefined;
}

/** The installed engine, which the tests of the TensorFlow Lite workload need; undefined where there is none. */
function installedEngine() {
  if (process.env.ISOCHRON_ENGINE) return process.env.ISOCHRON_ENGINE;
  const { stdout } = spawnSync(
    process.execPath,
    [join(root, 'dist', 'cli', 'main.js'), 'engine', 'info', '--json'],
    { encoding: 'utf8' },
  );
  try {
    return JSON.parse(stdout).path;
  } catch {
    return undefined;
  }
}

/** '' = no sanitizer. */
const ALL = ['', 'address,undefined', 'thread'];
const nameOf = (sanitizer) => sanitizer || 'plain';
const folderOf = (sanitizer) =>
  join(root, 'build', `native-test-${nameOf(sanitizer).replace(',', '-')}`);

/** Resolves with what a command said where it failed, and null where it ended well. */
const failureOf = (command, args) =>
  new Promise((resolve) => {
    const child = spawn(command, args);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
    child.once('error', (error) => resolve(String(error)));
    child.once('close', (status) => resolve(status === 0 ? null : said));
  });

/**
 * Builds the unit tests for each sanitizer, one after the other; `aside`: only where the machine has nothing else to do, for
 * other tests run beside it. Resolves with what the compiler said of those that were not built, by sanitizer.
 */
export async function buildNativeTests(sanitizers = ALL, { aside = false } = {}) {
  const failures = new Map();
  const [command, ...before] = aside ? ['nice', '-n', '19', 'cmake'] : ['cmake'];
  const jobs = aside ? 1 : availableParallelism();
  for (const sanitizer of sanitizers) {
    const build = folderOf(sanitizer);
    const configure = [
      ...['-S', join(root, 'native'), '-B', build, '-DISOCHRON_ADDON=OFF'],
      `-DISOCHRON_SANITIZE=${sanitizer}`,
      // files are compiled eight at a time: three builds of the same headers are most of what the tests take
      ...['-DCMAKE_UNITY_BUILD=ON', '-DCMAKE_UNITY_BUILD_BATCH_SIZE=8'],
    ];
    const failure =
      (await failureOf(command, [...before, ...configure])) ??
      (await failureOf(command, [...before, '--build', build, '-j', String(jobs)]));
    if (failure !== null) failures.set(sanitizer, failure);
  }
  return failures;
}

/** Runs the unit tests under each sanitizer; returns the summed counts. `failures`: of those that were not built. */
export function runNativeTests(failures, sanitizers = ALL) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const engine = installedEngine();
  for (const sanitizer of sanitizers) {
    const name = nameOf(sanitizer);
    const build = folderOf(sanitizer);
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const failure = failures.get(sanitizer);
    if (failure !== undefined) {
      console.error(failure);
      counts.failed = 1;
    } else {
      const { status, stdout, stderr } = spawnSync(join(build, 'isochron_tests'), ['--no-colors'], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        env: {
          ...process.env,
          ...(engine ? { ISOCHRON_ENGINE: engine } : {}),
          ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0',
          TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1',
        },
      });
      const match =
        /test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped/.exec(
          stdout,
        );
      if (match) [counts.passed, counts.failed, counts.skipped] = match.slice(2, 5).map(Number);
      // doctest knows no skipping at run time: a test that can't run says so and returns
      // (and one that looks several times says so several times)
      const skipped = new Map(
        [
          ...stdout.matchAll(
            /^TEST CASE: +([^\n]*)\n(?:(?!^TEST CASE).)*?MESSAGE: (skipped: [^\n]*)/gms,
          ),
        ].map(([, test, reason]) => [test, reason]),
      );
      counts.passed -= skipped.size;
      counts.skipped += skipped.size;
      for (const reason of new Set(skipped.values())) console.log(`native (${name}): ${reason}`);
      if (status !== 0) {
        console.error(`${stdout}\n${stderr}`);
        counts.failed = Math.max(counts.failed, 1);
      }
    }
    console.log(
      `native (${name}): ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
    );
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
  return total;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const why = whyNoNativeTests();
  if (why) {
    console.error(`native tests can't run: ${why}`);
    process.exit(1);
  }
  const names = process.argv.slice(2).map((name) => (name === 'plain' ? '' : name));
  const sanitizers = names.length > 0 ? names : undefined;
  const failures = await buildNativeTests(sanitizers);
  process.exit(runNativeTests(failures, sanitizers).failed > 0 ? 1 : 0);
}
