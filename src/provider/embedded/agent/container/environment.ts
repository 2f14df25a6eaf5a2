import { accountOf } from '../kubelet/account-tokens.ts';
import { apiServiceIp, nodeIp } from '../network/addresses.ts';
import type { Container, EnvVar, KeyRef, Pod } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { expand } from './expansion.ts';

/** The container cannot be configured: waiting with reason CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

const imagePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * A container's whole environment: image, Services, envFrom, env, later ones winning; nothing of the
 * host's.
 * @throws ContainerConfigError naming the ConfigMap, Secret, key or field that is not there
 */
export function containerEnvironment(
  store: ObjectStore,
  pod: Pod,
  container: Container,
  uid: number,
): Record<string, string> {
  const variables: Record<string, string> = {
    PATH: imagePath,
    HOME: uid === 0 ? '/root' : uid === 1000 ? '/home/node' : '/',
    HOSTNAME: pod.spec.hostname ?? pod.metadata.name,
    ...serviceVariables(store, pod.spec.enableServiceLinks !== false),
  };
  for (const source of container.envFrom ?? []) {
    const reference = source.configMapRef ?? source.secretRef;
    const kind = source.configMapRef ? 'ConfigMap' : 'Secret';
    if (!reference) continue;
    const values = valuesOf(store, kind, reference.name);
    if (!values && !reference.optional) throw notFound(kind, reference.name);
    for (const [key, value] of Object.entries(values ?? {})) {
      variables[`${source.prefix ?? ''}${key}`] = value.toString('utf8');
    }
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(store, pod, variable, variables);
    if (value !== null) variables[variable.name] = value;
  }
  return variables;
}

function variableValue(
  store: ObjectStore,
  pod: Pod,
  variable: EnvVar,
  before: Readonly<Record<string, string>>,
): string | null {
  const from = variable.valueFrom;
  if (!from) return expand(variable.value ?? '', before);
  if (from.fieldRef) return podField(pod, from.fieldRef.fieldPath);
  if (from.secretKeyRef) return keyed(store, 'Secret', from.secretKeyRef);
  if (from.configMapKeyRef) return keyed(store, 'ConfigMap', from.configMapKeyRef);
  throw new ContainerConfigError(`env ${variable.name}: valueFrom names no source`);
}

/** A field of the downward API. */
export function podField(pod: Pod, path: string): string {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) {
    const from = subscript[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations;
    return from[subscript[2] ?? ''] ?? '';
  }
  const whole = /^metadata\.(labels|annotations)$/.exec(path);
  if (whole)
    return formatMap(whole[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations);
  const ips = pod.status.podIPs ?? [];
  const fields: Record<string, string> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName ?? '',
    'spec.serviceAccountName': accountOf(pod),
    'status.podIP': pod.status.podIP ?? '',
    'status.podIPs': ips.map(({ ip }) => ip).join(','),
    'status.hostIP': nodeIp,
    'status.hostIPs': nodeIp,
  };
  const value = Object.hasOwn(fields, path) ? fields[path] : undefined;
  if (value === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${path}`);
  return value;
}

/** FormatMap of pkg/fieldpath: sorted lines of `key="value"`, as files of the downward API have them. */
function formatMap(values: Readonly<Record<string, string>>): string {
  return Object.keys(values)
    .sort()
    .map((key) => `${key}=${JSON.stringify(values[key])}`)
    .join('\n');
}

function keyed(store: ObjectStore, kind: 'ConfigMap' | 'Secret', ref: KeyRef): string | null {
  const values = valuesOf(store, kind, ref.name);
  const value = values?.[ref.key];
  if (value) return value.toString('utf8');
  if (ref.optional) return null;
  if (!values) throw notFound(kind, ref.name);
  throw new ContainerConfigError(`couldn't find key ${ref.key} in ${kind} ${ref.name}`);
}

/** Contents by key; undefined when there is no such object. */
export function valuesOf(
  store: ObjectStore,
  kind: 'ConfigMap' | 'Secret',
  name: string,
): Record<string, Buffer> | undefined {
  const object = store.get(kind, name);
  if (!object) return undefined;
  const values: Record<string, Buffer> = {};
  const text = kind === 'Secret' ? 'base64' : 'utf8';
  for (const [key, value] of Object.entries(object.data ?? {}))
    values[key] = Buffer.from(value, text);
  if (object.kind === 'ConfigMap') {
    for (const [key, value] of Object.entries(object.binaryData ?? {})) {
      values[key] = Buffer.from(value, 'base64');
    }
  }
  return values;
}

function notFound(kind: string, name: string): ContainerConfigError {
  return new ContainerConfigError(`${kind.toLowerCase()} "${name}" not found`);
}

/**
 * Docker-link style variables for each Service that has a cluster address when the container starts
 * (pkg/kubelet/envvars): REDIS_PORT=tcp://… is a trap that set-ups really fall into.
 */
export function serviceVariables(store: ObjectStore, links: boolean): Record<string, string> {
  const variables: Record<string, string> = {};
  const add = (
    name: string,
    ip: string,
    ports: { name?: string; port: number; protocol?: string }[],
  ) => {
    const prefix = name.toUpperCase().replace(/-/g, '_');
    const first = ports[0];
    if (!first) return;
    variables[`${prefix}_SERVICE_HOST`] = ip;
    variables[`${prefix}_SERVICE_PORT`] = String(first.port);
    for (const port of ports) {
      if (!port.name) continue;
      const suffix = port.name.toUpperCase().replace(/-/g, '_');
      variables[`${prefix}_SERVICE_PORT_${suffix}`] = String(port.port);
    }
    const url = (port: { port: number; protocol?: string }) =>
      `${(port.protocol ?? 'TCP').toLowerCase()}://${ip}:${port.port}`;
    variables[`${prefix}_PORT`] = url(first);
    for (const port of ports) {
      const protocol = port.protocol ?? 'TCP';
      const base = `${prefix}_PORT_${port.port}_${protocol}`;
      variables[base] = url(port);
      variables[`${base}_PROTO`] = protocol.toLowerCase();
      variables[`${base}_PORT`] = String(port.port);
      variables[`${base}_ADDR`] = ip;
    }
  };
  if (links) {
    for (const service of store.list('Service')) {
      const ip = service.spec.clusterIP;
      if (ip && ip !== 'None') add(service.metadata.name, ip, service.spec.ports ?? []);
    }
  }
  add('kubernetes', apiServiceIp, [{ name: 'https', port: 443 }]);
  return variables;
}
