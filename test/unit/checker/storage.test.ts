import { describe, expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { type FaultStory, worldAt } from '../../../src/checker/run-story.ts';
import { gravest, storageOf } from '../../../src/checker/structure/storage.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { FaultTarget } from '../../../src/model/fault.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import type { WorldState } from '../../../src/topology/state.ts';
import { podState, viewEvent } from './script-cluster.ts';
import { idOf, ipOf, victim } from './script-plan.ts';
import { at, faultStory, initial, request, storyOf } from './small-story.ts';

/** Whether data that is gone had a place to outlive the fault: redis-0 and its replica redis-3 hold `hits`. */
const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const world = (change: (view: RunEvent, index: number) => RunEvent = (view) => view): WorldState =>
  worldAt(
    [0, 1, 2, 3, 4, 5].flatMap((index) => [
      at(0, { kind: 'pod', part: 'redis', pod: podState(index, ipOf(0)) }),
      change(at(0, viewEvent(index, 0, now, undefined)), index),
    ]),
    0,
  );
const reborn = (view: RunEvent, ...which: readonly number[]) =>
  which.some((index) => view.kind === 'view' && view.view.pod === `redis-${index}`) &&
  view.kind === 'view' &&
  view.view.server
    ? { ...view, view: { ...view.view, server: { ...view.view.server, myId: 'new' } } }
    : view;
const unseen = (view: RunEvent, ...which: readonly number[]) =>
  view.kind === 'view' && which.some((index) => view.view.pod === `redis-${index}`)
    ? { ...view, view: { ...view.view, server: null } }
    : view;
const before = world();
const replica: FaultTarget = {
  ...victim,
  pod: 'redis-3',
  uid: 'uid-3',
  nodeId: idOf(3),
  role: 'slave',
  slots: [],
};
const both = [victim, replica];
const fault = (change: Partial<FaultStory> = {}) =>
  faultStory({
    targets: both,
    before,
    after: before,
    expectation: expectationOf(before),
    ...change,
  });
const told = (
  persists: boolean | null,
  uid: string,
  faultId = 'f1',
  stage: 'before' | 'after' = 'before',
): RunEvent =>
  at(9000, {
    kind: 'snapshot',
    stage,
    faultId,
    pod: uid,
    uid,
    diskMyselfIp: null,
    diskNodes: [],
    announceIp: null,
    nodeTimeoutMs: 5000,
    persists,
    error: null,
  });
const off = [told(false, 'uid-0'), told(false, 'uid-3')];

const storage = (events: readonly RunEvent[], ...faults: readonly FaultStory[]) =>
  storageOf({ ...storyOf([at(0, initial('hits', 100)), ...events]), faults });
const ofKey = (events: readonly RunEvent[], ...faults: readonly FaultStory[]) =>
  storage(events, ...faults).ofKey('hits');

describe('the storage of a key', () => {
  test('outlives where a member of its shard was not touched', () => {
    expect(ofKey(off, fault({ targets: [victim] }))).toBe('sure');
    expect(ofKey(off, fault({ targets: [replica] }))).toBe('sure');
    expect(ofKey(off, fault())).toBeNull();
    expect(ofKey(off)).toBe('sure');
  });
  test('outlives in one that kept its id and writes to its directory', () => {
    expect(ofKey([told(true, 'uid-0'), told(false, 'uid-3')], fault())).toBe('sure');
    expect(ofKey([told(false, 'uid-0'), told(true, 'uid-3')], fault())).toBe('sure');
    expect(ofKey([told(null, 'uid-0'), told(true, 'uid-3')], fault())).toBe('sure');
    expect(ofKey([told(null, 'uid-0'), told(false, 'uid-3')], fault())).toBe('possible');
    expect(ofKey([told(false, 'uid-0')], fault())).toBe('possible');
  });
  test('as told of this pod, right before this fault', () => {
    const others = [
      told(true, 'uid-0', 'f0'),
      told(true, 'uid-0', 'f1', 'after'),
      told(true, 'uid-1'),
    ];
    expect(ofKey([...others, ...off], fault())).toBeNull();
    expect(ofKey([...off, ...others], fault())).toBeNull();
    expect(ofKey(others, fault())).toBe('possible');
  });
  test('is gone with its node’s id', () => {
    const on = [told(true, 'uid-0'), told(true, 'uid-3')];
    expect(ofKey(on, fault({ after: world((view) => reborn(view, 0, 3)) }))).toBeNull();
    expect(ofKey(on, fault({ after: world((view) => reborn(view, 0)) }))).toBe('sure');
    expect(ofKey(off, fault({ after: world((view) => reborn(view, 0)) }))).toBeNull();
    expect(ofKey(on, fault({ after: world((view) => unseen(view, 0, 3)) }))).toBe('possible');
    const mixed = world((view) => unseen(reborn(view, 0), 3));
    expect(ofKey(on, fault({ after: mixed }))).toBe('possible');
  });
  test('is told by the pod’s present view, whatever an old one of its name says', () => {
    const views = new Map(before.views);
    const [old] = [...views.values()];
    if (!old) throw new Error('a world without a view');
    const after = { ...before, views: new Map([['old', { ...old, server: null }], ...views]) };
    expect(ofKey(off, fault({ after }))).toBeNull();
  });
  test('is not known for a key of no shard', () => {
    expect(ofKey(off, fault({ expectation: expectationOf(worldAt([], 0)) }))).toBe('possible');
    expect(storage(off, fault({ targets: [victim] })).ofNode(idOf(3))).toBe('sure');
    expect(storage(off, fault()).ofNode(idOf(0))).toBeNull();
    expect(storage(off, fault()).ofNode(idOf(1))).toBe('sure');
    expect(storage(off, fault()).ofNode(null)).toBe('possible');
  });
  test('one fault of several that took it explains, one that was not done nothing', () => {
    const harmless = fault({ id: 'f0', targets: [] });
    expect(ofKey(off, harmless, fault())).toBeNull();
    expect(ofKey(off, fault(), harmless)).toBeNull();
    expect(ofKey(off, fault({ injectedUs: null }))).toBe('sure');
    expect(ofKey([], harmless, fault())).toBe('possible');
  });
});

describe('a lost write', () => {
  const ledger = (...entries: string[]) =>
    at(0, { kind: 'ledger', key: 'hits', owner: 'x', offset: 0, entries, last: true });
  /** What `b`, acknowledged from 20 to 21 s, is when it is missing; the fault's span ends at `endUs`. */
  const lost = (kept: readonly string[], endUs = 100e6, startS = 20) => {
    const operations = [
      request({ id: 'a', startUs: 10e6, endUs: 20e6, value: 1 }),
      request({ id: 'b', startUs: startS * 1e6, endUs: 21e6, value: 2 }),
      request({ id: 'c', startUs: 30e6, endUs: 31e6, value: 3 }),
    ];
    const events = [at(0, initial('hits', 100)), ledger(...kept), ...off];
    const story = { ...storyOf(events, operations), faults: [fault({ endUs })] };
    const [account] = accountsOf(story);
    if (!account) throw new Error('a story without a key');
    return storageOf(story).ofWrite(account, 1);
  };
  test('is explained by the fault in whose time it was acknowledged, or a later one', () => {
    expect(lost(['c'])).toBeNull();
    expect(lost([], 21e6)).toBeNull();
    expect(lost([], 20e6)).toBe('sure');
  });
  test('but not where an earlier one is still there', () => {
    expect(lost(['a', 'c'], 100e6, 20.5)).toBe('sure');
    // neither of two at a time is the earlier one
    expect(lost(['a', 'c'], 100e6, 20)).toBeNull();
    expect(lost(['somebody’s', 'c'], 100e6, 20.5)).toBeNull();
  });
});

test('the gravest of several is what a finding is', () => {
  expect(gravest([null, 'possible', 'sure'])).toEqual({ contradiction: 'sure' });
  expect(gravest(['sure', 'possible'])).toEqual({ contradiction: 'sure' });
  expect(gravest([null, 'possible'])).toEqual({ contradiction: 'possible' });
  expect(gravest([null])).toEqual({});
});
