import { writeFileSync } from 'node:fs';
import { runCommand } from '../container/command.ts';
import type { Tools } from '../image/tools.ts';
import { dnsIp, nodeIp, podCidr } from './addresses.ts';
import { serviceRoutes } from './service-proxy.ts';

/**
 * The node's side of the network, in its private namespace: forwarding between pods, the node's and
 * the DNS address, Service addresses as local ones. A pod address without a pod is unreachable at
 * once: it answers in milliseconds instead of by time-out.
 */
export async function setUpNodeNetwork(tools: Tools): Promise<void> {
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  const commands = [
    'link set lo up',
    `addr add ${nodeIp}/32 dev lo`,
    `addr add ${dnsIp}/32 dev lo`,
    ...serviceRoutes.map((cidr) => `route add local ${cidr} dev lo`),
    `route add unreachable ${podCidr}`,
  ];
  await runCommand(tools.ip, ['-batch', '-'], `${commands.join('\n')}\n`);
}
