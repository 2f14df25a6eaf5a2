import { describe, expect, test } from 'vitest';
import { type Moments, momentsOf } from '../../../src/checker/availability/timeline.ts';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import {
  clockErrorUs,
  inWindow,
  type LossWindow,
  lossWindow,
} from '../../../src/checker/counter/loss-window.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import { historyOf } from '../../../src/checker/history.ts';
import type { FaultStory } from '../../../src/checker/run-story.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { FaultTarget } from '../../../src/model/fault.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { viewEvent } from './script-cluster.ts';
import { idOf, ipOf, victim } from './script-plan.ts';
import { at, faultStory, lossWindowAt, request, storyOf } from './small-story.ts';

const noMoments: Moments = momentsOf(storyOf([]), faultStory({ targets: [] }), []);
const replica = { ...victim, role: 'slave' as const, nodeId: idOf(3) };

describe('the window of loss', () => {
  const windowOf = (
    change: Partial<FaultStory>,
    moments: Partial<Moments> = {},
    events: readonly RunEvent[] = [],
    loss: 'strict' | 'window' = 'window',
    target: FaultTarget = victim,
  ) =>
    lossWindow(
      storyOf(events, [], (p) => ({ ...p, assert: { ...p.assert, loss } })),
      faultStory({ targets: [victim, replica], injectedUs: 11e6, ...change }),
      { target, moments: { ...noMoments, ...moments } },
    );
  const base = { faultId: 'f1', node: idOf(0), copiedAt: expect.any(Function) };

  test.each(['process-kill', 'node-stop'] as const)('%s: the second before the death', (name) => {
    const alone = 'in the 1.0s before the sudden death';
    // a machine that lost its power lost what was not synced, whoever had copied it
    const text = name === 'node-stop' ? alone : `${alone} and copied by no replica`;
    expect(windowOf({ name }, { stoppedUs: 20e6 })).toEqual({
      ...base,
      fromUs: 19e6,
      toUs: 20e6,
      text,
    });
    expect(windowOf({ name })).toEqual({ ...base, fromUs: 10e6, toUs: 11e6, text });
  });
  test.each(['partition', 'bus-partition'] as const)('%s: while the minority goes on', (name) => {
    expect(windowOf({ name })).toEqual({
      ...base,
      fromUs: 11e6,
      toUs: 19.5e6,
      text: 'in the 8.5s after the cut, by the master cut off',
    });
  });
  test('a paused master: until it learns that it was demoted', () => {
    const demoted = { promoted: true, back: true, victimIp: ipOf(0), flag: null };
    const saying = (ms: number, uid: string, promoted = true): RunEvent => {
      const event = viewEvent(0, ms, { ...demoted, promoted }, undefined);
      if (event.kind !== 'view') throw new Error('a view is told as a view');
      return at(ms, { ...event, view: { ...event.view, uid } });
    };
    const until = (...events: RunEvent[]) => windowOf({ name: 'process-pause' }, {}, events)?.toUs;
    expect(until()).toBe(100e6);
    expect(until(saying(30_000, 'uid-0', false), saying(31_000, 'uid-0'))).toBe(31e6);
    expect(until(saying(31_000, 'uid-4'))).toBe(100e6);
    expect(until(saying(10_000, 'uid-0'))).toBe(100e6);
    expect(until(saying(10_001, 'uid-0'))).toBe(10.001e6);
    expect(until(saying(100_000, 'uid-0'))).toBe(100e6);
    expect(until(saying(100_001, 'uid-0'))).toBe(100e6);
    expect(
      until(
        at(
          20_000,
          viewEvent(0, 0, demoted, () => null),
        ),
      ),
    ).toBe(100e6);
    expect(windowOf({ name: 'process-pause' })?.text).toBe(
      'until the paused master learnt that it was demoted',
    );
  });
  test('none for a delete, none that was not done, none with --loss strict', () => {
    expect(windowOf({ name: 'master-delete' })).toBeNull();
    expect(windowOf({ name: 'process-kill', injectedUs: null })).toBeNull();
    expect(windowOf({ name: 'process-kill' }, {}, [], 'strict')).toBeNull();
    expect(windowOf({ name: 'process-kill' }, {}, [], 'window', replica)).toBeNull();
  });
});

describe('an operation is in a window', () => {
  const window = lossWindowAt();
  const inside = (startUs: number, endUs: number, node: string | null = 'n@x', errorUs = 0) =>
    inWindow(window, historyOf([request({ startUs, endUs, node })]), 0, errorUs);
  test('when it overlaps it, both ends included, within the clocks’ error', () => {
    expect([inside(50, 99), inside(50, 100), inside(200, 250), inside(201, 250)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(inside(50, 90, 'n@x', 10)).toBe(true);
    expect(inside(50, 89, 'n@x', 10)).toBe(false);
    expect(inside(210, 250, 'n@x', 10)).toBe(true);
    expect(inside(211, 250, 'n@x', 10)).toBe(false);
  });
  test('and was acknowledged by the node that was lost', () => {
    expect(inside(150, 160, 'm@x')).toBe(false);
    expect(inside(150, 160, null)).toBe(false);
  });
});

describe('what was lost is told apart', () => {
  const node = 'n@x';
  const operations = [
    request({ id: 'a', startUs: 100, value: 1, node }),
    request({ id: 'b', startUs: 200, value: 2, node }),
    request({ id: 'c', startUs: 300, value: 3, node }),
    request({ id: 'd', startUs: 400, value: 4, node }),
  ];
  const windowAt = (fromUs: number, faultId: string) =>
    lossWindowAt({ faultId, fromUs, toUs: fromUs + 10 });
  const echo = (errorUs: number): EventBody => ({ kind: 'clock', offsetUs: 0, errorUs });
  const told = (errors: readonly number[], windows: readonly LossWindow[], ledger = ['a']) => {
    const slice = { kind: 'ledger', key: 'hits', owner: 'x', offset: 0, last: true } as const;
    const events = [at(0, { ...slice, entries: ledger }), ...errors.map((us) => at(0, echo(us)))];
    const story = storyOf(events, operations);
    const accounts = accountsOf(story);
    const losses = lossesOf(story, accounts, windows);
    const groups = accounts.map((account) => losses.branchesOf(account).map(({ lost }) => lost));
    return { ...losses, allowed: [...losses.allowed], groups, error: clockErrorUs(story) };
  };
  const windows = [windowAt(195, 'f1'), windowAt(295, 'f2'), windowAt(900, 'f3')];

  test('by the window that allows it, a group for each that has any', () => {
    expect(told([7, 3], windows)).toMatchObject({
      allowed: [1, 2],
      forbidden: [3],
      groups: [[[1], [2]]],
      clockTrouble: null,
      error: 7,
    });
  });
  test('the clocks may differ by up to 5 ms', () => {
    expect(told([5000], windows).clockTrouble).toBeNull();
    expect(told([10, 5001], windows).clockTrouble).toBe(
      'the clocks may differ by 5.001 ms, over the 5 ms that the window of loss allows',
    );
    expect(told([], windows)).toMatchObject({
      allowed: [1, 2],
      error: null,
      clockTrouble:
        'the observer’s clock was never compared with ours, so the window of loss is not known',
    });
  });
  test('and where nothing was lost in a window they do not matter', () => {
    expect(told([], [])).toMatchObject({ forbidden: [1, 2, 3], groups: [[]], clockTrouble: null });
  });
});

describe('a dead branch has in common with the ledger', () => {
  const op = (id: string, endUs: number, change: Partial<Operation> = {}) =>
    request({ id, startUs: endUs - 1, endUs, node: 'n@x', ...change });
  /** `l` is lost in the window from 100 to 200; how much of the ledger is kept for sure. */
  const kept = (entries: readonly string[], ...others: readonly Operation[]) => {
    const lost = op('l', 150);
    const slice = { kind: 'ledger', key: 'hits', owner: 'x', offset: 0, last: true } as const;
    const story = storyOf(
      [at(0, { ...slice, entries }), at(0, { kind: 'clock', offsetUs: 0, errorUs: 0 })],
      [lost, ...others],
    );
    const accounts = accountsOf(story);
    return accounts.flatMap((account) =>
      lossesOf(story, accounts, [lossWindowAt()])
        .branchesOf(account)
        .map((branch) => branch.kept),
    );
  };
  test('all up to the last that the same server acknowledged before it went', () => {
    expect(kept([])).toEqual([0]);
    expect(kept(['a'], op('a', 10))).toEqual([1]);
    expect(kept(['a', 'b'], op('a', 10), op('b', 20))).toEqual([2]);
    expect(kept(['a', 'b', 'c'], op('a', 10), op('b', 200), op('c', 201))).toEqual([2]);
  });
  test('not what another one acknowledged, nobody or none of ours', () => {
    expect(kept(['a', 'b'], op('a', 10), op('b', 20, { node: 'm@x' }))).toEqual([1]);
    const unknown = op('b', 20, { outcome: 'indeterminate', value: null, error: 'timeout' });
    expect(kept(['a', 'b'], op('a', 10), unknown)).toEqual([1]);
    expect(kept(['a', 'somebody’s'], op('a', 10))).toEqual([1]);
    expect(kept(['somebody’s'])).toEqual([0]);
  });
});
