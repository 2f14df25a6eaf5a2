import { createOwnedPod } from '../kubelet/pod-admission.ts';
import {
  isFinished,
  isTerminating,
  ownedPods,
  podFromTemplate,
  setStatus,
} from '../kubelet/pod-facts.ts';
import type { Job } from '../store/objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { deleteObject } from './deletion.ts';

/** Pods of a Job are retried after 10 s, doubling to 6 min (Kubernetes' job controller). */
const backoffFirstMs = 10_000;
const backoffMaxMs = 360_000;

/** One pass of the Job controller: completions, parallelism and backoffLimit; no indexes. */
export function reconcileJob(
  store: ObjectStore,
  job: Job,
  nowMs: number,
  newSuffix: () => string,
): void {
  if (isTerminating(job) || ended(job)) return;
  const pods = ownedPods(store, job);
  const succeeded = pods.filter((pod) => pod.status.phase === 'Succeeded').length;
  const failed = pods.filter((pod) => pod.status.phase === 'Failed');
  const active = pods.filter((pod) => !isFinished(pod) && !isTerminating(pod));
  const wanted = job.spec.completions ?? 1;
  const restarts = active
    .flatMap((pod) => pod.status.containerStatuses ?? [])
    .reduce((sum, status) => sum + status.restartCount, 0);
  const conditions = job.status.conditions ?? [];
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True' as const,
    reason,
    message,
    lastTransitionTime: store.now(),
  });
  if (succeeded >= wanted) {
    conditions.push(condition('Complete', 'CompletionsReached', 'Reached expected completions'));
  } else if (failed.length + restarts > (job.spec.backoffLimit ?? 6)) {
    conditions.push(
      condition('Failed', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'),
    );
    for (const pod of active) deleteObject(store, pod);
  } else if (nowMs >= retryAtMs(failed)) {
    const room = Math.min(job.spec.parallelism ?? 1, wanted - succeeded) - active.length;
    for (let i = 0; i < room; i++) {
      const pod = podFromTemplate(job.spec.template, job, `${job.metadata.name}-${newSuffix()}`, {
        'batch.kubernetes.io/job-name': job.metadata.name,
        'batch.kubernetes.io/controller-uid': job.metadata.uid,
        'job-name': job.metadata.name,
        'controller-uid': job.metadata.uid,
      });
      if (!createOwnedPod(store, job, pod)) break;
    }
  }
  setStatus(store, job, {
    startTime: (job.status as { startTime?: string }).startTime ?? store.now(),
    active: conditions.length > 0 ? 0 : active.length,
    succeeded,
    failed: failed.length,
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(succeeded >= wanted ? { completionTime: store.now() } : {}),
  });
}

function ended(job: Job): boolean {
  return (job.status.conditions ?? []).some(
    (c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True',
  );
}

function retryAtMs(failed: ReturnType<typeof ownedPods>): number {
  if (failed.length === 0) return 0;
  const ends = failed.flatMap((pod) => [
    pod.metadata.creationTimestamp,
    ...(pod.status.containerStatuses ?? []).flatMap(
      (status) => status.state.terminated?.finishedAt ?? [],
    ),
  ]);
  const last = Math.max(...ends.map((time) => Date.parse(time)));
  return last + Math.min(backoffMaxMs, backoffFirstMs * 2 ** (failed.length - 1));
}
