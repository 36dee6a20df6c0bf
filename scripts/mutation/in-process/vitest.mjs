// What the unit tests use of vitest, for running them again and again in one process: the tests are collected once, and
// vitest's own `expect` judges (its packages @vitest/expect and @vitest/spy). To start vitest for each change took ten times as
// long as the tests did.
import { dirname, resolve } from 'node:path';
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import * as spies from '@vitest/spy';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
export const expect = (value, message) => chai.expect(value, message);
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
setState({ assertionCalls: 0, isExpectingAssertions: false }, expect);

/** The path of a module that a test names. */
export const sourceOf = (file, name) => resolve(dirname(file), name.replace(/\.js$/, '.ts'));

const newSuite = (name, parent) => ({
  name,
  parent,
  hooks: { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] },
});
let current = newSuite('', null);
/** Every test that was collected: its name in full, its suites from the outermost, and what it does. */
export const tests = [];

/** Collects what a file registers; `load` imports it. */
export async function collect(file, load) {
  const before = current;
  current = newSuite('', null);
  current.file = file;
  await load();
  current = before;
}

const body = (a, b) => (typeof a === 'function' ? a : b);

export function describe(name, a, b) {
  const suite = newSuite(String(name), current);
  const before = current;
  current = suite;
  body(a, b)();
  current = before;
}
export function test(name, a, b) {
  const suites = [];
  for (let suite = current; suite !== null; suite = suite.parent) suites.unshift(suite);
  const names = [...suites.map((suite) => suite.name), String(name)].filter(Boolean);
  const base = `${suites[0].file} ${names.join(' > ')}`;
  const same = tests.filter((other) => other.base === base).length;
  tests.push({ id: same > 0 ? `${base} (${same + 1})` : base, base, suites, run: body(a, b) });
}
for (const make of [describe, test]) {
  make.each = (cases) => (name, a, b) => {
    for (const [i, given] of cases.entries())
      make(`${name} [${i}]`, () => body(a, b)(...(Array.isArray(given) ? given : [given])));
  };
  make.skipIf = (condition) =>
    condition ? Object.assign(() => {}, { each: () => () => {} }) : make;
}
export const it = test;

const hook = (kind) => (action) => current.hooks[kind].push(action);
export const beforeAll = hook('beforeAll');
export const afterAll = hook('afterAll');
export const beforeEach = hook('beforeEach');
export const afterEach = hook('afterEach');

const finished = [];
export const onTestFinished = (action) => finished.push(action);

const changedEnv = new Map();
/** What files put in the place of modules: by file, then by the module's path. */
const mocks = new Map();
let running = null;
/** What the running test's file has put in the place of a module (see mocks.mjs). */
export const mockOf = (path) => mocks.get(running)?.get(path) ?? null;

export const vi = {
  fn: spies.fn,
  spyOn: spies.spyOn,
  restoreAllMocks: spies.restoreAllMocks,
  clearAllMocks: spies.clearAllMocks,
  hoisted: (make) => make(),
  mock(name, make) {
    const { file } = current;
    if (!mocks.has(file)) mocks.set(file, new Map());
    mocks.get(file).set(sourceOf(file, name), make());
  },
  stubEnv(name, value) {
    if (!changedEnv.has(name)) changedEnv.set(name, process.env[name]);
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  },
  unstubAllEnvs() {
    for (const [name, value] of changedEnv)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    changedEnv.clear();
  },
};

const SKIPPED = Symbol('skipped');
function skip(condition) {
  if (condition !== false) throw SKIPPED;
}

/**
 * Runs tests one after the other until one fails.
 *
 * @param begin called before each, for whoever counts what it reaches
 * @returns the one that failed with its error, or null
 */
export async function runTests(chosen, begin = () => {}) {
  const opened = [];
  let failure = null;
  for (const test of chosen) {
    begin(test);
    running = test.suites[0].file;
    try {
      for (const suite of test.suites)
        if (!opened.includes(suite)) {
          opened.push(suite);
          for (const action of suite.hooks.beforeAll) await action();
        }
      for (const suite of test.suites) for (const action of suite.hooks.beforeEach) await action();
      const from = performance.now();
      await test.run({ skip });
      test.ms = performance.now() - from;
    } catch (error) {
      if (error !== SKIPPED) failure = { test, error };
    }
    try {
      for (const action of finished.splice(0).reverse()) await action();
      for (const suite of [...test.suites].reverse())
        for (const action of suite.hooks.afterEach) await action();
    } catch (error) {
      failure ??= { test, error };
    }
    vi.unstubAllEnvs();
    if (failure) break;
  }
  // what a file clears away at its end it made when it was loaded, and needs it again: that stays
  for (const suite of opened.reverse())
    for (const action of suite.parent ? suite.hooks.afterAll : [])
      try {
        await action();
      } catch (error) {
        failure ??= { test: chosen.at(-1), error };
      }
  return failure;
}
