import { hitCounterManifests } from '../../kube/shipped.ts';
import { UsageError } from '../../model/errors.ts';
import { changeAt } from '../../model/json-value.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import type { TopologyName } from '../../model/plan.ts';
import { redisService, sentinelService } from './redis-service.ts';

/** What our hit-counter is to connect to, as the manifests have it. */
export interface Theirs {
  readonly theirs: readonly KubeObject[];
  /** Workloads of data servers. */
  readonly redis: readonly KubeObject[];
  /** Workloads with a Sentinel in their pods. */
  readonly sentinels: readonly KubeObject[];
  readonly topology: TopologyName | null;
}

/**
 * Our hit-counter, pointed at the user's Redis the way an app finds it: through the Sentinels where there are
 * some, else through any Service that selects the servers' pods.
 * @throws UsageError without such a Service.
 */
export async function ownAppObjects(given: Theirs): Promise<KubeObject[]> {
  const variables = connection(given);
  return (await hitCounterManifests()).map((object) =>
    object.kind === 'Deployment'
      ? (changeAt(object, ['spec', 'template', 'spec', 'containers'], (containers) =>
          (containers as readonly Container[]).map((container) => ({
            ...container,
            env: [
              ...(container.env ?? []).filter(({ name }) => !name.startsWith('REDIS_')),
              ...Object.entries(variables).map(([name, value]) => ({ name, value })),
            ],
          })),
        ) as KubeObject)
      : object,
  );
}

interface Container {
  readonly env?: readonly { readonly name: string }[];
}

function connection(given: Theirs): Readonly<Record<string, string>> {
  const { theirs, redis, sentinels } = given;
  if (sentinels.length > 0) {
    const service = sentinelService(theirs, sentinels);
    if (service === null) {
      throw new UsageError(
        'no Service leads to the Sentinels, so the hit-counter could not ask them; add one (or an app of your own behind a Service named hit-counter-lb)',
      );
    }
    return {
      REDIS_MODE: 'sentinel',
      REDIS_SENTINELS: `${service.name}:${service.port}`,
    };
  }
  const host = redisService(theirs, redis);
  if (host === null) {
    throw new UsageError(
      'no Service selects the Redis pods, so the hit-counter could not find them; add one (or an app of your own behind a Service named hit-counter-lb)',
    );
  }
  return {
    REDIS_MODE: inClusterMode(given) ? 'cluster' : 'single',
    REDIS_HOST: host.name,
    REDIS_PORT: String(host.port),
  };
}

/** Servers in cluster mode say so somewhere: in their arguments, their configuration or their image. */
function inClusterMode({ theirs, topology }: Theirs): boolean {
  if (topology !== null) return topology === 'cluster' || topology === 'cluster-auth';
  const text = JSON.stringify(theirs.filter(({ kind }) => kind !== 'Service'));
  return /cluster/i.test(text.replaceAll(/cluster\.local|clusterIP|ClusterRole\w*/g, ''));
}
