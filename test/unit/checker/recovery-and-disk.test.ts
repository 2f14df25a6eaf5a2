import { describe, expect, test } from 'vitest';
import { type FaultStory, worldAt } from '../../../src/checker/run-story.ts';
import { convergenceFindings, recoveryOf } from '../../../src/checker/structure/convergence.ts';
import type { EventBody, RunEvent, SnapshotEvent } from '../../../src/model/event.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { PodState } from '../../../src/model/pod.ts';
import { withAddressNote, withDisk } from '../../../src/topology/cluster/disk.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { type ClusterNow, podState, type ViewChange, viewEvent } from './script-cluster.ts';
import { ipOf, newIp } from './script-plan.ts';
import { at, faultStory, storyOf } from './small-story.ts';

const now: ClusterNow = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const six = [0, 1, 2, 3, 4, 5];
const pod = (ms: number, index: number, change: Partial<PodState> = {}): RunEvent =>
  at(ms, { kind: 'pod', part: 'redis', pod: { ...podState(index, ipOf(0)), ...change } });
const views = (ms: number, change?: ViewChange, promoted = false): RunEvent[] =>
  six.map((index) => at(ms, viewEvent(index, ms, { ...now, promoted }, change)));
const set = [...six.map((index) => pod(0, index)), ...views(0)];
const world = (events: readonly RunEvent[] = set) => worldAt(events, 1e9);

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
    withDisk(fault, [snapshot(change) as SnapshotEvent], base);
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
