import { asList, asMap, type JsonMap, valueAt } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { didYouMean } from '../model/suggestion.ts';
import type { YamlPath } from '../model/yaml-document.ts';
import { formatPath } from './field-check.ts';
import { objectError } from './manifest-source.ts';

const probeNames = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;
const probeHandlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'];

/**
 * The contradictions inside of a pod's spec that the API server refuses: names given twice (also
 * those that only server-side apply refuses), mounts of volumes that are not there, probes that
 * probe nothing.
 */
export function checkPodSpec(object: KubeObject, path: YamlPath): void {
  const spec = asMap(valueAt(object, path.map(String)));
  refuseTwice(object, [...path, 'volumes'], asList(spec.volumes), ['name']);
  const volumes = [
    ...asList(spec.volumes).map((volume) => String(asMap(volume).name)),
    ...claimNames(object),
  ];
  const containers = containersOf(spec, path);
  if (asList(spec.containers).length === 0) {
    throw objectError(object, [...path, 'containers'], `${formatPath(path)}.containers is empty`);
  }
  const names = new Set<string>();
  for (const { container, at } of containers) {
    const name = String(container.name);
    if (names.has(name)) {
      throw objectError(object, [...at, 'name'], `two containers are named ${name}`);
    }
    names.add(name);
    checkContainer(object, container, at, volumes);
  }
}

interface PlacedContainer {
  readonly container: JsonMap;
  readonly at: YamlPath;
}

function containersOf(spec: JsonMap, path: YamlPath): PlacedContainer[] {
  return ['initContainers', 'containers'].flatMap((list) =>
    asList(spec[list]).map((container, index) => ({
      container: asMap(container),
      at: [...path, list, index],
    })),
  );
}

/** A StatefulSet's claims are volumes of its pods, without being listed there. */
function claimNames(object: KubeObject): string[] {
  return asList(asMap(object.spec).volumeClaimTemplates).map((claim) =>
    String(asMap(asMap(claim).metadata).name),
  );
}

function checkContainer(
  object: KubeObject,
  container: JsonMap,
  at: YamlPath,
  volumes: readonly string[],
): void {
  if (typeof container.image !== 'string' || container.image.trim() === '') {
    throw objectError(object, at, `${formatPath(at)}.image is missing`);
  }
  refuseTwice(object, [...at, 'env'], asList(container.env), ['name']);
  refuseTwice(object, [...at, 'ports'], asList(container.ports), ['name']);
  refuseTwice(object, [...at, 'ports'], asList(container.ports), ['containerPort', 'protocol']);
  refuseTwice(object, [...at, 'volumeMounts'], asList(container.volumeMounts), ['mountPath']);
  for (const [index, mount] of asList(container.volumeMounts).entries()) {
    const name = String(asMap(mount).name);
    if (volumes.includes(name)) continue;
    throw objectError(
      object,
      [...at, 'volumeMounts', index, 'name'],
      `${formatPath(at)} mounts the volume ${name}, which the pod does not have${didYouMean(name, volumes)} (it has: ${volumes.join(', ') || 'none'})`,
    );
  }
  for (const probe of probeNames) {
    if (container[probe] === undefined || container[probe] === null) continue;
    const handlers = probeHandlers.filter((handler) => asMap(container[probe])[handler]);
    if (handlers.length === 1) continue;
    throw objectError(
      object,
      [...at, probe],
      `${formatPath([...at, probe])} needs exactly one of ${probeHandlers.join(', ')}; it has ${handlers.join(' and ') || 'none'}`,
    );
  }
}

/** Two entries of a list with the same fields; entries without the first field are left out. */
function refuseTwice(
  object: KubeObject,
  path: YamlPath,
  entries: readonly unknown[],
  fields: readonly [string, ...string[]],
): void {
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const [first] = fields;
    const value = asMap(entry)[first];
    if (value === undefined || value === null) continue;
    const key = fields.map((field) => String(asMap(entry)[field] ?? 'TCP')).join('/');
    if (seen.has(key)) {
      throw objectError(
        object,
        [...path, index, first],
        `${formatPath(path)} has ${first} ${String(value)} twice`,
      );
    }
    seen.add(key);
  }
}
