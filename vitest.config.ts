import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * One project a level of tests; `scripts/test.ts` chooses which this machine can run. No retries.
 *
 * Files that run the product go side by side: most of a run is waiting. Leave to start one is given by
 * the machine's keeper (test/support/machine), so a test's time holds its wait for its turn: what may
 * last how long is said where the waiting is done, and each run has a limit of its own.
 */
const keeper = 'test/support/machine/keeper.ts';
const withQueueMs = 1_800_000;
/** They measure: nothing runs beside them. */
const alone = [
  'test/integration/checker-scale.test.ts',
  'test/integration/provider/speed.test.ts',
  'test/integration/workload/open-loop-rate.test.ts',
];

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
          globalSetup: keeper,
          maxWorkers: 3 * availableParallelism(),
          maxConcurrency: 30,
          include: ['test/integration/**/*.test.ts', 'test/contract/embedded.test.ts'],
          exclude: alone,
          testTimeout: withQueueMs,
          hookTimeout: withQueueMs,
        },
      },
      {
        test: {
          name: 'integration-alone',
          include: alone,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      { test: { name: 'bundle', include: ['test/bundle/**/*.test.ts'], testTimeout: 120_000 } },
      {
        test: {
          name: 'e2e',
          globalSetup: keeper,
          maxWorkers: 3,
          include: ['test/e2e/**/*.test.ts', 'test/contract/kind.test.ts'],
          testTimeout: withQueueMs,
          hookTimeout: withQueueMs,
        },
      },
    ],
  },
});
