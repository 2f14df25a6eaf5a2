import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../container/command.ts';
import { startPodInit } from '../kubelet/pod-init.ts';
import { gatewayMac, podGateway, podMac } from '../network/addresses.ts';
import type { Tools } from './tools.ts';

/** What outlives a container's restart: the pod's network, host name and IPC namespaces. */
export interface Sandbox {
  readonly ip: string;
  readonly hostInterface: string;
  readonly netFile: string;
  readonly utsFile: string;
  readonly ipcFile: string;
  /** The process namespace that its containers share; null when each has its own. */
  readonly pidFile: string | null;
  /**
   * Nothing comes from the pod's address any more and nothing answers there, not even a refusal: that
   * is how a machine without power looks to its peers.
   */
  unplug(): Promise<void>;
  /** Ends it; containers must be gone. Never throws: what is left dies with the node. */
  remove(): Promise<void>;
}

export interface SandboxRequest {
  readonly tools: Tools;
  readonly hostname: string;
  readonly ip: string;
  /** Unique in the run: it names the interface and the namespace files. */
  readonly serial: number;
  readonly sharedProcesses: boolean;
}

/** `ip -n NAME` looks for namespaces here. The node's /run is its own. */
const netnsFolder = '/run/netns';
const namespaceFolder = '/run/pod-namespaces';

/**
 * Makes a pod's namespaces and wires them to the node: a routed /32 veth, no bridge, with permanent
 * neighbours at both ends (measured: that removes one-second ARP outliers).
 */
export async function createSandbox(request: SandboxRequest): Promise<Sandbox> {
  const { tools, ip, serial } = request;
  const name = `pod${serial}`;
  const hostInterface = `veth${serial}`;
  mkdirSync(netnsFolder, { recursive: true });
  mkdirSync(namespaceFolder, { recursive: true });
  const netFile = join(netnsFolder, name);
  const utsFile = join(namespaceFolder, `${name}.uts`);
  const ipcFile = join(namespaceFolder, `${name}.ipc`);
  for (const file of [netFile, utsFile, ipcFile]) writeFileSync(file, '');
  const script = `set -e
"$1" --net="$2" --uts="$3" --ipc="$4" "$0" -c '${inside}' "$5"
"$6" -batch - <<NODE
${nodeSide(ip, hostInterface, name)}
NODE
"$6" -n ${name} -batch - <<POD
${podSide(ip)}
POD`;
  await runCommand(tools.sh, [
    '-c',
    script,
    tools.sh,
    tools.unshare,
    netFile,
    utsFile,
    ipcFile,
    request.hostname,
    tools.ip,
  ]);
  const init = request.sharedProcesses ? await startPodInit(tools) : null;
  return {
    ip,
    hostInterface,
    netFile,
    utsFile,
    ipcFile,
    pidFile: init && `/proc/${init.pid}/ns/pid`,
    unplug: async () => {
      const commands = `link set ${hostInterface} down\nroute replace blackhole ${ip}/32\n`;
      await runCommand(tools.ip, ['-batch', '-'], commands);
    },
    remove: async () => {
      init?.end();
      await runCommand(tools.ip, ['link', 'del', hostInterface]).catch(() => {});
      await runCommand(tools.umount, ['-l', netFile, utsFile, ipcFile]).catch(() => {});
      for (const file of [netFile, utsFile, ipcFile]) rmSync(file, { force: true });
    },
  };
}

/** Host name; and any user may bind any port, as containerd and Docker let it. */
const inside =
  'echo "$0" > /proc/sys/kernel/hostname; echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start';

function nodeSide(ip: string, hostInterface: string, namespace: string): string {
  return `link add ${hostInterface} type veth peer name eth0 address ${podMac(ip)} netns ${namespace}
link set ${hostInterface} address ${gatewayMac} up
addr add ${podGateway}/32 dev ${hostInterface}
neigh replace ${ip} lladdr ${podMac(ip)} dev ${hostInterface} nud permanent
route replace ${ip}/32 dev ${hostInterface}`;
}

/** The machine is back, and its kernel says at once that nobody has this address. */
export async function forgetAddress(tools: Tools, ip: string): Promise<void> {
  await runCommand(tools.ip, ['route', 'del', 'blackhole', `${ip}/32`]);
}

function podSide(ip: string): string {
  return `link set lo up
addr add ${ip}/32 dev eth0
link set eth0 up
route add ${podGateway} dev eth0 scope link
neigh replace ${podGateway} lladdr ${gatewayMac} dev eth0 nud permanent
route add default via ${podGateway} src ${ip}`;
}
