// Stryker's settings for one room of src/ (scripts/mutation.mjs names it). No type checker: TypeScript 7 offers no JavaScript
// API, and a mutant that does not compile still runs, so that a test has to notice it.
import { changedFilesOf } from './unit-tests.mjs';

const room = process.env.MUTATION_ROOM;

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'scripts/mutation/vitest.config.mjs', related: false },
  // a change that takes away a limit fills the memory: soon, then
  testRunnerNodeArgs: ['--max-old-space-size=1024'],
  plugins: ['@stryker-mutator/vitest-runner'],
  coverageAnalysis: 'perTest',
  // A constant of a module is set once per process: switching it on needs a new process per mutant, ten times the time.
  ignoreStatic: true,
  // What a message says is for people and is not pinned word by word; codes, names of columns and of files are, by the
  // tests that compare whole results.
  mutator: { excludedMutations: ['StringLiteral'] },
  mutate: process.env.MUTATION_FILES?.split(',') ?? changedFilesOf(room),
  // dist stays: a test starts the compiled writer and waits for it. biome.json: a second configuration below the root would stop Biome while Stryker works.
  ignorePatterns: ['build', 'native', 'prebuilds', 'results', 'docs', 'bench', 'biome.json'],
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
  // beyond half again the time of its tests; short enough for endless loops, long enough for a busy machine
  timeoutMS: 20_000,
  tempDirName: 'coverage/stryker',
  cleanTempDir: 'always',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false, reportScoreTable: false },
  jsonReporter: { fileName: `coverage/mutation/${room}.json` },
  allowConsoleColors: false,
  // There is nothing to rewrite in it, and the rewriting needs TypeScript's JavaScript API.
  tsconfigFile: 'none',
  allowEmpty: false,
};
