import { once } from 'node:events';
import { createServer } from 'node:net';
import { formatMs } from '../../model/duration.ts';
import { InfrastructureError } from '../../model/errors.ts';
import { waitFor } from '../../platform/wait.ts';
import { capabilitiesOf } from '../capabilities.ts';
import type { KubeObject, Provider, UndoLog } from '../provider.ts';
import { type NodeLossTimings, realNodeLoss } from './agent/machines.ts';
import { agentCommand } from './agent-command.ts';
import { listingByVersion } from './listing.ts';
import { isRootless } from './namespaces.ts';
import { NodeProcess } from './node-process.ts';

export interface EmbeddedOptions {
  readonly namespace: string;
  readonly undo: UndoLog;
  /** The Node that images named `node` stand for, and so the pods' own. */
  readonly nodeProgram: string;
  /** `from`: an image's name, with or without tag; `to`: another name, or a local program's path. */
  readonly images: readonly { readonly from: string; readonly to: string }[];
  /** How many nodes to play; 1 where it is left out. */
  readonly nodes?: number;
  /** When a lost node is given up; as on a real cluster where it is left out. */
  readonly nodeLoss?: { readonly [K in keyof NodeLossTimings]: number | null };
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Arguments for Node that start the agent; by default found out (agent-command.ts). */
  readonly agent?: readonly string[];
}

/** What is never like a real cluster here, whatever is applied. */
const alwaysMissing: readonly string[] = [
  'pods are processes in Linux namespaces; resources are not limited',
  "the host's /usr is every image's /usr, read-only; there is no registry",
  'through the Kubernetes API pods read objects and change labels and annotations of pods, nothing else',
  'there is no network outside the cluster',
  'LoadBalancer Services are reached at 127.0.0.1, a port of its own each; without endpoints a connection is reset',
];
/** What `--nodes` brings and what it does not. */
function nodesMissing(nodes: number, { notReadyAfterMs, evictAfterMs }: NodeLossTimings): string[] {
  if (nodes === 1)
    return ['one node: every pod is on it, whatever its affinity and tolerations say'];
  const times = `NotReady after ${formatMs(notReadyAfterMs)} (40 s on a cluster), its pods deleted ${formatMs(evictAfterMs)} later (300 s)`;
  return [`${nodes} nodes, played by one process on one kernel; a lost one: ${times}`];
}

const rootlessMissing =
  'run as a plain user: every container runs as that user; runAsUser, runAsGroup and fsGroup have no effect';

/** Behind a Service nobody is ready before its pod has started, which without CPU takes its time, ms. */
const endpointTimeoutMs = 120_000;

/**
 * Opens a Kubernetes in miniature on this machine: one node, pods as real processes in namespaces of
 * their own. Everything ends with `dispose`, with the abort signal while it starts, and with the
 * death of this process; nothing is left on the host.
 * @throws InfrastructureError when this machine cannot do it (see probeEmbedded for the reasons)
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Provider> {
  const { namespace, nodeProgram, images, log, signal, undo } = options;
  const { nodes = 1 } = options;
  const nodeLoss = {
    notReadyAfterMs: options.nodeLoss?.notReadyAfterMs ?? realNodeLoss.notReadyAfterMs,
    evictAfterMs: options.nodeLoss?.evictAfterMs ?? realNodeLoss.evictAfterMs,
  };
  const command = options.agent ?? agentCommand();
  const agent = await NodeProcess.start({
    ...{ namespace, nodeProgram, images, nodes, nodeLoss },
    ...{ log, signal, command },
  });
  const undoId = await undo.record({ kind: 'embedded-node', ...agent.identity });
  const endpoints = new Map<string, Promise<number>>();
  let fidelity: readonly string[] = [];
  let disposed = false;

  const list = listingByVersion((request, abort) => agent.call('list', request, abort));

  /** Listens on the host and hands the socket to the node; no connection can come in between. */
  const openPort = async (service: KubeObject, servicePort: number): Promise<number> => {
    const spec = service.spec as { ports?: { name?: string; port: number }[] };
    const server = createServer();
    server.listen(0, '127.0.0.1', 511);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      const portName = spec.ports?.find((entry) => entry.port === servicePort)?.name ?? '';
      const request = { service: service.metadata.name, portName };
      await agent.call('serve', request, signal, { handle: server });
    } finally {
      server.close();
    }
    return port;
  };

  return {
    name: 'embedded',
    namespace,
    capabilities: capabilitiesOf.embedded,
    environment: () => ({
      provider: 'embedded',
      kubernetes: 'embedded (imitates 1.34)',
      fidelity: [
        ...alwaysMissing,
        ...nodesMissing(nodes, nodeLoss),
        ...(isRootless() ? [rootlessMissing] : []),
        ...fidelity,
      ],
    }),
    apply: async (objects, abort) => {
      ({ fidelity } = await agent.call('apply', { objects }, abort));
    },
    remove: async (selector, abort) => {
      await agent.call('remove', { selector }, abort);
    },
    list,
    exec: async (pod, container, argv, { stdin, timeoutMs }, abort) => {
      const request = { pod, container, argv, stdin: stdin ?? null, timeoutMs };
      const result = await agent.call('exec', request, abort, { timeoutMs: timeoutMs + 5000 });
      return {
        exitCode: result.exitCode,
        stdout: Buffer.from(result.stdout),
        stderr: Buffer.from(result.stderr),
      };
    },
    logs: (pod, container, { previous = false, timestamps = false }, abort) =>
      agent.call('logs', { pod, container, previous, timestamps }, abort),
    deletePod: async ({ name, uid }, { graceSeconds, hold }, abort) => {
      // No undo of its own for a hold: it lives in the node's memory and ends with the node.
      return agent.call('deletePod', { name, uid, graceSeconds, hold }, abort);
    },
    evictPod: (pod, abort) => agent.call('evictPod', { ...pod }, abort),
    deleteClaims: (pod, abort) => agent.call('deleteClaims', { ...pod }, abort),
    signalProcess: async ({ name, uid }, container, signal, abort) => {
      await agent.call('signalProcess', { name, uid, container, signal }, abort);
    },
    breakNode: async (node, how, abort) => {
      await agent.call('breakNode', { node, how }, abort);
    },
    healNode: async (node, abort) => {
      await agent.call('healNode', { node }, abort);
    },
    release: async (hold, abort) => {
      await agent.call('release', hold, abort);
    },
    endpoint: async (name, abort, wantedPort) => {
      const service = await waitFor(
        {
          what: `an address of LoadBalancer Service ${name}`,
          timeoutMs: endpointTimeoutMs,
          everyMs: 50,
          signal: abort,
        },
        async () => {
          const services = await list('Service', null, abort);
          const found = services.find((candidate) => candidate.metadata.name === name);
          if (!found) return { done: false, seen: 'no such Service' };
          const type = (found.spec as { type?: string }).type;
          if (type !== 'LoadBalancer') {
            throw new InfrastructureError(
              `Service ${name} has type ${type}; only a LoadBalancer can be reached from outside`,
            );
          }
          return { done: true, value: found };
        },
      );
      const spec = service.spec as { ports?: readonly { readonly port: number }[] };
      const servicePort = wantedPort ?? spec.ports?.[0]?.port ?? 0;
      const key = `${name}:${servicePort}`;
      let port = endpoints.get(key);
      if (!port) {
        port = openPort(service, servicePort);
        endpoints.set(key, port);
        port.catch(() => endpoints.delete(key));
      }
      return { host: '127.0.0.1', port: await port };
    },
    keep() {}, // the node ends with the tool, whatever the plan says
    dispose: async () => {
      if (disposed) return;
      disposed = true;
      await agent.stop();
      await undo.done(undoId);
    },
  };
}
