import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimAddress, giveUpAddresses } from '../../../../src/provider/kind/address-claim.ts';
import { highAddresses, parseNetwork } from '../../../../src/provider/kind/container-network.ts';

const docker = JSON.stringify([
  {
    Name: 'kind',
    IPAM: {
      Config: [
        { Subnet: 'fc00:f853:ccd:e793::/64' },
        { Subnet: '172.18.0.0/16', Gateway: '172.18.0.1' },
      ],
    },
    Containers: {
      abc: { Name: 'rkc-1-control-plane', IPv4Address: '172.18.0.2/16', IPv6Address: 'fc00::2/64' },
    },
  },
]);
const podman = JSON.stringify([
  {
    name: 'kind',
    subnets: [{ subnet: '10.89.0.0/24', gateway: '10.89.0.1' }],
    containers: {
      abc: {
        name: 'rkc-1-control-plane',
        interfaces: { eth0: { subnets: [{ ipnet: '10.89.0.7/24', gateway: '10.89.0.1' }] } },
      },
    },
  },
]);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'address-claim-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('reads what docker says, the IPv4 subnet whatever its place', () => {
  const network = parseNetwork('kind', docker);
  expect(network.subnet).toBe('172.18.0.0/16');
  expect([...network.taken].sort()).toEqual(['172.18.0.1', '172.18.0.2']);
  expect(network.containers.get('rkc-1-control-plane')).toBe('172.18.0.2');
});

test('reads what podman says', () => {
  const network = parseNetwork('kind', podman);
  expect(network.subnet).toBe('10.89.0.0/24');
  expect(network.containers.get('rkc-1-control-plane')).toBe('10.89.0.7');
});

test('a network without IPv4 is refused by name', () => {
  const text = JSON.stringify([{ IPAM: { Config: [{ Subnet: 'fc00::/64' }] } }]);
  expect(() => parseNetwork('kind', text)).toThrow(/kind has no IPv4 subnet \(fc00::\/64\)/);
});

test('high addresses are the upper quarter, each once, without the broadcast address', () => {
  const all = [...highAddresses('10.0.0.0/24', 'seed')];
  const expected = Array.from({ length: 63 }, (_, index) => `10.0.0.${192 + index}`);
  expect([...all].sort()).toEqual(expected.sort());
  expect([...highAddresses('10.0.0.77/24', 'other')][0]).toMatch(/^10\.0\.0\./);
});

test('two clusters start at different places', () => {
  const [one] = highAddresses('172.18.0.0/16', 'rkc-one');
  const [two] = highAddresses('172.18.0.0/16', 'rkc-two');
  expect(one).not.toBe(two);
});

test('an address is claimed once, until its cluster gives it up', async () => {
  const network = { ...parseNetwork('kind', docker), subnet: '172.18.0.0/29' }; // .6 is the only one
  expect(await claimAddress(network, 'rkc-1', folder)).toBe('172.18.0.6');
  await expect(claimAddress(network, 'rkc-2', folder)).rejects.toThrow(/no free address is left/);
  await giveUpAddresses('rkc-2', folder);
  expect(await readdir(folder)).toEqual(['172.18.0.6']);
  await giveUpAddresses('rkc-1', folder);
  await giveUpAddresses('rkc-1', folder);
  expect(await claimAddress(network, 'rkc-2', folder)).toBe('172.18.0.6');
});

test('an address that a container has is passed over', async () => {
  const network = {
    ...parseNetwork('kind', docker),
    subnet: '172.18.0.0/29',
    taken: new Set(['172.18.0.6']),
  };
  await expect(claimAddress(network, 'rkc-1', folder)).rejects.toThrow(/no free address/);
});

test('claims of one cluster at the same time never meet', async () => {
  const network = parseNetwork('kind', docker);
  const claims = await Promise.all(
    Array.from({ length: 20 }, () => claimAddress(network, 'rkc-1', folder)),
  );
  expect(new Set(claims).size).toBe(20);
});
