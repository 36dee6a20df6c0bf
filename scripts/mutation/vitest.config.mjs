// The unit tests of one room, which Stryker runs against each small change of its source: nothing of the command line, of
// the addon or of a process of its own, so that a change is judged by the tests nearest to it, in milliseconds.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [`test/${process.env.MUTATION_ROOM}/**/*.test.ts`],
    // these start processes of their own, which run the compiled package and not the changed source
    exclude: ['test/output/lock-*.test.ts'],
    setupFiles: ['scripts/mutation/setup.mjs'],
    testTimeout: 300_000,
    // one module graph for all files of a run: a change is run hundreds of times
    isolate: false,
  },
});
