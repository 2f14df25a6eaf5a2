import { describe, expect, it } from 'vitest';
import type { ClusterNode, NodeView } from '../../../src/model/view.ts';
import { SlotMap } from '../../../src/pod/slot-map.ts';
import { slotOwner } from '../../../src/pod/slot-owner.ts';

describe('the slot map', () => {
  const range = (from: number, to: number, ip: string, port = 6379) => ({
    from,
    to,
    nodes: [{ ip, port, id: ip }],
  });

  it('learns owners, both ends of a range included', () => {
    const map = new SlotMap();
    expect(map.ownerOf(0)).toBeNull();
    map.learn([range(0, 5460, 'a'), range(5461, 16383, 'b')], 'asked');
    expect([0, 5460, 5461, 16383].map((slot) => map.ownerOf(slot))).toEqual([
      'a:6379',
      'a:6379',
      'b:6379',
      'b:6379',
    ]);
    expect([...map.owners()]).toEqual(['a:6379', 'b:6379']);
  });

  it('puts the asked host in the place of an open endpoint', () => {
    const map = new SlotMap();
    map.learn([range(0, 1, '')], '10.0.0.9');
    expect(map.ownerOf(1)).toBe('10.0.0.9:6379');
  });

  it('keeps owners that an answer does not mention, or mentions without an address', () => {
    const map = new SlotMap();
    map.learn([range(0, 16383, 'a')], 'x');
    map.learn([range(0, 0, 'b'), range(1, 1, '', 0)], 'x');
    expect([0, 1, 2].map((slot) => map.ownerOf(slot))).toEqual(['b:6379', 'a:6379', 'a:6379']);
  });

  it('moves one slot', () => {
    const map = new SlotMap();
    map.learn([range(0, 16383, 'a')], 'x');
    map.move(7, 'b:6379');
    expect([6, 7, 8].map((slot) => map.ownerOf(slot))).toEqual(['a:6379', 'b:6379', 'a:6379']);
  });
});

describe('the owner of a slot by the views', () => {
  const self = (epoch: number, slots: string[], flags = ['myself', 'master']): ClusterNode => ({
    id: 'x',
    ip: 'announced',
    port: 6379,
    busPort: 16379,
    flags,
    masterId: null,
    epoch,
    linkState: 'connected',
    slots,
  });
  const view = (
    address: string,
    role: 'master' | 'slave',
    nodes: ClusterNode[],
    status: NodeView['status'] = 'ok',
  ): NodeView => ({
    pod: address,
    uid: address,
    address,
    status,
    error: null,
    server:
      status === 'ok'
        ? {
            version: '7.0.15',
            runId: 'r',
            clusterEnabled: nodes.length > 0,
            myId: null,
            nodes,
            slots: [],
            clusterState: null,
            currentEpoch: null,
            replication: {
              role,
              masterHost: null,
              masterPort: null,
              masterLink: null,
              connectedReplicas: [],
            },
          }
        : null,
  });

  it('is the claimant with the highest epoch, at the address where it was asked', () => {
    const views = [
      view('10.0.0.1:6379', 'master', [self(3, ['0-5460'])]),
      view('10.0.0.2:6379', 'master', [self(9, ['7', '100-200'])]),
      view('10.0.0.3:6379', 'master', [self(4, ['0-16383'])]),
    ];
    expect(slotOwner(views, 7)).toEqual({ address: '10.0.0.2:6379', mode: 'cluster' });
    expect(slotOwner(views, 8)).toEqual({ address: '10.0.0.3:6379', mode: 'cluster' });
    expect(slotOwner([...views].reverse(), 8)?.address).toBe('10.0.0.3:6379');
  });

  it('is nobody who is unreachable, a replica, or has the slot only coming in', () => {
    expect(
      slotOwner(
        [
          view('a:1', 'master', [self(9, ['0-16383'])], 'unreachable'),
          view('b:1', 'slave', [self(9, ['0-16383'], ['myself', 'slave'])]),
          view('c:1', 'master', [self(9, ['[7-<-x]'])]),
        ],
        7,
      ),
    ).toBeNull();
  });

  it('outside cluster mode is the master whose view changed last', () => {
    const views = [view('a:1', 'master', []), view('b:1', 'master', []), view('c:1', 'slave', [])];
    expect(slotOwner(views, 7)).toEqual({ address: 'b:1', mode: 'single' });
  });
});
