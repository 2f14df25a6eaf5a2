import { expect, test } from 'vitest';
import { oneOwnerFinding } from '../../../src/checker/counter/canary.ts';
import { judgeStructure } from '../../../src/checker/structure/structure.ts';
import type { RunEvent } from '../../../src/model/event.ts';
import { check, judge } from './judging.ts';
import { times } from './script-plan.ts';
import { at, storyOf } from './small-story.ts';

test('of two greens that came too late the first is told', () => {
  const red = { check: 'slots-covered', code: 'SL', pod: null, text: 'a hole' } as const;
  const part = (fromS: number, toS: number, wrong: boolean) => ({
    fromUs: fromS * 1e6,
    toUs: toS * 1e6,
    blind: false,
    violations: wrong ? [red] : [],
  });
  const parts = [part(0, 61, true), part(61, 75, false), part(75, 80, true), part(80, 95, false)];
  const patience = {
    baseUs: 0,
    deadlineUs: 60e6,
    neededUs: 10e6,
    relapseUs: 5e6,
    standstills: [],
    contentUs: 60e6,
  };
  expect(judgeStructure('slots-covered', parts, patience)).toMatchObject({
    verdict: 'fail',
    observed: 'green only 1m1s after it: a hole',
  });
});

test('a single read that Redis refused is a refusal, not a silence', () => {
  const read = at(2000, {
    kind: 'canary',
    purpose: 'canary',
    stage: 'after',
    seed: 'redis-0',
    key: 'c0',
    expected: 'v',
    value: null,
    owner: null,
    error: 'CLUSTERDOWN Hash slot not served',
  });
  expect(oneOwnerFinding(storyOf([read])).verdict).toBe('fail');
});

test('one fault of two that emptied the counters explains what is missing', () => {
  const second = (['inject', 'injected', 'landed'] as const).map(
    (stage, number): RunEvent => ({
      atUs: 80e6 + number * 1000,
      kind: 'fault',
      faultId: 'f2',
      name: 'noop',
      hold: 'none',
      stage,
      targets: [],
      predicted: null,
      detail: stage,
    }),
  );
  const evaluation = judge({
    hold: 'none',
    endMs: 130_000,
    events: (events) => [...events, ...second],
    history: (h) => {
      const mine = h.operations.filter(
        ({ key, outcome, startUs }) =>
          key === 'hits' && outcome === 'ok' && startUs > times.stopped * 1000,
      );
      h.ledgers.set(
        'hits',
        mine.map(({ id }) => id),
      );
    },
  });
  expect(evaluation.faults.map(({ mode }) => mode)).toEqual(['wiped']);
  expect(check(evaluation, 'counter-continuity').why).toContain('nothing is persisted');
});
