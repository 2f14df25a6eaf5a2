import { expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/model/event.ts';
import { lanesOf } from '../../../../src/report/html/lanes.ts';
import { scriptRun } from '../../checker/script.ts';
import { newIp } from '../../checker/script-plan.ts';

const span = { fromUs: 18_000_000, toUs: 60_000_000 };

test('a lane tells what each server said of itself, without a hole, to the end of the span', () => {
  const lanes = lanesOf(scriptRun().events, span);
  expect([...lanes.keys()]).toEqual([0, 1, 2, 3, 4, 5].map((index) => `redis-${index}`));
  for (const lane of lanes.values()) {
    expect(lane[0]?.fromUs).toBe(span.fromUs);
    expect(lane.at(-1)?.toUs).toBe(span.toUs);
    for (const [index, part] of lane.slice(1).entries())
      expect(part.fromUs).toBe(lane[index]?.toUs);
  }
  expect(lanes.get('redis-1')?.map(({ state }) => state)).toEqual(['master']);
  const victim = lanes.get('redis-0') ?? [];
  expect(victim[0]?.state).toBe('master');
  expect(victim.at(-1)).toMatchObject({ state: 'replica', address: `${newIp}:6379` });
});

test('a server that is looked at no longer is gone until its successor answers', () => {
  const events: readonly RunEvent[] = scriptRun().events.filter(
    (event) => event.kind !== 'view' || event.view.pod !== 'redis-1' || event.atUs < 20_000_000,
  );
  const uid = events.flatMap((event) =>
    event.kind === 'view' && event.view.pod === 'redis-1' ? [event.view.uid] : [],
  )[0];
  const gone: RunEvent = { kind: 'target-gone', pod: 'redis-1', uid: uid ?? '', atUs: 30_000_000 };
  const all = [...events, gone].sort((a, b) => a.atUs - b.atUs);
  const lane = lanesOf(all, span).get('redis-1') ?? [];
  expect(lane.map(({ state }) => state)).toEqual(['master', 'gone']);
  const other: RunEvent = { ...gone, uid: 'of an earlier pod' };
  const kept = [...events, other].sort((a, b) => a.atUs - b.atUs);
  expect(
    lanesOf(kept, span)
      .get('redis-1')
      ?.map(({ state }) => state),
  ).toEqual(['master']);
});
