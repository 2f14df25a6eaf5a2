import { describe, expect, test } from 'vitest';
import { type Symptoms, symptomsOf, withWhy } from '../../../src/checker/explain/signatures.ts';
import type { FaultStory } from '../../../src/checker/run-story.ts';
import type { CheckId, Finding } from '../../../src/model/finding.ts';
import type { Violation } from '../../../src/topology/state.ts';
import { idOf, ipOf, victim } from './script-plan.ts';
import { faultStory } from './small-story.ts';

const red = (id: CheckId, observed = '', evidence: readonly string[] = []): Finding => ({
  id,
  verdict: 'fail',
  expected: '',
  observed,
  evidence,
});
const wrong = (code: Violation['code'], text: string, pod = 'redis-0'): Violation => ({
  check: 'ip-rewrite',
  code,
  pod,
  text,
});
const symptoms = (change: Partial<Symptoms> = {}): Symptoms => ({
  fault: faultStory(),
  wrong: [],
  findings: [],
  wiped: false,
  promoted: false,
  killed: null,
  app: null,
  ...change,
});
const why = (finding: Finding, change: Partial<Symptoms> = {}) =>
  withWhy(finding, symptoms(change)).why ?? null;
const shards = (...replicas: readonly number[]) => ({
  ids: new Map([0, 1].map((index) => [`redis-${index}`, idOf(index)])),
  nodeCount: 2,
  shards: replicas.map((count) => ({
    name: '0-5460',
    masterId: 'm',
    replicas: count,
    members: [],
  })),
});
const allDeleted = faultStory({ name: 'all-delete' });
/** Red, with the canaries gone that these owners had, after a fault that also emptied its own master. */
function vanished(
  name: string,
  id: CheckId,
  change: { fault?: FaultStory; also?: readonly Finding[]; owners?: readonly number[] },
  words: string,
): [name: string, finding: Finding, change: Partial<Symptoms>, words: string] {
  const { owners = [1, 2], also = [], fault = faultStory() } = change;
  const kept = red(
    'data-kept',
    '',
    owners.map((owner) => `c:${owner} through redis-0: nothing, expected x, from ${idOf(owner)}@i`),
  );
  const finding = id === 'data-kept' ? kept : red(id, '3 lost');
  return [`${id}: ${name}`, finding, { wiped: true, fault, findings: [kept, ...also] }, words];
}
const newNode = wrong('ID', 'redis-0 is node ffff, it was aaaa');
const everyone = [
  wrong('PEER', 'redis-0 has redis-1 (b) at 10.0.0.1:6379, it is 10.0.0.2'),
  wrong('PEER', 'redis-0 has redis-2 (c) at 10.0.0.1:6379, it is 10.0.0.3'),
];
const stale = [0, 1].map((index) =>
  wrong('PEER', `has redis-2 (c) at 10.0.9.${index}:6379, it is 10.0.0.3`, `redis-${index}`),
);

describe('what a red means is told by its signature', () => {
  test.each<[name: string, finding: Finding, change: Partial<Symptoms>, words: string | null]>([
    [
      'no replica in sync',
      red('topology-formed', 'has no replica in sync'),
      {},
      'cannot be replaced',
    ],
    ['no replicas', red('topology-formed', 'there are no replicas'), {}, 'cannot be replaced'],
    [
      'its link is down',
      red('topology-formed', 'has its link to x down'),
      {},
      'cannot be replaced',
    ],
    [
      'Sentinels that never agreed',
      red('topology-formed', 'waited 65000 ms for the Sentinel set-up to be formed'),
      {},
      'never came to agree on one master',
    ],
    [
      'nodes that never met',
      red('topology-formed', 'waited 65000 ms for the cluster to be formed'),
      {},
      'nobody can meet them',
    ],
    [
      'a Service over several pods',
      red('endpoint-follows-master', '', [
        'Service m leads to 10.0.0.1, 10.0.0.2, the master is r-0 at 10.0.0.1',
      ]),
      {},
      'selects more pods than the master',
    ],
    [
      'a Service that stayed',
      red('endpoint-follows-master', 'Service m leads to 10.0.0.1, the master is r-0 at 10.0.0.2'),
      {},
      'does not follow the fail-over',
    ],
    [
      'ended by the kubelet, again and again',
      red('topology-formed', 'redis crashed: Error, exit code 137, 2 restarts'),
      {},
      'The kubelet ends a server again and again',
    ],
    [
      'out of memory',
      red('topology-formed', 'redis crashed: OOMKilled, exit code 137, 2 restarts'),
      {},
      'more memory than its limit',
    ],
    [
      'killed after its whole grace period, and empty after it',
      red('data-kept', 'c:0 is gone'),
      { wiped: true, killed: { pod: 'redis-0', afterMs: 30_100 } },
      'redis-0 did not end when it was told to: after its whole grace period (30.1s)',
    ],
    [
      'killed after its whole grace period, and its last writes with it',
      red('counter-continuity', '3 acknowledged increments lost'),
      { killed: { pod: 'redis-0', afterMs: 30_100 } },
      'SIGTERM does not reach the server',
    ],
    [
      'an app that its liveness probe restarts',
      red('outage-within-budget', 'longest: 25s'),
      { app: { kind: 'restarted', pod: 'web-1', exitCode: 137 } },
      'their liveness probe fails while Redis fails over',
    ],
    [
      'an app that crashes',
      red('outage-within-budget', 'longest: 25s'),
      { app: { kind: 'restarted', pod: 'web-1', exitCode: 1 } },
      'crashed meanwhile (web-1, exit code 1)',
    ],
    [
      'an app whose readiness probe takes it away',
      red('outage-within-budget', 'longest: 25s'),
      { app: { kind: 'out-of-service', forMs: 9000 } },
      'no pod of the app was in its Service',
    ],
    [
      'no promotion, whatever became of the app',
      red('outage-within-budget', 'longest: 25s'),
      {
        app: { kind: 'restarted', pod: 'web-1', exitCode: 137 },
        findings: [red('promotion')],
      },
      'Nothing was promoted',
    ],
    [
      'too few',
      red('topology-formed', 'forming did not succeed: a cluster needs at least 3 masters'),
      {},
      'fewer Redis pods than a cluster needs',
    ],
    [
      'stopped by a probe',
      red('topology-formed', 'redis crashed: Completed, exit code 0, 2 restarts'),
      {},
      'a liveness probe that fails',
    ],
    [
      'stopped by a probe, waiting',
      red('topology-formed', 'redis CrashLoopBackOff, 1 restarts; last exit: Completed, code 0'),
      {},
      'a liveness probe that fails',
    ],
    [
      'crashed',
      red('topology-formed', 'redis crashed: Error, exit code 1, 2 restarts'),
      {},
      'crashes again and again',
    ],
    ['restarts', red('topology-formed', '3 restarts'), {}, 'crashes again and again'],
    ['a crash', red('topology-formed', 'redis crashed'), {}, 'crashes again and again'],
    ['forming', red('topology-formed', 'Forming did not succeed'), {}, 'could not be joined'],
    ['no master', red('topology-formed', 'the slots to have a master'), {}, 'could not be joined'],
    ['something else', red('topology-formed', 'hm'), {}, null],
    [
      'a placeholder',
      red('ip-rewrite'),
      { wrong: [wrong('SELF', 'says its own address is {POD_IP}:6379, it is')] },
      'wrote its placeholder',
    ],
    [
      'five octets',
      red('ip-rewrite'),
      { wrong: [wrong('SELF', 'says its own address is 10.0.0.1.1:6379, it is')] },
      'three of the four octets',
    ],
    [
      'a good address is neither',
      red('ip-rewrite'),
      { wrong: [wrong('SELF', 'says its own address is 10.0.9.9:6379, it is')] },
      null,
    ],
    [
      'the address of before',
      red('ip-rewrite'),
      { wrong: [wrong('SELF', `says its own address is ${ipOf(0)}:6379, it is`)] },
      'No start script',
    ],
    [
      'an address that only begins like it',
      red('ip-rewrite'),
      { wrong: [wrong('SELF', `says its own address is ${ipOf(0)}5:6379, it is`)] },
      null,
    ],
    [
      'the address of before, of a peer',
      red('ip-rewrite'),
      { wrong: [wrong('PEER', `has its address at ${ipOf(0)}:6379, it is`)] },
      null,
    ],
    [
      'the address of before without a fault',
      red('ip-rewrite'),
      { fault: null, wrong: [wrong('SELF', `says its own address is ${ipOf(0)}:6379, it is`)] },
      null,
    ],
    ['a new node', red('ip-rewrite'), { wrong: [newNode] }, 'a new node that nobody knows'],
    ['everyone at one place', red('ip-rewrite'), { wrong: everyone }, 'rewrites every node'],
    ['clients sent away', red('ip-rewrite', 'x sends clients of y'), {}, 'Clients that ask'],
    ['a new node', red('identity-kept'), { wrong: [newNode] }, 'a new node that nobody knows'],
    ['one node too many', red('identity-kept'), { wrong: [wrong('KN', 'knows 7')] }, null],
    [
      'an id that changed for another reason',
      red('identity-kept'),
      { wrong: [wrong('ID', 'redis-0 has no id')] },
      null,
    ],
    [
      'a new node with the data of the old one',
      red('identity-kept'),
      { wrong: [newNode, wrong('SL', 'a and b both claim the slots 1')] },
      'claims the slots of its data alone',
    ],
    [
      'a volume that was taken',
      red('identity-kept'),
      { wrong: [newNode], fault: faultStory({ name: 'delete-with-claim' }) },
      'The fault took the volume too',
    ],
    [
      'everyone at one place',
      red('topology-converged'),
      { wrong: everyone },
      'rewrites every node',
    ],
    ['a new node', red('topology-converged'), { wrong: [newNode] }, 'a new node that nobody'],
    [
      'every pod has a stale peer',
      red('topology-converged'),
      { wrong: stale, fault: faultStory({ expectation: shards(1) }) },
      'needs CLUSTER MEET',
    ],
    [
      'one pod has a stale peer',
      red('topology-converged'),
      { wrong: stale.slice(1), fault: faultStory({ expectation: shards(1) }) },
      null,
    ],
    [
      'the only pod has a stale peer',
      red('topology-converged'),
      {
        wrong: stale.slice(1),
        fault: faultStory({ expectation: { ...shards(1), ids: new Map([['redis-1', 'b']]) } }),
      },
      null,
    ],
    ['without a fault', red('topology-converged'), { wrong: stale, fault: null }, null],
    ['not reached', red('topology-converged', 'cannot reach redis-1'), {}, 'does not answer'],
    ['both claim', red('slots-covered', 'a and b both claim 1'), {}, 'Split brain'],
    ['a new node', red('slots-covered'), { wrong: [newNode] }, 'a new node that nobody knows'],
    ['no owner', red('slots-covered'), {}, 'A shard has no master'],
    ['dials', red('replication-restored', 'x dials y'), {}, 'dials the address'],
    ['itself', red('replication-restored', 'x follows itself, at y'), {}, 'a replica of itself'],
    ['dials, in the evidence', red('replication-restored', '', ['x dials y']), {}, 'dials the'],
    ['dials without a fault', red('replication-restored', 'x dials y'), { fault: null }, null],
    ['a new node', red('replication-restored'), { wrong: [newNode] }, 'a new node that nobody'],
    ['its link', red('replication-restored', '', ['its link to y']), {}, 'cannot copy from it'],
    ['fewer', red('replication-restored', 'one less'), {}, null],
    [
      'no replica',
      red('promotion'),
      { fault: faultStory({ expectation: shards(1, 0) }) },
      'There was no replica in sync',
    ],
    [
      'replicas that did not stand',
      red('promotion'),
      { fault: faultStory({ expectation: shards(1, 1) }) },
      'did not stand for election',
    ],
    ['everyone at one place', red('one-owner'), { wrong: everyone }, 'rewrites every node'],
    ['a new node', red('one-owner'), { wrong: [newNode] }, 'a new node that nobody knows'],
    ['two values', red('one-owner', 'hits has 2 values'), {}, 'Split brain'],
    ['nowhere', red('one-owner', 'timeout'), {}, 'gets nowhere'],
    ['came back empty', red('data-kept'), { wiped: true }, 'The master came back empty'],
    ['promoted empty', red('data-kept'), { wiped: true, promoted: true }, 'had never copied'],
    ['not wiped', red('data-kept'), { promoted: true }, null],
    ...(['data-kept', 'counter-continuity', 'linearizable'] as const).flatMap((id) => [
      vanished('gone from two shards', id, {}, 'no fault touched'),
      vanished('gone from two, by a fault of all', id, { fault: allDeleted }, 'came back empty'),
      vanished('views still wrong', id, { also: [red('one-owner')] }, 'came back empty'),
      vanished('views still wrong', id, { also: [red('topology-converged')] }, 'came back empty'),
      vanished('gone from one', id, { owners: [1, 1] }, 'came back empty'),
    ]),
    ['emptied', red('counter-continuity', 'lost'), { wiped: true }, 'The master came back empty'],
    [
      'given twice',
      red('counter-continuity', 'hits went back: b got 7, after a got 7'),
      {},
      'Two visitors got the same number',
    ],
    ['a lower one', red('counter-continuity', 'b got 6, after a got 7'), {}, null],
    ['the tail', red('counter-continuity', '3 lost'), {}, 'before its replica has a write'],
    ['emptied', red('linearizable', 'lost'), { wiped: true }, 'The master came back empty'],
    ['the tail', red('linearizable', 'does not have it'), {}, 'before its replica has a write'],
    ['the order', red('linearizable', 'got 3'), {}, null],
    [
      'the same number to two at a time',
      red('linearizable', 'hits: a got 2 and b got 2 got the same number'),
      {},
      'Two visitors got the same number',
    ],
    [
      'nobody repeated',
      red('no-duplicates', 'more than the 3 acknowledged and 0 unknown'),
      {},
      'nobody repeated one',
    ],
    [
      'somebody repeats',
      red('no-duplicates', 'more than the 3 acknowledged and 1 unknown'),
      {},
      'repeats requests whose answer was late',
    ],
    [
      'the others stopped',
      red('outage-within-budget'),
      { fault: faultStory({ name: 'shard-delete' }) },
      'cluster-require-full-coverage',
    ],
    [
      'nobody got through',
      red('outage-within-budget'),
      {
        findings: [
          red('one-owner', 'before the fault only 0 acknowledged for k'),
          red('load-sufficient', 'before the fault only 0 acknowledged for k, needed 9'),
          red('promotion'),
        ],
      },
      'even before the fault',
    ],
    [
      'nothing promoted',
      red('outage-within-budget'),
      {
        findings: [
          red('one-owner', 'before the fault only 0 acknowledged for k'),
          red('load-sufficient', 'before the fault only 1 acknowledged for k'),
          red('promotion'),
        ],
      },
      'Nothing was promoted',
    ],
    [
      'promoted',
      red('outage-within-budget'),
      { findings: [red('one-owner'), { ...red('promotion'), verdict: 'pass' }] },
      'took longer to recover than predicted',
    ],
    ['slow, without a fault', red('outage-within-budget'), { fault: null }, 'took longer'],
    ['let in', red('auth-enforced'), {}, 'requirepass is missing'],
    ['a check without signatures', red('load-sufficient'), {}, null],
  ])('%s', (_, finding, change, words) => {
    const told = why(finding, change);
    if (words === null) expect(told).toBeNull();
    else expect(told).toContain(words);
  });

  test('only a red is explained', () => {
    const green: Finding = { ...red('auth-enforced'), verdict: 'pass' };
    expect(withWhy(green, symptoms())).toEqual(green);
    expect(why({ ...green, verdict: 'inconclusive' })).toBeNull();
  });

  test('the symptoms are what is wrong at the end of the span', () => {
    const part = (violations: readonly Violation[]) => ({
      fromUs: 0,
      toUs: 1,
      blind: false,
      violations,
    });
    const outcome = { wiped: true, promoted: false, killed: null, app: null };
    const recovery = { parts: [part([]), part([newNode])], baseUs: 0, greenUs: null };
    const fault = faultStory({ targets: [victim] });
    expect(symptomsOf(fault, recovery, [], outcome)).toEqual({
      fault,
      wrong: [newNode],
      findings: [],
      ...outcome,
    });
    expect(symptomsOf(null, null, [], outcome).wrong).toEqual([]);
  });
});
