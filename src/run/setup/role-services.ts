import type { KubeObject } from '../../model/kube-object.ts';
import { isCalledMasters } from '../../rules/master-service.ts';
import { leadsToServers } from './redis-service.ts';
import { partOf, type ServerChoice } from './setup.ts';

/** Labels that Kubernetes itself puts on a pod of a workload: they tell which one it is, not what it does. */
const ofKubernetes: ReadonlySet<string> = new Set([
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'controller-revision-hash',
  'pod-template-hash',
]);

/**
 * Services that select Redis pods by a label which their workload does not give them: somebody (a sidecar, an
 * operator) puts it on the pods that have a role, and takes it off again. And those that are called the
 * master's and select several pods without asking for a role: most of their connections reach a replica.
 */
export function roleServices(
  objects: readonly KubeObject[],
  selector: ServerChoice,
): ReadonlySet<string> {
  const templates = objects.flatMap((object) => {
    const { template, replicas = 1 } = (object.spec ?? {}) as {
      readonly template?: KubeObject;
      readonly replicas?: number;
    };
    if (!template?.spec || partOf(template, selector) !== 'redis') return [];
    return [{ object, labels: template.metadata?.labels ?? {}, replicas }];
  });
  return new Set(
    objects
      .filter(({ kind }) => kind === 'Service')
      .filter((service) => {
        const { metadata, spec } = service;
        const { selector = {}, clusterIP } = spec as {
          readonly selector?: Readonly<Record<string, string>>;
          readonly clusterIP?: string;
        };
        const wanted = Object.entries(selector);
        const byRole = templates.some(({ labels }) => {
          const given = wanted.filter(([key, value]) => labels[key] === value);
          const put = wanted.filter(([key]) => !(key in labels) && !ofKubernetes.has(key));
          return put.length > 0 && given.length > 0 && given.length + put.length === wanted.length;
        });
        // a headless one gives the pods of a StatefulSet their names, whatever it is called
        if (byRole || clusterIP === 'None' || !isCalledMasters(metadata.name)) return byRole;
        const selected = templates.filter(
          ({ labels }) =>
            wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value),
        );
        const pods = selected.reduce((sum, { replicas }) => sum + replicas, 0);
        return (
          pods > 1 &&
          leadsToServers(
            service,
            selected.map(({ object }) => object),
          )
        );
      })
      .map(({ metadata }) => metadata.name),
  );
}
