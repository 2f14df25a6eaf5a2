import { UsageError } from '../../model/errors.ts';
import type { PodEvent } from '../../model/event.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import type { TopologyName } from '../../model/plan.ts';

/** What is deployed and how its parts are told apart. Made before anything is touched. */
export interface Setup {
  /** Null until it is read from the servers. */
  readonly topology: TopologyName | null;
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
  /**
   * Client port by `WORKLOAD/CONTAINER`, and by container alone, of the containers that run the servers:
   * two workloads may have containers of one name on ports of their own.
   */
  readonly redisPorts: ReadonlyMap<string, number>;
  /** The same of the containers that run a Sentinel. */
  readonly sentinelPorts: ReadonlyMap<string, number>;
  /** The plan's selector of the Redis pods, or how they are told by their looks. */
  readonly selector: ServerChoice;
  /** The servers' password; null without one. */
  readonly password: string | null;
  /** The ACL user whose it is; null: the default user. */
  readonly user: string | null;
  /** The Sentinels', where they are known to ask for one. */
  readonly sentinelPassword: string | null;
  /** One line each: mapped images, fields passed over. */
  readonly remarks: readonly string[];
}

/** Label of the pods that we add ourselves, `app` or `observer`, and of those under test, `redis` or `sentinel`. */
export const partLabel = 'redis-k8s-chaos/part';

/** Redis Cluster's client port where the manifests name no other. */
export const redisPort = 6379;
/** Sentinel's port where the manifests name no other (sentinel.c: REDIS_SENTINEL_PORT). */
export const sentinelPort = 26_379;
/** From a node's client port to its bus port. */
const busOffset = 10_000;

interface ContainerSpec {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
}

/**
 * Which container of a pod is the Redis server, and on which port; null when none looks like one.
 * By what runs there (a server's image or program), else by what it declares (port 6379), since a
 * server that crashes answers nothing.
 */
export function redisContainer(
  pod: KubeObject,
): { readonly name: string; readonly port: number } | null {
  const containers = containersOf(pod);
  const declares = (container: ContainerSpec) =>
    container.ports?.some((port) => port.containerPort === redisPort) ?? false;
  const named = containers.filter(namesServer);
  const found = named.find(declares) ?? named[0] ?? containers.find(declares);
  return found ? { name: found.name, port: portOf(found) } : null;
}

function containersOf(pod: KubeObject): readonly ContainerSpec[] {
  return (pod.spec as { containers?: readonly ContainerSpec[] } | undefined)?.containers ?? [];
}

/** Whether an image or a command says that a Redis server runs in a pod, and not its port alone. */
export function runsServer(pod: KubeObject): boolean {
  return containersOf(pod).some(namesServer);
}

function namesServer(container: ContainerSpec): boolean {
  const words = wordsOf(container);
  if (sentinelWords.test(words) || declaresSentinel(container)) return false;
  const byImage = serverImage.test(container.image ?? '') && !runsClient(container);
  return byImage || serverProgram.test(words);
}

/**
 * Where it listens: the argument `--port`, else 6379 where that is declared, else a port named for
 * clients, else the first declared one that is not the bus of another (cluster.h: port + 10000).
 */
function portOf(container: ContainerSpec): number {
  const declared = container.ports ?? [];
  const numbers = declared.map(({ containerPort }) => containerPort);
  const argument = Number(/(?:^|\s)--port[ =]+(\d+)(?:\s|$)/.exec(wordsOf(container))?.[1] ?? 0);
  if (argument > 0) return argument;
  if (numbers.includes(redisPort)) return redisPort;
  const named = declared.find(({ name }) => name === 'redis' || name === 'client');
  const isBus = (port: number) => numbers.includes(port - busOffset);
  return named?.containerPort ?? numbers.find((port) => !isBus(port)) ?? redisPort;
}

function wordsOf({ command, args }: ContainerSpec): string {
  return [...(command ?? []), ...(args ?? [])].join(' ');
}

/** How a server is told to be a Sentinel. */
const sentinelWords = /\b(redis|valkey)-sentinel\b|--sentinel\b/;
const sentinelImage = /(^|\/)(redis|valkey)-sentinel(:|@|$)/;

/** Sentinel's port and not a data server's: whatever its script is called, a Sentinel runs there. */
function declaresSentinel({ ports = [] }: ContainerSpec): boolean {
  const declares = (wanted: number) => ports.some(({ containerPort }) => containerPort === wanted);
  return declares(sentinelPort) && !declares(redisPort);
}

/** Which container of a pod is a Sentinel, and on which port; null when none looks like one. */
export function sentinelContainer(
  pod: KubeObject,
): { readonly name: string; readonly port: number } | null {
  const found = containersOf(pod).find(
    (container) =>
      declaresSentinel(container) ||
      sentinelWords.test(wordsOf(container)) ||
      (sentinelImage.test(container.image ?? '') && !runsClient(container)),
  );
  if (!found) return null;
  const argument = Number(/(?:^|\s)--port[ =]+(\d+)(?:\s|$)/.exec(wordsOf(found))?.[1] ?? 0);
  const named = found.ports?.find(({ name }) => name !== undefined && /sentinel/.test(name));
  const [only, ...more] = found.ports ?? [];
  const single = only !== undefined && more.length === 0 ? only.containerPort : sentinelPort;
  const declared = declaresSentinel(found) ? sentinelPort : (named?.containerPort ?? single);
  return { name: found.name, port: argument > 0 ? argument : declared };
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
function runsClient(container: ContainerSpec): boolean {
  const words = wordsOf(container);
  return (
    /\b(redis|valkey)-(cli|benchmark)\b/.test(words) && !/\b(redis|valkey)-server\b/.test(words)
  );
}

/** The program as a shell or the kernel is told to start it: not a host of that name. */
const serverProgram = /(?:^|\bexec\s+|[;&|({]\s*|\/|-c\s+)(redis|valkey)-server\b/;

/** Last part of an image's repository that names a server: `redis:8`, `bitnami/redis-cluster:7`. */
const serverImage =
  /(^|\/)(redis|redis-cluster|redis-stack|redis-stack-server|valkey|valkey-cluster|keydb)(:|@|$)/;

/**
 * Whose pod it is: by our label, else (an operator made it) Redis by the plan's selector or, without one,
 * by its looks. What a Job runs ends by itself: no server, whatever its image.
 */
export function partOf(pod: KubeObject, selector: ServerChoice): PodEvent['part'] {
  const labels = pod.metadata?.labels ?? {};
  const ours = labels[partLabel];
  if (ours === 'app' || ours === 'observer' || ours === 'redis' || ours === 'sentinel') return ours;
  const ofJob = pod.metadata?.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false;
  if (ofJob) return 'other';
  const isRedis =
    selector === 'named'
      ? runsServer(pod)
      : selector === null
        ? redisContainer(pod) !== null
        : [...selector].every(([key, value]) => labels[key] === value) && !sentinelAlone(pod);
  if (isRedis) return 'redis';
  return sentinelContainer(pod) === null ? 'other' : 'sentinel';
}

/** A pod of Sentinels may carry the labels that select the servers. */
function sentinelAlone(pod: KubeObject): boolean {
  return sentinelContainer(pod) !== null && redisContainer(pod) === null;
}

export type LabelSelector = ReadonlyMap<string, string>;

/**
 * How the Redis pods are told: by the plan's labels; `named`: by what runs in them, because some say so,
 * and then one that only declares the port is a proxy in front; null: by the port as well.
 */
export type ServerChoice = LabelSelector | 'named' | null;

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
