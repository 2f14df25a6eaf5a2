import { expect, test } from 'vitest';
import { loadFinding } from '../../../src/checker/guards/load.ts';
import { formedFinding } from '../../../src/checker/structure/formed.ts';
import type { ServerView } from '../../../src/model/view.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { idOf, ipOf } from './script-plan.ts';
import { decide } from './small-history.ts';
import { at, faultStory, request, storyOf } from './small-story.ts';

test('one shard with its replica is a cluster', () => {
  const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
  const single = (_pod: string, _ms: number, server: ServerView): ServerView => ({
    ...server,
    nodes: server.nodes
      .filter(({ id }) => id === idOf(0) || id === idOf(3))
      .map((node) => (node.id === idOf(0) ? { ...node, slots: ['0-16383'] } : node)),
    slots: server.slots.slice(0, 1).map((range) => ({ ...range, to: 16_383 })),
  });
  const events = [0, 3].flatMap((index) => [
    at(1000, { kind: 'pod', part: 'redis', pod: podState(index, ipOf(0)) }),
    at(3000, viewEvent(index, 3000, now, single)),
  ]);
  const story = storyOf([...events, at(20_000, { kind: 'note', text: 'end' })], [], (p) => ({
    ...p,
    faults: { ...p.faults, name: 'none' },
  }));
  expect(formedFinding(story)).toMatchObject({
    verdict: 'pass',
    observed: '2 nodes, 1 masters, ready for 19.0s',
  });
});

test('where there was no load nobody asks the generator how late it was', () => {
  const recovery = { parts: [], baseUs: 10e6, greenUs: 20e6 };
  expect(loadFinding(storyOf([]), faultStory(), recovery).evidence).toEqual([
    'there was no load',
    'after all was green only 0 acknowledged, needed 160',
  ]);
});

test('a dead branch is out of order whatever ended in between', () => {
  const op = (id: string, startS: number, endS: number, value: number) =>
    request({ id, startUs: startS * 1e6, endUs: endS * 1e6, value });
  const lost = [op('l', 5, 6, 1), op('x', 2, 9, 2), op('m', 2, 4, 3)];
  const told = decide({ key: 'hits', base: 0, ledger: [], operations: lost, deadBranches: [lost] });
  expect(told).toMatchObject({
    legal: false,
    counterexample: [
      'l (5.000-6.000 s) got 1, and m (2.000-4.000 s) got 3',
      'the greater number was acknowledged before the smaller one was asked for',
    ],
  });
});
