// The unit tests of one room, which Stryker runs against each small change of its source.
import { defineConfig } from 'vitest/config';
import { unitTestsOf } from './unit-tests.mjs';

export default defineConfig({
  test: {
    include: unitTestsOf(process.env.MUTATION_ROOM),
    setupFiles: ['scripts/mutation/setup.mjs'],
    testTimeout: 300_000,
    // one module graph for all files of a run: a change is run hundreds of times
    isolate: false,
    unstubEnvs: true,
  },
});
