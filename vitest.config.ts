import { defineConfig } from 'vitest/config';

/** One project a level of tests; `scripts/test.ts` chooses which this machine can run. No retries. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 20_000,
          // loading the source anew for each file was more than half of the whole time; what a test
          // stubs is put back after it
          isolate: false,
          unstubEnvs: true,
          restoreMocks: true,
        },
      },
      {
        test: {
          name: 'integration',
          // two cores: more runs side by side starve each other's load generators
          maxConcurrency: 2,
          include: ['test/integration/**/*.test.ts', 'test/contract/embedded.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      { test: { name: 'bundle', include: ['test/bundle/**/*.test.ts'], testTimeout: 120_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/contract/kind.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
