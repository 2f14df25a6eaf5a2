import { describe, expect, test } from 'vitest';
import { formedFinding } from '../../../src/checker/structure/formed.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { FaultName } from '../../../src/model/fault.ts';
import type { PodState } from '../../../src/model/pod.ts';
import { podState, type ViewChange, viewEvent } from './script-cluster.ts';
import { ipOf } from './script-plan.ts';
import { at, storyOf } from './small-story.ts';

/** Six pods, ready at 1 s, formed at 3 s; the fault begins at 20 s unless there is none. */
const now = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const six = [0, 1, 2, 3, 4, 5];
const pod = (ms: number, index: number, change: Partial<PodState> = {}): RunEvent =>
  at(ms, { kind: 'pod', part: 'redis', pod: { ...podState(index, ipOf(0)), ...change } });
const view = (ms: number, index: number, change?: ViewChange): RunEvent =>
  at(ms, viewEvent(index, ms, now, change));
const formed = (ms: number, ok = true): RunEvent =>
  at(ms, { kind: 'formed', ok, by: 'tool', detail: ok ? 'in 2 s' : 'create hangs' });
const deed = (ms: number): RunEvent =>
  at(ms, {
    kind: 'fault',
    faultId: 'f1',
    name: 'master-delete',
    hold: 'none',
    stage: 'inject',
    targets: [],
    predicted: null,
    detail: '',
  });
const set = [...six.flatMap((index) => [pod(1000, index), view(3000, index)]), formed(3000)];
const down: ViewChange = (_pod, _ms, server) => ({
  ...server,
  replication: { ...server.replication, masterLink: 'down' },
});
const wrongState: ViewChange = (_pod, _ms, server) => ({ ...server, clusterState: 'fail' });

const judged = (events: readonly RunEvent[], name: FaultName = 'master-delete') =>
  formedFinding(storyOf(events, [], (p) => ({ ...p, faults: { ...p.faults, name } })));
const beforeFault = (...more: RunEvent[]) =>
  judged([...set, ...more, deed(20_000)].sort((a, b) => a.atUs - b.atUs));

describe('topology-formed', () => {
  test('steady for ten seconds', () => {
    expect(beforeFault()).toMatchObject({
      verdict: 'pass',
      observed: '6 nodes, 3 masters, ready for 19.0s',
    });
    expect(beforeFault(pod(10_000, 0, { ready: false }), pod(10_000, 0))?.verdict).toBe('pass');
    const late = beforeFault(pod(10_000, 0, { ready: false }), pod(10_001, 0));
    expect(late).toMatchObject({
      verdict: 'inconclusive',
      observed: 'all pods had been ready for only 10.0s',
      evidence: [],
    });
  });
  test('told by who formed it and what each pod is', () => {
    const restarted = podState(4, ipOf(0)).containers.map((c) => ({ ...c, restarts: 2 }));
    const finding = beforeFault(
      formed(2000, true),
      pod(5000, 4, { containers: [...restarted, ...restarted] }),
      pod(5000, 5, { containers: [] }),
    );
    expect(finding?.evidence.slice(0, 2)).toEqual([
      'formed by tool at 3.000 s: in 2 s',
      'redis-0: master of 0-5460, ready since 1.000 s, 0 restarts',
    ]);
    expect(finding?.evidence.slice(5)).toEqual([
      'redis-4: slave, ready since 5.000 s, 4 restarts',
      'redis-5: slave, ready since 5.000 s, 0 restarts',
    ]);
    expect(judged([...set.slice(0, -1), deed(20_000)])?.evidence[0]).toContain('redis-0: master');
    expect(beforeFault(formed(20_001))?.evidence[0]).toContain('at 3.000 s');
    expect(beforeFault(formed(20_000))?.evidence[0]).toContain('at 20.000 s');
  });
  test('without a fault it speaks of the end', () => {
    expect(judged([...set, at(12_000, { kind: 'note', text: '' })], 'none')).toMatchObject({
      verdict: 'pass',
      observed: '6 nodes, 3 masters, ready for 11.0s',
    });
    expect(judged(set)).toMatchObject({
      verdict: 'inconclusive',
      observed: 'the run ended before the set-up was known to be formed',
    });
  });

  describe('broken', () => {
    const broken = (ms: number): RunEvent => at(ms, { kind: 'broken', message: 'wrong image' });
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`);
    const log: EventBody = { kind: 'pod-log', pod: 'redis-0', container: 'redis', lines };
    const crashing = {
      ready: false,
      containers: podState(0, ipOf(0)).containers.map((container) => ({
        ...container,
        ready: false,
        restarts: 3,
      })),
    };
    const logged = lines.slice(2).map((line) => `redis-0/redis: ${line}`);
    test('what was said is told first, then crashes and the last ten log lines', () => {
      expect(beforeFault(formed(4000, false), broken(5000), at(6000, log))).toMatchObject({
        verdict: 'fail',
        observed: 'forming (by tool) did not succeed: create hangs',
        evidence: ['forming (by tool) did not succeed: create hangs', 'wrong image', ...logged],
      });
      expect(beforeFault(broken(5000), pod(6000, 0, crashing))?.evidence).toEqual([
        'wrong image',
        'redis-0: redis running, 3 restarts',
      ]);
    });
    test('a crash is red by itself', () => {
      expect(beforeFault(pod(6000, 0, crashing), at(6000, log))).toMatchObject({
        verdict: 'fail',
        observed: 'redis-0: redis running, 3 restarts',
        evidence: ['redis-0: redis running, 3 restarts', ...logged],
      });
    });
    test('what broke after the fault is another check’s', () => {
      expect(beforeFault(broken(20_000))?.verdict).toBe('fail');
      expect(beforeFault(broken(20_001))?.verdict).toBe('pass');
      expect(beforeFault(formed(20_001, false))?.verdict).toBe('pass');
      expect(judged([...set, broken(99_000)])).toMatchObject({ verdict: 'fail' });
    });
    test('nothing is said when infrastructure ended the run before the fault', () => {
      const ended = at(5000, { kind: 'infrastructure', message: 'no image' });
      expect(judged([...set, ended])).toBeNull();
      expect(judged([...set, ended, broken(6000)])?.verdict).toBe('fail');
      expect(beforeFault(ended)?.verdict).toBe('pass');
    });
    test('thirty lines are enough', () => {
      const many = Array.from({ length: 31 }, () => broken(5000));
      expect(beforeFault(...many)?.evidence).toHaveLength(30);
    });
  });

  describe('wrong right before the fault', () => {
    const restored = (ms: number) => view(ms, 1);
    test('for two seconds it is red, for less a coincidence', () => {
      const text = 'redis-1 says cluster_state fail';
      expect(beforeFault(view(17_999, 1, wrongState))).toMatchObject({
        verdict: 'fail',
        observed: text,
        evidence: [text],
      });
      expect(beforeFault(view(18_000, 1, wrongState))?.verdict).toBe('fail');
      expect(beforeFault(view(18_001, 1, wrongState))).toMatchObject({
        verdict: 'inconclusive',
        observed: text,
      });
      expect(beforeFault(view(17_000, 1, wrongState), restored(19_999))?.verdict).toBe('pass');
      expect(beforeFault(view(20_000, 1, wrongState))?.verdict).toBe('pass');
      expect(
        beforeFault(view(17_000, 1, wrongState), restored(19_000), view(19_500, 1, wrongState))
          ?.verdict,
      ).toBe('inconclusive');
    });
    test('soon after the begin of the run, too', () => {
      const early = set.map((event) => ({ ...event, atUs: 0 }));
      expect(judged([...early, deed(1000)])).toMatchObject({
        verdict: 'inconclusive',
        observed: 'all pods had been ready for only 1.0s',
      });
    });
    test('not seeing a pod is told only when nothing else is wrong', () => {
      const blind = beforeFault(view(5000, 4, () => null));
      expect(blind).toMatchObject({ verdict: 'inconclusive' });
      expect(blind?.observed).toContain('cannot reach redis-4');
      const both = beforeFault(
        view(5000, 4, () => null),
        view(5000, 1, wrongState),
      );
      expect(both).toMatchObject({
        verdict: 'fail',
        observed: 'redis-1 says cluster_state fail',
        evidence: ['redis-1 says cluster_state fail'],
      });
    });
    test('no master owns a slot: red where pods are, undecided where none is', () => {
      const none = 'no master owns any slot';
      expect(judged([deed(20_000)])).toMatchObject({
        verdict: 'inconclusive',
        observed: none,
        evidence: [none],
      });
    });
    test('a replica whose link is down is red', () => {
      const text = 'redis-4 has its link to redis-1 (bbbbbbbb) down';
      expect(beforeFault(view(5000, 4, down))).toMatchObject({
        verdict: 'fail',
        observed: text,
        evidence: [text],
      });
    });
    test('masters that have no replica at all are red, each told', () => {
      const alone: ViewChange = (_pod, _ms, server) => ({
        ...server,
        nodes: server.nodes.filter(({ masterId }) => masterId === null),
        slots: server.slots.map((range) => ({ ...range, nodes: range.nodes.slice(0, 1) })),
      });
      const masters = [0, 1, 2].flatMap((index) => [pod(1000, index), view(3000, index, alone)]);
      expect(judged([...masters, deed(20_000)])).toMatchObject({
        verdict: 'fail',
        observed: 'redis-0 serves 0-5460 and has no replica in sync',
        evidence: [
          'redis-0 serves 0-5460 and has no replica in sync',
          'redis-1 serves 5461-10922 and has no replica in sync',
          'redis-2 serves 10923-16383 and has no replica in sync',
        ],
      });
    });
    test('a pod that had gone before is no part of it', () => {
      const gone = at(6000, { kind: 'pod-gone', name: 'redis-9', uid: 'uid-9' });
      const extra = [pod(1000, 9, { name: 'redis-9', uid: 'uid-9' }), gone];
      const event = viewEvent(1, 2000, now, undefined);
      const told = event.kind === 'view' ? { ...event.view, pod: 'redis-9', uid: 'uid-9' } : null;
      const seen = told ? [at(2000, { kind: 'view', view: told })] : [];
      expect(beforeFault(...extra, ...seen)?.verdict).toBe('pass');
    });
  });
});
