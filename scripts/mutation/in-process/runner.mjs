// Runs the unit tests of a room within Stryker's own worker: files are loaded once, and a change is switched on for the
// milliseconds that its tests take. What one change leaves behind must not decide about another: a test that fails is run
// again without the change, and if it fails then, too, the change is judged anew in a fresh process.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { register as registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { declareFactoryPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  MutantRunStatus,
  TestStatus,
} from '@stryker-mutator/api/test-runner';
import { register as registerTypeScript } from 'tsx/esm/api';
import { unitTestsOf } from '../unit-tests.mjs';
import { standIns } from './mocks.mjs';

const SHIM = new URL('./vitest.mjs', import.meta.url).href;

class InProcessRunner {
  #ns;
  #vitest = null;
  #folder = '';
  /** What files made when they were loaded. */
  #kept = new Set();
  #runs = 0;
  #spoilt = false;

  /** Nothing has to be loaded anew: a change is never on while files are loaded (`ignoreStatic`). */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    this.#ns = globalThis.__stryker__ ??= {};
    this.#folder = mkdtempSync(join(tmpdir(), 'isochron-mutation-'));
    process.env.TMPDIR = this.#folder;
    const files = unitTestsOf(process.env.MUTATION_ROOM);
    registerTypeScript();
    const hooks = `
      const standIns = ${JSON.stringify(standIns(files, this.#folder, SHIM))};
      export async function resolve(name, context, next) {
        if (name === 'vitest') return { url: ${JSON.stringify(SHIM)}, shortCircuit: true };
        const found = await next(name, context);
        const url = standIns[found.url.split('?')[0]];
        return url === undefined || context.parentURL === url ? found : { url, shortCircuit: true };
      }`;
    registerHooks(`data:text/javascript,${encodeURIComponent(hooks)}`);
    this.#vitest = await import(SHIM);
    await import('./setup.mjs');
    for (const file of files)
      await this.#vitest.collect(file, () => import(pathToFileURL(resolve(file)).href));
    // a change may fail a promise that nobody waits for any more: that is not what a test has noticed
    process.on('unhandledRejection', () => {});
    process.on('uncaughtException', () => {});
    this.#kept = new Set(readdirSync(this.#folder));
  }

  async dryRun() {
    const { tests } = this.#vitest;
    const results = [];
    for (const test of tests) {
      const from = performance.now();
      const failure = await this.#run([test], () => {
        this.#ns.currentTestId = test.id;
      });
      this.#ns.currentTestId = undefined;
      results.push({
        id: test.id,
        name: test.id,
        timeSpentMs: performance.now() - from,
        ...(failure
          ? { status: TestStatus.Failed, failureMessage: String(failure.error?.stack) }
          : { status: TestStatus.Success }),
      });
    }
    return {
      status: DryRunStatus.Complete,
      tests: results,
      mutantCoverage: this.#ns.mutantCoverage,
    };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    const first = this.#runs++ === 0;
    if (this.#spoilt) throw new Error('An earlier change has left something behind.');
    const wanted = testFilter && new Set(testFilter);
    const chosen = this.#vitest.tests
      .filter(({ id }) => wanted?.has(id) ?? true)
      .sort((a, b) => (a.ms ?? 0) - (b.ms ?? 0));
    Object.assign(this.#ns, { activeMutant: activeMutant.id, hitLimit, hitCount: 0 });
    const failure = await this.#run(chosen);
    const { hitCount } = this.#ns;
    Object.assign(this.#ns, { activeMutant: undefined, hitLimit: undefined, hitCount: undefined });
    if (failure && (await this.#run([failure.test]))) {
      this.#spoilt = true;
      if (!first) throw new Error('The tests fail without a change, too.');
    }
    const endless = determineHitLimitReached(hitCount, hitLimit);
    if (endless) return { status: MutantRunStatus.Timeout, reason: endless.reason };
    return failure
      ? {
          status: MutantRunStatus.Killed,
          killedBy: [failure.test.id],
          failureMessage: String(failure.error?.message),
          nrOfTests: chosen.length,
        }
      : { status: MutantRunStatus.Survived, nrOfTests: chosen.length };
  }

  async dispose() {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(tests, begin) {
    const failure = await this.#vitest.runTests(tests, begin);
    for (const name of readdirSync(this.#folder).filter((n) => !this.#kept.has(n)))
      rmSync(join(this.#folder, name), { recursive: true, force: true });
    return failure;
  }
}

const factory = (injector) => injector.injectClass(InProcessRunner);
factory.inject = tokens('$injector');
export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'in-process', factory)];
