import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

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

/** No verdict depends on how busy their clusters are: two side by side. */
const clusters = ['test/e2e/kind-provider.test.ts', 'test/contract/kind.test.ts'];

/** Files with much to wait for begin first, so that none is left alone at the end. */
const long = ['zoo', 'faults', 'tutorials', 'red-and-green', 'contract/embedded', 'fresh-clone'];
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = long.findIndex((name) => moduleId.includes(`${name}.test.ts`));
      return at < 0 ? long.length : at;
    };
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

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
          name: 'bundle',
          include: ['test/bundle/**/*.test.ts'],
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
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
          sequence: { groupOrder: 2, sequencer: LongestFirst },
        },
      },
      {
        test: {
          name: 'integration-alone',
          include: alone,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'e2e-clusters',
          include: clusters,
          maxWorkers: 2,
          maxConcurrency: 30,
          testTimeout: 900_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 4 },
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: clusters,
          testTimeout: 900_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
