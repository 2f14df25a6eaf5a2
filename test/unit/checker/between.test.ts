import { expect, test } from 'vitest';
import { formedFinding } from '../../../src/checker/structure/formed.ts';
import type { ServerView } from '../../../src/model/view.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { idOf, ipOf } from './script-plan.ts';
import { decide } from './small-history.ts';
import { at, request, storyOf } from './small-story.ts';

test('a ledger is whole whatever else is told between its slices', () => {
  const slice = { kind: 'ledger', key: 'hits', owner: 'x' } as const;
  const story = storyOf(
    [
      at(1, { ...slice, offset: 0, entries: ['a'], last: false }),
      at(2, {
        kind: 'counter-read',
        key: 'hits',
        stage: 'after',
        value: 2,
        owner: 'x',
        error: null,
      }),
      at(3, { ...slice, offset: 1, entries: ['b'], last: true }),
    ],
    [request({ id: 'a' })],
  );
  const entries = [...(story.ledgers.entriesOf('hits') ?? [])];
  expect(entries.map(story.ledgers.idOf)).toEqual(['a', 'b']);
});

test('one master without a replica is red', () => {
  const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
  const single = (_pod: string, _ms: number, server: ServerView): ServerView => ({
    ...server,
    nodes: server.nodes
      .filter(({ id }) => id === idOf(0))
      .map((node) => ({ ...node, slots: ['0-16383'] })),
    slots: server.slots
      .slice(0, 1)
      .map((range) => ({ ...range, to: 16_383, nodes: range.nodes.slice(0, 1) })),
  });
  const story = storyOf(
    [
      at(1000, { kind: 'pod', part: 'redis', pod: podState(0, ipOf(0)) }),
      at(3000, viewEvent(0, 3000, now, single)),
      at(20_000, { kind: 'note', text: 'end' }),
    ],
    [],
    (p) => ({ ...p, faults: { ...p.faults, name: 'none' } }),
  );
  expect(formedFinding(story)).toMatchObject({
    verdict: 'fail',
    observed: 'redis-0 serves 0-16383 and has no replica in sync',
  });
});

test('of several that had ended together the last of the line is named', () => {
  const op = (id: string, startS: number, endS: number, value: number) =>
    request({ id, startUs: startS * 1e6, endUs: endS * 1e6, value });
  const operations = [op('a', 4, 5, 1), op('b', 0, 3, 2), op('c', 0, 3, 3)];
  const line = decide({
    key: 'hits',
    base: 0,
    ledger: ['a', 'b', 'c'],
    operations,
    deadBranches: [],
  });
  expect(line.legal ? [] : line.counterexample[0]).toContain('comes before c (0.000-3.000 s)');
  const branch = decide({
    key: 'hits',
    base: 0,
    ledger: [],
    operations,
    deadBranches: [operations],
  });
  expect(branch.legal ? [] : branch.counterexample[0]).toContain(', and c (0.000-3.000 s)');
});
