import { checkAutoscaler } from './autoscaler.ts';
import { checkConfigMap, checkSecret } from './configuration.ts';
import { checkCronJob, checkJob } from './jobs.ts';
import { checkMetadata } from './metadata.ts';
import { checkIngress, checkNetworkPolicy } from './network.ts';
import { field, type Part, type Problem } from './part.ts';
import { checkPodSpec } from './pod.ts';
import { checkDisruptionBudget, checkPriorityClass } from './policy.ts';
import { checkClusterRole, checkClusterRoleBinding, checkRole, checkRoleBinding } from './roles.ts';
import { checkService } from './service.ts';
import { checkClaimSpec, checkStorageClass } from './storage.ts';
import { checkDaemonSet, checkDeployment, checkReplicaSet, checkStatefulSet } from './workloads.ts';

const rules: Readonly<Record<string, (object: Part) => Iterable<Problem>>> = {
  ClusterRole: checkClusterRole,
  ClusterRoleBinding: checkClusterRoleBinding,
  ConfigMap: checkConfigMap,
  CronJob: checkCronJob,
  DaemonSet: checkDaemonSet,
  Deployment: checkDeployment,
  HorizontalPodAutoscaler: checkAutoscaler,
  Ingress: checkIngress,
  Job: checkJob,
  NetworkPolicy: checkNetworkPolicy,
  PersistentVolumeClaim: (object) => checkClaimSpec(field(object, 'spec')),
  Pod: (object) => checkPodSpec(field(object, 'spec'), []),
  PodDisruptionBudget: checkDisruptionBudget,
  PriorityClass: checkPriorityClass,
  ReplicaSet: checkReplicaSet,
  Role: checkRole,
  RoleBinding: checkRoleBinding,
  Secret: checkSecret,
  Service: checkService,
  StatefulSet: checkStatefulSet,
  StorageClass: checkStorageClass,
};

/**
 * What the API's own rules say of an object whose fields have the right types: forms of names, what
 * excludes or needs what, ranges. As Kubernetes 1.34 has them (pkg/apis/*\/validation); compared with
 * an API server, object by object (test/fixtures/objects).
 */
export function* problemsOf(kind: string, value: unknown): Iterable<Problem> {
  const object: Part = { path: [], value };
  yield* checkMetadata(kind, object);
  yield* rules[kind]?.(object) ?? [];
}
