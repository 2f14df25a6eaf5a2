import { afterAll, aroundEach, beforeAll, describe } from 'vitest';
import type { Provider } from '../../src/provider/provider.ts';
import { apiReadingContract } from './api-reading.ts';
import { configurationContract } from './configuration.ts';
import { containerContract } from './containers.ts';
import { controllerContract } from './controllers.ts';
import { deletionContract } from './deletion.ts';
import { evictionContract } from './eviction.ts';
import { execContract } from './exec.ts';
import { nameContract } from './names.ts';
import { networkContract } from './network.ts';
import { roleLabelContract } from './role-labels.ts';
import { rolloutContract } from './rollouts.ts';
import { serviceAccountContract } from './service-accounts.ts';
import { sidecarContract } from './sidecars.ts';
import { volumeContract } from './volumes.ts';
import { Workbench } from './workbench.ts';

/**
 * What every provider must do, written against Kubernetes itself: where an implementation differs
 * from a real cluster, it is wrong. Needs the images redis:8.0 and node:24 only; each test has names
 * of its own and takes them away again, so several run side by side.
 */
export function providerContract(name: string, open: () => Promise<Provider>): void {
  describe.concurrent(`${name}: the provider contract`, () => {
    const bench = new Workbench();
    aroundEach(bench.around);
    beforeAll(async () => {
      bench.provider = await open();
    });
    afterAll(async () => {
      await bench.provider?.dispose();
    });
    controllerContract(bench);
    deletionContract(bench);
    evictionContract(bench);
    containerContract(bench);
    execContract(bench);
    networkContract(bench);
    configurationContract(bench);
    volumeContract(bench);
    sidecarContract(bench);
    serviceAccountContract(bench);
    roleLabelContract(bench);
    apiReadingContract(bench);
    nameContract(bench);
    rolloutContract(bench);
  });
}
