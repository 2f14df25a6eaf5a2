import { podSpec } from '../kubelet/pod-fields.ts';
import {
  boolean,
  type FieldRule,
  type FieldTable,
  ignore,
  integer,
  list,
  map,
  object,
  refuse,
  string,
  strings,
  use,
} from './field-rules.ts';

const selector = object({
  matchLabels: map,
  matchExpressions: list(
    object({ key: string, operator: string, values: strings }, 'key', 'operator'),
  ),
});

const template = object(
  {
    metadata: object({
      labels: map,
      annotations: map,
      name: string,
      namespace: string,
      creationTimestamp: use,
      finalizers: refuse('finalizers in a template'),
    }),
    spec: podSpec,
  },
  'spec',
);

const claimSpec = object({
  accessModes: strings,
  resources: ignore,
  storageClassName: ignore,
  volumeMode: refuse('block volumes', 'Filesystem'),
  volumeName: ignore,
  volumeAttributesClassName: ignore,
  selector: ignore,
  dataSource: refuse('a claim filled from a data source'),
  dataSourceRef: refuse('a claim filled from a data source'),
});

const policyRules = list(
  object(
    {
      apiGroups: strings,
      resources: strings,
      verbs: strings,
      resourceNames: strings,
      nonResourceURLs: strings,
    },
    'verbs',
  ),
);
const subjects = list(
  object({ kind: string, name: string, namespace: string, apiGroup: string }, 'kind', 'name'),
);
const roleRef = object({ apiGroup: string, kind: string, name: string }, 'kind', 'name');

const top: FieldTable = { apiVersion: string, kind: string, metadata: use, status: use };
const kind = (fields: FieldTable, ...required: string[]): FieldRule =>
  object({ ...top, ...fields }, ...required);

/** Kinds that embedded acts on. */
export const honouredKinds: Readonly<Record<string, FieldRule>> = {
  Pod: kind({ spec: podSpec }, 'spec'),
  StatefulSet: kind(
    {
      spec: object(
        {
          replicas: integer,
          serviceName: string,
          selector,
          template,
          volumeClaimTemplates: list(
            object(
              { apiVersion: string, kind: string, metadata: use, spec: claimSpec, status: use },
              'metadata',
              'spec',
            ),
          ),
          podManagementPolicy: string,
          updateStrategy: object({
            type: string,
            rollingUpdate: object({
              partition: integer,
              maxUnavailable: refuse('maxUnavailable of a StatefulSet', 1),
            }),
          }),
          minReadySeconds: integer,
          ordinals: object({ start: integer }),
          persistentVolumeClaimRetentionPolicy: object({
            whenDeleted: refuse('claims deleted with their StatefulSet', 'Retain'),
            whenScaled: refuse('claims deleted on scaling down', 'Retain'),
          }),
          revisionHistoryLimit: ignore,
        },
        'selector',
        'template',
      ),
    },
    'spec',
  ),
  Deployment: kind(
    {
      spec: object(
        {
          replicas: integer,
          selector,
          template,
          strategy: object({
            type: string,
            rollingUpdate: object({ maxSurge: use, maxUnavailable: use }),
          }),
          minReadySeconds: integer,
          paused: refuse('a paused Deployment', false),
          progressDeadlineSeconds: ignore,
          revisionHistoryLimit: ignore,
        },
        'selector',
        'template',
      ),
    },
    'spec',
  ),
  ReplicaSet: kind(
    {
      spec: object(
        { replicas: integer, selector, template, minReadySeconds: integer },
        'selector',
        'template',
      ),
    },
    'spec',
  ),
  Job: kind(
    {
      spec: object(
        {
          template,
          completions: integer,
          parallelism: integer,
          backoffLimit: integer,
          ttlSecondsAfterFinished: ignore,
          selector,
          manualSelector: use,
          completionMode: refuse('indexed Jobs', 'NonIndexed'),
          activeDeadlineSeconds: refuse("a Job's activeDeadlineSeconds"),
          suspend: refuse('a suspended Job', false),
          podFailurePolicy: refuse("a Job's podFailurePolicy"),
          podReplacementPolicy: ignore,
        },
        'template',
      ),
    },
    'spec',
  ),
  Service: kind(
    {
      spec: object({
        type: refuse('this type of Service', 'ClusterIP', 'NodePort', 'LoadBalancer'),
        selector: map,
        ports: list(
          object(
            {
              name: string,
              port: integer,
              targetPort: use,
              protocol: refuse('this protocol', 'TCP', 'UDP'),
              nodePort: ignore,
              appProtocol: ignore,
            },
            'port',
          ),
        ),
        clusterIP: refuse('a chosen clusterIP', '', 'None'),
        clusterIPs: use,
        publishNotReadyAddresses: boolean,
        sessionAffinity: refuse('this session affinity', 'None', 'ClientIP'),
        sessionAffinityConfig: object({ clientIP: object({ timeoutSeconds: integer }) }),
        externalName: refuse('ExternalName Services'),
        externalIPs: refuse('externalIPs'),
        internalTrafficPolicy: ignore,
        externalTrafficPolicy: ignore,
        trafficDistribution: ignore,
        healthCheckNodePort: ignore,
        allocateLoadBalancerNodePorts: ignore,
        loadBalancerClass: ignore,
        loadBalancerIP: ignore,
        loadBalancerSourceRanges: refuse('loadBalancerSourceRanges'),
        ipFamilies: ignore,
        ipFamilyPolicy: ignore,
      }),
    },
    'spec',
  ),
  EndpointSlice: kind(
    { addressType: refuse('this address type', 'IPv4'), endpoints: use, ports: use },
    'addressType',
  ),
  ConfigMap: kind({ data: map, binaryData: map, immutable: ignore }),
  Secret: kind({ data: map, stringData: map, type: string, immutable: ignore }),
  PersistentVolumeClaim: kind({ spec: claimSpec }, 'spec'),
  PodDisruptionBudget: kind(
    {
      spec: object({
        minAvailable: use,
        maxUnavailable: use,
        selector,
        unhealthyPodEvictionPolicy: string,
      }),
    },
    'spec',
  ),
  ServiceAccount: kind({
    automountServiceAccountToken: boolean,
    imagePullSecrets: ignore,
    secrets: ignore,
  }),
  Role: kind({ rules: policyRules }),
  ClusterRole: kind({
    rules: policyRules,
    aggregationRule: refuse('a ClusterRole that is made of others'),
  }),
  RoleBinding: kind({ subjects, roleRef }, 'roleRef'),
  ClusterRoleBinding: kind({ subjects, roleRef }, 'roleRef'),
};

/** Kinds kept and listed, without any effect here. */
export const inertKinds: ReadonlySet<string> = new Set([
  'Namespace',
  'PriorityClass',
  'StorageClass',
  'PersistentVolume',
  'Ingress',
  'ServiceMonitor',
  'PodMonitor',
  'CustomResourceDefinition',
]);
