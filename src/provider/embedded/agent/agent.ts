import { randomBytes, randomUUID } from 'node:crypto';
import { DeadlineError, describeError, UsageError } from '../../../model/errors.ts';
import { exitProcess } from '../../../platform/exit.ts';
import type { AgentOptions, FromAgent, RemoteError, ToAgent } from '../protocol.ts';
import { type CallHandlers, callHandlers } from './calls.ts';
import { writeInitScript } from './container/container-process.ts';
import { startControlLoop } from './controllers/control-loop.ts';
import { FifoPool } from './fifo-pool.ts';
import { ImageStore } from './image/images.ts';
import { findTools } from './image/tools.ts';
import { prepareKubeApi } from './kube-api/start.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import type { NodeContext } from './kubelet/node-context.ts';
import { prepareNodeFiles } from './kubelet/node-files.ts';
import { refreshVolumes } from './kubelet/volumes.ts';
import { Machines } from './machines.ts';
import { AddressPool, loadBalancerCidr, podCidr, serviceCidr } from './network/addresses.ts';
import { startDns } from './network/dns-server.ts';
import { setUpNodeNetwork } from './network/node-network.ts';
import { startServiceProxy } from './network/service-proxy.ts';
import { createNodes } from './nodes.ts';
import { ObjectStore } from './store/store.ts';

/**
 * The embedded node: API store, controllers, kubelet, DNS and Service proxy in one process, which
 * the tool starts in fresh namespaces and talks to over its IPC channel. When that channel closes,
 * for whatever reason, the process exits: the PID namespace dies with it, and everything in it.
 */
export function runAgent(): void {
  process.umask(0o022);
  process.on('disconnect', () => exitProcess(0));
  // Ctrl-C in a terminal reaches the whole process group; the tool decides when we end.
  process.on('SIGINT', () => {});
  const calls = new Map<number, AbortController>();
  let handlers: CallHandlers | null = null;

  process.on('message', (message: ToAgent, handle: unknown) => {
    if (message.kind === 'cancel') return calls.get(message.id)?.abort();
    if (message.kind === 'start') {
      startNode(message.options).then(
        (started) => {
          handlers = started;
          tell({ kind: 'ready' });
        },
        (error: unknown) => tell({ kind: 'failure', id: null, error: remote(error) }),
      );
      return;
    }
    const { id, name, request } = message;
    const controller = new AbortController();
    calls.set(id, controller);
    const handler = handlers?.[name] as
      | ((request: unknown, context: { signal: AbortSignal; handle: unknown }) => unknown)
      | undefined;
    Promise.resolve()
      .then(() => handler?.(request, { signal: controller.signal, handle }))
      .then(
        (reply) => tell({ kind: 'reply', id, reply }),
        (error: unknown) => tell({ kind: 'failure', id, error: remote(error) }),
      )
      .finally(() => calls.delete(id));
  });
  tell({ kind: 'booted' });
}

async function startNode(options: AgentOptions): Promise<CallHandlers> {
  const { tools } = findTools();
  const rootless = process.env.EMBEDDED_ROOTLESS === '1';
  const store = new ObjectStore({
    namespace: options.namespace,
    newUid: randomUUID,
    now: () => new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  });
  const [, , startKubeApi] = await Promise.all([
    prepareNodeFiles(tools),
    setUpNodeNetwork(tools),
    prepareKubeApi(),
  ]);
  writeInitScript();
  let serial = 0;
  const node: NodeContext = {
    store,
    tools,
    rootless,
    images: new ImageStore({
      tools,
      rootless,
      nodeProgram: options.nodeProgram,
      map: options.images,
    }),
    podAddresses: new AddressPool(podCidr, 5),
    fifos: new FifoPool(tools),
    machines: new Machines(options.nodeLoss, () => performance.now()),
    nextSerial: () => ++serial,
    log: (line) => tell({ kind: 'log', line }),
  };
  const kubelet = new Kubelet(node);
  startServiceProxy(store, tools, node.log);
  startControlLoop(store, {
    machines: node.machines,
    nowMs: Date.now,
    newSuffix: () =>
      randomBytes(8)
        .toString('base64url')
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '')
        .slice(0, 5)
        .padEnd(5, '0'),
  });
  await startDns(store);
  await startKubeApi(store, (pod) => refreshVolumes(store, pod, !rootless), node.log);
  const clusterIps = new AddressPool(serviceCidr, 20);
  const loadBalancerIps = new AddressPool(loadBalancerCidr, 1);
  createNodes(store, options.nodes);
  return callHandlers(node, kubelet, {
    clusterIp: () => clusterIps.take(),
    loadBalancerIp: () => loadBalancerIps.take(),
  });
}

function tell(message: FromAgent): void {
  if (process.connected) process.send?.(message);
}

function remote(error: unknown): RemoteError {
  const type = error instanceof UsageError ? 'usage' : 'infrastructure';
  const known = error instanceof Error && error.name !== 'Error' && error.name !== 'TypeError';
  return {
    type,
    deadline:
      error instanceof DeadlineError
        ? { what: error.what, waitedMs: error.waitedMs, lastSeen: error.lastSeen }
        : null,
    message: known
      ? describeError(error)
      : `embedded node: ${error instanceof Error ? error.stack : String(error)}`,
  };
}
