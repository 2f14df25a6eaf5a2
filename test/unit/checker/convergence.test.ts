import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { ClusterNode, ServerView } from '../../../src/model/view.ts';
import { after, check, isSelf, judge, nodes, red } from './judging.ts';
import type { ScriptOptions } from './script.ts';
import { podState } from './script-cluster.ts';
import { idOf, ipOf, newIp } from './script-plan.ts';

describe('topology-converged', () => {
  test('red when one pod takes its own address for everybody’s', () => {
    const evaluation = judge({
      view: (pod, ms, server) =>
        pod === 'redis-0' && ms > after
          ? nodes(server, (node) => ({ ...node, ip: newIp }))
          : server,
    });
    expect(red(evaluation)).toEqual(['topology-converged']);
    expect(check(evaluation, 'topology-converged').why).toContain('rewrites every node');
  });

  test('red when a peer keeps the old address, also as a prefix of the right one', () => {
    for (const ip of [ipOf(0), newIp.slice(0, -1)]) {
      const evaluation = judge({
        view: (pod, ms, server) =>
          pod === 'redis-5' && ms > after
            ? nodes(server, (node) => (node.id === idOf(0) ? { ...node, ip } : node))
            : server,
      });
      expect(red(evaluation)).toEqual(['topology-converged']);
    }
  });

  test.each(['fail', 'fail?', 'handshake', 'noaddr'])('red while a line is flagged %s', (flag) => {
    const evaluation = judge({
      view: (pod, ms, server) =>
        pod === 'redis-2' && ms > after
          ? nodes(server, (node) =>
              node.id === idOf(4) ? { ...node, flags: [...node.flags, flag] } : node,
            )
          : server,
    });
    expect(red(evaluation)).toContain('topology-converged');
  });

  test('red when two pods disagree on who is master', () => {
    const evaluation = judge({
      view: (pod, ms, server) =>
        pod === 'redis-4' && ms > after
          ? nodes(server, (node) =>
              node.id === idOf(2)
                ? { ...node, flags: ['slave'], masterId: idOf(5), slots: [] }
                : node,
            )
          : server,
    });
    expect(check(evaluation, 'topology-converged').observed).toContain(
      'the pods disagree on redis-2',
    );
  });

  test('unreachable is not wrong: red only because Kubernetes calls the pod ready', () => {
    const lost = {
      view: (pod: string, ms: number, server: ServerView) =>
        pod === 'redis-4' && ms > after ? null : server,
      endMs: 110_000,
    };
    const evaluation = judge(lost);
    expect(check(evaluation, 'topology-converged')).toMatchObject({ verdict: 'fail' });
    expect(check(evaluation, 'topology-converged').observed).toContain(
      'the observer cannot reach redis-4, which Kubernetes calls ready',
    );
    expect(check(evaluation, 'identity-kept').verdict).toBe('inconclusive');
  });

  test('undecided when the observer reaches nobody', () => {
    const evaluation = judge({
      view: (_, ms, server) => (ms > after ? null : server),
      endMs: 110_000,
    });
    expect(check(evaluation, 'topology-converged')).toMatchObject({ verdict: 'inconclusive' });
    expect(check(evaluation, 'topology-converged').observed).toContain('could reach no pod at all');
    expect(evaluation.verdict).not.toBe('pass');
  });

  test('wrong for 20 s and right then is green; right for too short is undecided', () => {
    const wrongUntil = (untilMs: number): ScriptOptions => ({
      endMs: 60_000,
      view: (pod, ms, server) =>
        pod === 'redis-1' && ms > after && ms < untilMs
          ? nodes(server, (node) => (node.id === idOf(0) ? { ...node, ip: ipOf(0) } : node))
          : server,
    });
    expect(judge(wrongUntil(48_000)).verdict).toBe('pass');
    expect(check(judge(wrongUntil(52_000)), 'topology-converged').verdict).toBe('inconclusive');
  });

  describe('a relapse after a green that had lasted', () => {
    /** Wrong (or out of sight) from `fromMs` to `untilMs`; views come once a second. */
    const relapse = (
      fromMs: number,
      untilMs: number,
      wrong: (server: ServerView) => ServerView | null = (server) => ({
        ...server,
        nodes: server.nodes.map((node) => (node.id === idOf(0) ? { ...node, ip: ipOf(0) } : node)),
      }),
      endMs = 80_000,
    ) =>
      check(
        judge({
          endMs,
          view: (pod, ms, server) =>
            pod === 'redis-1' && ms > fromMs && ms < untilMs ? wrong(server) : server,
        }),
        'topology-converged',
      );

    test('of a node timeout or more is red, also when it is green again for long', () => {
      const finding = relapse(50_000, 55_900);
      expect(finding.verdict).toBe('fail');
      expect(finding.observed).toContain('then not for 6.0s from 50.001 s on, green again');
      expect(finding.evidence.join()).toContain('redis-1 has redis-0');
    });
    test('of two to four seconds is undecided: neither healthy nor surely broken', () => {
      expect(relapse(50_000, 51_900).verdict).toBe('inconclusive');
      expect(relapse(50_000, 53_900).verdict).toBe('inconclusive');
    });
    test('of one second passes, with a note, when the green after it lasts', () => {
      const finding = relapse(50_000, 50_900);
      expect(finding).toMatchObject({ verdict: 'pass' });
      expect(finding.note).toContain('then not for 1.0s from 50.001 s on');
      expect(relapse(50_000, 50_900, undefined, 59_000).verdict).toBe('inconclusive');
    });
    test('counts all relapses together: a cluster that flaps is not green', () => {
      const flapping = check(
        judge({
          endMs: 90_000,
          view: (pod, ms, server) =>
            pod === 'redis-1' && ms > 50_000 && ms < 70_000 && ms % 3000 < 1000
              ? nodes(server, (node) => (node.id === idOf(0) ? { ...node, ip: ipOf(0) } : node))
              : server,
        }),
        'topology-converged',
      );
      expect(flapping.verdict).toBe('fail');
    });
    test('out of sight for 2 s passes, for 3 s is undecided, and is never red', () => {
      const unseen = () => null;
      expect(relapse(50_000, 51_900, unseen).verdict).toBe('pass');
      expect(relapse(50_000, 52_900, unseen).verdict).toBe('inconclusive');
      expect(relapse(50_000, 58_900, unseen).verdict).toBe('inconclusive');
    });
    const readiness = (fromMs: number, untilMs: number) =>
      check(
        judge({
          endMs: 80_000,
          events: (events) => {
            const told = (atMs: number, ready: boolean): RunEvent => ({
              atUs: atMs * 1000,
              kind: 'pod',
              part: 'redis',
              pod: { ...podState(1, newIp), ready },
            });
            const changed = [...events, told(fromMs, false), told(untilMs, true)];
            return changed.sort((a, b) => a.atUs - b.atUs);
          },
        }),
        'topology-converged',
      );
    test('a probe of the kubelet that is late is none: the pod answers and agrees', () => {
      expect(readiness(60_000, 69_000).verdict).toBe('pass');
    });
    test('a pod that answers but never gets ready is red', () => {
      expect(readiness(30_000, 200_000).verdict).toBe('fail');
    });
    test('at the end: red from a node timeout on, undecided before', () => {
      expect(relapse(73_000, 99_000).verdict).toBe('fail');
      expect(relapse(77_000, 99_000).verdict).toBe('inconclusive');
    });
  });

  test('green only after the deadline is red', () => {
    const evaluation = judge({
      endMs: 120_000,
      view: (pod, ms, server) =>
        pod === 'redis-1' && ms > after && ms < 95_000
          ? nodes(server, (node) => (node.id === idOf(0) ? { ...node, ip: ipOf(0) } : node))
          : server,
    });
    expect(check(evaluation, 'topology-converged')).toMatchObject({ verdict: 'fail' });
    expect(check(evaluation, 'topology-converged').observed).toContain('green only');
  });
});

describe('slots-covered', () => {
  test('red when two masters claim the same slots', () => {
    const evaluation = judge({
      view: (pod, ms, server) =>
        pod === 'redis-0' && ms > after
          ? nodes(server, (node) =>
              isSelf(node)
                ? { ...node, flags: ['myself', 'master'], masterId: null, slots: ['0-5460'] }
                : node,
            )
          : server,
    });
    expect(check(evaluation, 'slots-covered').observed).toContain(
      'redis-0 and redis-3 both claim the slots 0-5460',
    );
    expect(check(evaluation, 'slots-covered').why).toContain('Split brain');
  });

  test('red when a slot has no owner on one pod', () => {
    const evaluation = judge({
      view: (pod, ms, server) =>
        pod === 'redis-4' && ms > after
          ? {
              ...server,
              slots: server.slots.map((range) =>
                range.from === 0 ? { ...range, from: 1 } : range,
              ),
            }
          : server,
    });
    expect(red(evaluation)).toEqual(['slots-covered']);
    expect(check(evaluation, 'slots-covered').observed).toContain(
      'redis-4 knows no owner of the slots 0',
    );
  });
});

describe('replication-restored', () => {
  const replica = (change: Partial<ServerView['replication']>): ScriptOptions => ({
    view: (pod, ms, server) =>
      pod === 'redis-0' && ms > after
        ? { ...server, replication: { ...server.replication, ...change } }
        : server,
    endMs: 110_000,
  });
  test('red when a replica dials the old address, though CLUSTER NODES is right', () => {
    const evaluation = judge(replica({ masterHost: '10.0.0.99' }));
    expect(red(evaluation)).toEqual(['replication-restored']);
    expect(check(evaluation, 'replication-restored').why).toContain(
      'address that its master had before',
    );
  });
  test('red when the link never comes up', () => {
    const evaluation = judge(replica({ masterLink: 'down' }));
    expect(red(evaluation)).toEqual(['replication-restored']);
    expect(check(evaluation, 'replication-restored').why).toContain('masterauth');
  });
  test('a replica that moved to another master is drift: green with a note, and the mode says so', () => {
    const moved = (node: ClusterNode) =>
      node.id === idOf(0) ? { ...node, masterId: idOf(1) } : node;
    const evaluation = judge({
      view: (pod, ms, server) => {
        if (ms <= after) return server;
        const told = {
          ...nodes(nodes(server, moved), (node) =>
            node.id === idOf(4) ? { ...node, masterId: idOf(3) } : node,
          ),
        };
        const host =
          pod === 'redis-0' ? ipOf(1) : pod === 'redis-4' ? ipOf(3) : server.replication.masterHost;
        return { ...told, replication: { ...server.replication, masterHost: host } };
      },
    });
    expect(red(evaluation)).toEqual([]);
    expect(evaluation.faults[0]?.mode).toBe('drifted');
    expect(check(evaluation, 'replication-restored').note).toContain('moved to another master');
  });
});
