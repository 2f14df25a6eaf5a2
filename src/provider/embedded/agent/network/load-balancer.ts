import { connect, type Server, type Socket } from 'node:net';
import type { ObjectStore } from '../store/store.ts';
import { nodeIp } from './addresses.ts';
import { readyTargets } from './endpoints.ts';
import { affinitySecondsOf } from './service-proxy.ts';

/** A connection to a pod that is not made by then is given up, and the client's is reset. */
const connectTimeoutMs = 5000;

/**
 * Serves a Service's port to the host: the listening socket was made in the host's network
 * namespace and handed over; connections out leave from the node's. A client whose connection
 * cannot be served is reset, as kube-proxy does without endpoints.
 */
export function serveLoadBalancer(
  store: ObjectStore,
  server: Server,
  service: string,
  portName: string,
): void {
  const pick = targetPicker(store, service);
  server.on('connection', (client: Socket) => {
    client.on('error', () => client.destroy());
    const targets = readyTargets(store, service, portName);
    const target = pick(targets, client.remoteAddress ?? '');
    if (!target) return reset(client);
    const pod = connect({
      host: target.ip,
      port: target.port,
      localAddress: nodeIp, // the gateway's is that of the kubelets' probes: see cutRules
      noDelay: true,
      allowHalfOpen: true,
    });
    client.setNoDelay(true);
    client.allowHalfOpen = true;
    pod.setTimeout(connectTimeoutMs, () => pod.destroy(new Error('no connection in time')));
    pod.once('connect', () => pod.setTimeout(0));
    pod.on('error', () => reset(client));
    client.on('error', () => reset(pod));
    client.on('close', () => pod.destroySoon());
    pod.on('close', () => client.destroySoon());
    client.pipe(pod);
    pod.pipe(client);
  });
}

type Target = ReturnType<typeof readyTargets>[number];

/** A random one; with session affinity the client's last one, while it is ready. */
function targetPicker(store: ObjectStore, name: string) {
  const last = new Map<string, { readonly target: Target; readonly untilMs: number }>();
  return (targets: readonly Target[], client: string): Target | undefined => {
    const random = targets[Math.floor(Math.random() * targets.length)];
    const service = store.get('Service', name);
    const seconds = service ? affinitySecondsOf(service) : null;
    if (seconds === null) return random;
    const known = last.get(client);
    const kept =
      known && performance.now() < known.untilMs
        ? targets.find(({ ip, port }) => ip === known.target.ip && port === known.target.port)
        : undefined;
    const target = kept ?? random;
    if (target) last.set(client, { target, untilMs: performance.now() + seconds * 1000 });
    return target;
  };
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
