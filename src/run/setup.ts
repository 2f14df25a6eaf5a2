import { UsageError } from '../model/errors.ts';
import type { PodEvent } from '../model/event.ts';
import type { KubeObject } from '../model/kube-object.ts';
import type { TopologyName } from '../model/plan.ts';

/** What is deployed and how its parts are told apart. Made before anything is touched. */
export interface Setup {
  /** Null until it is read from the servers. */
  readonly topology: TopologyName;
  /** True for the shipped manifests, whose keys and names are ours to choose. */
  readonly shipped: boolean;
  /** The one namespace the run works in. */
  readonly namespace: string;
  /** Everything to apply, run labels and images in place, the observer among them. */
  readonly objects: readonly KubeObject[];
  /** `redis-k8s-chaos/run=ID`: selects all of the above and nothing else. */
  readonly runSelector: string;
  /** The hit-counter's LoadBalancer Service, and whether the app behind it is ours. */
  readonly app: { readonly service: string; readonly own: boolean; readonly pattern: RegExp };
  readonly observerService: string;
  /** Container name → client port, of the containers that run the servers. */
  readonly redisPorts: ReadonlyMap<string, number>;
  /** The plan's selector of the Redis pods; null: they are told by their looks. */
  readonly selector: LabelSelector | null;
  /** The servers' password; null without one. */
  readonly password: string | null;
  /** One line each: mapped images, fields passed over. */
  readonly remarks: readonly string[];
}

/** Label of the pods that we add ourselves: `app` or `observer`. */
export const partLabel = 'redis-k8s-chaos/part';

/** Redis Cluster's client port where the manifests name no other. */
export const redisPort = 6379;

interface ContainerSpec {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
}

/**
 * Which container of a pod is the Redis server, and on which port; null when none looks like one.
 * By what it declares (port 6379, or a port named `redis` or `client` beside a Redis image), since a
 * server that crashes answers nothing.
 */
export function redisContainer(
  pod: KubeObject,
): { readonly name: string; readonly port: number } | null {
  const spec = pod.spec as { containers?: readonly ContainerSpec[] } | undefined;
  for (const container of spec?.containers ?? []) {
    if (container.ports?.some((port) => port.containerPort === redisPort)) {
      return { name: container.name, port: redisPort };
    }
  }
  for (const container of spec?.containers ?? []) {
    if (serverImage.test(container.image ?? '') && !runsClient(container)) {
      const named = container.ports?.find(
        (port) => port.name === 'redis' || port.name === 'client',
      );
      return { name: container.name, port: named?.containerPort ?? redisPort };
    }
  }
  return null;
}

/** The same where the plan's selector says that it is one: then the first container will do. */
export function selectedContainer(
  pod: KubeObject,
): { readonly name: string; readonly port: number } | null {
  const spec = pod.spec as { containers?: readonly ContainerSpec[] } | undefined;
  const [first] = spec?.containers ?? [];
  if (!first) return null;
  return (
    redisContainer(pod) ?? { name: first.name, port: first.ports?.[0]?.containerPort ?? redisPort }
  );
}

/** The server's image is the client's too: `redis-cli` in its command, and no server, is a client. */
function runsClient({ command, args }: ContainerSpec): boolean {
  const words = [...(command ?? []), ...(args ?? [])].join(' ');
  return (
    /\b(redis|valkey)-(cli|benchmark)\b/.test(words) && !/\b(redis|valkey)-server\b/.test(words)
  );
}

/** Last part of an image's repository that names a server: `redis:8`, `bitnami/redis-cluster:7`. */
const serverImage =
  /(^|\/)(redis|redis-cluster|redis-stack|redis-stack-server|valkey|valkey-cluster|keydb)(:|@|$)/;

/**
 * Whose pod it is: ours by label, else Redis by the plan's selector or, without one, by its looks. What a
 * Job runs ends by itself: no server, whatever its image.
 */
export function partOf(pod: KubeObject, selector: LabelSelector | null): PodEvent['part'] {
  const labels = pod.metadata?.labels ?? {};
  const ours = labels[partLabel];
  if (ours === 'app' || ours === 'observer') return ours;
  const ofJob = pod.metadata?.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false;
  if (ofJob) return 'other';
  if (selector === null) return redisContainer(pod) === null ? 'other' : 'redis';
  return [...selector].every(([key, value]) => labels[key] === value) ? 'redis' : 'other';
}

export type LabelSelector = ReadonlyMap<string, string>;

/** Parses `app=redis,tier=cache`. @throws UsageError for what is not a list of equalities. */
export function parseSelector(text: string): LabelSelector {
  const pairs = text.split(',').map((part) => /^\s*([^\s=!]+)\s*==?\s*([^\s=!]*)\s*$/.exec(part));
  return new Map(
    pairs.map((match) => {
      if (!match) throw new UsageError(`selector ${text}: expected KEY=VALUE, separated by commas`);
      return [match[1] ?? '', match[2] ?? ''];
    }),
  );
}
