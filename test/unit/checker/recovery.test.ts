import { describe, expect, test } from 'vitest';
import { accountsOf } from '../../../src/checker/accounting.ts';
import {
  convergenceFindings,
  type Recovery,
  recoveryOf,
} from '../../../src/checker/convergence.ts';
import { withAddressNote, withDisk } from '../../../src/checker/disk.ts';
import { modeOf } from '../../../src/checker/recovery-mode.ts';
import { type FaultStory, worldAt } from '../../../src/checker/run-story.ts';
import { type Moments, momentsOf } from '../../../src/checker/timeline.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { PodState } from '../../../src/model/pod.ts';
import { expectationOf, shardsOf } from '../../../src/topology/cluster/expectation.ts';
import { type ClusterNow, podState, type ViewChange, viewEvent } from './script-cluster.ts';
import { idOf, ipOf, newIp, victim } from './script-plan.ts';
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
    const how = { moments: { ...noMoments, ...moments }, recovery: extra.recovery ?? whole };
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
    const how = { moments: noMoments, recovery: whole };
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
    const how = { moments: noMoments, recovery: whole };
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

describe('the recovery of a fault', () => {
  const lost = (ms: number) =>
    at(
      ms,
      viewEvent(1, ms, now, () => null),
    );
  const found = (ms: number) => at(ms, viewEvent(1, ms, now, undefined));
  const recovered = (change: Partial<FaultStory>, ...events: RunEvent[]) => {
    const before = world();
    const fault = faultStory({ before, expectation: expectationOf(before), ...change });
    return recoveryOf(storyOf([...set, ...events]), fault);
  };
  test('counts from the release where the victim was held, else from the deed', () => {
    expect(recovered({}).baseUs).toBe(10e6);
    expect(recovered({ releasedUs: 12e6 }).baseUs).toBe(12e6);
    expect(recovered({ held: true, releasedUs: 12e6 }).baseUs).toBe(12e6);
    expect(recovered({ held: true })).toMatchObject({ baseUs: null, greenUs: null });
    expect(recovered({ injectedUs: null })).toMatchObject({ baseUs: null, greenUs: null });
  });
  test('is green from the first green on that lasts for two node timeouts', () => {
    expect(recovered({}).greenUs).toBe(10e6);
    expect(recovered({}, lost(20_000)).greenUs).toBe(10e6);
    expect(recovered({}, lost(19_999.999)).greenUs).toBeNull();
    expect(recovered({}, lost(15_000), found(30_000)).greenUs).toBe(30e6);
    expect(recovered({ endUs: 39e6 }, lost(15_000), found(30_000)).greenUs).toBeNull();
    expect(recovered({ releasedUs: 12e6 }, lost(11_000), found(11_500)).greenUs).toBe(12e6);
    expect(recovered({ releasedUs: 12e6 }, lost(21_999)).greenUs).toBeNull();
  });
  test('each structural check says what must hold, for how long and until when', () => {
    const before = world();
    const fault = faultStory({ before, after: before, expectation: expectationOf(before) });
    const story = storyOf(set);
    const held = { ...fault, held: true };
    const findings = convergenceFindings(story, held, recoveryOf(story, held));
    expect(findings).toHaveLength(5);
    for (const finding of findings) {
      expect(finding).toMatchObject({
        verdict: 'inconclusive',
        observed: 'the run ended before the fault was done and released',
        evidence: [],
        faultId: 'f1',
      });
      expect(finding.expected).toMatch(/; true for 10\.0s, begun within 1m0s$/);
    }
    const over = { ...fault, releasedUs: 100e6 };
    const atTheEnd = convergenceFindings(story, over, recoveryOf(story, over));
    expect(atTheEnd[0]?.observed).toBe(
      'green, but watched for only 0ms of it before the run ended',
    );
    const red = { ...fault, expectation: { ...fault.expectation, nodeCount: 7 } };
    const missing = convergenceFindings(story, red, recoveryOf(story, red))[1];
    expect(missing?.verdict).toBe('fail');
    expect(missing?.evidence).not.toEqual([]);
  });
});

describe('what nodes.conf says', () => {
  const snapshot = (change: Partial<Extract<EventBody, { kind: 'snapshot' }>> = {}): RunEvent =>
    at(5, {
      kind: 'snapshot',
      stage: 'after',
      faultId: 'f1',
      pod: 'redis-0',
      uid: 'uid-0',
      diskMyselfIp: '9.9.9.9',
      diskNodes: [],
      announceIp: '',
      nodeTimeoutMs: null,
      error: null,
      ...change,
    });
  const finding: Finding = {
    id: 'ip-rewrite',
    verdict: 'pass',
    expected: '',
    observed: 'fine',
    evidence: ['a'],
  };
  const fault = faultStory({ after: world() });
  const text = 'nodes.conf of redis-0 has 9.9.9.9 as its own, it is 10.0.0.1';
  const told = (change: Parameters<typeof snapshot>[0], base: Finding = finding) =>
    withDisk(storyOf([snapshot(change)]), fault, base);
  test('decides where the own address is another and none is announced', () => {
    expect(told({})).toEqual({
      ...finding,
      verdict: 'fail',
      observed: text,
      evidence: ['a', text],
    });
    expect(told({ diskMyselfIp: '' }).observed).toContain('has no address as its own');
    expect(told({}, { ...finding, verdict: 'fail' })).toMatchObject({
      verdict: 'fail',
      observed: 'fine',
      evidence: ['a', text],
    });
    const many = { ...finding, evidence: Array.from({ length: 12 }, () => 'a') };
    expect(told({}, many).evidence).toEqual(many.evidence);
  });
  test.each([
    { stage: 'before' as const },
    { faultId: 'f2' },
    { announceIp: '1.1.1.1' },
    { announceIp: null },
    { diskMyselfIp: null },
    { diskMyselfIp: ipOf(0) },
    { uid: 'uid-9' },
  ])('says nothing: %o', (change) => {
    expect(told(change)).toBe(finding);
  });

  test('a new pod at the old address puts nothing to the test', () => {
    const noted = (change: Partial<PodState>, base: Finding = finding) =>
      withAddressNote(
        faultStory({ after: world([pod(0, 0, { uid: 'uid-0b', ...change }), pod(0, 1)]) }),
        base,
      ).note;
    expect(noted({})).toBe(
      'redis-0 came back with its old address, so no rewrite was put to the test',
    );
    expect(noted({ uid: 'uid-0' })).toBeUndefined();
    expect(noted({ ips: [newIp] })).toBeUndefined();
    expect(noted({ name: 'redis-7' })).toBeUndefined();
    expect(noted({}, { ...finding, verdict: 'fail' })).toBeUndefined();
  });
});
