import { expect, test } from 'vitest';
import { failoverStatistics } from '../../../src/checker/availability/failover-statistics.ts';
import { failoverTrials } from '../../../src/checker/availability/failover-trials.ts';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { continuityFinding } from '../../../src/checker/counter/continuity.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { check, judge } from './judging.ts';
import { times } from './script-plan.ts';
import { at, faultStory, initial, lossWindowAt, request, storyOf } from './small-story.ts';

/** Whose entry, whose window, whose landing, whose promotion. */
const ledger = (entries: readonly string[]): RunEvent =>
  at(0, { kind: 'ledger', key: 'hits', owner: 'x', offset: 0, entries, last: true });

test('an acknowledged entry beyond what the counter reads is a contradiction above a base, too', () => {
  const operations = [1, 2, 3].map((number) =>
    request({ id: `o${number}`, startUs: number * 10, value: 7 + number }),
  );
  const read = { kind: 'counter-read', key: 'hits', stage: 'after', owner: 'x' } as const;
  const story = storyOf(
    [
      at(0, initial('hits', 100, 7, 0)),
      ledger(['o1', 'o2', 'o3']),
      at(0, { ...read, value: 9, error: null }),
    ],
    operations,
  );
  const accounts = accountsOf(story);
  expect(continuityFinding(story, accounts, lossesOf(story, accounts, []))).toMatchObject({
    verdict: 'fail',
    observed: 'hits is 9, its ledger makes it 10',
  });
});

test('a loss belongs to the first window that allows it', () => {
  const operations = [150, 250].map((us) => request({ id: `o${us}`, startUs: us, node: 'n@x' }));
  const story = storyOf([ledger([])], operations);
  const window = lossWindowAt();
  const accounts = accountsOf(story);
  const { branchesOf } = lossesOf(story, accounts, [window, { ...window, toUs: 300 }]);
  const branches = [0, 1].map((index) => ({ lost: [index], kept: 0 }));
  expect(accounts.map(branchesOf)).toEqual([branches]);
});

test('a fail-over counts by its own landing', () => {
  const faults = ['f1', 'f2', 'f3'].map((id) => faultStory({ id }));
  const landed = faults.map(
    ({ id }): Finding => ({
      id: 'fault-landed',
      verdict: id === 'f3' ? 'inconclusive' : 'pass',
      expected: '',
      observed: '',
      evidence: [],
      faultId: id,
    }),
  );
  const losses = lossesOf(storyOf([]), [], []);
  const counted = { accounts: [], losses };
  expect(
    failoverStatistics([failoverTrials({ ...storyOf([]), faults }, counted, landed)])?.failovers,
  ).toBe(2);
});

test('one promotion of two faults explains an empty counter', () => {
  const second = (['inject', 'injected', 'landed'] as const).map(
    (stage, number): RunEvent => ({
      atUs: 80e6 + number * 1000,
      kind: 'fault',
      faultId: 'f2',
      name: 'noop',
      hold: 'none',
      stage,
      targets: [],
      predicted: null,
      detail: stage,
    }),
  );
  const evaluation = judge({
    endMs: 130_000,
    events: (events) => [...events, ...second],
    history: (h) => {
      const kept = h.operations.filter(
        ({ key, outcome, startUs }) =>
          key === 'hits' && outcome === 'ok' && startUs > times.stopped * 1000,
      );
      h.ledgers.set(
        'hits',
        kept.map(({ id }) => id),
      );
    },
  });
  expect(check(evaluation, 'counter-continuity').why).toContain('had never copied the data');
});
