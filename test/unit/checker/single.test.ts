import { expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/accounting.ts';
import { linearizableFinding } from '../../../src/checker/linearizability.ts';
import { lossesOf } from '../../../src/checker/losses.ts';
import { promotionFinding } from '../../../src/checker/promotion.ts';
import { momentsOf } from '../../../src/checker/timeline.ts';
import { viewEvent } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at, faultStory, initial, request, storyOf } from './small-story.ts';

test('without a ledger one impossible number is enough', () => {
  const theirs = at(0, { kind: 'app', own: false, service: 'shop' });
  const story = storyOf([theirs, at(0, initial('hits', 100, 7))], [request({ value: 7 })]);
  const accounts = accountsOf(story);
  const finding = linearizableFinding(story, accounts, lossesOf(story, accounts, []));
  expect(finding).toMatchObject({
    verdict: 'fail',
    observed: 'hits: a (0.000-0.000 s) got 7, but the counter was 7 before',
  });
});

test('who has no line about itself says nothing of its slots', () => {
  const now = { promoted: true, back: true, victimIp: ipOf(0), flag: null };
  const silent = at(
    20_000,
    viewEvent(3, 0, now, (_pod, _ms, server) => ({ ...server, nodes: [] })),
  );
  const story = storyOf([silent]);
  const fault = faultStory();
  const moments = momentsOf(story, fault, []);
  expect(promotionFinding(story, fault, moments)?.evidence).toEqual([]);
});
