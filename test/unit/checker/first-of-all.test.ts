import { expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { linearizableFinding } from '../../../src/checker/counter/linearizability.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import { worldAt } from '../../../src/checker/run-story.ts';
import { recoveryOf } from '../../../src/checker/structure/convergence.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at, faultStory, initial, request, storyOf } from './small-story.ts';

test('the first green that lasted counts, whatever came later', () => {
  const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
  const set = [0, 1, 2, 3, 4, 5].flatMap((index) => [
    at(0, { kind: 'pod', part: 'redis', pod: podState(index, ipOf(0)) }),
    at(0, viewEvent(index, 0, now, undefined)),
  ]);
  const lost = at(
    40_000,
    viewEvent(1, 0, now, () => null),
  );
  const found = at(50_000, viewEvent(1, 0, now, undefined));
  const before = worldAt(set, 0);
  const fault = faultStory({ before, expectation: expectationOf(before) });
  expect(recoveryOf(storyOf([...set, lost, found]), fault).greenUs).toBe(10e6);
});

test('without a ledger the first to start need not have got the first number', () => {
  const operations = [
    request({ id: 'a', startUs: 10, endUs: 30, value: 2 }),
    request({ id: 'b', startUs: 20, endUs: 40, value: 1 }),
  ];
  const theirs = at(0, {
    kind: 'app',
    own: false,
    service: 'shop',
    visitors: [],
    rest: { grown: 0, overMs: 5000 },
  });
  const story = storyOf([theirs, at(0, initial('hits', 100))], operations);
  const accounts = accountsOf(story);
  const finding = linearizableFinding(story, accounts, lossesOf(story, accounts, []));
  expect(finding.verdict).toBe('pass');
});
