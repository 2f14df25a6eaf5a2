import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  ServiceAccount,
} from '../kube-api/rbac-objects.ts';
import type { Condition, Pod, PodTemplate } from './pod-objects.ts';
import type { LabelSelector, Stored } from './stored-object.ts';

export interface ClaimTemplate {
  metadata: {
    name: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: object;
}

export interface StatefulSet extends Stored<'StatefulSet'> {
  spec: {
    replicas?: number;
    serviceName?: string;
    selector: LabelSelector;
    template: PodTemplate;
    volumeClaimTemplates?: ClaimTemplate[];
    podManagementPolicy?: 'OrderedReady' | 'Parallel';
    updateStrategy?: {
      type?: 'RollingUpdate' | 'OnDelete';
      rollingUpdate?: { partition?: number };
    };
    minReadySeconds?: number;
    ordinals?: { start?: number };
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  };
  status: object;
}

export interface Deployment extends Stored<'Deployment'> {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    minReadySeconds?: number;
    strategy?: {
      type?: 'RollingUpdate' | 'Recreate';
      rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string };
    };
  };
  status: object;
}

export interface ReplicaSet extends Stored<'ReplicaSet'> {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    minReadySeconds?: number;
  };
  status: object;
}

export interface Job extends Stored<'Job'> {
  spec: {
    template: PodTemplate;
    completions?: number;
    parallelism?: number;
    backoffLimit?: number;
  };
  status: { conditions?: Condition[] } & Record<string, unknown>;
}

export interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
  protocol?: 'TCP' | 'UDP';
  nodePort?: number;
}

export interface Service extends Stored<'Service'> {
  spec: {
    type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
    clusterIP?: string;
    clusterIPs?: string[];
    selector?: Record<string, string>;
    ports?: ServicePort[];
    publishNotReadyAddresses?: boolean;
    sessionAffinity?: 'None' | 'ClientIP';
    sessionAffinityConfig?: { clientIP?: { timeoutSeconds?: number } };
  };
  status: { loadBalancer: { ingress?: { ip: string; ipMode?: string }[] } };
}

export interface Endpoint {
  addresses: string[];
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
  hostname?: string;
  nodeName?: string;
  targetRef?: { kind: string; name: string; namespace: string; uid: string };
}

export interface EndpointSlice extends Stored<'EndpointSlice'> {
  addressType: string;
  endpoints: Endpoint[];
  ports: { name?: string; port: number; protocol?: string }[];
}

export interface ConfigMap extends Stored<'ConfigMap'> {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
}

/** What a StatefulSet's pods were made of at some time: the partition may want an old one. */
export interface ControllerRevision extends Stored<'ControllerRevision'> {
  data: { spec: { template: PodTemplate } };
  revision: number;
}

/** `stringData` is folded into `data` (base64) when it is accepted, as the API does. */
export interface Secret extends Stored<'Secret'> {
  data?: Record<string, string>;
  type?: string;
}

export interface Claim extends Stored<'PersistentVolumeClaim'> {
  spec: object & { volumeName?: string };
  status: object & { phase?: 'Pending' | 'Bound' };
}

export interface DisruptionBudget extends Stored<'PodDisruptionBudget'> {
  spec: {
    minAvailable?: number | string;
    maxUnavailable?: number | string;
    selector?: LabelSelector;
    unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow';
  };
  status: object;
}

export interface Taint {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface KubeNode extends Stored<'Node'> {
  spec: { taints?: Taint[]; unschedulable?: boolean };
  status: {
    addresses: { type: string; address: string }[];
    conditions: {
      type: string;
      status: 'True' | 'False' | 'Unknown';
      reason?: string;
      message?: string;
      lastTransitionTime: string;
    }[];
  };
}

export interface KubeEvent extends Stored<'Event'> {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  involvedObject: { kind: string; name: string; namespace: string; uid: string };
}

export interface OtherObject extends Stored<string> {
  [field: string]: unknown;
}

/** The kinds that the embedded node acts on; any other is kept and given back as it came. */
export interface KnownKinds {
  Pod: Pod;
  StatefulSet: StatefulSet;
  Deployment: Deployment;
  ReplicaSet: ReplicaSet;
  ControllerRevision: ControllerRevision;
  Job: Job;
  Service: Service;
  EndpointSlice: EndpointSlice;
  ConfigMap: ConfigMap;
  Secret: Secret;
  PersistentVolumeClaim: Claim;
  PodDisruptionBudget: DisruptionBudget;
  Event: KubeEvent;
  Node: KubeNode;
  ServiceAccount: ServiceAccount;
  Role: Role;
  RoleBinding: RoleBinding;
  ClusterRole: ClusterRole;
  ClusterRoleBinding: ClusterRoleBinding;
}

export type KnownKind = keyof KnownKinds;
export type AnyObject = KnownKinds[KnownKind] | OtherObject;
