import apiEnums from './api-enums.json' with { type: 'json' };
import apiFields from './api-fields.json' with { type: 'json' };

/** One field of an API type. */
export interface ApiField {
  readonly required: boolean;
  /** `one`: the type itself; `list` and `map`: of it. */
  readonly shape: 'one' | 'list' | 'map';
  /** `text`, `int` (32 bits), `long`, `number`, `bool`, `quantity`, `intOrText`, `any`, or another type's name. */
  readonly type: string;
}

export type ApiType = ReadonlyMap<string, ApiField>;

const kindTypes: Readonly<Record<string, string>> = apiFields.kinds;
const typeTexts: Readonly<Record<string, string>> = apiFields.types;
const published: Readonly<Record<string, readonly string[]>> = apiEnums;
/** The API's own rules have more than it publishes. */
const unpublished: Readonly<Record<string, readonly string[]>> = {
  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted': ['Delete', 'Retain'],
  'StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled': ['Delete', 'Retain'],
  'HPAScalingRules.selectPolicy': ['Disabled', 'Max', 'Min'],
  'MetricTarget.type': ['AverageValue', 'Utilization', 'Value'],
  'ServiceSpec.trafficDistribution': ['PreferClose', 'PreferSameNode', 'PreferSameZone'],
  'VolumeMount.recursiveReadOnly': ['Disabled', 'Enabled', 'IfPossible'],
};
/** Fields with a fixed set of values in which `''` is none; in the others it stands for the default. */
const neverEmpty: ReadonlySet<string> = new Set([
  'HPAScalingRules.selectPolicy',
  'HTTPIngressPath.pathType',
  'JobSpec.completionMode',
  'JobSpec.podReplacementPolicy',
  'NetworkPolicyPort.protocol',
  'NetworkPolicySpec.policyTypes',
  'MetricTarget.type',
  'PersistentVolumeClaimSpec.accessModes',
  'PersistentVolumeClaimSpec.volumeMode',
  'PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy',
  'PodSecurityContext.fsGroupChangePolicy',
  'PodSecurityContext.supplementalGroupsPolicy',
  'PriorityClass.preemptionPolicy',
  'SeccompProfile.type',
  'SecurityContext.procMount',
  'ServiceSpec.internalTrafficPolicy',
  'ServiceSpec.ipFamilies',
  'ServiceSpec.ipFamilyPolicy',
  'ServiceSpec.trafficDistribution',
  'StorageClass.volumeBindingMode',
  'TopologySpreadConstraint.nodeAffinityPolicy',
  'TopologySpreadConstraint.nodeTaintsPolicy',
  'TopologySpreadConstraint.whenUnsatisfiable',
  'VolumeMount.mountPropagation',
  'VolumeMount.recursiveReadOnly',
]);
const parsed = new Map<string, ApiType>();

/** The type of an object's kind, or null when we have no table of it (custom resources, rare kinds). */
export function typeOfKind(apiVersion: string, kind: string): string | null {
  return kindTypes[`${apiVersion} ${kind}`] ?? null;
}

/**
 * The apiVersion under which Kubernetes knows a kind, when we know it too and the one given is of
 * Kubernetes itself: `v1 StatefulSet`. Null for custom resources that share a name.
 */
export function properApiVersion(apiVersion: string, kind: string): string | null {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const builtIn = !group.includes('.') || group.endsWith('.k8s.io');
  const known = Object.keys(kindTypes).find((key) => key.endsWith(` ${kind}`));
  return builtIn && known ? (known.split(' ')[0] ?? null) : null;
}

/** The values that a field may have (`PodSpec.dnsPolicy`), or null when any are good. */
export function apiValues(name: string): readonly string[] | null {
  const values = published[name] ?? unpublished[name] ?? null;
  return values === null || neverEmpty.has(name) ? values : ['', ...values];
}

/** Fields of a type, or null for a scalar's name. */
export function apiType(name: string): ApiType | null {
  const known = parsed.get(name);
  if (known) return known;
  const text = typeTexts[name];
  if (text === undefined) return null;
  const type = new Map(text.split(' ').flatMap((entry) => parseField(entry)));
  parsed.set(name, type);
  return type;
}

function parseField(entry: string): [string, ApiField][] {
  const match = /^([^!:]+)(!?):(\[\]|\{\})?(.+)$/.exec(entry);
  if (!match?.[1] || !match[4]) return [];
  const shape = match[3] === '[]' ? 'list' : match[3] === '{}' ? 'map' : 'one';
  return [[match[1], { required: match[2] === '!', shape, type: match[4] }]];
}
