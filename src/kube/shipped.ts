import { randomBytes } from 'node:crypto';
import { InfrastructureError, UsageError } from '../model/errors.ts';
import { asMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import type { SetupPlan, TopologyName } from '../model/plan.ts';
import { withSourceOf } from './manifest-source.ts';
import { parseManifests } from './manifest-text.ts';
import { readPodBundle, readShipped } from './shipped-files.ts';

/** Node timeout that the shipped manifests' text has. */
export const shippedNodeTimeoutMs = 5000;

/** Where the shipped manifests of a topology want their password. */
type SecretPlace = Extract<SetupPlan['auth'], { readonly kind: 'secret' }>;

/** The files do not hold the Secret itself: a password that everybody can read is none. */
const secretPlaces: Readonly<Partial<Record<TopologyName, SecretPlace>>> = {
  'cluster-auth': { kind: 'secret', name: 'redis-cluster-auth', key: 'password' },
  sentinel: { kind: 'secret', name: 'redis-sentinel-auth', key: 'password' },
};

/** The Secret that a shipped topology's servers take their password from; null: they ask for none. */
export function shippedSecret(topology: TopologyName): SecretPlace | null {
  return secretPlaces[topology] ?? null;
}

interface ShippedOptions {
  readonly nodeTimeoutMs: number;
  /** Of the topologies that ask for one; null or left out: a new one, that nobody knows. */
  readonly password?: string | null;
}

/**
 * The Redis part of a shipped topology, with its node timeout (Sentinel: down-after) set, and its Secret.
 * @throws UsageError for a topology that this version does not ship.
 */
export async function shippedManifests(
  topology: TopologyName,
  { nodeTimeoutMs, password = null }: ShippedOptions,
): Promise<KubeObject[]> {
  const objects = parseManifests(await shippedText(topology), `manifests/${topology}.yaml`);
  const place = shippedSecret(topology);
  const secrets = place === null ? [] : [secretAt(place, password ?? newPassword())];
  // a single server waits for nobody
  if (topology === 'standalone') return [...secrets, ...objects];
  return [...secrets, ...withNodeTimeout(objects, nodeTimeoutMs)];
}

function secretAt({ name, key }: SecretPlace, password: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { [key]: password } };
}

/** Not of the seed: that is printed. */
function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/** The text of a shipped topology as it is in the file, for people. */
export async function shippedText(topology: TopologyName): Promise<string> {
  const text = await readShipped(topology);
  if (text === null) {
    throw new UsageError(
      `topology ${topology} is not in this version: it has no shipped manifests`,
    );
  }
  return text;
}

/** Our app: Deployment, Service `hit-counter-lb`, and the ConfigMap with its program. */
export async function hitCounterManifests(): Promise<KubeObject[]> {
  return [await podProgram(), ...(await partManifests('hit-counter'))];
}

/** The observer; it runs the program of `hitCounterManifests`' ConfigMap, which comes along. */
export async function observerManifests(): Promise<KubeObject[]> {
  return [await podProgram(), ...(await partManifests('observer'))];
}

/** What `manifests TOPOLOGY` prints: the Redis part and the app. */
export async function shippedTextWithApp(topology: TopologyName): Promise<string> {
  const parts = [await shippedText(topology), await readPart('hit-counter')];
  return parts.map((part) => `${part.trimEnd()}\n`).join('---\n');
}

async function partManifests(name: 'hit-counter' | 'observer'): Promise<KubeObject[]> {
  return parseManifests(await readPart(name), `manifests/${name}.yaml`);
}

async function readPart(name: 'hit-counter' | 'observer'): Promise<string> {
  const text = await readShipped(name);
  if (text !== null) return text;
  throw new InfrastructureError(
    `manifests/${name}.yaml is missing; the installation is not complete`,
  );
}

async function podProgram(): Promise<KubeObject> {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'hit-counter-app', labels: { app: 'myapp' } },
    data: { 'pod.cjs': await readPodBundle() },
  };
}

/** The setting's line in redis.conf, or in sentinel.conf. */
const timeoutLine = /^(cluster-node-timeout|sentinel down-after-milliseconds \S+) \d+$/gm;

function withNodeTimeout(objects: readonly KubeObject[], nodeTimeoutMs: number): KubeObject[] {
  if (!Number.isInteger(nodeTimeoutMs) || nodeTimeoutMs <= 0) {
    throw new UsageError(`node timeout ${nodeTimeoutMs} ms: expected a whole number above 0`);
  }
  let changed = 0;
  const result = objects.map((object) => {
    if (object.kind !== 'ConfigMap') return object;
    const data = Object.entries(asMap(object.data)).map(([name, text]) => {
      if (typeof text !== 'string') return [name, text];
      const set = text.replace(timeoutLine, (_, setting: string) => {
        changed++;
        return `${setting} ${nodeTimeoutMs}`;
      });
      return [name, set];
    });
    return withSourceOf({ ...object, data: Object.fromEntries(data) }, object);
  });
  if (changed === 0) {
    throw new InfrastructureError('the shipped manifests hold no node timeout to set');
  }
  return result;
}
