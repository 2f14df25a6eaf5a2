import { InfrastructureError, UsageError } from '../../../model/errors.ts';
import type { HoldRef, KubeObject } from '../../provider.ts';
import type { AgentCalls } from '../protocol.ts';
import { deleteObject, removeFinalizer } from './controllers/deletion.ts';
import { admissionRefusal } from './kubelet/pod-admission.ts';
import { inertKinds } from './store/kind-fields.ts';
import type { AnyObject, Service } from './store/objects.ts';
import type { Pod } from './store/pod-objects.ts';
import { parseSelector } from './store/selectors.ts';
import type { ObjectStore } from './store/store.ts';
import type { Meta, NewObject } from './store/stored-object.ts';
import { validateObject } from './store/validate.ts';

export interface AddressSource {
  clusterIp(): string;
  loadBalancerIp(): string;
}

const holdFinalizer = 'redis-k8s-chaos/hold';

/** Spec fields that may change after creation; the API refuses any other change of these kinds. */
const mutableSpec: Readonly<Record<string, readonly string[]>> = {
  StatefulSet: [
    'replicas',
    'template',
    'updateStrategy',
    'minReadySeconds',
    'ordinals',
    'persistentVolumeClaimRetentionPolicy',
    'revisionHistoryLimit',
  ],
  Pod: [],
  Job: ['parallelism', 'completions', 'ttlSecondsAfterFinished', 'suspend'],
};

/**
 * Accepts objects as server-side apply by a single manager does: what is applied replaces spec,
 * labels and annotations; uid, status and finalizers stay.
 * @returns what was accepted without meaning, for the report
 */
export function applyObjects(
  store: ObjectStore,
  objects: readonly KubeObject[],
  addresses: AddressSource,
): string[] {
  const ignored = new Set<string>();
  for (const object of objects) {
    for (const field of validateObject(object)) ignored.add(field);
    const namespace = object.metadata.namespace;
    if (namespace !== undefined && namespace !== store.namespace && !inertKinds.has(object.kind)) {
      throw new UsageError(
        `${object.kind}/${object.metadata.name} is in namespace ${namespace}; this run works in ${store.namespace} only`,
      );
    }
  }
  // As on a cluster: what pods refer to is there before they are.
  const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
  const rest = objects.filter(({ kind }) => kind !== 'ServiceAccount');
  for (const object of [...accounts, ...rest]) {
    applyOne(store, structuredClone(object) as NewObject, addresses);
  }
  return [...ignored];
}

function applyOne(store: ObjectStore, given: NewObject, addresses: AddressSource): void {
  foldStringData(given);
  delete given.status;
  const present = store.get(given.kind, given.metadata.name);
  if (!present) {
    admit(store, given);
    const created = store.create({ ...given, ...initialStatus(given.kind) });
    if (created.kind === 'Service') allocate(store, created as Service, addresses);
    return;
  }
  if (present.metadata.deletionTimestamp !== undefined) {
    throw new InfrastructureError(
      `${given.kind}/${given.metadata.name} is being deleted; wait until it is gone and apply it again`,
    );
  }
  update(store, present, given);
  if (present.kind === 'Service') allocate(store, present as Service, addresses);
}

function admit(store: ObjectStore, given: NewObject): void {
  if (given.kind !== 'Pod') return;
  const refusal = admissionRefusal(store, { ...given, kind: given.kind });
  if (refusal === null) return;
  throw new InfrastructureError(
    `apply Pod ${given.metadata.name}: ${refusal}; apply its ServiceAccount with it or before it`,
  );
}

function update(store: ObjectStore, present: AnyObject, given: NewObject): void {
  refuseImmutable(present, given);
  const before = JSON.stringify(present);
  const specBefore = JSON.stringify(Reflect.get(present, 'spec'));
  const { metadata, apiVersion, kind: _, ...content } = given;
  const service = present.kind === 'Service' ? (present as Service) : null;
  const clusterIP = service?.spec.clusterIP;
  Object.assign(present, content);
  if (service && clusterIP !== undefined) service.spec.clusterIP ??= clusterIP;
  present.apiVersion = apiVersion;
  Object.assign(present.metadata, {
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ...(metadata.finalizers ? { finalizers: metadata.finalizers } : {}),
  } satisfies Partial<Meta>);
  if (JSON.stringify(present) === before) return;
  if (JSON.stringify(Reflect.get(present, 'spec')) !== specBefore) present.metadata.generation++;
  store.changed(present);
}

function refuseImmutable(present: AnyObject, given: NewObject): void {
  const mutable = mutableSpec[present.kind];
  const old = (Reflect.get(present, 'spec') ?? {}) as Record<string, unknown>;
  const now = (given.spec ?? {}) as Record<string, unknown>;
  const roleRef = [Reflect.get(present, 'roleRef'), given.roleRef].map((ref) =>
    JSON.stringify(ref),
  );
  if (roleRef[0] !== roleRef[1]) {
    throw new UsageError(
      `${present.kind}/${present.metadata.name}: roleRef cannot be changed after creation; delete the object first`,
    );
  }
  const fixed = mutable
    ? Object.keys({ ...old, ...now }).filter((field) => !mutable.includes(field))
    : present.kind === 'Deployment'
      ? ['selector']
      : [];
  for (const field of fixed) {
    if (field === 'nodeName') continue;
    if (now[field] === undefined && present.kind === 'Pod') continue; // filled in by us
    if (JSON.stringify(old[field]) === JSON.stringify(now[field])) continue;
    throw new UsageError(
      `${present.kind}/${present.metadata.name}: spec.${field} cannot be changed after creation; delete the object first`,
    );
  }
}

const withStatus = ['StatefulSet', 'Deployment', 'ReplicaSet', 'Job', 'PodDisruptionBudget'];

function initialStatus(kind: string): { status?: object } {
  if (kind === 'Pod') return { status: { phase: 'Pending', conditions: [] } };
  if (kind === 'Service') return { status: { loadBalancer: {} } };
  if (kind === 'PersistentVolumeClaim') return { status: { phase: 'Pending' } };
  return withStatus.includes(kind) ? { status: {} } : {};
}

function allocate(store: ObjectStore, service: Service, addresses: AddressSource): void {
  const { spec, status } = service;
  const before = JSON.stringify(service);
  spec.type ??= 'ClusterIP';
  if (!spec.clusterIP) spec.clusterIP = addresses.clusterIp();
  spec.clusterIPs = [spec.clusterIP];
  if (spec.type === 'LoadBalancer') {
    status.loadBalancer.ingress ??= [{ ip: addresses.loadBalancerIp(), ipMode: 'VIP' }];
  } else {
    delete status.loadBalancer.ingress;
  }
  if (JSON.stringify(service) !== before) store.changed(service);
}

function foldStringData(object: NewObject): void {
  const text = object.stringData as Record<string, string> | undefined;
  if (object.kind !== 'Secret' || !text) return;
  const data = { ...(object.data as Record<string, string> | undefined) };
  for (const [key, value] of Object.entries(text))
    data[key] = Buffer.from(value).toString('base64');
  object.data = data;
  delete object.stringData;
}

/** Deletes every object whose labels match. */
export function removeMatching(store: ObjectStore, selector: string): void {
  const test = parseSelector(selector);
  for (const kind of store.kinds()) {
    for (const object of store.list(kind)) {
      if (test(object.metadata.labels)) deleteObject(store, object);
    }
  }
}

export function listObjects(
  store: ObjectStore,
  kind: string,
  selector: string | null,
): AnyObject[] {
  const test = selector === null ? () => true : parseSelector(selector);
  return store.list(kind).filter((object) => test(object.metadata.labels));
}

/** What the tool lists; null where no object of the kind changed after the version it knows. */
export function listSince(
  store: ObjectStore,
  { kind, selector, since }: AgentCalls['list']['request'],
): AgentCalls['list']['reply'] {
  const version = store.versionOf(kind);
  if (since === version) return null;
  const objects = listObjects(store, kind, selector) as unknown as readonly KubeObject[];
  return { version, objects };
}

/**
 * Deletes the pod with this uid; with `hold`, a finalizer is put on first.
 * @throws InfrastructureError when that pod is gone, or cannot be held
 */
export function deletePodByUid(
  store: ObjectStore,
  pod: { name: string; uid: string },
  graceSeconds: number | null,
  hold: boolean,
): HoldRef | null {
  const present = findPod(store, pod);
  if (hold) {
    refuseHold(present);
    present.metadata.finalizers.push(holdFinalizer);
    store.changed(present);
  }
  deleteObject(store, present, graceSeconds);
  return hold ? { pod: pod.name, uid: pod.uid, finalizer: holdFinalizer } : null;
}

/** Deletes the claims of the pod with this uid; claim protection keeps them until the pod is gone. */
export function deleteClaimsOf(
  store: ObjectStore,
  pod: { name: string; uid: string },
): readonly string[] {
  const names = (findPod(store, pod).spec.volumes ?? []).flatMap(
    (volume) => volume.persistentVolumeClaim?.claimName ?? [],
  );
  for (const name of names) {
    const claim = store.get('PersistentVolumeClaim', name);
    if (claim) deleteObject(store, claim);
  }
  return names;
}

function refuseHold(pod: Pod): void {
  const owner = pod.metadata.ownerReferences.find((reference) => reference.controller);
  if (owner?.kind !== 'StatefulSet') {
    throw new InfrastructureError(
      `cannot hold pod ${pod.metadata.name}: it is owned by ${owner ? `${owner.kind} ${owner.name}` : 'nobody'}, and only a StatefulSet waits for the old pod to go; delete it without a hold`,
    );
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw new InfrastructureError(
      `cannot hold pod ${pod.metadata.name}: it is being deleted already, and no finalizer can be added then`,
    );
  }
}

export function releaseHold(store: ObjectStore, hold: HoldRef): void {
  const pod = store.get('Pod', hold.pod);
  if (pod?.metadata.uid === hold.uid) removeFinalizer(store, pod, hold.finalizer);
}

/** @throws InfrastructureError when the pod with this uid is gone */
export function findPod(store: ObjectStore, pod: { name: string; uid: string }) {
  const present = store.get('Pod', pod.name);
  if (present?.metadata.uid === pod.uid) return present;
  throw new InfrastructureError(
    present
      ? `pod ${pod.name} has uid ${present.metadata.uid}, not ${pod.uid}: the one that was meant is gone`
      : `pod ${pod.name} (uid ${pod.uid}) does not exist`,
  );
}
