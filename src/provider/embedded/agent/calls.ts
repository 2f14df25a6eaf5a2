import type { Server } from 'node:net';
import { DeadlineError, InfrastructureError } from '../../../model/errors.ts';
import type { KubeObject } from '../../provider.ts';
import type { AgentCalls, CallName } from '../protocol.ts';
import {
  type AddressSource,
  applyObjects,
  deleteClaimsOf,
  deletePodByUid,
  findPod,
  listSince,
  releaseHold,
  removeMatching,
} from './api-server.ts';
import type { ContainerRunner } from './container/container-runner.ts';
import { evictPod } from './controllers/disruption.ts';
import type { Kubelet } from './kubelet/kubelet.ts';
import type { NodeContext } from './kubelet/node-context.ts';
import { serveLoadBalancer } from './network/load-balancer.ts';
import type { PodSpec } from './store/pod-objects.ts';
import type { ObjectStore } from './store/store.ts';

export type CallHandlers = {
  [Name in CallName]: (
    request: AgentCalls[Name]['request'],
    context: { readonly signal: AbortSignal; readonly handle: unknown },
  ) => Promise<AgentCalls[Name]['reply']> | AgentCalls[Name]['reply'];
};

/** What the agent does for each call of the tool. */
export function callHandlers(
  node: NodeContext,
  kubelet: Kubelet,
  addresses: AddressSource,
): CallHandlers {
  const { store } = node;
  const ignored = new Set<string>();
  const images = new Set<string>();

  const runnerOf = (podName: string, container: string): ContainerRunner => {
    const pod = store.get('Pod', podName);
    if (!pod) throw new InfrastructureError(`pod ${podName} does not exist`);
    const names = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((c) => c.name);
    if (!names.includes(container)) {
      throw new InfrastructureError(
        `pod ${podName} has no container ${container}; it has ${names.join(', ')}`,
      );
    }
    const runner = kubelet.container(pod, container);
    if (runner) return runner;
    throw new InfrastructureError(
      `container ${container} of pod ${podName} has not been started; the pod is ${pod.status.phase}`,
    );
  };

  return {
    apply: async ({ objects }) => {
      const oneNode = store.list('Node').length === 1;
      for (const field of applyObjects(store, objects, addresses)) {
        if (oneNode || !isSchedulingField(field)) ignored.add(field);
      }
      for (const reference of objects.flatMap(imagesOf)) {
        const image = await node.images.get(reference);
        if (typeof image !== 'string') images.add(image.description);
      }
      const lines = [...ignored].map((field) => `accepted without effect: ${field}`);
      return { fidelity: [...[...images].sort(), ...lines.sort()] };
    },
    remove: ({ selector }) => {
      removeMatching(store, selector);
      return null;
    },
    list: (request) => listSince(store, request),
    exec: async ({ pod, container, argv, stdin, timeoutMs }, { signal }) => {
      const runner = runnerOf(pod, container);
      const running = runner.exec(argv, { timeoutMs, signal, ...(stdin ? { stdin } : {}) });
      if (!running) {
        throw new InfrastructureError(
          `container ${container} of pod ${pod} is not running: ${JSON.stringify(runner.status.state)}`,
        );
      }
      const outcome = await running;
      if (outcome.timedOut) {
        const written = outcome.stderr.length > 0 ? outcome.stderr : outcome.stdout;
        const what = `${argv.join(' ')} in ${pod}/${container}, now killed`;
        throw new DeadlineError(what, timeoutMs, written.toString().slice(-300) || '(no output)');
      }
      return outcome;
    },
    logs: ({ pod, container, previous, timestamps }) => {
      const present = store.get('Pod', pod);
      const started = present && kubelet.container(present, container);
      if (!started) {
        runnerExists(present?.spec, pod, container);
        return '';
      }
      return started.log(previous)?.text({ timestamps }) ?? '';
    },
    deletePod: ({ name, uid, graceSeconds, hold }) => {
      return deletePodByUid(store, { name, uid }, graceSeconds, hold);
    },
    evictPod: (pod) => evictPod(store, findPod(store, pod)),
    deleteClaims: (pod) => deleteClaimsOf(store, pod),
    signalProcess: ({ name, uid, container, signal }) => {
      findPod(store, { name, uid });
      const { pid } = runnerOf(name, container);
      if (pid) process.kill(pid, signal);
      else throw new InfrastructureError(`container ${container} of pod ${name} is not running`);
      return null;
    },
    breakNode: async ({ node: name, how }) => {
      await kubelet.breakNode(lostNode(store, name), how);
      return null;
    },
    healNode: async ({ node: name }) => {
      await kubelet.healNode(name);
      return null;
    },
    release: (hold) => {
      releaseHold(store, hold);
      return null;
    },
    serve: ({ service, portName }, { handle }) => {
      serveLoadBalancer(store, handle as Server, service, portName);
      return null;
    },
  };
}

/** Fields that only have a meaning with a choice of nodes. */
function isSchedulingField(field: string): boolean {
  return /\.(affinity|nodeSelector|tolerations|topologySpreadConstraints)$/.test(field);
}

/** @throws InfrastructureError when there is no such node, or none left to notice its loss */
function lostNode(store: ObjectStore, name: string): string {
  const names = store.list('Node').map(({ metadata }) => metadata.name);
  if (names.includes(name) && names[0] !== name) return name;
  throw new InfrastructureError(
    names.length === 1
      ? 'there is only one node, and it runs the control plane; run with --nodes 2 or more to lose one'
      : `node ${name} cannot be lost; the workers are ${names.slice(1).join(', ')}`,
  );
}

function runnerExists(spec: PodSpec | undefined, pod: string, container: string): void {
  if (!spec) throw new InfrastructureError(`pod ${pod} does not exist`);
  const names = [...(spec.initContainers ?? []), ...spec.containers].map(({ name }) => name);
  if (names.includes(container)) return;
  throw new InfrastructureError(
    `pod ${pod} has no container ${container}; it has ${names.join(', ')}`,
  );
}

/** Images of a pod or of a controller's template. */
function imagesOf(object: KubeObject): string[] {
  const spec = (object.spec ?? {}) as PodSpec & { template?: { spec?: PodSpec } };
  const pod = spec.template?.spec ?? (object.kind === 'Pod' ? spec : undefined);
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].map(({ image }) => image);
}
