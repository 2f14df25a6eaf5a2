import { describe } from 'vitest';
import { findLab, openLabCluster } from '../e2e/lab.ts';
import { providerContract } from './suite.ts';

/** The suite that every provider passes, against Kubernetes itself: one cluster for all of it. */
const lab = findLab();
if (lab.missing !== null) console.log(`skipped: the contract on kind: ${lab.missing}`);

describe.skipIf(lab.missing !== null)('on a real cluster', () => {
  providerContract('kind', async () => {
    const cluster = await openLabCluster(lab);
    return { ...cluster.provider, dispose: cluster.close };
  });
});
