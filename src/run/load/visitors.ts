import { podTemplatePath } from '../../kube/pod-template.ts';
import type { Visitor } from '../../model/event.ts';
import { valueAt } from '../../model/json-value.ts';
import type { KubeObject } from '../../model/kube-object.ts';
import type { ServicePort } from '../setup/service-ports.ts';

interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port: number | string };
  readonly periodSeconds?: number;
}

interface Container {
  readonly name: string;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

/** The kubelet's probes that are hits of the page: their path is the page's, their port its target. */
export function probesThatHit(
  objects: readonly KubeObject[],
  service: KubeObject,
  port: ServicePort,
  path: string,
): readonly Visitor[] {
  const { selector = {} } = service.spec as { selector?: Readonly<Record<string, string>> };
  return objects.flatMap((object) => {
    const at = podTemplatePath(object);
    const template = at === null ? null : (valueAt(object, at) as KubeObject | undefined);
    const labels = template?.metadata?.labels ?? {};
    const selected = Object.entries(selector).every(([key, value]) => labels[key] === value);
    if (!template || !selected || Object.keys(selector).length === 0) return [];
    const { containers = [] } = template.spec as { containers?: readonly Container[] };
    const { replicas = 1 } = object.spec as { replicas?: number };
    return containers.flatMap((container) =>
      (['readinessProbe', 'livenessProbe'] as const).flatMap((kind): Visitor[] => {
        const probe = container[kind];
        if (!probe?.httpGet || !isPage(probe.httpGet, container, port, path)) return [];
        // the kubelet's default (Kubernetes API reference, Probe)
        const periodMs = (probe.periodSeconds ?? 10) * 1000;
        const name = `${kind} of ${object.metadata.name}/${container.name}`;
        return [{ name, count: replicas, periodMs }];
      }),
    );
  });
}

function isPage(
  get: { readonly path?: string; readonly port: number | string },
  container: Container,
  { targetPort }: ServicePort,
  path: string,
): boolean {
  const number = (port: number | string) =>
    container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
  const bare = (text: string) => text.replace(/[?#].*$/, '');
  return bare(get.path ?? '/') === bare(path) && number(get.port) === number(targetPort);
}
