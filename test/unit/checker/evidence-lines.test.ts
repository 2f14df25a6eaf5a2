import { describe, expect, test } from 'vitest';
import { type RunStory, tellStory, worldAt } from '../../../src/checker/run-story.ts';
import { authFinding } from '../../../src/checker/structure/auth.ts';
import { standingFindings } from '../../../src/checker/structure/standing.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { TopologyName } from '../../../src/model/plan.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { type ClusterNow, podState, type ViewChange, viewEvent } from './script-cluster.ts';
import { idOf, ipOf, plan } from './script-plan.ts';
import { at, storyOf } from './small-story.ts';
import { structureEvidence } from './structure-evidence.ts';

const now: ClusterNow = { promoted: false, back: false, victimIp: ipOf(0), flag: null };
const six = [0, 1, 2, 3, 4, 5];
const set = (ms: number, change?: ViewChange): RunEvent[] =>
  six.flatMap((index) => [
    at(ms, { kind: 'pod', part: 'redis', pod: podState(index, ipOf(0)) }),
    at(ms, viewEvent(index, ms, now, change)),
  ]);

describe('what a green structural check shows of an odd pod', () => {
  const odd: ViewChange = (pod, _ms, server) =>
    pod === 'redis-1'
      ? {
          ...server,
          myId: null,
          nodes: server.nodes.filter(({ flags }) => !flags.includes('myself')),
          clusterState: 'fail',
        }
      : server;
  const before = worldAt(set(0), 1e9);
  const looked = {
    after: worldAt([...set(0), ...set(1, odd)], 1e9),
    expectation: { ...expectationOf(before), ids: new Map([['redis-2', idOf(5)]]) },
  };
  test('without a line about itself', () => {
    expect(structureEvidence('ip-rewrite', looked)[1]).toBe(
      'redis-1 says nothing of itself; its address is 10.0.0.2:6379',
    );
    expect(structureEvidence('topology-converged', looked)[1]).toMatch(
      /^redis-1 \(no line\) lists/,
    );
    expect(structureEvidence('slots-covered', looked)).toEqual([
      'redis-0 claims 0-5460: 5461 slots',
      'redis-2 claims 10923-16383: 5461 slots',
      'cluster_state is ok on 5 of 6 pods',
    ]);
  });
  test('with another id than before', () => {
    const short = structureEvidence('identity-kept', looked).map((line) =>
      line.replaceAll(/(\w)\1{39}/g, '$1*'),
    );
    expect(short.slice(0, 3)).toEqual([
      'redis-0 is node a*, unknown before, and knows 6 nodes',
      'redis-1 is node (none), unknown before, and knows 5 nodes',
      'redis-2 is node c*, f* before, and knows 6 nodes',
    ]);
  });
  test('a replica of nobody, and a master of nothing', () => {
    const lonely: ViewChange = (pod, _ms, server) => ({
      ...server,
      nodes: server.nodes.map((node) =>
        pod === 'redis-4' && node.flags.includes('myself') ? { ...node, masterId: null } : node,
      ),
    });
    const after = worldAt([...set(0), ...set(1, lonely)], 1e9);
    const told = structureEvidence('replication-restored', { ...looked, after });
    expect(told).toContain('redis-4 dials 10.0.0.2:6379 for nobody, link up');
    expect(told).toHaveLength(3);
    const idle: ViewChange = (_pod, _ms, server) => ({
      ...server,
      nodes: server.nodes.map((node) => (node.id === idOf(0) ? { ...node, slots: [] } : node)),
    });
    const empty = worldAt([...set(0), ...set(1, idle)], 1e9);
    expect(structureEvidence('slots-covered', { ...looked, after: empty })[0]).toContain('redis-1');
  });
});

describe('a set-up that is only looked at', () => {
  const phase = (ms: number, name: 'window' | 'settle', edge: 'begin' | 'end'): RunEvent =>
    at(ms, { kind: 'phase', name, edge });
  const end = (ms: number) => at(ms, { kind: 'note', text: 'end' });
  const wrong: ViewChange = (_pod, _ms, server) => ({ ...server, clusterState: 'fail' });
  const covered = (...events: RunEvent[]) => {
    const story = storyOf([...set(1000), ...events].sort((a, b) => a.atUs - b.atUs));
    return standingFindings(story).find(({ id }) => id === 'slots-covered');
  };
  test('has four checks, each with its evidence', () => {
    const findings = standingFindings(
      storyOf([...set(1000), phase(2000, 'window', 'begin'), end(60_000)]),
    );
    expect(findings.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['ip-rewrite', 'pass'],
      ['topology-converged', 'pass'],
      ['slots-covered', 'pass'],
      ['replication-restored', 'pass'],
    ]);
    expect(findings[2]).toMatchObject({
      expected: 'holds while it is looked at',
      observed: 'green 0ms after it',
      evidence: [
        'redis-0 claims 0-5460: 5461 slots',
        'redis-1 claims 5461-10922: 5462 slots',
        'redis-2 claims 10923-16383: 5461 slots',
        'cluster_state is ok on 6 of 6 pods',
      ],
    });
  });
  test('is looked at from the window on, else from the end of the settling', () => {
    const early = [...set(3000, wrong), ...set(5000), end(60_000)];
    expect(covered(...early, phase(2000, 'window', 'begin'))?.observed).toBe('green 3.0s after it');
    expect(covered(...early, phase(4000, 'window', 'begin'))?.observed).toBe('green 1.0s after it');
    expect(covered(...early, phase(4500, 'settle', 'end'))?.observed).toBe('green 500ms after it');
    expect(
      covered(...early, phase(4500, 'settle', 'end'), phase(2000, 'window', 'begin'))?.observed,
    ).toBe('green 3.0s after it');
    expect(covered(...early)?.observed).toBe('green 5.0s after it');
  });
  test('must be green for the last two node timeouts at least', () => {
    const begun = phase(2000, 'window', 'begin');
    expect(covered(begun, ...set(3000, wrong), ...set(50_000), end(60_000))?.verdict).toBe('pass');
    expect(covered(begun, ...set(3000, wrong), ...set(50_001), end(60_000))).toMatchObject({
      verdict: 'fail',
      evidence: expect.arrayContaining(['redis-0 says cluster_state fail']),
    });
    expect(covered(begun, end(6000))?.verdict).toBe('inconclusive');
    expect(covered(begun, ...set(20_000, wrong), ...set(25_000), end(60_000))?.verdict).toBe(
      'fail',
    );
    expect(covered(begun, ...set(20_000, wrong), ...set(24_999), end(60_000))?.verdict).toBe(
      'inconclusive',
    );
  });
});

describe('auth-enforced', () => {
  const refusal = (change: Partial<Extract<EventBody, { kind: 'refusal' }>> = {}): RunEvent =>
    at(1, {
      kind: 'refusal',
      pod: 'redis-0',
      stage: 'after',
      refused: true,
      answer: 'NOAUTH',
      ...change,
    });
  const judged = (events: readonly RunEvent[], topology: TopologyName = 'cluster') => {
    const story: RunStory = tellStory({ plan, topology, events, operations: [] });
    return authFinding(story);
  };
  test('is asked for where somebody tried, or the topology has a password', () => {
    expect(judged([])).toBeNull();
    const untried = {
      verdict: 'inconclusive',
      observed: 'nobody tried',
    };
    expect(judged([], 'cluster-auth')).toMatchObject({ ...untried, evidence: [] });
  });
  test('is green when all refuse, before and after', () => {
    expect(judged([refusal({ stage: 'before' }), refusal()])).toMatchObject({
      verdict: 'pass',
      observed: '2 tries, all refused',
      evidence: ['redis-0 (before) answered NOAUTH', 'redis-0 (after) answered NOAUTH'],
    });
  });
  test('is red when one lets somebody in, whenever', () => {
    const open = refusal({ stage: 'before', refused: false, answer: 'PONG', pod: 'redis-1' });
    const text = 'redis-1 took a command without a password (before): PONG';
    expect(judged([refusal({ stage: 'before' }), open])).toMatchObject({
      verdict: 'fail',
      observed: text,
      evidence: [text],
    });
  });
});
