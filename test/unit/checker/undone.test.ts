import { expect, test } from 'vitest';
import { judge } from './judging.ts';
import { decide } from './small-history.ts';
import { request } from './small-story.ts';

test('a fault that was never done has emptied nothing', () => {
  const { faults, findings } = judge({
    events: (events) =>
      events.filter(
        (event) => event.kind !== 'fault' || (event.stage === 'inject' && event.atUs < 20e6),
      ),
    history: (h) => h.canaries.set('c0', null),
  });
  expect(faults.map(({ mode }) => mode)).toEqual(['promoted']);
  expect(findings.map(({ id }) => id)).not.toContain('data-kept');
});

test('of two impossible numbers the lowest is named', () => {
  const lost = [
    request({ id: 'a', startUs: 0, value: 4 }),
    request({ id: 'b', startUs: 2, value: 3 }),
  ];
  const told = decide({ key: 'hits', base: 5, ledger: [], operations: lost, deadBranches: [lost] });
  expect(told.legal ? [] : told.counterexample).toEqual([
    'b (0.000-0.000 s) got 3, but the counter was 5 before',
  ]);
});
