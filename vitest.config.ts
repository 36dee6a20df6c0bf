import { defineConfig } from 'vitest/config';

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
  },
});
