import { expect, test } from 'vitest';
import { longestGaps } from '../../../src/checker/availability/outage.ts';
import { momentsOf } from '../../../src/checker/availability/timeline.ts';
import { collectOpIds } from '../../../src/checker/counter/op-ids.ts';
import { staleReads } from '../../../src/checker/counter/stale.ts';
import { historyOf } from '../../../src/checker/history.ts';
import { formedFinding } from '../../../src/checker/structure/formed.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at, faultStory, initial, request, storyOf } from './small-story.ts';

/** Many at a time: what small examples do not fill. */
test('ten ids fill a table of sixteen, whichever ten', () => {
  for (let set = 0; set < 400; set++) {
    const ids = Array.from({ length: 10 }, (_, index) => `s${set}x${index}`);
    const collector = collectOpIds(10);
    for (const id of ids) collector.add(id);
    const found = collector.finish(null);
    expect(ids.map((id) => found.find(id))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});

test('stale reads are found among a hundred requests in flight', () => {
  const random = seededRandom(11);
  for (let round = 0; round < 20; round++) {
    const operations = Array.from({ length: 150 }, (_, index) =>
      request({
        id: `o${index}`,
        startUs: index,
        endUs: index + random.below(120),
        value: 1 + random.below(300),
      }),
    );
    const wanted = operations.filter(({ startUs, value }) =>
      operations.some((other) => other.endUs < startUs && (other.value ?? 0) >= (value ?? 0)),
    );
    const history = historyOf(operations);
    expect(staleReads(history, Uint32Array.from(operations.keys())).count).toBe(wanted.length);
  }
});

const acked = (...moments: readonly number[]) =>
  moments.map((us) => request({ id: `o${us}`, startUs: us, endUs: us }));

test('the last success at the very begin of a span begins the silence up to the load’s end', () => {
  const drain = at(90_000, { kind: 'phase', name: 'drain', edge: 'begin' });
  const story = storyOf([drain], acked(10e6, 30e6, 95e6));
  expect(longestGaps(story, 30e6, 99e6)[0]).toEqual({ key: 'hits', fromUs: 30e6, toUs: 90e6 });
});

test('the load ends a microsecond after the last success that counts', () => {
  const drain = at(90_000, { kind: 'phase', name: 'drain', edge: 'begin' });
  const last = (us: number) => longestGaps(storyOf([drain], acked(10e6, 30e6, us)), 20e6, 99e6)[0];
  expect(last(90e6 - 1)).toEqual({ key: 'hits', fromUs: 30e6, toUs: 90e6 - 1 });
  expect(last(90e6 + 1)).toEqual({ key: 'hits', fromUs: 30e6, toUs: 90e6 });
});

test('a silence of one microsecond is one', () => {
  const gone = at(12_000, { kind: 'pod-gone', name: 'redis-0', uid: 'uid-0' });
  const story = storyOf([at(0, initial('hits', 100)), gone], acked(12e6, 12e6 + 1));
  expect(momentsOf(story, faultStory(), []).firstOkUs).toBe(12e6 + 1);
});

test('what goes wrong in the last microsecond before the fault was before it', () => {
  const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
  const set = [0, 1, 2, 3, 4, 5].flatMap((index) => [
    at(1000, { kind: 'pod', part: 'redis', pod: podState(index, ipOf(0)) }),
    at(3000, viewEvent(index, 3000, now, undefined)),
  ]);
  const wrong = (atUs: number) => ({
    ...viewEvent(1, 3000, now, (_pod, _ms, server) => ({ ...server, clusterState: 'fail' })),
    atUs,
  });
  const deed = at(20_000, {
    kind: 'fault',
    faultId: 'f1',
    name: 'master-delete',
    hold: 'none',
    stage: 'inject',
    targets: [],
    predicted: null,
    detail: '',
  });
  const verdict = (atUs: number) => formedFinding(storyOf([...set, wrong(atUs), deed]))?.verdict;
  expect(verdict(20e6 - 1)).toBe('inconclusive');
  expect(verdict(20e6)).toBe('pass');
  expect(verdict(18e6 - 1)).toBe('fail');
  expect(verdict(18e6 + 1)).toBe('inconclusive');
});
