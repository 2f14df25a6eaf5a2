import { describe, expect, test } from 'vitest';
import { quantileEstimate } from '../../../src/checker/availability/binomial.ts';
import { modeOf } from '../../../src/checker/availability/recovery-mode.ts';
import { momentsOf } from '../../../src/checker/availability/timeline.ts';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { continuityFinding } from '../../../src/checker/counter/continuity.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import { worldAt } from '../../../src/checker/run-story.ts';
import { formedFinding } from '../../../src/checker/structure/formed.ts';
import { stretches } from '../../../src/checker/structure/stretches.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { podState, type ViewChange, viewEvent } from './script-cluster.ts';
import { ipOf, victim } from './script-plan.ts';
import { at, faultStory, initial, lossWindowAt, request, storyOf } from './small-story.ts';

/** Set-ups and moments that are rare, and still decided. */
const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const pod = (ms: number, index: number): RunEvent =>
  at(ms, { kind: 'pod', part: 'redis', pod: podState(index, ipOf(0)) });
const view = (ms: number, index: number, change?: ViewChange): RunEvent =>
  at(ms, viewEvent(index, ms, now, change));
const six = [0, 1, 2, 3, 4, 5];

test('who sees none of one pod is blind, too', () => {
  const story = storyOf([pod(0, 0), view(0, 0, () => null)]);
  const world = worldAt(story.events, 0);
  const [part] = stretches(story, { fromUs: 1, toUs: 2 }, world, expectationOf(world));
  expect(part?.blind).toBe(true);
});

test('a loss that two windows allow is the first one’s', () => {
  const lost = request({ id: 'a', startUs: 150, node: 'n@x' });
  const ledger = { kind: 'ledger', key: 'hits', owner: 'x', offset: 0, last: true } as const;
  const story = storyOf([at(0, { ...ledger, entries: [] })], [lost]);
  const window = lossWindowAt();
  const windows = [window, { ...window, faultId: 'f2', fromUs: 140 }, { ...window, node: 'm' }];
  const accounts = accountsOf(story);
  const { branchesOf } = lossesOf(story, accounts, windows);
  const branch = { lost: [0], kept: 0 };
  expect(accounts.map(branchesOf)).toEqual([[branch]]);
  const [first] = windows;
  const ofOne = lossesOf(story, accounts, first ? [first] : []);
  expect(accounts.map(ofOne.branchesOf)).toEqual([[branch]]);
});

test('one slot less in two ranges is not all of them', () => {
  const torn: ViewChange = (_pod, _ms, server) => ({
    ...server,
    nodes: server.nodes.map((node) =>
      node.slots[0] === '0-5460' ? { ...node, slots: ['0-100', '102-5460'] } : node,
    ),
  });
  const before = worldAt(
    six.flatMap((index) => [pod(0, index), view(0, index)]),
    0,
  );
  const after = worldAt(
    six.flatMap((index) => [pod(0, index), view(0, index, torn)]),
    0,
  );
  const fault = faultStory({ before, after, expectation: expectationOf(before) });
  const story = { ...storyOf([]), faults: [fault] };
  const how = {
    target: victim,
    moments: momentsOf(story, faultStory({ targets: [] }), []),
    recovery: { parts: [], baseUs: 0, greenUs: 0 },
  };
  expect(modeOf(story, fault, how, [], null)).toBe('unrecovered');
});

test('an interval of no confidence is the value itself', () => {
  expect(quantileEstimate([7], 0.5, 0)).toEqual({ value: 7, low: 7, high: 7 });
});

test('the very first request may be the one that came in late', () => {
  const unknown = request({ id: 'a', outcome: 'indeterminate', value: null, error: 'timeout' });
  const ledger = { kind: 'ledger', key: 'hits', owner: 'x', offset: 0, last: true } as const;
  const read = {
    kind: 'counter-read',
    key: 'hits',
    stage: 'after',
    owner: 'x',
    error: null,
  } as const;
  const story = storyOf(
    [initial('hits', 100), { ...ledger, entries: ['a'] }, { ...read, value: 0 }].map((body) =>
      at(0, body),
    ),
    [unknown],
  );
  const accounts = accountsOf(story);
  const finding = continuityFinding(story, accounts, lossesOf(story, accounts, []));
  expect(finding.verdict).toBe('pass');
});

describe('a pod out of sight before the fault', () => {
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
  const others = [0, 1, 2, 3, 5].flatMap((index) => [pod(1000, index), view(3000, index)]);
  const hidden = [pod(1000, 4), view(3000, 4, () => null)];
  const verdict = (...more: RunEvent[]) =>
    formedFinding(storyOf([...others, ...hidden, ...more]))?.verdict;
  test('is still the node that it said it is, up to the fault', () => {
    expect(verdict(view(2000, 4), deed)).toBe('inconclusive');
    expect(verdict(deed, view(20_000, 4))).toBe('inconclusive');
    expect(verdict(deed, view(20_000.001, 4))).toBe('inconclusive');
  });
  test('nobody ever asked it: unknown, not wrong', () => {
    expect(verdict(deed)).toBe('inconclusive');
  });
});
