import type { CheckId } from '../../src/model/finding.ts';
import type { BaseName } from './bases.ts';
import * as auth from './cluster-auth-edits.ts';
import * as cluster from './cluster-edits.ts';
import * as app from './hit-counter-edits.ts';
import * as sentinel from './sentinel-edits.ts';
import { nothingPersisted } from './standalone-edits.ts';
import type { TextEdit } from './text-edits.ts';

/** A healthy set-up and a fault that it survives: what tells the broken ones from the tool's mood. */
export type SisterName =
  | 'held'
  | 'natural'
  | 'shard'
  | 'own app'
  | 'password'
  | 'own password'
  | 'single'
  | 'Sentinels'
  | 'Sentinels, natural';

/** One known-bad set-up: manifest, fault, and the check that must go red. */
export interface Entry {
  /** Of the file, `manifests/known-bad/NAME.yaml`. */
  readonly name: string;
  readonly wrong: string;
  /** How users get there. */
  readonly wild: string;
  /** What it looks like without the check that sees it. */
  readonly fooled: string;
  /** Flags of `run` beside the manifests. */
  readonly fault: readonly string[];
  readonly red: CheckId;
  /** Part of the explanation that the report must give: red for the right reason. */
  readonly why: string;
  readonly sister: SisterName;
  /** The shipped manifests that it is made of; left out: cluster. */
  readonly base?: BaseName;
  readonly edits: (text: string) => readonly TextEdit[];
  /** The user's own app with this mistake; left out: ours counts the hits. */
  readonly app?: readonly TextEdit[];
}

const held = ['--fault', 'master-delete'] as const;
const natural = ['--fault', 'master-delete', '--hold', 'none'] as const;
const noFault = ['--fault', 'noop'] as const;
const withSecret = ['--auth', 'secret:redis-cluster-auth/password'] as const;
const withSentinelSecret = ['--auth', 'secret:redis-sentinel-auth/password'] as const;
/** Three in a row are the default, and one is enough to show it. */
const once = ['--failovers', '1'] as const;
const whatever = 'any fault: it is seen before one is injected';

/** A healthy sister: a file of manifests/known-bad, or what is shipped, and its fault. */
interface Sister {
  readonly file: string | { readonly shipped: BaseName };
  readonly flags: readonly string[];
}

export const sisters: Readonly<Record<SisterName, Sister>> = {
  held: { file: { shipped: 'cluster' }, flags: held },
  natural: { file: { shipped: 'cluster' }, flags: natural },
  shard: {
    file: { shipped: 'cluster' },
    flags: ['--fault', 'shard-delete', '--outage-budget', '3s'],
  },
  'own app': { file: 'healthy-hit-counter', flags: held },
  password: { file: 'healthy-password', flags: [...held, ...withSecret] },
  'own password': { file: { shipped: 'cluster-auth' }, flags: held },
  single: { file: { shipped: 'standalone' }, flags: held },
  Sentinels: { file: { shipped: 'sentinel' }, flags: [...held, ...once] },
  'Sentinels, natural': { file: { shipped: 'sentinel' }, flags: [...natural, ...once] },
};

export const entries: readonly Entry[] = [
  {
    name: 'no-rewrite',
    wrong: 'Nothing puts the pod’s new address into nodes.conf when it comes back.',
    wild: 'Any StatefulSet of a stock image with a volume (redis#4645, #6128, #2706).',
    fooled:
      'A replica is promoted, the counter goes on, readiness, cluster_state and slots are fine.',
    fault: held,
    red: 'ip-rewrite',
    why: 'No start script puts the new address into nodes.conf',
    sister: 'held',
    edits: cluster.noRewrite,
  },
  {
    name: 'three-octets',
    wrong:
      'The start script’s pattern covers three of the four octets: 10.1.2.3 becomes 10.1.2.4.3.',
    wild: 'The sed line of many tutorials, copied with one group lost.',
    fooled:
      'The address gets longer with each restart, and any look for "contains the pod’s address".',
    fault: held,
    red: 'ip-rewrite',
    why: 'covers only three of the four octets',
    sister: 'held',
    edits: cluster.threeOctets,
  },
  {
    name: 'literal-placeholder',
    wrong: 'The start script writes {POD_IP}, without the $, into nodes.conf; Redis accepts it.',
    wild: 'A template engine that eats the $, single quotes around sed’s script (sanderploegsma/redis-cluster#8).',
    fooled: 'The pod is ready, its peers know it; only clients that ask it are sent nowhere.',
    fault: held,
    red: 'ip-rewrite',
    why: 'wrote its placeholder instead of the address',
    sister: 'held',
    edits: cluster.literalPlaceholder,
  },
  {
    name: 'every-address',
    wrong: 'The start script rewrites every node’s address in nodes.conf, not only its own.',
    wild: 'A sed without the /myself/ in front.',
    fooled:
      'Split brain without an error: the pod says state ok, all slots, its own address right.',
    fault: held,
    red: 'topology-converged',
    why: "rewrites every node's address",
    sister: 'held',
    edits: cluster.everyAddress,
  },
  {
    name: 'empty-dir',
    wrong: '/data is an emptyDir: it goes with the pod, and with it the node’s id and its data.',
    wild: 'Helm values with persistence.enabled=false (bitnami/charts#8908, #8952).',
    fooled: 'The replica is promoted and the counter goes on; the next fault takes the shard.',
    fault: held,
    red: 'identity-kept',
    why: 'nodes.conf is not on a volume that outlives the pod',
    sister: 'held',
    edits: cluster.emptyDir,
  },
  {
    name: 'nodes-conf-outside-volume',
    wrong: 'The data is on the volume and nodes.conf is not: the pod comes back as a new node.',
    wild: 'cluster-config-file with an absolute path, to get it out of the data’s folder.',
    fooled: 'The new node claims its data’s slots alone: two counters, and each client sees one.',
    fault: held,
    red: 'identity-kept',
    why: 'nodes.conf is not on the volume but the data is',
    sister: 'held',
    edits: cluster.nodesConfOutside,
  },
  {
    name: 'no-persistence',
    wrong:
      'Nothing is written to the volume: a master that comes back is empty, and its replica copies that.',
    wild: 'appendonly no and save "", "it is only a cache" (Redis’s replication page warns of it).',
    fooled:
      'Held down, all is green. Deleted plainly it is back in 2 s, every structural check is green, and the counter starts at 1.',
    fault: natural,
    red: 'counter-continuity',
    why: 'The master came back empty before anybody took over',
    sister: 'natural',
    edits: cluster.noPersistence,
  },
  {
    name: 'no-replicas',
    wrong: 'Three masters and no replica: nobody can take over.',
    wild: 'replicas: 3 and --cluster-replicas 0, "a cluster is highly available".',
    fooled: 'A plain delete is survived, because the pod is back soon enough.',
    fault: held,
    red: 'topology-formed',
    why: 'there are no replicas',
    sister: 'held',
    edits: cluster.noReplicas,
  },
  {
    name: 'never-synced-replica',
    wrong:
      'The replicas may not copy (PSYNC is denied), and validity factor 0 lets them be promoted empty.',
    wild: 'Access rules that deny "dangerous" commands.',
    fooled: 'Forming succeeds, the cluster is ok, a replica exists, and the counter restarts at 1.',
    fault: held,
    red: 'topology-formed',
    why: 'they cannot copy from it',
    sister: 'held',
    edits: cluster.neverSynced,
  },
  {
    name: 'masterauth-missing',
    wrong: 'requirepass without masterauth: no replica may copy from its master.',
    wild: 'A password added to a set-up that had none; a chart value set for one of the two.',
    fooled:
      'Forming says OK, all slots are covered, clients with the password are served; nothing could be promoted.',
    fault: [...held, ...withSecret],
    red: 'topology-formed',
    why: 'they cannot copy from it',
    sister: 'password',
    edits: cluster.masterauthMissing,
  },
  {
    name: 'password-rotated',
    wrong: 'The Secret was changed: a pod that comes back has another password than its peers.',
    wild: 'A rotated Secret: pods take it over one by one, each when it happens to start.',
    fooled:
      'A replica is promoted, the counter goes on, five pods agree on everything; the sixth lets nobody in.',
    fault: [...held, ...withSecret],
    red: 'one-owner',
    why: 'A client that happens to start at this pod gets nowhere',
    sister: 'own password',
    base: 'cluster-auth',
    edits: auth.passwordRotated,
  },
  {
    name: 'full-coverage',
    wrong: 'cluster-require-full-coverage yes: one shard without a master stops all others.',
    wild: 'Redis’s default.',
    fooled: 'Every check after the recovery; only a key of another shard shows it, while it lasts.',
    fault: ['--fault', 'shard-delete', '--outage-budget', '3s', '--claims', 'one-pod,shard'],
    red: 'outage-within-budget',
    why: 'cluster-require-full-coverage is yes',
    sister: 'shard',
    edits: cluster.fullCoverage,
  },
  {
    name: 'all-pods',
    wrong:
      'Nothing: it is the shipped set-up, asked for more than any rewrite of the own address gives.',
    wild: 'A node pool is replaced, the power fails (redis#15136): every stored peer address is stale.',
    fooled: 'For some seconds all looks well, also to writes; then it never heals.',
    // held: all are down at one moment; let go one after the other the first ones tell their new address
    fault: ['--fault', 'all-delete', '--claims', 'one-pod,all'],
    red: 'topology-converged',
    why: 'All pods got new addresses at once',
    sister: 'held',
    edits: cluster.unchanged,
  },
  {
    name: 'unknown-directive',
    wrong: 'A misspelt directive in redis.conf: the server exits at once.',
    wild: 'A typing error, or a directive that this version does not have yet or any more.',
    fooled: 'One look at readiness: between restarts a pod may be Ready for a moment.',
    fault: held,
    red: 'topology-formed',
    why: 'A pod crashes again and again',
    sister: 'held',
    edits: cluster.unknownDirective,
  },
  {
    name: 'missing-file',
    wrong: 'set -e, and the start script reads a nodes.conf that a first start does not have.',
    wild: 'A script that was tried on a cluster that ran already.',
    fooled: 'Restarts of the old cluster work; only a new one never starts.',
    fault: held,
    red: 'topology-formed',
    why: 'A pod crashes again and again',
    sister: 'held',
    edits: cluster.missingFile,
  },
  {
    name: 'not-executable',
    wrong: 'The start script is mounted without the execute bit: permission denied.',
    wild: 'A ConfigMap volume’s default mode is 0644.',
    fooled: 'The logs are empty; only the pod’s reason says it.',
    fault: held,
    red: 'topology-formed',
    why: 'A pod crashes again and again',
    sister: 'held',
    edits: cluster.notExecutable,
  },
  {
    name: 'literal-announced-address',
    wrong:
      'cluster-announce-ip $(POD_IP) in redis.conf: Kubernetes expands that in args, not in files.',
    wild: 'Moving the setting from the pod’s args to the ConfigMap.',
    fooled: 'All pods are ready and answer PING; redis-cli --cluster create never ends.',
    fault: held,
    red: 'topology-formed',
    why: 'they announce an address at which nobody can meet them',
    sister: 'held',
    edits: cluster.literalAnnounced,
  },
  {
    name: 'hit-counter-retries',
    wrong: 'The app tries again what may still be carried out: hits are counted twice and more.',
    wild: 'A client library’s offline queue (ioredis’s default) under a handler with a retry of its own.',
    fooled: 'Every check of Redis; nobody sees an error that lasts.',
    fault: held,
    red: 'no-duplicates',
    why: 'repeats requests whose answer was late',
    sister: 'own app',
    edits: cluster.unchanged,
    app: app.retries,
  },
  {
    name: 'hit-counter-hides-errors',
    wrong: 'The app answers 200 with the last number it knows when Redis fails.',
    wild: 'A catch that logs and goes on, "the page must never show an error".',
    fooled: 'Every uptime monitor: no request ever fails.',
    fault: held,
    red: 'counter-continuity',
    why: 'Two visitors got the same number',
    sister: 'own app',
    edits: cluster.unchanged,
    app: app.oldNumberOnError,
  },
  {
    name: 'hit-counter-caches',
    wrong: 'The app keeps its page for a second: most hits are acknowledged and never counted.',
    wild: 'A cache in front of Redis, or a page cache in front of the app.',
    fooled: 'Every check of Redis, and the eye: the number grows.',
    fault: noFault,
    red: 'counter-continuity',
    why: 'Two visitors got the same number',
    sister: 'own app',
    edits: cluster.unchanged,
    app: app.cached,
  },
  {
    name: 'hit-counter-reads-replica',
    wrong:
      'The app writes to the master and reads from a replica that is late: numbers repeat or go back.',
    wild: 'scaleReads: slave, and repl-disable-tcp-nodelay yes (up to 40 ms, says redis.conf).',
    fooled: 'Totals: nothing is missing in the end.',
    fault: noFault,
    // two at a time may get the same number; that one goes back is a matter of how late the replica is
    red: 'linearizable',
    why: 'Two visitors got the same number',
    sister: 'own app',
    edits: cluster.slowReplication,
    app: app.delayedReplica,
  },
  {
    name: 'hit-counter-counts-twice',
    wrong: 'The app increments twice for one hit.',
    wild: 'A middleware that counts, and a page that counts too.',
    fooled: 'Every check of Redis; the number only looks like more visitors.',
    fault: noFault,
    red: 'no-duplicates',
    why: 'something increments more than once for a hit',
    sister: 'own app',
    edits: cluster.unchanged,
    app: app.countsTwice,
  },
  {
    name: 'standalone-no-persistence',
    wrong: 'One Redis with a claim on which nothing is ever written.',
    wild: 'A chart value that mounts the volume, and a redis.conf without appendonly.',
    fooled: 'The claim is bound, the pod is back in seconds, ready and empty.',
    fault: held,
    red: 'data-kept',
    why: 'there is no other copy',
    sister: 'single',
    base: 'standalone',
    edits: nothingPersisted,
  },
  {
    name: 'sentinel-plain-start',
    wrong: 'Pod 0 always starts as the master, without asking the Sentinels, and without data.',
    wild: 'The start script of most examples: ordinal 0 is the master, all others follow it.',
    fooled:
      'The pod is back before the Sentinels miss it: nothing fails over, all agree, and the replicas copy the emptiness.',
    fault: [...natural, ...once, ...withSentinelSecret],
    red: 'data-kept',
    why: 'The master came back empty before anybody took over',
    sister: 'Sentinels, natural',
    base: 'sentinel',
    edits: sentinel.plainStart,
  },
  {
    name: 'sentinel-ghosts',
    wrong:
      'Sentinels with random ids that go by addresses: each restart leaves one that is no more.',
    wild: 'A sentinel.conf made anew at each start, without announce-hostnames and a fixed myid.',
    fooled: 'The fail-over works. The ghosts count for the majority of the next elections.',
    fault: [...held, ...once, ...withSentinelSecret],
    red: 'no-ghosts',
    why: 'count for the majority',
    sister: 'Sentinels',
    base: 'sentinel',
    edits: sentinel.addressesAndRandomIds,
  },
  {
    name: 'sentinel-quorum-of-all',
    wrong: 'Three Sentinels and a quorum of three: the one that died with the master is missing.',
    wild: 'quorum: 3, "to be safe"; or two Sentinels and a quorum of two.',
    fooled: 'Everything before the fault: the Sentinels agree, and know each other.',
    fault: [...held, ...once, ...withSentinelSecret],
    red: 'promotion',
    why: 'fewer of them saw it down than their quorum',
    sister: 'Sentinels',
    base: 'sentinel',
    edits: sentinel.quorumOfAll,
  },
  {
    name: 'sentinel-waits-too-long',
    wrong: 'down-after-milliseconds 30000: nobody takes writes for half a minute and more.',
    wild: 'Sentinel’s default, and 60 s in the most used chart.',
    fooled: 'The fail-over works, as configured.',
    fault: [...held, ...once, ...withSentinelSecret, '--outage-budget', '15s'],
    red: 'outage-within-budget',
    why: 'took longer to recover',
    sister: 'Sentinels',
    base: 'sentinel',
    edits: sentinel.waitsTooLong,
  },
  {
    name: 'sentinel-without-password',
    wrong: 'The servers have a password, and the Sentinels do not know it.',
    wild: 'requirepass added later, sentinel auth-pass forgotten.',
    fooled: 'All pods are ready, and redis-cli with the password finds a master and its replicas.',
    fault: [...held, ...once, ...withSentinelSecret],
    red: 'topology-formed',
    why: 'ask with another password',
    sister: 'Sentinels',
    base: 'sentinel',
    edits: sentinel.noPasswordForSentinel,
  },
  {
    name: 'sentinel-service-over-all',
    wrong: 'The Service redis-master selects every pod.',
    wild: 'The usual chart has one Service over all pods; somebody calls it the master’s.',
    fooled: 'PING and GET work on every connection; one write in three, too.',
    fault: [...held, ...once, ...withSentinelSecret],
    red: 'endpoint-follows-master',
    why: 'selects more pods than the master',
    sister: 'Sentinels',
    base: 'sentinel',
    edits: sentinel.serviceOverAll,
  },
  {
    name: 'sentinel-labels-one-alone',
    wrong: 'What labels the pods with their roles may patch pod 0 only.',
    wild: 'A Role made when there was one pod; a labeller that died.',
    fooled: 'The Service leads to the master, until another is promoted.',
    fault: [...held, ...once, ...withSentinelSecret],
    red: 'endpoint-follows-master',
    why: 'does not follow the fail-over',
    sister: 'Sentinels',
    base: 'sentinel',
    edits: sentinel.labelsOneAlone,
  },
];

/** What a header says of the fault that shows it. */
export function faultText({ fault, red }: Entry): string {
  return red === 'topology-formed' ? whatever : `run ${fault.join(' ')}`;
}
