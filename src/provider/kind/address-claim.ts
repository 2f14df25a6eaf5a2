import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InfrastructureError } from '../../model/errors.ts';
import { type ContainerNetwork, highAddresses } from './container-network.ts';

/**
 * Addresses that runs on this host have given to Services: Docker does not know of them. One file an
 * address, made exclusively, holding the cluster's name; they go with the cluster.
 */
const claimsFolder = join(tmpdir(), 'redis-k8s-chaos-addresses');

/** Claims a free address for a cluster. @throws InfrastructureError when all are taken. */
export async function claimAddress(
  network: ContainerNetwork,
  clusterName: string,
  folder: string = claimsFolder,
): Promise<string> {
  if ((await mkdir(folder, { recursive: true })) !== undefined) {
    await chmod(folder, 0o1777); // as /tmp: every user of this host claims here
  }
  for (const address of highAddresses(network.subnet, clusterName)) {
    if (network.taken.has(address)) continue;
    try {
      await writeFile(join(folder, address), clusterName, { flag: 'wx' });
      return address;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  throw new InfrastructureError(
    `no free address is left in ${network.subnet} of container network ${network.name}: all are in use or claimed in ${folder}, where files of clusters that are gone may be deleted`,
  );
}

/** Gives up every claim of a cluster. Idempotent. */
export async function giveUpAddresses(
  clusterName: string,
  folder: string = claimsFolder,
): Promise<void> {
  for (const address of await readdir(folder).catch(() => [])) {
    const file = join(folder, address);
    const holder = await readFile(file, 'utf8').catch(() => null);
    if (holder === clusterName) await rm(file, { force: true });
  }
}
