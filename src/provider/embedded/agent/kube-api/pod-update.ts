import type { Pod } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { badRequest, conflict, invalid } from './api-error.ts';
import { canonical } from './json-patch.ts';
import { checkAnnotations, checkLabels } from './labels.ts';
import type { ApiResource } from './resources.ts';
import { shown } from './shown-object.ts';

/** The API server's words (core/validation ValidatePodUpdate). */
const immutable =
  'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Set by the server alone; whatever a client sends for them is dropped, as the status is. */
const serverOwned = [
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
];

interface Wanted {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: unknown;
}

/**
 * Brings a pod to what a PUT or PATCH wants, which may differ in labels and annotations only.
 * @returns true when that changed something
 * @throws ApiError 409 for another version of the pod than the present one, 422 for other changes
 */
export function updatePod(
  store: ObjectStore,
  resource: ApiResource,
  pod: Pod,
  wanted: Wanted,
  dryRun: boolean,
): boolean {
  const { name } = pod.metadata;
  const before = shown(pod, resource) as Wanted;
  const metadata = wanted.metadata ?? {};
  refuseOther(resource, pod, metadata);
  const labels = checkLabels('Pod', name, metadata.labels);
  const annotations = checkAnnotations('Pod', name, metadata.annotations);
  if (meant(wanted.spec) !== meant(before.spec)) throw invalid('Pod', name, 'spec', immutable);
  const rest = meant(withoutOwned(metadata));
  if (rest !== meant(withoutOwned(before.metadata ?? {}))) {
    throw invalid(
      'Pod',
      name,
      'metadata',
      'Forbidden: the embedded provider lets pods change labels and annotations of pods only; run with --provider kind',
    );
  }
  const same =
    canonical([labels, annotations]) === canonical([pod.metadata.labels, pod.metadata.annotations]);
  if (same || dryRun) return false;
  pod.metadata.labels = labels;
  pod.metadata.annotations = annotations;
  store.changed(pod);
  return true;
}

/** Another name is a mistake, another uid or version another pod than the client looked at. */
function refuseOther(resource: ApiResource, pod: Pod, metadata: Record<string, unknown>): void {
  const { name, namespace, uid, resourceVersion } = pod.metadata;
  const given = (field: string, present: string) => {
    const value = metadata[field];
    return typeof value === 'string' && value !== '' && value !== present ? value : null;
  };
  const otherName = given('name', name);
  if (otherName !== null) {
    throw badRequest(
      `the name of the object (${otherName}) does not match the name on the URL (${name})`,
    );
  }
  if (given('namespace', namespace) !== null) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  const otherUid = given('uid', uid);
  if (otherUid !== null) {
    const why = `Precondition failed: UID in precondition: ${otherUid}, UID in object meta: ${uid}`;
    throw conflict(resource, name, why);
  }
  if (given('resourceVersion', resourceVersion) !== null) {
    const why =
      'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(resource, name, why);
  }
}

function withoutOwned(metadata: Readonly<Record<string, unknown>>): object {
  const checked = ['name', 'namespace', 'uid', 'labels', 'annotations', ...serverOwned];
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !checked.includes(key)));
}

/** Typed clients write out what is empty (`resources: {}`): that is no change. */
function meant(value: unknown): string {
  return canonical(withoutEmpty(value) ?? null);
}

function withoutEmpty(value: unknown): unknown {
  if (value === '' || value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const kept = withoutEmpty(inner);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
