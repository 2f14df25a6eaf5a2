import { describe, expect, test } from 'vitest';
import { outageFinding } from '../../../src/checker/availability/outage.ts';
import { accountsOf } from '../../../src/checker/counter/accounting.ts';
import { lossesOf } from '../../../src/checker/counter/losses.ts';
import { landedFinding } from '../../../src/checker/guards/landed.ts';
import { buildHistory } from '../../../src/checker/history.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { podState } from './script-cluster.ts';
import { ipOf, victim } from './script-plan.ts';
import { at, faultStory, lossWindowAt, noMoments, request, storyOf } from './small-story.ts';

/** What one example alone does not show: the second of two, and what came in another order. */
describe('a history that grows keeps every column', () => {
  const operationAt = (index: number): Operation => ({
    id: `o${index}`,
    key: `k${index % 3}`,
    worker: 0,
    intendedUs: index - 1,
    startUs: index,
    endUs: index + 100 + index,
    outcome: (['ok', 'rejected', 'indeterminate'] as const)[index % 3] ?? 'ok',
    value: index % 3 === 0 ? index : null,
    error: index % 3 === 0 ? null : `e${index % 5}`,
    node: `n${index % 4}`,
  });
  test.each([0, 17, 21])('expected %i, 90 came', (expected) => {
    const builder = buildHistory(expected);
    const operations = Array.from({ length: 90 }, (_, index) => operationAt(index));
    for (const operation of operations) builder.add(operation);
    const history = builder.finish();
    const told = operations.map((_, index) => ({
      id: history.ids.idOf(index),
      key: history.keys[history.key[index] ?? 0],
      startUs: history.startUs[index],
      endUs: history.endUs[index],
      outcome: (['ok', 'rejected', 'indeterminate'] as const)[history.outcome[index] ?? 0],
      value: Number.isNaN(history.value[index]) ? null : history.value[index],
      error: history.errors[history.error[index] ?? 0],
      node: history.nodes[history.node[index] ?? 0],
      latencyUs: history.latencyUs[index],
    }));
    const wanted = operations.map(({ worker, intendedUs, ...operation }) => ({
      ...operation,
      latencyUs: operation.endUs - intendedUs,
    }));
    expect(told).toEqual(wanted);
  });
});

describe('a stall explains an outage', () => {
  const generator = (second: number, maxLagUs: number): RunEvent =>
    at(second * 1000, { kind: 'generator', scheduled: 1, started: 1, maxLagUs, inFlight: 1 });
  const host = (second: number, loopLagMs: number): RunEvent =>
    at(second * 1000, { kind: 'host', loopLagMs, steal: 0, cpuPressure: 0 });
  /** 13 s are allowed; the outage begins at 20 s. */
  const verdict = (lengthS: number, ...samples: RunEvent[]) => {
    const seconds = Array.from({ length: 81 }, (_, index) => 10 + index);
    const operations = seconds
      .filter((second) => second <= 20 || second > 20 + lengthS)
      .concat(20 + lengthS)
      .map((second) => request({ id: `${second}`, startUs: second * 1e6, endUs: second * 1e6 }));
    const drain = at(90_000, { kind: 'phase', name: 'drain', edge: 'begin' });
    const fault = faultStory({ predicted: { lowMs: 6000, highMs: 10_000 } });
    const story = { ...storyOf([drain, ...samples], operations), faults: [fault] };
    return outageFinding(story, fault, noMoments)?.verdict;
  };
  test('for one second only where it is the first sample', () => {
    expect(verdict(14, generator(22, 3e5))).toBe('inconclusive');
    expect(verdict(14.5, generator(22, 3e5))).toBe('fail');
    expect(verdict(14, host(22, 900))).toBe('inconclusive');
    expect(verdict(14.5, host(22, 900))).toBe('fail');
  });
  test('whichever came first, the generator’s or the host’s', () => {
    const late = [generator(30, 0), generator(30.5, 3e5)];
    expect(verdict(14, host(21, 0), host(21.6, 900), ...late)).toBe('inconclusive');
    expect(verdict(14.2, host(21, 0), host(21.6, 900), ...late)).toBe('fail');
  });
});

test('one of two held pods that came back too early is enough', () => {
  const successor = at(10_500, {
    kind: 'pod',
    part: 'redis',
    pod: { ...podState(0, ipOf(0)), uid: 'uid-0b' },
  });
  const other = { ...victim, pod: 'redis-3', uid: 'uid-3' };
  const held = { held: true, releaseUs: 14e6, targets: [other, victim] };
  const finding = landedFinding(storyOf([successor]), faultStory(held));
  expect(finding.observed).toContain('a new redis-0 was there 500ms after the delete');
});

test('one loss inside a window needs the clocks as much as two', () => {
  const lost = request({ id: 'a', startUs: 150, node: 'n@x' });
  const ledger = { kind: 'ledger', key: 'hits', owner: 'x', offset: 0, last: true } as const;
  const story = storyOf([at(0, { ...ledger, entries: [] })], [lost]);
  const window = lossWindowAt();
  expect(lossesOf(story, accountsOf(story), [window]).clockTrouble).toContain('never compared');
});
