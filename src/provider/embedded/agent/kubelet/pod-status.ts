import { nodeIp } from '../network/addresses.ts';
import type { Condition, ContainerStatus, Pod, PodStatus } from '../store/pod-objects.ts';

/** What the kubelet knows of a pod, from which its status follows. */
export interface PodFacts {
  readonly scheduled: boolean;
  readonly unschedulable: string | null;
  readonly ip: string | null;
  readonly startedAt: string | null;
  readonly initialized: boolean;
  /** The pod is deleted and all its containers have stopped. */
  readonly stopped: boolean;
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  /** Names of the init containers that run beside the others. */
  readonly sidecars: readonly string[];
}

/** The status of a pod by the kubelet's rules; conditions keep the time of their last change. */
export function podStatus(pod: Pod, facts: PodFacts, now: string): PodStatus {
  const phase = podPhase(pod, facts);
  const lasting = facts.init.filter(({ name }) => facts.sidecars.includes(name));
  const unready = [...lasting, ...facts.main].filter(({ ready }) => !ready).map(({ name }) => name);
  const containersReady = facts.scheduled && facts.initialized && unready.length === 0;
  const why =
    phase === 'Succeeded'
      ? { reason: 'PodCompleted' }
      : phase === 'Failed'
        ? { reason: 'PodFailed' }
        : {
            reason: 'ContainersNotReady',
            message: `containers with unready status: [${unready.join(' ')}]`,
          };
  const wanted: Omit<Condition, 'lastTransitionTime'>[] = facts.scheduled
    ? [
        {
          type: 'PodReadyToStartContainers',
          status: facts.ip && !facts.stopped ? 'True' : 'False',
        },
        facts.initialized
          ? { type: 'Initialized', status: 'True' }
          : { type: 'Initialized', status: 'False', reason: 'ContainersNotInitialized' },
        {
          type: 'Ready',
          status: containersReady ? 'True' : 'False',
          ...(containersReady ? {} : why),
        },
        {
          type: 'ContainersReady',
          status: containersReady ? 'True' : 'False',
          ...(containersReady ? {} : why),
        },
        { type: 'PodScheduled', status: 'True' },
      ]
    : [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: facts.unschedulable ?? '',
        },
      ];
  return {
    phase,
    conditions: wanted.map((condition) => withTime(pod, condition, now)),
    ...(facts.scheduled ? { hostIP: nodeIp } : {}),
    ...(facts.ip ? { podIP: facts.ip, podIPs: [{ ip: facts.ip }] } : {}),
    ...(facts.startedAt ? { startTime: facts.startedAt } : {}),
    qosClass: 'BestEffort',
    ...(facts.init.length > 0 ? { initContainerStatuses: [...facts.init] } : {}),
    ...(facts.scheduled ? { containerStatuses: [...facts.main] } : {}),
  };
}

function withTime(pod: Pod, wanted: Omit<Condition, 'lastTransitionTime'>, now: string): Condition {
  const before = pod.status.conditions.find((condition) => condition.type === wanted.type);
  const same = before?.status === wanted.status;
  return { ...wanted, lastTransitionTime: same && before ? before.lastTransitionTime : now };
}

/** getPhase of pkg/kubelet/kubelet_pods.go. */
function podPhase(pod: Pod, facts: PodFacts): PodStatus['phase'] {
  const policy = pod.spec.restartPolicy ?? 'Always';
  if (!facts.initialized) {
    const failed = facts.init.some((status) => (status.state.terminated?.exitCode ?? 0) !== 0);
    return failed && (policy === 'Never' || facts.stopped) ? 'Failed' : 'Pending';
  }
  const running = facts.main.filter((status) => status.state.running).length;
  const stopped = facts.main.filter(
    (status) => status.state.terminated ?? status.lastState.terminated,
  );
  const waiting = facts.main.filter(
    (status) => !status.state.running && !status.state.terminated && !status.lastState.terminated,
  ).length;
  if (waiting > 0) return facts.stopped ? 'Failed' : 'Pending';
  if (running > 0) return 'Running';
  const succeeded = stopped.every(
    (status) => (status.state.terminated ?? status.lastState.terminated)?.exitCode === 0,
  );
  if (facts.stopped) return succeeded ? 'Succeeded' : 'Failed';
  if (policy === 'Always') return 'Running';
  if (succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}
