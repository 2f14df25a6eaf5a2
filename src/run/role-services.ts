import type { KubeObject } from '../model/kube-object.ts';
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
 * operator) puts it on the pods that have a role, and takes it off again.
 */
export function roleServices(
  objects: readonly KubeObject[],
  selector: ServerChoice,
): ReadonlySet<string> {
  const templates = objects.flatMap((object) => {
    const template = (object.spec as { template?: KubeObject } | undefined)?.template;
    if (!template?.spec || partOf(template, selector) !== 'redis') return [];
    return [template.metadata?.labels ?? {}];
  });
  return new Set(
    objects
      .filter(({ kind }) => kind === 'Service')
      .filter(({ spec }) => {
        const wanted = Object.entries(
          (spec as { selector?: Readonly<Record<string, string>> }).selector ?? {},
        );
        return templates.some((labels) => {
          const given = wanted.filter(([key, value]) => labels[key] === value);
          const put = wanted.filter(([key]) => !(key in labels) && !ofKubernetes.has(key));
          return put.length > 0 && given.length > 0 && given.length + put.length === wanted.length;
        });
      })
      .map(({ metadata }) => metadata.name),
  );
}
