import type { ContainerState, PodState } from '../../model/pod.ts';

/** Why a pod does not start, and whose fault that is. */
export interface StartTrouble {
  readonly kind: 'infrastructure' | 'configuration' | 'crash';
  readonly text: string;
  /** The next step for the user, as the sentence goes on; empty when the text says it all. */
  readonly next: string;
  /** So long it must have lasted before it counts, ms. */
  readonly lastsMs: number;
}

/** Waiting reasons after which an image will not come by waiting (kubelet, images/types.go). */
const pullFailures: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
]);
/** A wrong configuration: a ConfigMap, Secret or command that the manifests name is not there. */
const configFailures: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);
/** A third start is a crash loop; one hiccup at a first start is not. */
const crashLoopRestarts = 2;
/** The kubelet corrects itself for a while: it tries again after 10 s (images) or a second (objects). */
const kubeletMs = 10_000;
/** A node that was just made keeps its not-ready taint for some seconds. */
const roomMs = 20_000;
/**
 * What the scheduler says of claims is of its last look, and it does not look again while it waits for
 * their volumes: a pod that was looked at before its claim was made still reads `persistentvolumeclaim
 * not found` while the provisioner works, which takes 10 s and more on a new or a busy cluster.
 * (kube-scheduler, plugins/volumebinding: the condition is written at a failure only.)
 */
const claimMs = 90_000;
const claimWords = /persistentvolume|\bvolumes?\b/i;

/** What keeps a pod from starting, as its object tells it; null while nothing does. */
export function startTrouble(pod: PodState): StartTrouble | null {
  for (const container of pod.containers) {
    const trouble = containerTrouble(container);
    if (trouble) return trouble;
  }
  if (pod.nodeName !== null || pod.reason === null) return null;
  return claimWords.test(pod.reason)
    ? {
        kind: 'infrastructure',
        text: pod.reason,
        next: '; see whether its claim exists and a provisioner serves its storage class',
        lastsMs: claimMs,
      }
    : {
        kind: 'infrastructure',
        text: pod.reason,
        next: '; give the cluster more room',
        lastsMs: roomMs,
      };
}

function containerTrouble(container: ContainerState): StartTrouble | null {
  const text = `${container.name}: ${container.reason ?? ''} ${container.message ?? ''}`.trim();
  if (container.reason !== null && pullFailures.has(container.reason)) {
    return {
      kind: 'infrastructure',
      text: `image ${container.image} cannot be pulled (${text})`,
      next: '; check the name, load it into the nodes, or map it with --image',
      lastsMs: kubeletMs,
    };
  }
  if (container.reason !== null && configFailures.has(container.reason)) {
    return { kind: 'configuration', text, next: '', lastsMs: kubeletMs };
  }
  if (container.restarts >= crashLoopRestarts && !container.ready) {
    const crashed = `${container.name} crashed: ${exitText(container)}`;
    return { kind: 'crash', text: crashed, next: '', lastsMs: 0 };
  }
  return null;
}

/**
 * That a server of a pod which was ready is down now, with its reason; null when all run. One that was
 * started anew and runs is not to blame for what failed meanwhile.
 */
export function endedServer(pod: PodState): string | null {
  const ended = pod.containers.find(
    // an init container that did its work has ended too
    ({ state, exitCode, restarts }) =>
      state === 'waiting' || (state === 'terminated' && (exitCode !== 0 || restarts > 0)),
  );
  return ended ? `${ended.name} crashed after it had been ready: ${exitText(ended)}` : null;
}

function exitText(container: ContainerState): string {
  const { lastExit } = container;
  const reason = lastExit?.reason ?? container.reason ?? 'unknown';
  return `${reason}, exit code ${lastExit?.exitCode ?? container.exitCode ?? 'unknown'}, ${container.restarts} restarts`;
}
