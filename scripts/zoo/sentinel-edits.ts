import { blockOf, type TextEdit } from './text-edits.ts';

/** Each makes one mistake in manifests/sentinel.yaml. */
type SentinelEdit = (text: string) => readonly TextEdit[];

const startRules = '    tries=0\n    while :; do\n      master=$(named)';
const afterRules = "    # By printf, which is the shell's own";

export const plainStart: SentinelEdit = (text) => [
  // a machine that is busy brings the pod back late, and then the Sentinels are first: not what is shown here
  {
    from: 'down-after-milliseconds mymaster 2000',
    to: 'down-after-milliseconds mymaster 15000',
  },
  {
    from: blockOf(text, startRules, afterRules),
    to: '    master=\n    [ "$ordinal" = 0 ] || master=$(peer 0)\n',
  },
];

/** How soon they act where that is not the point. */
const soon: TextEdit = {
  from: 'failover-timeout mymaster 30000',
  to: 'failover-timeout mymaster 5000',
};

export const quorumOfAll: SentinelEdit = () => [
  soon,
  { from: ' $((REPLICAS / 2 + 1))', to: ' "$REPLICAS"' },
];

export const waitsTooLong: SentinelEdit = () => [
  {
    from: 'down-after-milliseconds mymaster 2000',
    to: 'down-after-milliseconds mymaster 30000',
  },
];

export const noPasswordForSentinel: SentinelEdit = () => [
  { from: `      printf 'sentinel auth-pass %s "%s"\\n' "$MASTER_NAME" "$quoted"\n`, to: '' },
];

export const serviceOverAll: SentinelEdit = () => [
  { from: '    app: redis\n    redis-role: master\n', to: '    app: redis\n' },
];

export const labelsOneAlone: SentinelEdit = () => [
  { from: 'resourceNames: [redis-0, redis-1, redis-2]', to: 'resourceNames: [redis-0]' },
];

export const addressesAndRandomIds: SentinelEdit = (text) => [
  {
    from: blockOf(
      text,
      '      # The same id after every restart',
      "      printf 'sentinel monitor ",
    ),
    to: '',
  },
  {
    from: '      printf \'replica-announce-ip %s\\nreplica-announce-port 6379\\n\' "$self"\n',
    to: '',
  },
  {
    from: '    say "watching $master"\n',
    to: '    case $master in *[!0-9.]*) master=$(getent hosts "$master" | cut -d " " -f 1) ;; esac\n    say "watching $master"\n',
  },
  { from: '    self=$(sed -n', to: '    self=$POD_IP\n    name=$(sed -n' },
  { from: '    [ -n "$self" ] ||', to: '    [ -n "$name" ] ||' },
  { from: '${POD_NAME%-*}-$1.${self#*.}', to: '${POD_NAME%-*}-$1.${name#*.}' },
  {
    from: '            - name: REDISCLI_AUTH\n',
    to: '            - name: POD_IP\n              valueFrom:\n                fieldRef:\n                  fieldPath: status.podIP\n            - name: REDISCLI_AUTH\n',
  },
];
