import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/checker/evaluate.ts';
import type { EventBody } from '../../../src/model/event.ts';
import { check, judge, red } from './judging.ts';
import { scriptRun } from './script.ts';

/**
 * Goal: no verdict without its evidence, and none against it. Method: a healthy run from which things
 * are taken away, or in which one number is changed, at random with a fixed seed.
 */
/** Mutation testing runs this file hundreds of times. */
const runs = (count: number) => (process.env.MUTATION ? Math.ceil(count / 5) : count);
const healthy = scriptRun();
const history = healthy.operations;
const endUs = healthy.events.at(-1)?.atUs ?? 0;

describe('what is missing is never a fail, and never a pass where it was needed', () => {
  const needed: readonly EventBody['kind'][] = [
    'phase',
    'pod',
    'view',
    'fault',
    'canary',
    'counter-read',
    'ledger',
    'initial',
    'generator',
  ];
  test.each(needed)('without any %s', (kind) => {
    const { verdict } = evaluate({
      ...healthy,
      events: healthy.events.filter((event) => event.kind !== kind),
    });
    expect(verdict).toBe('inconclusive');
  });

  test('cut off at any moment', () => {
    fc.assert(
      fc.property(fc.nat(endUs), (untilUs) => {
        const evaluation = evaluate({
          ...healthy,
          events: healthy.events.filter(({ atUs }) => atUs <= untilUs),
          operations: history.filter((operation) => operation.endUs <= untilUs),
        });
        expect(red(evaluation)).toEqual([]);
        if (untilUs < endUs) expect(evaluation.verdict).toBe('inconclusive');
      }),
      { numRuns: runs(30), seed: 5 },
    );
  });

  test('any order of events that come at different moments', () => {
    const evidence = scriptRun({
      events: (events) => events.map((event, number) => ({ ...event, atUs: event.atUs + number })),
    });
    const wanted = evaluate(evidence);
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...evidence.events], { minLength: evidence.events.length }),
        (events) => {
          expect(evaluate({ ...evidence, events }).findings).toEqual(wanted.findings);
        },
      ),
      { numRuns: runs(10), seed: 6 },
    );
  });
});

describe('one thing wrong in the counters is seen, wherever it is', () => {
  const acknowledged = history.flatMap((operation, index) =>
    operation.outcome === 'ok' ? [index] : [],
  );
  const any = fc.constantFrom(...acknowledged);

  test('an acknowledged number that is not the ledger’s', () => {
    fc.assert(
      fc.property(any, fc.constantFrom(-3, -1, 1, 3), (index, by) => {
        const evaluation = judge({
          history: (h) => {
            const old = h.operations[index];
            if (old) h.operations[index] = { ...old, value: (old.value ?? 0) + by };
          },
        });
        expect(red(evaluation)).toContain('linearizable');
      }),
      { numRuns: runs(25), seed: 7 },
    );
  });

  test('an acknowledged request that the ledger lacks', () => {
    fc.assert(
      fc.property(any, (index) => {
        const gone = history[index];
        const evaluation = judge({
          history: (h) => {
            const ledger = h.ledgers.get(gone?.key ?? '') ?? [];
            h.ledgers.set(
              gone?.key ?? '',
              ledger.filter((id) => id !== gone?.id),
            );
          },
        });
        expect(red(evaluation)).toEqual(
          expect.arrayContaining(['counter-continuity', 'linearizable']),
        );
        expect(evaluation.operations.lost).toBe(1);
        expect(check(evaluation, 'counter-continuity').observed).toContain(`${gone?.id} (`);
      }),
      { numRuns: runs(25), seed: 8 },
    );
  });

  test('a request applied twice, or two in the wrong order', () => {
    fc.assert(
      fc.property(any, fc.boolean(), (index, twice) => {
        const { id = '', key = '' } = history[index] ?? {};
        const evaluation = judge({
          history: (h) => {
            const ledger = [...(h.ledgers.get(key) ?? [])];
            const at = ledger.indexOf(id);
            const other = at === 0 ? 1 : at - 1;
            if (twice) ledger.splice(at, 0, id);
            else [ledger[at], ledger[other]] = [ledger[other] ?? '', id];
            h.ledgers.set(key, ledger);
          },
        });
        expect(red(evaluation)).toContain('linearizable');
        expect(red(evaluation).includes('no-duplicates')).toBe(twice);
      }),
      { numRuns: runs(25), seed: 9 },
    );
  });
});
