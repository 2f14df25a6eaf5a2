import { describe, expect, test } from 'vitest';

import type { Operation, Outcome } from '../../../src/model/operation.ts';
import { seededRandom } from '../../../src/platform/random.ts';
import { bruteForceLegal } from './brute-force.ts';
import { decide, type SmallHistory } from './small-history.ts';

const op = (
  id: string,
  startUs: number,
  endUs: number,
  value: number | null,
  outcome: Outcome = value === null ? 'indeterminate' : 'ok',
): Operation => ({
  id,
  key: 'hits',
  worker: 0,
  intendedUs: startUs,
  startUs,
  endUs,
  outcome,
  value,
  error: outcome === 'ok' ? null : 'timeout',
  node: null,
});

const history = (
  operations: readonly Operation[],
  ledger: readonly string[],
  deadBranches: readonly (readonly Operation[])[] = [],
  base = 0,
  kept: readonly number[] = [],
): SmallHistory => ({ key: 'hits', base, ledger, operations, deadBranches, kept });

/** A history that is legal more often than chance, by running a register and then damaging it. */
function randomHistory(seed: number): SmallHistory {
  const random = seededRandom(seed);
  const base = random.below(3);
  const count = 1 + random.below(6);
  const span = 4 + random.below(20);
  const operations: Operation[] = [];
  const ledger: string[] = [];
  const dead: Operation[][] = [[], []];
  const registers = [base, base, base];
  const fork = random.below(count + 1);
  for (let index = 0; index < count; index++) {
    const id = `o${index}`;
    const startUs = index * 2 + random.below(span) - random.below(span);
    const endUs = startUs + random.below(span);
    const branch = index < fork ? 0 : random.below(3);
    if (index === fork) registers.fill(registers[0] ?? 0);
    const fate = random.below(10);
    if (fate === 0) {
      operations.push(op(id, startUs, endUs, null, 'rejected'));
      continue;
    }
    if (fate === 1) {
      operations.push(op(id, startUs, endUs, null));
      continue;
    }
    registers[branch] = (registers[branch] ?? 0) + 1;
    if (index < fork) registers.fill(registers[0] ?? 0);
    const slip = random.below(15) === 0 ? random.below(3) - 1 : 0;
    const acked = fate > 3;
    const operation = op(id, startUs, endUs, acked ? (registers[branch] ?? 0) + slip : null);
    operations.push(operation);
    if (branch === 0) ledger.push(id);
    else if (acked) dead[branch - 1]?.push(operation);
  }
  if (random.below(12) === 0) ledger.reverse();
  if (random.below(20) === 0) ledger.push('o0');
  const branches = dead.filter((lost) => lost.length > 0);
  return history(
    random.shuffle(operations),
    ledger,
    branches,
    base,
    branches.map(() => (random.below(3) * random.below(ledger.length + 1)) >> 1),
  );
}

describe('checkCounter', () => {
  test('agrees with exhaustive search on thousands of small histories', () => {
    let legal = 0;
    const total = process.env.MUTATION ? 1500 : 10_000;
    for (let seed = 1; seed <= total; seed++) {
      const sample = randomHistory(seed);
      const expected = bruteForceLegal(sample);
      const actual = decide(sample);
      if (actual.legal !== expected) {
        expect.fail(
          `seed ${seed}: search says ${expected}\n${JSON.stringify({ sample, actual }, null, 1)}`,
        );
      }
      if (expected) legal++;
    }
    // Both sides must be well represented, or the agreement would mean little.
    expect(legal).toBeGreaterThan(total / 5);
    expect(legal).toBeLessThan((total * 4) / 5);
  }, 60_000);

  test('an acknowledged number that is not its place in the ledger is named', () => {
    const result = decide(history([op('a', 0, 1, 1), op('b', 2, 3, 3)], ['a', 'b']));
    expect(result).toMatchObject({ legal: false });
    expect(result.legal ? [] : result.counterexample[0]).toContain('b (0.000-0.000 s) got 3');
  });

  test('an unknown one in the ledger explains the hole it leaves in the numbers', () => {
    const operations = [op('a', 0, 1, 1), op('x', 1, 2, null), op('b', 2, 3, 3)];
    expect(decide(history(operations, ['a', 'x', 'b']))).toEqual({ legal: true });
  });

  test('an unknown one may be applied long after its client gave up', () => {
    const operations = [op('x', 0, 1, null), op('a', 2, 3, 1)];
    expect(decide(history(operations, ['a', 'x']))).toEqual({ legal: true });
  });

  test('a later place that had ended before an earlier place started is illegal', () => {
    const operations = [op('a', 10, 11, 1), op('b', 0, 1, 2)];
    expect(decide(history(operations, ['a', 'b'])).legal).toBe(false);
  });

  test('one dead branch after a common prefix is legal, the same number twice in it is not', () => {
    const a = op('a', 0, 1, 1);
    const lost = op('l', 2, 3, 2);
    const twin = op('m', 2, 3, 2);
    const after = op('b', 9, 10, 2);
    expect(decide(history([a, lost, after], ['a', 'b'], [[lost]])).legal).toBe(true);
    expect(decide(history([a, lost, twin, after], ['a', 'b'], [[lost, twin]])).legal).toBe(false);
    expect(decide(history([a, lost, twin, after], ['a', 'b'], [[lost], [twin]])).legal).toBe(true);
  });

  test('a new-branch entry cannot belong to the prefix of an earlier lost one', () => {
    const a = op('a', 0, 1, 1);
    const lost = op('l', 2, 3, 3);
    const after = op('b', 9, 10, 2);
    expect(decide(history([a, lost, after], ['a', 'b'], [[lost]])).legal).toBe(false);
    const filler = op('x', 1, 2, null);
    expect(decide(history([a, lost, after, filler], ['a', 'b'], [[lost]])).legal).toBe(true);
  });
});
