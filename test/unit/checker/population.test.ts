import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { CheckId } from '../../../src/model/finding.ts';
import { check, judge, red, undecided } from './judging.ts';
import { idOf } from './script-plan.ts';

/**
 * Goal: a check is green only when somebody looked at every server, shard and key that it speaks of.
 * Method: a healthy run from which one look is taken away.
 */
type Change = (event: RunEvent) => readonly RunEvent[];
const judged = (change: Change) => judge({ events: (events) => events.flatMap(change) });
const without =
  (gone: (event: RunEvent) => boolean): Change =>
  (e) =>
    gone(e) ? [] : [e];
const isCanary = (e: RunEvent, key: string) => e.kind === 'canary' && e.key === key;

const cases: readonly (readonly [string, Change, readonly CheckId[], string])[] = [
  [
    'a canary that was never planted, and is empty afterwards',
    (e) => (isCanary(e, 'c0') ? [{ ...e, value: null } as RunEvent] : [e]),
    ['data-kept'],
    'nobody looked at c0 before the fault',
  ],
  [
    'a shard without a canary',
    without((e) => isCanary(e, 'c2')),
    ['data-kept'],
    'a canary of 0-5460',
  ],
  [
    'a canary that was read through one pod only',
    without(
      (e) =>
        isCanary(e, 'c1') && e.kind === 'canary' && e.stage === 'after' && e.seed !== 'redis-2',
    ),
    ['one-owner'],
    'c1 through redis-0',
  ],
  [
    'a counter that was read through no pod',
    without((e) => isCanary(e, 'hits')),
    ['one-owner'],
    'hits through redis-0 (and 5 more)',
  ],
  [
    'no snapshots',
    without((e) => e.kind === 'snapshot'),
    ['ip-rewrite'],
    'nodes.conf of redis-0 after the fault',
  ],
  [
    'a nodes.conf that could not be read',
    (e) =>
      e.kind === 'snapshot' && e.pod === 'redis-4'
        ? [{ ...e, diskMyselfIp: null, error: 'cat exited 1' }]
        : [e],
    ['ip-rewrite'],
    'nodes.conf of redis-4: cat exited 1',
  ],
  [
    'a delete without a target',
    (e) => (e.kind === 'fault' ? [{ ...e, targets: [] }] : [e]),
    ['fault-landed'],
    'a target of the fault',
  ],
  [
    'a target of two that did not say that it was hit',
    (e) =>
      e.kind === 'fault' && e.stage !== 'landed'
        ? [
            {
              ...e,
              targets: [
                ...e.targets,
                {
                  ...e.targets[0],
                  uid: 'uid-1',
                  pod: 'redis-1',
                  nodeId: idOf(1),
                  slots: ['5461-10922'],
                },
              ],
            } as RunEvent,
          ]
        : [e],
    ['fault-landed'],
    'whether it hit redis-1',
  ],
];

describe('undecided', () => {
  test.each(cases)('%s', (_, change, ids, text) => {
    const evaluation = judged(change);
    expect(evaluation.verdict).toBe('inconclusive');
    expect(red(evaluation)).toEqual([]);
    for (const id of ids) {
      expect(undecided(evaluation)).toContain(id);
      expect(check(evaluation, id).observed).toContain(text);
    }
  });

  test('a shard whose keys nobody wrote to', () => {
    const evaluation = judge({
      history: (h) => {
        h.operations = h.operations.filter(({ key }) => key !== 'k1');
      },
      events: (events) =>
        events
          .filter((e) => !('key' in e) || e.key !== 'k1')
          .map((e) => (e.kind === 'generator' ? { ...e, scheduled: 30, started: 30 } : e)),
    });
    expect(check(evaluation, 'load-sufficient')).toMatchObject({
      verdict: 'inconclusive',
      observed: 'nobody looked at a key of 5461-10922 under load',
    });
  });

  test('a hold that was said to hold, and never let go', () => {
    const evaluation = judged((e) => {
      if (e.kind !== 'fault') return [e];
      if (e.stage === 'release' || e.stage === 'released') return [];
      return e.stage === 'injected' ? [{ ...e, held: true }] : [e];
    });
    expect(red(evaluation)).toEqual([]);
    expect(check(evaluation, 'topology-converged').observed).toBe(
      'the run ended before the fault was done and released',
    );
  });
});
