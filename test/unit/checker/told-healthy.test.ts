import { describe, expect, test } from 'vitest';
import type { CheckId } from '../../../src/model/finding.ts';
import { check, judge } from './judging.ts';

/**
 * Goal: every word and number that a person reads of a healthy run is right. Method: the whole text of
 * the scripted held master delete, written down; node ids (one letter 40 times) are shortened to `a*`.
 */
type Told = readonly [id: CheckId, expected: string, observed: string, evidence: readonly string[]];
const told: readonly Told[] = [
  [
    'topology-formed',
    'formed, ready for 10.0s without a restart, every master with a replica in sync',
    '6 nodes, 3 masters, ready for 19.0s',
    [
      'formed by tool at 3.000 s: formed in 2 s',
      'redis-0: master of 0-5460, ready since 1.000 s, 0 restarts',
      'redis-1: master of 5461-10922, ready since 1.000 s, 0 restarts',
      'redis-2: master of 10923-16383, ready since 1.000 s, 0 restarts',
      'redis-3: slave, ready since 1.000 s, 0 restarts',
      'redis-4: slave, ready since 1.000 s, 0 restarts',
      'redis-5: slave, ready since 1.000 s, 0 restarts',
    ],
  ],
  [
    'fault-landed',
    'master-delete hits redis-0 as master, confirmed by the target itself',
    'redis-0: landed',
    [
      '19.990 s inject: redis-0: inject',
      '20.000 s injected: redis-0: injected',
      '22.300 s landed: redis-0: landed',
      '27.995 s release: redis-0: release',
      '28.000 s released: redis-0: released',
    ],
  ],
  [
    'load-sufficient',
    "40 acknowledged a key before, half of the schedule started and 10 for the victim's keys during, 40 acknowledged after; lag up to 250 ms, never blind over 2.0s",
    '3612 acknowledged in all',
    [
      'before: hits 140, k0 140, k1 140, k2 140 acknowledged',
      "during: 561 of 560 scheduled requests started, 281 for the victim's keys",
      'after all was green at 34.000 s: 2640 acknowledged',
      'the generator was 1ms late at worst in 94 samples, 3 requests in flight at most',
      'the observer was blind for 0ms at worst',
    ],
  ],
  [
    'promotion',
    "a replica owns redis-0's slots while it is down, 6.0s to 10.0s after its exit",
    'promoted 7.4s after the exit',
    [
      '19.990 s redis-0 said that it is master of 0-5460',
      '20.200 s redis-0 was gone',
      '27.600 s redis-3 said that it is master of 0-5460',
      '28.000 s released',
    ],
  ],
  [
    'ip-rewrite',
    'every pod and CLUSTER SLOTS name only addresses that lead to the right pod; true for 10.0s, begun within 1m0s',
    'green 6.0s after it',
    [
      'redis-0 says 10.0.1.1:6379 of itself; its address is 10.0.1.1:6379',
      'redis-1 says 10.0.0.2:6379 of itself; its address is 10.0.0.2:6379',
      'redis-2 says 10.0.0.3:6379 of itself; its address is 10.0.0.3:6379',
      'redis-3 says 10.0.0.4:6379 of itself; its address is 10.0.0.4:6379',
      'redis-4 says 10.0.0.5:6379 of itself; its address is 10.0.0.5:6379',
      'redis-5 says 10.0.0.6:6379 of itself; its address is 10.0.0.6:6379',
      'CLUSTER SLOTS of 6 pods name 6 (node id, address) pairs, all live',
    ],
  ],
  [
    'identity-kept',
    'the same node id on every pod, and the same number of known nodes; true for 10.0s, begun within 1m0s',
    'green 6.0s after it',
    [
      'redis-0 is node a*, as before, and knows 6 nodes',
      'redis-1 is node b*, as before, and knows 6 nodes',
      'redis-2 is node c*, as before, and knows 6 nodes',
      'redis-3 is node d*, as before, and knows 6 nodes',
      'redis-4 is node e*, as before, and knows 6 nodes',
      'redis-5 is node f*, as before, and knows 6 nodes',
    ],
  ],
  [
    'topology-converged',
    'every pod agrees, has every id at its present address, flags nobody; true for 10.0s, begun within 1m0s',
    'green 6.0s after it',
    [
      'redis-0 (myself,slave) lists redis-0=10.0.1.1:6379 redis-1=10.0.0.2:6379 redis-2=10.0.0.3:6379 redis-3=10.0.0.4:6379 redis-4=10.0.0.5:6379 redis-5=10.0.0.6:6379',
      'redis-1 (myself,master) lists redis-0=10.0.1.1:6379 redis-1=10.0.0.2:6379 redis-2=10.0.0.3:6379 redis-3=10.0.0.4:6379 redis-4=10.0.0.5:6379 redis-5=10.0.0.6:6379',
      'redis-2 (myself,master) lists redis-0=10.0.1.1:6379 redis-1=10.0.0.2:6379 redis-2=10.0.0.3:6379 redis-3=10.0.0.4:6379 redis-4=10.0.0.5:6379 redis-5=10.0.0.6:6379',
      'redis-3 (myself,master) lists redis-0=10.0.1.1:6379 redis-1=10.0.0.2:6379 redis-2=10.0.0.3:6379 redis-3=10.0.0.4:6379 redis-4=10.0.0.5:6379 redis-5=10.0.0.6:6379',
      'redis-4 (myself,slave) lists redis-0=10.0.1.1:6379 redis-1=10.0.0.2:6379 redis-2=10.0.0.3:6379 redis-3=10.0.0.4:6379 redis-4=10.0.0.5:6379 redis-5=10.0.0.6:6379',
      'redis-5 (myself,slave) lists redis-0=10.0.1.1:6379 redis-1=10.0.0.2:6379 redis-2=10.0.0.3:6379 redis-3=10.0.0.4:6379 redis-4=10.0.0.5:6379 redis-5=10.0.0.6:6379',
    ],
  ],
  [
    'slots-covered',
    "16384 slots, each served by one master, by every pod's word; true for 10.0s, begun within 1m0s",
    'green 6.0s after it',
    [
      'redis-1 claims 5461-10922: 5462 slots',
      'redis-2 claims 10923-16383: 5461 slots',
      'redis-3 claims 0-5460: 5461 slots',
      'cluster_state is ok on 6 of 6 pods',
    ],
  ],
  [
    'replication-restored',
    "as many replicas in sync as before, dialling their master's address; true for 10.0s, begun within 1m0s",
    'green 6.0s after it',
    [
      'redis-0 dials 10.0.0.4:6379 for redis-3 (dddddddd), link up',
      'redis-4 dials 10.0.0.2:6379 for redis-1 (bbbbbbbb), link up',
      'redis-5 dials 10.0.0.3:6379 for redis-2 (cccccccc), link up',
    ],
  ],
  [
    'one-owner',
    'every pod leads a new client to the same value at the same owner',
    '7 keys, each with one value at one owner',
    [
      'hits is 866 at d*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
      'k0 is 866 at d*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
      'k1 is 940 at b*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
      'k2 is 940 at c*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
      'c0 is run/c0 at d*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
      'c1 is run/c1 at b*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
      'c2 is run/c2 at c*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
    ],
  ],
  [
    'counter-continuity',
    'no acknowledged increment is missing',
    'all of 3612 acknowledged increments are there',
    [
      'hits: 0 before + 866 in the ledger = 866; acknowledged 866, unknown 0, rejected 74',
      'k0: 0 before + 866 in the ledger = 866; acknowledged 866, unknown 0, rejected 74',
      'k1: 0 before + 940 in the ledger = 940; acknowledged 940, unknown 0, rejected 0',
      'k2: 0 before + 940 in the ledger = 940; acknowledged 940, unknown 0, rejected 0',
    ],
  ],
  [
    'no-duplicates',
    'every request is applied at most once',
    'nothing was applied more than once',
    [
      'hits: 866 ledger entries, 866 different op ids',
      'k0: 866 ledger entries, 866 different op ids',
      'k1: 940 ledger entries, 940 different op ids',
      'k2: 940 ledger entries, 940 different op ids',
    ],
  ],
  [
    'linearizable',
    'every key behaves like one counter, forked by nothing but a fault’s window',
    '4 keys, each one counter',
    [
      "hits: 940 operations, 866 in the ledger's order, of 0 unknown ones 0 applied",
      "k0: 940 operations, 866 in the ledger's order, of 0 unknown ones 0 applied",
      "k1: 940 operations, 940 in the ledger's order, of 0 unknown ones 0 applied",
      "k2: 940 operations, 940 in the ledger's order, of 0 unknown ones 0 applied",
    ],
  ],
  [
    'outage-within-budget',
    'no key without an acknowledged write for more than 13.0s',
    'longest: 7.5s of hits from 20.1 s on',
    [
      '7.5s of hits from 20.1 s on',
      '7.5s of k0 from 20.1 s on',
      '100ms of k1 from 6.1 s on',
      '100ms of k2 from 6.1 s on',
      '75ms at the LoadBalancer from 20.2 s on',
    ],
  ],
  [
    'data-kept',
    'every canary key reads after the faults as it was written before them',
    '3 canary keys, one for each shard, all kept',
    [
      'c0 is run/c0 at d*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
      'c1 is run/c1 at b*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
      'c2 is run/c2 at c*@x, through redis-0 redis-1 redis-2 redis-3 redis-4 redis-5',
    ],
  ],
];
const short = (text: string) => text.replaceAll(/(\w)\1{39}/g, '$1*');

describe('a healthy held delete is told', () => {
  const evaluation = judge();
  test('completely', () => {
    expect(evaluation.findings.map(({ id }) => id)).toEqual(told.map(([id]) => id));
    expect(evaluation.operations).toEqual({
      attempted: 3760,
      ok: 3612,
      rejected: 148,
      indeterminate: 0,
      lost: 0,
      phantom: 0,
      duplicate: 0,
      stale: 0,
      finalCounter: 866,
      latencyUs: { p50: 4000, p95: 4000, p99: 4000, max: 4000 },
      longestOutageMs: 7500,
    });
  });
  test.each(told)('%s', (id, expected, observed, evidence) => {
    const finding = check(evaluation, id);
    expect(finding.expected).toBe(expected);
    expect(finding.observed).toBe(observed);
    expect(finding.evidence.map(short)).toEqual(evidence);
    expect(finding.note).toBeUndefined();
    expect(finding.why).toBeUndefined();
    expect(finding.expectedRed).toBeUndefined();
  });
});

test('a natural delete is told by who said what when', () => {
  expect(check(judge({ hold: 'none' }), 'promotion')).toEqual({
    id: 'promotion',
    verdict: 'pass',
    expected: 'a promotion only if the pod was away for long enough',
    observed: 'nothing was promoted, the master came back; the pod was away for 3.8s',
    evidence: [
      '19.990 s redis-0 said that it is master of 0-5460',
      '20.200 s redis-0 was gone',
      '24.000 s redis-0 said that it is master of 0-5460',
    ],
    faultId: 'f1',
  });
});
