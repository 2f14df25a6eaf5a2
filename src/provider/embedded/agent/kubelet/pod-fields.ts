import {
  boolean,
  type FieldTable,
  ignore,
  integer,
  list,
  object,
  refuse,
  string,
  strings,
  use,
} from '../store/field-rules.ts';

const keyRef = object({ name: string, key: string, optional: boolean }, 'name', 'key');
const items = list(object({ key: string, path: string, mode: integer }, 'key', 'path'));

const downwardItems = list(
  object(
    {
      path: string,
      mode: integer,
      fieldRef: object({ fieldPath: string, apiVersion: string }, 'fieldPath'),
      resourceFieldRef: refuse('resourceFieldRef'),
    },
    'path',
  ),
);
const projected = object({
  defaultMode: integer,
  sources: list(
    object({
      configMap: object({ name: string, items, optional: boolean }, 'name'),
      secret: object({ name: string, items, optional: boolean }, 'name'),
      downwardAPI: object({ items: downwardItems }),
      serviceAccountToken: object(
        { path: string, audience: string, expirationSeconds: ignore },
        'path',
      ),
      clusterTrustBundle: refuse('cluster trust bundles'),
      podCertificate: refuse('pod certificates'),
    }),
  ),
});

const action: FieldTable = {
  exec: object({ command: strings }),
  httpGet: object(
    {
      path: string,
      port: use,
      host: string,
      scheme: refuse('HTTPS probes', 'HTTP'),
      httpHeaders: list(object({ name: string, value: string }, 'name', 'value')),
    },
    'port',
  ),
  tcpSocket: object({ port: use, host: string }, 'port'),
};
const probe = object({
  ...action,
  grpc: refuse('gRPC probes'),
  initialDelaySeconds: integer,
  periodSeconds: integer,
  timeoutSeconds: integer,
  successThreshold: integer,
  failureThreshold: integer,
  terminationGracePeriodSeconds: integer,
});
const hook = object({ ...action, sleep: object({ seconds: integer }, 'seconds') });

const containerSecurity = object({
  runAsUser: integer,
  runAsGroup: integer,
  runAsNonRoot: boolean,
  allowPrivilegeEscalation: boolean,
  readOnlyRootFilesystem: boolean,
  capabilities: object({ add: strings, drop: strings }),
  privileged: refuse('privileged containers', false),
  procMount: refuse('procMount', 'Default'),
  seccompProfile: ignore,
  appArmorProfile: ignore,
  seLinuxOptions: ignore,
  windowsOptions: ignore,
});

const container = object(
  {
    name: string,
    image: string,
    imagePullPolicy: string,
    command: strings,
    args: strings,
    workingDir: string,
    env: list(
      object(
        {
          name: string,
          value: string,
          valueFrom: object({
            fieldRef: object({ fieldPath: string, apiVersion: string }, 'fieldPath'),
            secretKeyRef: keyRef,
            configMapKeyRef: keyRef,
            resourceFieldRef: refuse('resourceFieldRef: there are no resource limits here'),
            fileKeyRef: refuse('fileKeyRef'),
          }),
        },
        'name',
      ),
    ),
    envFrom: list(
      object({
        prefix: string,
        configMapRef: object({ name: string, optional: boolean }, 'name'),
        secretRef: object({ name: string, optional: boolean }, 'name'),
      }),
    ),
    ports: list(
      object(
        {
          name: string,
          containerPort: integer,
          protocol: string,
          hostPort: refuse('host ports'),
          hostIP: refuse('host ports'),
        },
        'containerPort',
      ),
    ),
    volumeMounts: list(
      object(
        {
          name: string,
          mountPath: string,
          subPath: string,
          readOnly: boolean,
          subPathExpr: string,
          mountPropagation: refuse('mountPropagation', 'None'),
          recursiveReadOnly: ignore,
        },
        'name',
        'mountPath',
      ),
    ),
    volumeDevices: refuse('block volumes'),
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    lifecycle: object({
      postStart: hook,
      preStop: hook,
      stopSignal: refuse('lifecycle.stopSignal', 'SIGTERM'),
    }),
    securityContext: containerSecurity,
    restartPolicy: use,
    restartPolicyRules: refuse('restartPolicyRules'),
    resources: ignore,
    resizePolicy: ignore,
    stdin: refuse('stdin', false),
    stdinOnce: refuse('stdinOnce', false),
    tty: refuse('a terminal (tty)', false),
    terminationMessagePath: ignore,
    terminationMessagePolicy: ignore,
  },
  'name',
  'image',
);

/** Fields of a pod's spec, also inside a controller's template. */
export const podSpec = object(
  {
    containers: list(container),
    initContainers: list(container),
    volumes: list(
      object(
        {
          name: string,
          emptyDir: use,
          configMap: object(
            { name: string, defaultMode: integer, items, optional: boolean },
            'name',
          ),
          secret: object(
            { secretName: string, defaultMode: integer, items, optional: boolean },
            'secretName',
          ),
          downwardAPI: object({ defaultMode: integer, items: downwardItems }),
          persistentVolumeClaim: object({ claimName: string, readOnly: boolean }, 'claimName'),
          hostPath: refuse('hostPath volumes: pods never see files of this machine'),
          projected,
          ephemeral: refuse('ephemeral volumes'),
          csi: refuse('csi volumes'),
          nfs: refuse('nfs volumes'),
          image: refuse('image volumes'),
        },
        'name',
      ),
    ),
    restartPolicy: string,
    terminationGracePeriodSeconds: integer,
    hostname: string,
    subdomain: string,
    enableServiceLinks: boolean,
    hostAliases: list(object({ ip: string, hostnames: strings }, 'ip')),
    securityContext: object({
      runAsUser: integer,
      runAsGroup: integer,
      runAsNonRoot: boolean,
      fsGroup: integer,
      supplementalGroups: list(integer),
      fsGroupChangePolicy: ignore,
      supplementalGroupsPolicy: ignore,
      seccompProfile: ignore,
      appArmorProfile: ignore,
      seLinuxOptions: ignore,
      seLinuxChangePolicy: ignore,
      windowsOptions: ignore,
      sysctls: refuse('securityContext.sysctls'),
    }),
    dnsPolicy: refuse('this dnsPolicy', 'ClusterFirst', 'ClusterFirstWithHostNet', 'None'),
    dnsConfig: object({
      nameservers: strings,
      searches: strings,
      options: list(object({ name: string, value: string })),
    }),
    hostNetwork: refuse('the host network', false),
    hostPID: refuse('the host PID namespace', false),
    hostIPC: refuse('the host IPC namespace', false),
    shareProcessNamespace: boolean,
    hostUsers: ignore,
    setHostnameAsFQDN: refuse('setHostnameAsFQDN', false),
    activeDeadlineSeconds: refuse('activeDeadlineSeconds'),
    readinessGates: refuse('readiness gates'),
    schedulingGates: refuse('scheduling gates'),
    ephemeralContainers: refuse('ephemeral containers'),
    runtimeClassName: refuse('runtime classes'),
    nodeName: refuse('nodeName: embedded has one node of its own'),
    resourceClaims: refuse('resource claims'),
    affinity: ignore,
    nodeSelector: ignore,
    tolerations: ignore,
    topologySpreadConstraints: ignore,
    schedulerName: ignore,
    priority: ignore,
    priorityClassName: ignore,
    preemptionPolicy: ignore,
    overhead: ignore,
    os: ignore,
    resources: ignore,
    serviceAccountName: string,
    serviceAccount: string,
    automountServiceAccountToken: boolean,
    imagePullSecrets: ignore,
  },
  'containers',
);
