import { expect, test } from 'vitest';
import { promotionFinding } from '../../../src/checker/availability/promotion.ts';
import { momentsOf } from '../../../src/checker/availability/timeline.ts';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { linearizableFinding } from '../../../src/checker/counter/linearizability.ts';
import { lossWindow } from '../../../src/checker/counter/loss-window.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import { worldAt } from '../../../src/checker/run-story.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { ipOf, victim } from './script-plan.ts';
import { at, faultStory, initial, request, storyOf } from './small-story.ts';
import { structureEvidence } from './structure-evidence.ts';

test('without a ledger one impossible number is enough', () => {
  const theirs = at(0, {
    kind: 'app',
    own: false,
    service: 'shop',
    visitors: [],
    rest: { grown: 0, overMs: 5000 },
  });
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
  expect(promotionFinding(story, fault, { target: victim, moments })?.evidence).toEqual([]);
});

test('a paused master learns once that it was demoted', () => {
  const now = { promoted: true, back: false, victimIp: ipOf(0), flag: null };
  const told = [31_000, 40_000].map((ms) => at(ms, viewEvent(0, ms, now, undefined)));
  const fault = faultStory({ name: 'process-pause' });
  const story = storyOf(told);
  const moments = momentsOf(story, fault, []);
  expect(lossWindow(story, fault, { target: victim, moments })?.toUs).toBe(31e6);
});

test('a master of one slot claims it', () => {
  const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
  const after = worldAt(
    [
      at(0, { kind: 'pod', part: 'redis', pod: podState(0, ipOf(0)) }),
      at(
        0,
        viewEvent(0, 0, now, (_pod, _ms, server) => ({
          ...server,
          nodes: server.nodes.map((node) => ({ ...node, slots: ['7'] })),
        })),
      ),
    ],
    0,
  );
  const looked = { after, expectation: expectationOf(after) };
  expect(structureEvidence('slots-covered', looked)[0]).toBe('redis-0 claims 7: 1 slots');
});
