import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take minutes come first, so that at the end no worker waits for another one's: the emulated board, whole suites. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => /\/test\/(board|bench)\//.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/setup.ts'],
    // for a test that hangs, not for one that waits: on a busy machine everything takes twenty times as long
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
    // the end-to-end tests start real-time jobs on one core: few at a time
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
