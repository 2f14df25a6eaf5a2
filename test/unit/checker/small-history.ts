import { openLedgers } from '../../../src/checker/counter/ledgers.ts';
import type { Legality } from '../../../src/checker/counter/legality.ts';
import { checkCounter } from '../../../src/checker/counter/linearizable.ts';
import { historyOf } from '../../../src/checker/history.ts';
import type { Operation } from '../../../src/model/operation.ts';

/** One key's history as people write it: objects and op ids. */
export interface SmallHistory {
  readonly key: string;
  readonly base: number;
  readonly ledger: readonly string[];
  readonly operations: readonly Operation[];
  readonly deadBranches: readonly (readonly Operation[])[];
  /** How much of the ledger each branch must have in common with it at least; left out: nothing. */
  readonly kept?: readonly number[];
}

/** Decides it as the checker does, in columns. */
export function decide(small: SmallHistory): Legality {
  const { key, base, operations, deadBranches } = small;
  const history = historyOf(operations);
  const ledgers = openLedgers(history);
  ledgers.add({ kind: 'ledger', key, owner: 'x', offset: 0, entries: small.ledger, last: true });
  return checkCounter({
    key,
    base,
    history,
    members: Uint32Array.from({ length: history.size }, (_, index) => index),
    ledger: ledgers.entriesOf(key) ?? new Int32Array(0),
    idOf: ledgers.idOf,
    deadBranches: deadBranches.map((lost, branch) => ({
      lost: lost.map(({ id }) => history.ids.find(id)),
      kept: small.kept?.[branch] ?? 0,
    })),
  });
}
