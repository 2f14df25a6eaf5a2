import { expect, test } from 'vitest';
import { failoverStatistics } from '../../../src/checker/availability/failover-statistics.ts';
import { failoverTrials } from '../../../src/checker/availability/failover-trials.ts';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { linearizableFinding } from '../../../src/checker/counter/linearizability.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { at, faultStory, request, storyOf } from './small-story.ts';

test('of thirteen keys that are no counters twelve are shown', () => {
  const keys = Array.from({ length: 13 }, (_, index) => `k${index}`);
  const ledgers = keys.map(
    (key): RunEvent =>
      at(0, { kind: 'ledger', key, owner: 'x', offset: 0, entries: [], last: true }),
  );
  const operations = keys.map((key) => request({ id: key, key }));
  const story = storyOf(ledgers, operations);
  const accounts = accountsOf(story);
  const finding = linearizableFinding(story, accounts, lossesOf(story, accounts, []));
  expect(finding.verdict).toBe('fail');
  expect(finding.evidence).toHaveLength(12);
});

test('fail-overs without any load have no outage', () => {
  const faults = ['f1', 'f2'].map((id) => faultStory({ id }));
  const landed = faults.map(
    ({ id }): Finding => ({
      id: 'fault-landed',
      verdict: 'pass',
      expected: '',
      observed: '',
      evidence: [],
      faultId: id,
    }),
  );
  const counted = { accounts: [], losses: lossesOf(storyOf([]), [], []) };
  const statistics = failoverStatistics([
    failoverTrials({ ...storyOf([]), faults }, counted, landed),
  ]);
  expect(statistics?.outageMs.max).toBe(0);
});
