import { blockOf, type TextEdit } from './text-edits.ts';

/** Each makes one mistake in manifests/cluster.yaml; given the text that it is to change. */
type ClusterEdit = (cluster: string) => readonly TextEdit[];

const setting = (from: string, to: string): ClusterEdit => {
  return () => [{ from: `    ${from}\n`, to: `    ${to}\n` }];
};

/** Puts another start script in the place of ours, as it would stand in a ConfigMap. */
function startScript(...lines: readonly string[]): ClusterEdit {
  const text = lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n');
  return (cluster) => [
    {
      from: blockOf(cluster, '  update-node.sh: |\n', '---\n'),
      to: `  update-node.sh: |\n${text}\n`,
    },
  ];
}

const octets = (count: number) => Array(count).fill('[0-9]\\{1,3\\}').join('\\.');
const rewrite = (address: string, pattern: string, to: string) =>
  startScript(
    '#!/bin/sh',
    'file=/data/nodes.conf',
    'if [ -f "$file" ]; then',
    `  sed -i -e "${address}s/${pattern}/${to}/" "$file"`,
    'fi',
    'exec "$@"',
  );

export const noRewrite: ClusterEdit = () => [
  {
    from: 'command: [/conf/update-node.sh]\n          args: [redis-server, /conf/redis.conf]',
    to: 'command: [redis-server, /conf/redis.conf]',
  },
];
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
const podIp = '${POD_IP}';
export const threeOctets = rewrite('/myself/ ', octets(3), podIp);
export const literalPlaceholder = rewrite('/myself/ ', octets(4), '{POD_IP}');
export const everyAddress = rewrite('', octets(4), podIp);
export const missingFile = startScript(
  '#!/bin/sh',
  'set -e',
  'file=/data/nodes.conf',
  'old=$(grep myself "$file" | cut -d " " -f 2 | cut -d : -f 1)',
  `sed -i -e "s/$old/${podIp}/" "$file"`,
  'exec "$@"',
);

export const emptyDir: ClusterEdit = (cluster) => [
  {
    from: '      volumes:\n        - name: conf\n',
    to: '      volumes:\n        - name: data\n          emptyDir: {}\n        - name: conf\n',
  },
  { from: cluster.slice(cluster.indexOf('  volumeClaimTemplates:\n')), to: '' },
];

export const nodesConfOutside: ClusterEdit = () => [
  { from: 'cluster-config-file nodes.conf', to: 'cluster-config-file /run/redis/nodes.conf' },
  {
    from: '          env:\n            - name: POD_IP\n',
    to: '          env:\n            - name: NODES_CONF\n              value: /run/redis/nodes.conf\n            - name: POD_IP\n',
  },
  {
    from: '              mountPath: /data\n',
    to: '              mountPath: /data\n            - name: run\n              mountPath: /run/redis\n',
  },
  {
    from: '      volumes:\n        - name: conf\n',
    to: '      volumes:\n        - name: run\n          emptyDir: {}\n        - name: conf\n',
  },
];

export const noPersistence = setting('appendonly yes', 'appendonly no');
export const noReplicas: ClusterEdit = () => [{ from: '  replicas: 6\n', to: '  replicas: 3\n' }];
export const neverSynced = setting(
  'appendonly yes',
  [
    'appendonly yes',
    '',
    '    # "Dangerous commands are for nobody": replication is made of two of them.',
    '    user default on nopass ~* &* +@all -psync -sync',
    '    # "A replica with old data is better than no shard."',
    '    cluster-replica-validity-factor 0',
  ].join('\n'),
);
export const fullCoverage = setting(
  'cluster-require-full-coverage no',
  'cluster-require-full-coverage yes',
);
export const unknownDirective = setting(
  'cluster-require-full-coverage no',
  'cluster-require-full-coverge no',
);
export const notExecutable: ClusterEdit = () => [
  { from: 'defaultMode: 0555', to: 'defaultMode: 0444' },
];
export const literalAnnounced = setting(
  'cluster-enabled yes',
  'cluster-enabled yes\n    cluster-announce-ip $(POD_IP)',
);
const password = (...settings: readonly string[]): ClusterEdit => {
  const flags = settings.map((name) => `--${name}, $(REDIS_PASSWORD)`).join(', ');
  const key = 'valueFrom: {secretKeyRef: {name: redis-cluster-auth, key: password}}';
  const variables = ['REDIS_PASSWORD', 'REDISCLI_AUTH'];
  return () => [
    {
      from: '          args: [redis-server, /conf/redis.conf]\n',
      to: `          args: [redis-server, /conf/redis.conf, ${flags}]\n`,
    },
    {
      from: '          env:\n            - name: POD_IP\n',
      to: `          env:\n${variables.map((name) => `            - name: ${name}\n              ${key}\n`).join('')}            - name: POD_IP\n`,
    },
    {
      from: '---\napiVersion: v1\nkind: Service\n',
      to: '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: redis-cluster-auth\nstringData:\n  password: only-for-the-zoo\n---\napiVersion: v1\nkind: Service\n',
    },
  ];
};
export const masterauthMissing = password('requirepass');
export const withPassword = password('requirepass', 'masterauth');
/** Saves bandwidth, and a replica has the data up to 40 ms later (redis.conf). */
export const slowReplication = setting(
  'appendonly yes',
  'appendonly yes\n    repl-disable-tcp-nodelay yes',
);
export const unchanged: ClusterEdit = () => [];
