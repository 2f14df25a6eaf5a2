import { asList, asMap, asText, isMap, type JsonMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import type { ContainerState, PodState } from '../model/pod.ts';

const phases: readonly PodState['phase'][] = [
  'Pending',
  'Running',
  'Succeeded',
  'Failed',
  'Unknown',
];

/**
 * What a Pod object says, reduced to what the run looks at. Tolerant: a pod that was just made has no
 * status yet, and every field may be missing. Init containers come first, as they run first.
 */
export function podState(pod: KubeObject): PodState {
  const status = asMap(pod.status);
  const spec = asMap(pod.spec);
  const owners = pod.metadata.ownerReferences ?? [];
  const owner = owners.find((reference) => reference.controller === true) ?? owners[0];
  return {
    name: pod.metadata.name,
    uid: pod.metadata.uid ?? '',
    labels: pod.metadata.labels ?? {},
    owner: owner ? { kind: owner.kind, name: owner.name } : null,
    nodeName: asText(spec.nodeName) || null,
    // The API server gives a new pod the phase Pending; none at all means the same.
    phase: phases.find((phase) => phase === status.phase) ?? 'Pending',
    ips: ipsOf(status),
    ready: condition(status, 'Ready')?.status === 'True',
    terminating: pod.metadata.deletionTimestamp !== undefined,
    ...graceOf(pod),
    finalizers: pod.metadata.finalizers ?? [],
    containers: [...asList(status.initContainerStatuses), ...asList(status.containerStatuses)].map(
      (entry) => containerState(asMap(entry)),
    ),
    reason: reasonOf(status),
  };
}

/** As the deletion says, else as the pod asks for. */
function graceOf({ metadata, spec }: KubeObject): Pick<PodState, 'graceSeconds'> {
  if (metadata.deletionTimestamp === undefined) return {};
  const graceSeconds =
    asNumber(asMap(metadata).deletionGracePeriodSeconds) ??
    asNumber(asMap(spec).terminationGracePeriodSeconds);
  return graceSeconds === null ? {} : { graceSeconds };
}

function ipsOf(status: JsonMap): string[] {
  const ips = asList(status.podIPs).flatMap((entry) => asText(asMap(entry).ip) || []);
  if (ips.length > 0) return ips;
  const ip = asText(status.podIP);
  return ip ? [ip] : [];
}

function condition(status: JsonMap, type: string): JsonMap | null {
  const found = asList(status.conditions).find((entry) => asMap(entry).type === type);
  return isMap(found) ? found : null;
}

/** The pod's own reason (`Evicted`, `NodeLost`), else why it is not scheduled. */
function reasonOf(status: JsonMap): string | null {
  const own = sentence(status.reason, status.message);
  if (own) return own;
  const scheduled = condition(status, 'PodScheduled');
  return scheduled?.status === 'False'
    ? sentence(scheduled.reason ?? 'Unschedulable', scheduled.message)
    : null;
}

function sentence(reason: unknown, message: unknown): string | null {
  return [asText(reason), asText(message)].filter(Boolean).join(': ') || null;
}

function containerState(entry: JsonMap): ContainerState {
  const current = asMap(entry.state);
  const state = isMap(current.running)
    ? 'running'
    : isMap(current.terminated)
      ? 'terminated'
      : 'waiting';
  const detail = asMap(current[state]);
  const last = asMap(entry.lastState).terminated;
  return {
    name: asText(entry.name) ?? '',
    image: asText(entry.image) ?? '',
    state,
    reason: state === 'running' ? null : asText(detail.reason) || null,
    message: asText(detail.message) || null,
    exitCode: asNumber(detail.exitCode),
    restarts: asNumber(entry.restartCount) ?? 0,
    ready: entry.ready === true,
    lastExit: isMap(last)
      ? { reason: asText(last.reason) ?? 'Error', exitCode: asNumber(last.exitCode) ?? -1 }
      : null,
  };
}

function asNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
