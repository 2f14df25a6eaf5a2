import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookDigest, lookOffset, readLook } from '../../../src/pod/server-view.ts';
import type { Reply } from '../../../src/redis/connection.ts';
import { replyError } from '../../../src/redis/outcome.ts';

/**
 * Goal: a look is left out only where reading it would have given the view that is known. Method: replies
 * made from a state of a cluster and from numbers that move by themselves; both are changed at random,
 * and the texts too, a character at a time.
 */
const identity = { version: '7.0.15', runId: 'f'.repeat(40), mode: 'cluster' };

interface State {
  readonly ping: string;
  readonly role: 'master' | 'slave';
  readonly link: string;
  readonly replicas: readonly string[];
  readonly nodes: readonly { id: number; ip: number; flags: string; epoch: number; link: string }[];
  readonly slot: number;
  readonly clusterState: string;
  readonly epoch: number;
}
type Moving = readonly number[];

const state: fc.Arbitrary<State> = fc.record({
  ping: fc.constantFrom('PONG', 'MASTERDOWN'),
  role: fc.constantFrom('master' as const, 'slave' as const),
  link: fc.constantFrom('up', 'down'),
  replicas: fc.array(fc.constantFrom('online', 'wait_bgsave', 'send_bulk'), { maxLength: 2 }),
  nodes: fc.array(
    fc.record({
      id: fc.integer({ min: 0, max: 3 }),
      ip: fc.integer({ min: 1, max: 9 }),
      flags: fc.constantFrom('myself,master', 'slave', 'master,fail?', 'master,fail'),
      epoch: fc.integer({ min: 0, max: 30 }),
      link: fc.constantFrom('connected', 'disconnected'),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  slot: fc.integer({ min: 0, max: 16382 }),
  clusterState: fc.constantFrom('ok', 'fail'),
  epoch: fc.integer({ min: 0, max: 30 }),
});
const moving: fc.Arbitrary<Moving> = fc.array(fc.nat(), { minLength: 8, maxLength: 8 });

const id = (n: number) => String(n).repeat(40);

function repliesOf(state: State, m: Moving): Reply[] {
  const own = state.role === 'slave';
  const info = [
    '# Replication',
    `role:${state.role}`,
    ...(own
      ? [
          'master_host:10.0.0.1',
          'master_port:6379',
          `master_link_status:${state.link}`,
          `master_last_io_seconds_ago:${m[0]}`,
          `slave_read_repl_offset:${m[1]}`,
          `slave_repl_offset:${m[1]}`,
        ]
      : state.replicas.map(
          (replica, n) =>
            `slave${n}:ip=10.0.0.${n},port=6379,state=${replica},offset=${m[1]},lag=${m[0]}`,
        )),
    `master_repl_offset:${m[2]}`,
    'second_repl_offset:-1',
    `repl_backlog_histlen:${m[3]}`,
  ];
  const nodes = state.nodes.map(
    ({ id: n, ip, flags, epoch, link }) =>
      `${id(n)} 10.0.0.${ip}:6379@16379 ${flags} - ${m[4]} ${m[5]} ${epoch} ${link} ${state.slot}-16383\n`,
  );
  const cluster = [
    `cluster_state:${state.clusterState}`,
    'cluster_slots_assigned:16384',
    'cluster_slots_ok:16384',
    'cluster_slots_pfail:0',
    'cluster_slots_fail:0',
    'cluster_known_nodes:6',
    'cluster_size:3',
    `cluster_current_epoch:${state.epoch}`,
    'cluster_my_epoch:1',
    `cluster_stats_messages_ping_sent:${m[6]}`,
    `cluster_stats_messages_sent:${m[7]}`,
  ];
  return [
    state.ping === 'PONG' ? 'PONG' : replyError('MASTERDOWN Link with MASTER is down'),
    `${info.join('\r\n')}\r\n`,
    id(1),
    nodes.join(''),
    [[state.slot, 16383, ['10.0.0.1', 6379, id(1)]]],
    `${cluster.join('\r\n')}\r\n`,
  ];
}

const viewOf = (replies: readonly Reply[]) => {
  try {
    return readLook(identity, replies);
  } catch (error) {
    return String(error);
  }
};

describe('the digest of a look', () => {
  it('is the same whatever moves by itself', () => {
    fc.assert(
      fc.property(state, moving, moving, (state, before, now) => {
        const first = repliesOf(state, before);
        const second = repliesOf(state, now);
        expect(lookDigest(second)).toBe(lookDigest(first));
        const offset = state.role === 'slave' ? now[1] : now[2];
        expect(lookOffset(second)).toEqual({ role: state.role, offset });
      }),
    );
  });

  it('in a run of looks, to read only what has another digest gives every view that reading all gives', () => {
    const step = fc.record({ state: fc.option(state, { freq: 1 }), moving });
    fc.assert(
      fc.property(state, fc.array(step, { maxLength: 20 }), (start, steps) => {
        let now = start;
        let digest: string | null = null;
        let view: unknown = null;
        for (const { state: next, moving } of steps) {
          now = next ?? now;
          const replies = repliesOf(now, moving);
          const newest = lookDigest(replies);
          if (newest === null || newest !== digest) view = viewOf(replies);
          digest = newest;
          expect(view).toEqual(viewOf(replies));
        }
      }),
    );
  });

  it('differs wherever a single character makes another view, or none', () => {
    let hidden = 0;
    fc.assert(
      fc.property(
        state,
        moving,
        fc.constantFrom(1, 2, 3, 5),
        fc.nat(),
        fc.constantFrom('', '0', '7', ' ', '-', ':', '=', ',', 'x', '\n'),
        (state, moving, reply, place, character) => {
          const before = repliesOf(state, moving);
          const text = String(before[reply]);
          const at = place % text.length;
          const now = before.with(reply, text.slice(0, at) + character + text.slice(at + 1));
          if (lookDigest(now) !== lookDigest(before)) return;
          hidden++;
          expect(viewOf(now)).toEqual(viewOf(before));
        },
      ),
      { numRuns: 5000 },
    );
    expect(hidden).toBeGreaterThan(0);
  });

  it('is none where a reply is an error: it may be another one next time', () => {
    fc.assert(
      fc.property(state, moving, fc.integer({ min: 1, max: 5 }), (state, moving, reply) => {
        expect(lookDigest(repliesOf(state, moving).with(reply, replyError('ERR x')))).toBeNull();
      }),
    );
  });

  it('tells an error of PING from an answer', () => {
    const [, ...others] = repliesOf(fc.sample(state, 1)[0] as State, [0, 0, 0, 0, 0, 0, 0, 0]);
    expect(lookDigest([replyError('LOADING'), ...others])).not.toBe(
      lookDigest(['PONG', ...others]),
    );
  });
});
