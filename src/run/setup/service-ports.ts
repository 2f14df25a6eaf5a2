import { UsageError } from '../../model/errors.ts';
import type { KubeObject } from '../../model/kube-object.ts';

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
}

/** Names that people give to a page's port, and to ports that have none. */
const pageNames = /^(https?|web|www|app|page|ui|front(end)?)\b/;
const otherNames = /metric|prom|admin|health|probe|status|debug|grpc|redis|tcp|tls|https/;
const pagePorts: readonly number[] = [80, 8080, 8000, 3000, 5000];

/** Ports of a Service in the order in which a page is looked for there, or the one that is named. */
export function portsToTry(service: KubeObject, wanted: string | null): readonly ServicePort[] {
  const ports = portsOf(service);
  if (wanted !== null) {
    const named = ports.find(({ name, port }) => name === wanted || String(port) === wanted);
    if (named) return [named];
    const there = ports.map(({ name, port }) => (name === '' ? String(port) : `${name} (${port})`));
    throw new UsageError(
      `--service-port ${wanted}: Service ${service.metadata.name} has no such port (there are: ${there.join(', ')})`,
    );
  }
  const rank = ({ name, port }: ServicePort) =>
    otherNames.test(name) ? 3 : pageNames.test(name) ? 0 : pagePorts.includes(port) ? 1 : 2;
  return ports.toSorted((a, b) => rank(a) - rank(b));
}

/** `http (80)`; of a port without a name its number. */
export function portText({ name, port }: ServicePort): string {
  return name === '' ? String(port) : `${name} (${port})`;
}

function portsOf(service: KubeObject): readonly ServicePort[] {
  const { ports = [] } = service.spec as {
    ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly targetPort?: number | string;
    }[];
  };
  return ports.map(({ name = '', port, targetPort = port }) => ({ name, port, targetPort }));
}

/** The Service of the user's app among the objects; it was looked for before anything was touched. */
export function appService(objects: readonly KubeObject[], name: string): KubeObject {
  const found = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === name);
  if (!found) throw new UsageError(`the manifests hold no Service ${name}`);
  return found;
}
