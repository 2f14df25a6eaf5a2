import { describe, expect, test } from 'vitest';
import { modeOf } from '../../../src/checker/availability/recovery-mode.ts';
import { type Moments, momentsOf } from '../../../src/checker/availability/timeline.ts';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { type FaultStory, worldAt } from '../../../src/checker/run-story.ts';
import type { Recovery } from '../../../src/checker/structure/convergence.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { PodState } from '../../../src/model/pod.ts';
import { expectationOf, shardsOf } from '../../../src/topology/cluster/expectation.ts';
import { type ClusterNow, podState, type ViewChange, viewEvent } from './script-cluster.ts';
import { idOf, ipOf, victim } from './script-plan.ts';
import { at, faultStory, initial, request, storyOf } from './small-story.ts';

const now: ClusterNow = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const six = [0, 1, 2, 3, 4, 5];
const pod = (ms: number, index: number, change: Partial<PodState> = {}): RunEvent =>
  at(ms, { kind: 'pod', part: 'redis', pod: { ...podState(index, ipOf(0)), ...change } });
const views = (ms: number, change?: ViewChange, promoted = false): RunEvent[] =>
  six.map((index) => at(ms, viewEvent(index, ms, { ...now, promoted }, change)));
const set = [...six.map((index) => pod(0, index)), ...views(0)];
const noMoments: Moments = momentsOf(storyOf([]), faultStory({ targets: [] }), []);
const whole = {
  parts: [{ fromUs: 0, toUs: 1, violations: [], blind: false }],
  baseUs: 0,
  greenUs: 0,
};
const world = (events: readonly RunEvent[] = set) => worldAt(events, 1e9);

describe('the mode of a recovery', () => {
  const before = world();
  const mode = (
    change: Partial<FaultStory> = {},
    moments: Partial<Moments> = {},
    events: readonly RunEvent[] = [],
    extra: { dataKept?: Finding['verdict']; recovery?: Recovery; acked?: readonly number[] } = {},
  ) => {
    const fault = faultStory({
      before,
      after: before,
      expectation: expectationOf(before),
      ...change,
    });
    const requests = (extra.acked ?? []).map((second) =>
      request({ id: `o${second}`, startUs: second * 1e6, endUs: second * 1e6 }),
    );
    const story = {
      ...storyOf([at(0, initial('hits', 100)), ...events], requests),
      faults: [fault],
    };
    const dataKept: Finding | null = extra.dataKept
      ? { id: 'data-kept', verdict: extra.dataKept, expected: '', observed: '', evidence: [] }
      : null;
    const [target = victim] = fault.targets;
    const how = {
      target,
      moments: { ...noMoments, ...moments },
      recovery: extra.recovery ?? whole,
    };
    return modeOf(story, fault, how, accountsOf(story), dataKept);
  };

  test('restarted or promoted', () => {
    expect(mode()).toBe('restarted');
    expect(mode({}, { promotedUs: 1 })).toBe('promoted');
  });
  test('unrecovered while a slot of the victim has no master', () => {
    const short: ViewChange = (_pod, _ms, server) => ({
      ...server,
      nodes: server.nodes.map((node) => ({
        ...node,
        slots: node.slots.map((slots) => (slots === '0-5460' ? '0-5459' : slots)),
      })),
    });
    expect(mode({ after: world([...set, ...views(1, short)]) })).toBe('unrecovered');
    const other = [{ ...victim, slots: ['5461-10922'] }];
    expect(mode({ after: world([...set, ...views(1, short)]), targets: other })).not.toBe(
      'unrecovered',
    );
    const single = [{ ...victim, slots: ['5460'] }];
    expect(mode({ after: world([...set, ...views(1, short)]), targets: single })).toBe(
      'unrecovered',
    );
  });
  test('unrecovered while nobody could write at the end', () => {
    const probe = (ok: boolean, slot: number) =>
      world([
        ...set,
        at(1, { kind: 'probe', key: 'p', slot, ok, node: null, error: null, lastOkUs: null }),
      ]);
    expect(mode({ after: probe(false, 300) })).toBe('unrecovered');
    expect(mode({ after: probe(true, 300) })).toBe('restarted');
    expect(mode({ after: probe(false, 6000) })).toBe('restarted');
    expect(mode({}, { lastAckUs: 5 })).toBe('unrecovered');
    expect(mode({}, { lastAckUs: 5, firstAckUs: 6 })).toBe('restarted');
    expect(mode({}, { firstAckUs: 6 })).toBe('restarted');
  });

  const ledger = (entries: readonly string[]): RunEvent =>
    at(0, { kind: 'ledger', key: 'hits', owner: 'x', offset: 0, entries, last: true });
  test('wiped when all that was acknowledged before is gone, not a tail', () => {
    const acked = [5, 6, 20];
    expect(mode({}, {}, [ledger(['o20'])], { acked })).toBe('wiped');
    expect(mode({}, { promotedUs: 1 }, [ledger(['o20'])], { acked })).toBe('wiped');
    expect(mode({}, {}, [ledger(['o5', 'o20'])], { acked })).toBe('restarted');
    expect(mode({}, {}, [ledger(['o5'])], { acked: [5, 20] })).toBe('restarted');
    expect(mode({}, {}, [ledger([])], { acked: [20] })).toBe('restarted');
    expect(mode({}, {}, [ledger([])], { acked: [10] })).toBe('wiped');
    expect(mode({}, {}, [ledger([])], { acked: [10, 20] })).toBe('wiped');
    const other = { targets: [{ ...victim, slots: ['5461-10922'] }] };
    expect(mode(other, {}, [ledger(['o20'])], { acked })).toBe('restarted');
  });
  test('wiped when its ledger was started anew', () => {
    const anew = storyOf([at(0, initial('hits', 100, 4, 4)), ledger(['x'])]);
    const fault = faultStory({ before, after: before, expectation: expectationOf(before) });
    const how = { target: victim, moments: noMoments, recovery: whole };
    expect(modeOf(anew, fault, how, accountsOf(anew), null)).toBe('wiped');
  });
  test('wiped when canaries are gone, after the last fault', () => {
    expect(mode({}, {}, [], { dataKept: 'fail' })).toBe('wiped');
    expect(mode({}, {}, [], { dataKept: 'inconclusive' })).toBe('restarted');
    const fault = faultStory({ before, after: before, expectation: expectationOf(before) });
    const story = { ...storyOf([]), faults: [fault, faultStory({ id: 'f2' })] };
    const gone: Finding = {
      id: 'data-kept',
      verdict: 'fail',
      expected: '',
      observed: '',
      evidence: [],
    };
    const how = { target: victim, moments: noMoments, recovery: whole };
    expect(modeOf(story, fault, how, [], gone)).toBe('restarted');
  });
  test('drifted when the same nodes make other shards, and nothing is wrong', () => {
    const moved: ViewChange = (_pod, _ms, server) => ({
      ...server,
      nodes: server.nodes.map((node) =>
        node.masterId === null ? node : { ...node, masterId: idOf(node.epoch % 3) },
      ),
    });
    const after = world([...set, ...views(1, moved)]);
    expect(shardsOf(after).map(({ members }) => members.length)).toEqual([2, 2, 2]);
    expect(mode({ after })).toBe('drifted');
    expect(mode({ after }, { promotedUs: 1 })).toBe('drifted');
    const violation = { check: 'ip-rewrite', code: 'SELF', pod: null, text: '' } as const;
    const broken = {
      ...whole,
      parts: [{ fromUs: 0, toUs: 1, violations: [violation], blind: false }],
    };
    expect(mode({ after }, {}, [], { recovery: broken })).toBe('restarted');
    expect(mode({ after }, {}, [], { recovery: { ...whole, parts: [] } })).toBe('restarted');
    const stranger: ViewChange = (name, ms, server) =>
      name === 'redis-5' ? null : moved(name, ms, server);
    expect(mode({ after: world([...set, ...views(1, stranger)]) })).toBe('restarted');
    expect(mode({ after: world([...set, ...views(1, undefined, true)]) })).toBe('restarted');
  });
});
