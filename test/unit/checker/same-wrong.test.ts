import { expect, test } from 'vitest';
import { worldAt } from '../../../src/checker/run-story.ts';
import { stretches } from '../../../src/checker/structure/stretches.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at, storyOf } from './small-story.ts';

const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const pod = (ms: number): RunEvent =>
  at(ms, { kind: 'pod', part: 'redis', pod: podState(0, ipOf(0)) });
const lost = (ms: number, error: string): RunEvent => {
  const event = viewEvent(0, ms, now, () => null);
  return at(ms, event.kind === 'view' ? { ...event, view: { ...event.view, error } } : event);
};
const cuts = (...events: RunEvent[]) => {
  const story = storyOf([pod(0), lost(0, 'reset'), ...events]);
  const start = worldAt(story.events, 0);
  return stretches(story, { fromUs: 1000, toUs: 9000 }, start, expectationOf(start)).map(
    ({ fromUs, toUs }) => [fromUs, toUs],
  );
};

test('what stays wrong in the same words is one stretch', () => {
  expect(cuts(pod(5))).toEqual([[1000, 9000]]);
});
test('what stays wrong in other words is two', () => {
  expect(cuts(lost(5, 'timeout'))).toEqual([
    [1000, 5000],
    [5000, 9000],
  ]);
});
