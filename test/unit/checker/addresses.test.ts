import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/model/event.ts';
import type { ClusterNode, ServerView } from '../../../src/model/view.ts';
import { after, check, isSelf, judge, nodes, red } from './judging.ts';
import { idOf, ipOf, newIp } from './script-plan.ts';

describe('ip-rewrite', () => {
  const selfAt = (ip: string) => (pod: string, ms: number, server: ServerView) =>
    pod === 'redis-0' && ms > after
      ? nodes(server, (node) => (isSelf(node) ? { ...node, ip } : node))
      : server;

  test.each([
    ['the address of before', ipOf(0), 'No start script'],
    ['one octet too many', `${newIp}.9`, 'three of the four octets'],
    ['a placeholder', '{POD_IP}', 'placeholder'],
  ])('red when a pod says of itself %s', (_, ip, why) => {
    const evaluation = judge({ view: selfAt(ip) });
    expect(red(evaluation)).toEqual(expect.arrayContaining(['ip-rewrite']));
    expect(check(evaluation, 'ip-rewrite')).toMatchObject({ verdict: 'fail' });
    expect(check(evaluation, 'ip-rewrite').why).toContain(why);
    expect(check(evaluation, 'topology-converged').verdict).toBe('pass');
  });

  test('green when the announced address answers with this pod’s id, red when with another’s', () => {
    const announced =
      (answeredId: string) =>
      (events: readonly RunEvent[]): RunEvent[] => [
        ...events,
        {
          atUs: 34.1e6,
          kind: 'announced',
          pod: 'redis-0',
          uid: 'uid-0b',
          announced: '192.0.2.7:6379',
          answeredId,
          error: null,
        },
      ];
    const view = (_: string, ms: number, server: ServerView): ServerView =>
      ms <= after
        ? server
        : {
            ...nodes(server, (node) => (node.id === idOf(0) ? { ...node, ip: '192.0.2.7' } : node)),
            slots: server.slots.map((range) => ({
              ...range,
              nodes: range.nodes.map((node) =>
                node.id === idOf(0) ? { ...node, ip: '192.0.2.7' } : node,
              ),
            })),
          };
    expect(judge({ view, events: announced(idOf(0)) }).verdict).toBe('pass');
    expect(red(judge({ view, events: announced(idOf(1)) }))).toContain('ip-rewrite');
  });

  test('host names in CLUSTER SLOTS: green when each leads to its pod, red when one does not', () => {
    const host = (id: string) =>
      `redis-${[0, 1, 2, 3, 4, 5].findIndex((n) => idOf(n) === id)}.redis`;
    const view = (_: string, __: number, server: ServerView): ServerView => ({
      ...server,
      slots: server.slots.map((range) => ({
        ...range,
        nodes: range.nodes.map((node) => ({ ...node, ip: host(node.id) })),
      })),
    });
    const dials = (broken: string | null) => (events: readonly RunEvent[]) => {
      const uids = ['uid-0', 'uid-0b', 'uid-1', 'uid-2', 'uid-3', 'uid-4', 'uid-5'];
      const dialled = uids.map((uid): RunEvent => {
        const number = Number(uid.slice(4, 5));
        const atUs = uid === 'uid-0b' ? 34.1e6 : 1e6;
        const announced = `redis-${number}.redis:6379`;
        const answeredId = uid === broken ? null : idOf(number);
        return {
          atUs,
          kind: 'announced',
          pod: `redis-${number}`,
          uid,
          announced,
          answeredId,
          error: null,
        };
      });
      return [...events, ...dialled];
    };
    expect(judge({ view, events: dials(null) }).verdict).toBe('pass');
    const evaluation = judge({ view, events: dials('uid-0b') });
    expect(red(evaluation)).toEqual(['ip-rewrite']);
    expect(check(evaluation, 'ip-rewrite').observed).toContain('to redis-0.redis:6379');

    // the pod's own address is the one of before: clients of names do not see it
    const stale = (pod: string, ms: number, server: ServerView) => selfAt(ipOf(0))(pod, ms, server);
    const named = (pod: string, ms: number, server: ServerView) =>
      stale(pod, ms, view(pod, ms, server));
    const noted = judge({ view: named, events: dials(null) });
    expect(noted.verdict).toBe('pass');
    expect(check(noted, 'ip-rewrite').note).toContain(`redis-0 lists itself at ${ipOf(0)}:6379`);
    expect(noted.reasons.join()).toContain('clients get host names');
    // but they do where one node goes by its address, or a name leads elsewhere
    const half = (pod: string, ms: number, server: ServerView) => {
      const all = named(pod, ms, server);
      const plain = (n: { ip: string; port: number; id: string }) =>
        n.id === idOf(0) ? { ...n, ip: ipOf(0) } : n;
      return { ...all, slots: all.slots.map((r) => ({ ...r, nodes: r.nodes.map(plain) })) };
    };
    expect(red(judge({ view: half, events: dials(null) }))).toContain('ip-rewrite');
    expect(red(judge({ view: named, events: dials('uid-0b') }))).toContain('ip-rewrite');
  });

  test('red when CLUSTER SLOTS of any pod names an address where nobody is', () => {
    const evaluation = judge({
      view: (pod, ms, server) =>
        pod === 'redis-4' && ms > after
          ? {
              ...server,
              slots: server.slots.map((range) => ({
                ...range,
                nodes: range.nodes.map((n) => (n.id === idOf(0) ? { ...n, ip: ipOf(0) } : n)),
              })),
            }
          : server,
    });
    expect(red(evaluation)).toEqual(['ip-rewrite']);
    expect(check(evaluation, 'ip-rewrite').observed).toContain('redis-4 sends clients of redis-0');
  });

  const snapshot =
    (announceIp: string, diskMyselfIp: string) =>
    (events: readonly RunEvent[]): RunEvent[] => [
      ...events,
      {
        atUs: 59.5e6,
        kind: 'snapshot',
        stage: 'after',
        faultId: 'f1',
        pod: 'redis-0',
        uid: 'uid-0b',
        diskMyselfIp,
        diskNodes: [],
        announceIp,
        nodeTimeoutMs: 5000,
        error: null,
      },
    ];
  test('the file on disk decides where no address is announced, and only there', () => {
    expect(red(judge({ events: snapshot('', ipOf(0)) }))).toEqual(['ip-rewrite']);
    expect(judge({ events: snapshot('', newIp) }).verdict).toBe('pass');
    expect(judge({ events: snapshot(newIp, ipOf(0)) }).verdict).toBe('pass');
  });
});

describe('identity-kept', () => {
  test('red when the pod comes back as another node that knows only itself', () => {
    const stranger = 'f0'.repeat(20);
    const evaluation = judge({
      view: (pod, ms, server) => {
        if (ms <= after) return server;
        if (pod !== 'redis-0')
          return nodes(server, (node) =>
            node.id === idOf(0) ? { ...node, ip: ipOf(0), flags: [...node.flags, 'fail'] } : node,
          );
        const [own] = server.nodes.filter(isSelf);
        return {
          ...server,
          myId: stranger,
          nodes: own
            ? [
                {
                  ...own,
                  id: stranger,
                  ip: '',
                  flags: ['myself', 'master'],
                  masterId: null,
                  slots: [],
                },
              ]
            : [],
          slots: [],
          clusterState: 'fail',
          replication: {
            ...server.replication,
            role: 'master',
            masterHost: null,
            masterLink: null,
          },
        };
      },
    });
    expect(red(evaluation)).toEqual(
      expect.arrayContaining(['identity-kept', 'topology-converged', 'replication-restored']),
    );
    expect(check(evaluation, 'identity-kept').why).toContain('nodes.conf is not on a volume');
    expect(check(evaluation, 'counter-continuity').verdict).toBe('pass');
    expect(evaluation.faults[0]?.mode).toBe('promoted');
  });

  test('red when a pod knows one node too many', () => {
    const evaluation = judge({
      view: (pod, ms, server) =>
        pod === 'redis-1' && ms > after
          ? {
              ...server,
              nodes: [
                ...server.nodes,
                {
                  ...(server.nodes[5] as ClusterNode),
                  id: '9'.repeat(40),
                  ip: '10.9.9.9',
                  flags: ['slave'],
                },
              ],
            }
          : server,
    });
    expect(check(evaluation, 'identity-kept').observed).toContain(
      'redis-1 knows 7 nodes, expected 6',
    );
    expect(red(evaluation)).toEqual(['identity-kept', 'topology-converged']);
  });
});
