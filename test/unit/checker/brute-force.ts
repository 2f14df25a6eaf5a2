import type { Operation } from '../../../src/model/operation.ts';
import type { SmallHistory } from './small-history.ts';

/**
 * The counter model by exhaustive search and nothing else: a register that increments, orders that
 * respect real time, operations of unknown outcome in or out. For small histories only.
 */
export function bruteForceLegal(history: SmallHistory): boolean {
  const byId = new Map(history.operations.map((operation) => [operation.id, operation]));
  const survivors: Operation[] = [];
  for (const id of history.ledger) {
    const operation = byId.get(id);
    if (!operation || operation.outcome === 'rejected') return false;
    survivors.push(operation);
  }
  if (new Set(history.ledger).size !== history.ledger.length) return false;
  if (!runs(history.base, survivors)) return false;
  const spare = history.operations.filter(
    ({ id, outcome }) => outcome === 'indeterminate' && !history.ledger.includes(id),
  );
  const branches = history.deadBranches.map((lost, index) => ({
    lost,
    kept: history.kept?.[index] ?? 0,
  }));
  return branchesExist(history.base, survivors, branches, spare);
}

/** Whether disjoint sets of unknown operations make every dead branch legal. */
function branchesExist(
  base: number,
  survivors: readonly Operation[],
  branches: readonly { readonly lost: readonly Operation[]; readonly kept: number }[],
  spare: readonly Operation[],
): boolean {
  const [branch, ...others] = branches;
  if (branch === undefined) return true;
  const { lost, kept } = branch;
  if (lost.length === 0) return branchesExist(base, survivors, others, spare);
  for (const chosen of subsets(spare)) {
    const possible = survivors
      .map((_, index) => index)
      .concat(survivors.length)
      .filter((fork) => fork >= kept)
      .some((fork) =>
        permutations([...lost, ...chosen]).some((tail) =>
          runs(base, [...survivors.slice(0, fork), ...tail]),
        ),
      );
    const left = spare.filter((operation) => !chosen.includes(operation));
    if (possible && branchesExist(base, survivors, others, left)) return true;
  }
  return false;
}

/** Whether a register at `base` may have executed exactly these, one after the other. */
function runs(base: number, order: readonly Operation[]): boolean {
  let clockUs = Number.NEGATIVE_INFINITY;
  let register = base;
  for (const { startUs, endUs, outcome, value } of order) {
    // Each takes effect at a point of its interval, never before the point of the one before it.
    clockUs = Math.max(clockUs, startUs);
    if (clockUs > (outcome === 'ok' ? endUs : Number.POSITIVE_INFINITY)) return false;
    register += 1;
    if (outcome === 'ok' && value !== register) return false;
  }
  return true;
}

function subsets<T>(items: readonly T[]): T[][] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  const without = subsets(rest);
  return without.concat(without.map((set) => [first, ...set]));
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
  );
}
