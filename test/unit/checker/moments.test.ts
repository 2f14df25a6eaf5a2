import { describe, expect, test } from 'vitest';
import { momentsOf, timelineOf } from '../../../src/checker/availability/timeline.ts';
import type { FaultStory } from '../../../src/checker/run-story.ts';
import type { Stretch } from '../../../src/checker/structure/stretches.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import type { PodState } from '../../../src/model/pod.ts';
import type { ServerView } from '../../../src/model/view.ts';
import { emptyWorld } from '../../../src/topology/state.ts';
import { type ClusterNow, podState, viewEvent } from './script-cluster.ts';
import { idOf, ipOf, newIp, victim } from './script-plan.ts';
import { at, faultStory, initial, request, storyOf } from './small-story.ts';

/** Each moment of a fault from 10 to 100 s, told by events at the edges of that span and of its rule. */
const quiet: ClusterNow = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const seen = (index: number, ms: number, now: Partial<ClusterNow> = {}): RunEvent =>
  at(ms, viewEvent(index, ms, { ...quiet, ...now }, undefined));
const lost = (index: number, ms: number): RunEvent =>
  at(
    ms,
    viewEvent(index, ms, quiet, () => null),
  );
const changed = (index: number, ms: number, change: (server: ServerView) => ServerView) =>
  at(
    ms,
    viewEvent(index, ms, { ...quiet, promoted: true }, (_pod, _ms, truth) => change(truth)),
  );
const pod = (ms: number, change: Partial<PodState>): RunEvent =>
  at(ms, { kind: 'pod', part: 'redis', pod: { ...podState(0, ipOf(0)), ...change } });
const gone = (ms: number, uid = 'uid-0'): RunEvent => at(ms, { kind: 'pod-gone', name: 'x', uid });

const view = viewEvent(0, 0, quiet, undefined);
const contact =
  view.kind === 'view' ? { ...emptyWorld, views: new Map([['uid-0', view.view]]) } : emptyWorld;

const moments = (
  events: readonly RunEvent[],
  change: Partial<FaultStory> = {},
  operations: readonly Operation[] = [],
) => {
  const told = momentsOf(
    storyOf(events, operations),
    faultStory({ before: contact, ...change }),
    [],
  );
  return timelineOf(told);
};

describe('stopped', () => {
  const stopped = (events: readonly RunEvent[], change: Partial<FaultStory> = {}) =>
    moments(events, change).stoppedMs;
  const state = (uid: string, ...states: PodState['containers'][number]['state'][]) => ({
    uid,
    containers: states.flatMap((name) =>
      podState(0, ipOf(0)).containers.map((container) => ({ ...container, state: name })),
    ),
  });
  test('the broken connection of who had contact', () => {
    expect(stopped([seen(0, 11_000), lost(1, 11_500), lost(0, 12_000), gone(13_000)])).toBe(12_000);
    expect(stopped([lost(0, 12_000), gone(13_000)], { before: emptyWorld })).toBe(13_000);
  });
  test('the ended containers, all of them, of the victim', () => {
    expect(stopped([pod(12_000, state('uid-0', 'terminated'))])).toBe(12_000);
    expect(stopped([pod(12_000, state('uid-0', 'terminated', 'running'))])).toBeNull();
    expect(stopped([pod(12_000, state('uid-0'))])).toBeNull();
    expect(stopped([pod(12_000, state('uid-9', 'terminated'))])).toBeNull();
  });
  test('the victim’s end, within the span', () => {
    expect(stopped([gone(12_000, 'uid-9')])).toBeNull();
    expect(stopped([gone(9999)])).toBeNull();
    expect(stopped([gone(10_000)])).toBe(10_000);
    expect(stopped([gone(100_000)])).toBe(100_000);
    expect(stopped([gone(100_001)])).toBeNull();
  });
  test.each([
    'process-pause',
    'partition',
    'bus-partition',
    'noop',
    'none',
  ] as const)('%s ends no process', (name) => {
    expect(stopped([gone(12_000)], { name })).toBeNull();
  });
  test('a node without power: at the deed, which nobody has told yet', () => {
    expect(stopped([lost(0, 12_000)], { name: 'node-stop' })).toBe(10_000);
  });
  test('without a target nothing happened to anybody', () => {
    const told = moments([gone(12_000), seen(3, 13_000, { promoted: true })], { targets: [] });
    expect(told).toEqual({ ...moments([], { targets: [] }), injectedMs: 10_000 });
    expect(Object.values(told).filter((moment) => moment !== null)).toEqual([10_000]);
  });
});

describe('suspected and failed', () => {
  test('are what the first peer says of the victim, not what it says of itself', () => {
    const told = moments([
      seen(0, 11_000, { flag: 'fail?' }),
      seen(1, 12_000, { flag: 'fail?' }),
      seen(2, 13_000, { flag: 'fail?' }),
      seen(0, 14_000, { flag: 'fail' }),
      seen(2, 15_000, { flag: 'fail' }),
    ]);
    expect(told).toMatchObject({ suspectedMs: 12_000, failedMs: 15_000 });
  });
  test('in the span, of its own line only', () => {
    expect(moments([seen(1, 9999, { flag: 'fail' })]).failedMs).toBeNull();
    expect(moments([seen(1, 100_001, { flag: 'fail' })]).failedMs).toBeNull();
    const other = { targets: [{ ...victim, nodeId: idOf(2) }] };
    expect(moments([seen(1, 12_000, { flag: 'fail' })], other).failedMs).toBeNull();
    // the victim's new pod has another uid and the same node id
    expect(moments([seen(0, 12_000, { flag: 'fail', back: true })]).failedMs).toBeNull();
    expect(moments([lost(1, 12_000)]).failedMs).toBeNull();
  });
});

describe('promoted', () => {
  const promoted = { promoted: true };
  test('is another node’s own word that it is master of the slots', () => {
    expect(moments([seen(1, 11_000), seen(3, 12_000, promoted)]).promotedMs).toBe(12_000);
    expect(moments([seen(3, 9999, promoted)]).promotedMs).toBeNull();
    expect(moments([seen(1, 12_000, promoted), lost(3, 13_000)]).promotedMs).toBeNull();
    expect(moments([seen(0, 12_000)]).promotedMs).toBeNull();
  });
  test('in CLUSTER NODES and in INFO, with an id', () => {
    const role = (server: ServerView) => ({
      ...server,
      replication: { ...server.replication, role: 'slave' as const },
    });
    expect(moments([changed(3, 12_000, role)]).promotedMs).toBeNull();
    const flags = (server: ServerView) => ({
      ...server,
      nodes: server.nodes.map((node) => ({
        ...node,
        flags: node.flags.map((flag) => (flag === 'master' ? 'slave' : flag)),
      })),
    });
    expect(moments([changed(3, 12_000, flags)]).promotedMs).toBeNull();
    expect(moments([changed(3, 12_000, (s) => ({ ...s, myId: null }))]).promotedMs).toBeNull();
    expect(moments([changed(3, 12_000, (s) => ({ ...s, nodes: [] }))]).promotedMs).toBeNull();
    expect(moments([changed(3, 12_000, (same) => same)]).promotedMs).toBe(12_000);
  });
});

const probe = (ms: number, ok: boolean, change: { key?: string; slot?: number } = {}): RunEvent =>
  at(ms, {
    kind: 'probe',
    key: 'p0',
    slot: 300,
    ok,
    node: null,
    error: null,
    lastOkUs: 11_500_000,
    ...change,
  });

describe('the observer’s own increments', () => {
  test('from the last success to the next one of the same key', () => {
    const turns = [probe(12_000, false), probe(13_000, true, { key: 'p1' }), probe(14_000, true)];
    expect(moments(turns)).toMatchObject({ lastAckMs: 11_500, firstAckMs: 14_000 });
    expect(moments(turns.slice(0, 2))).toMatchObject({ lastAckMs: 11_500, firstAckMs: null });
    expect(moments([probe(12_000, true)])).toMatchObject({ lastAckMs: null, firstAckMs: null });
  });
  test('on the victim’s slots, in the span', () => {
    expect(moments([probe(12_000, false, { slot: 6000 })]).lastAckMs).toBeNull();
    expect(moments([probe(9999, false)]).lastAckMs).toBeNull();
    expect(moments([probe(100_000, false)]).lastAckMs).toBe(11_500);
  });
  test('one that failed and was back before the process went is none', () => {
    const turns = [probe(12_000, false), probe(12_500, true), probe(14_000, false)];
    const later = [...turns, probe(15_000, true)];
    expect(moments([...later, gone(13_000)]).firstAckMs).toBe(15_000);
    expect(moments([...later, gone(12_500)]).firstAckMs).toBe(12_500);
    expect(moments(later).firstAckMs).toBe(12_500);
    expect(moments([probe(12_000, false), gone(13_000)]).lastAckMs).toBe(11_500);
  });
});

describe('the first success through the LoadBalancer', () => {
  const acked = (...seconds: readonly number[]) =>
    seconds.map((second) =>
      request({ id: `${second}`, startUs: second * 1e6, endUs: second * 1e6 }),
    );
  const slots = at(0, initial('hits', 100));
  const firstOk = (seconds: readonly number[], ...events: RunEvent[]) =>
    moments([slots, ...events], {}, acked(...seconds)).firstOkMs;
  test('ends the longest silence that began before the outage ended', () => {
    expect(firstOk([9, 11, 14, 15, 20], gone(12_000))).toBe(20_000);
    expect(
      firstOk([9, 11, 14, 15, 20], gone(12_000), probe(12_000, false), probe(14_500, true)),
    ).toBe(14_000);
    expect(
      firstOk([9, 11, 14, 15, 20], gone(12_000), probe(12_000, false), probe(15_000, true)),
    ).toBe(20_000);
  });
  test('counts from the stop, or from the last success where nothing stopped', () => {
    expect(firstOk([9, 11, 12, 13], gone(12_000))).toBe(13_000);
    expect(firstOk([9, 11.4, 11.5, 13], probe(12_000, false), probe(13_000, true))).toBe(13_000);
    expect(firstOk([9, 11, 14])).toBeNull();
    expect(firstOk([9, 11], gone(12_000))).toBeNull();
  });
  test('of the victim’s keys only', () => {
    const other = moments([at(0, initial('hits', 6000)), gone(12_000)], {}, acked(11, 14));
    expect(other.firstOkMs).toBeNull();
    // a key whose slot nobody put on record is told by its name
    const unrecorded = moments([gone(12_000)], {}, acked(11, 14));
    expect(unrecorded.firstOkMs).toBe(14_000);
  });
  test('a recovery that was seen before the process had gone ends nothing early', () => {
    expect(firstOk([11, 14, 30], gone(12_000), probe(12_000, false), probe(12_000, true))).toBe(
      14_000,
    );
  });
});

describe('the endpoint', () => {
  const before = {
    ...contact,
    endpoints: new Map([
      ['redis', [ipOf(0), ipOf(1)]],
      ['ro', [ipOf(0)]],
    ]),
  };
  const told = (ms: number, service: string, ...addresses: string[]): RunEvent =>
    at(ms, { kind: 'endpoint', service, addresses });
  const endpoint = (...events: RunEvent[]) => moments(events, { before }).endpointMs;
  test('follows when no Service has the address any more', () => {
    expect(endpoint(told(11_000, 'redis', ipOf(1)), told(12_000, 'ro'))).toBe(12_000);
    expect(endpoint(told(11_000, 'redis', ipOf(1)))).toBeNull();
    expect(
      endpoint(told(11_000, 'redis'), told(12_000, 'redis', ipOf(0)), told(13_000, 'ro')),
    ).toBeNull();
    expect(endpoint(told(9000, 'redis'), told(12_000, 'ro'))).toBeNull();
    expect(endpoint(told(11_000, 'redis'), told(12_000, 'ro', newIp))).toBe(12_000);
  });
  test('is not asked for where none had it', () => {
    const none = { ...contact, endpoints: new Map([['redis', [ipOf(1)]]]) };
    expect(moments([told(12_000, 'redis')], { before: none }).endpointMs).toBeNull();
  });
});

describe('the pod is ready', () => {
  const ready = (...events: RunEvent[]) => moments(events).podReadyMs;
  const successor = { uid: 'uid-0b' };
  test('when its successor is, or itself after it was not', () => {
    expect(ready(pod(11_000, {}), pod(12_000, successor))).toBe(12_000);
    expect(ready(pod(11_000, { ready: false }), pod(12_000, {}))).toBe(12_000);
    expect(ready(pod(11_000, { terminating: true }), pod(12_000, {}))).toBe(12_000);
    expect(ready(pod(11_000, {}), pod(12_000, {}))).toBeNull();
    expect(ready(pod(12_000, { ...successor, ready: false }))).toBeNull();
    expect(ready(pod(12_000, { ...successor, terminating: true }))).toBeNull();
    expect(ready(pod(12_000, { ...successor, name: 'redis-1' }))).toBeNull();
    expect(ready(pod(9999, successor), pod(100_001, successor))).toBeNull();
  });
});

test('redundant: replication is as before after it was not', () => {
  const part = (fromUs: number, ...checks: ('replication-restored' | 'ip-rewrite')[]): Stretch => ({
    fromUs,
    toUs: fromUs + 1000,
    blind: false,
    violations: checks.map((check) => ({ check, code: 'REP', pod: null, text: check })),
  });
  const redundant = (...parts: Stretch[]) =>
    timelineOf(momentsOf(storyOf([]), faultStory(), parts)).redundantMs;
  const broken = part(2000, 'replication-restored');
  expect(redundant(part(1000), broken, part(3000, 'ip-rewrite'), part(4000))).toBe(3);
  expect(redundant(part(1000), broken)).toBeNull();
  expect(redundant(part(1000))).toBeNull();
  expect(redundant(broken, part(3499))).toBe(3);
});

test('moments are told in whole ms', () => {
  const body: EventBody = { kind: 'pod-gone', name: 'redis-0', uid: 'uid-0' };
  expect(moments([{ atUs: 12_000_600, ...body }]).stoppedMs).toBe(12_001);
});
