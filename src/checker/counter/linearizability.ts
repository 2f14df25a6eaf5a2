import type { Contradiction, Finding } from '../../model/finding.ts';
import { shortened } from '../evidence.ts';
import { describe, isAcknowledged, type OpIndex } from '../history.ts';
import type { RunStory } from '../run-story.ts';
import { gravest, type Storage } from '../structure/storage.ts';
import type { KeyAccount } from './accounting.ts';
import { usesLedger } from './bounds.ts';
import { repeatedIds, unanswered, unreadLedgers } from './continuity.ts';
import type { Legality } from './legality.ts';
import { checkCounter } from './linearizable.ts';
import type { Losses } from './losses.ts';
import { strangersOf } from './strangers.ts';

/** `linearizable`: each key's history fits the counter model of docs/design/contract.md. */
export function linearizableFinding(
  story: RunStory,
  accounts: readonly KeyAccount[],
  losses: Losses,
): Finding {
  const result = (
    verdict: Finding['verdict'],
    observed: string,
    evidence: readonly string[] = [],
  ) => ({
    id: 'linearizable' as const,
    verdict,
    expected: 'every key behaves like one counter, forked by nothing but a fault’s window',
    observed,
    evidence: evidence.slice(0, 12),
  });
  if (story.history.size === 0) {
    return result('inconclusive', 'there was no load');
  }
  const ledgers = usesLedger(story);
  const red = accounts.flatMap((account) =>
    ledgers ? withLedger(story, account, losses) : withoutLedger(story, account, losses.storage),
  );
  if (red.length > 0) {
    // A fault that may fork the counter cannot be told from a broken one by the numbers alone.
    const mayFork = !ledgers && losses.windows.length > 0;
    const texts = red.map(({ text }) => text);
    if (mayFork) return result('inconclusive', texts[0] ?? '', texts);
    return { ...result('fail', texts[0] ?? '', texts), ...gravest(red.map(({ grave }) => grave)) };
  }
  const unknown = [
    ...unreadLedgers(story, accounts),
    ...accounts.flatMap(({ key, foreign }) =>
      foreign > 0
        ? [`${foreign} entries in the ledger of ${key} are of no request in the history`]
        : [],
    ),
    ...repeatedIds(story),
    ...(losses.clockTrouble === null ? [] : [losses.clockTrouble]),
    ...losses.unlooked,
  ];
  if (unknown.length > 0) {
    return {
      ...result('inconclusive', unknown[0] ?? '', unknown),
      ...unanswered(story, unknown),
    };
  }
  const kept = `${accounts.length} keys, each one counter`;
  const observed = ledgers ? kept : `${kept}, as far as the numbers alone tell (no ledger)`;
  return result('pass', observed, shortened(accounts.map(orderLine)));
}

function orderLine({ key, members, counts, ledger, lost, applied }: KeyAccount): string {
  const unknown = counts.indeterminate;
  const order = ledger
    ? `${ledger.entries.length} in the ledger's order, of ${unknown} unknown ones ${applied} applied`
    : `${unknown} unknown ones`;
  const branch = lost.length > 0 ? `, ${lost.length} on a dead branch` : '';
  return `${key}: ${members.length} operations, ${order}${branch}`;
}

interface Red {
  readonly text: string;
  readonly grave: Contradiction | null;
}

function withLedger(story: RunStory, account: KeyAccount, losses: Losses): readonly Red[] {
  const { key, ledger, members, lost } = account;
  if (ledger === null) return [];
  const { history, ledgers } = story;
  const legality = checkCounter({
    key,
    base: ledger.base,
    history,
    members,
    ledger: ledger.entries,
    idOf: ledgers.idOf,
    deadBranches: losses.branchesOf(account),
  });
  const outside = lost.filter((index) => !losses.allowed.has(index));
  return [
    ...(outside[0] === undefined
      ? []
      : [
          {
            text: `${key}: ${describe(history, outside[0])}${copiedText(losses, outside[0])}, and the counter's final history does not have it (${outside.length} such)`,
            grave:
              gravest(outside.map((index) => losses.storage.ofWrite(account, index)))
                .contradiction ?? null,
          },
        ]),
    ...counterexample(key, legality, 'sure'),
  ];
}

function copiedText({ copiedBy }: Losses, index: OpIndex): string {
  const by = copiedBy(index);
  return by === null ? '' : `, though ${by}`;
}

function counterexample(
  key: string,
  legality: Legality,
  grave: Contradiction | null,
): readonly Red[] {
  if (legality.legal) return [];
  return legality.counterexample.map((line) => ({ text: `${key}: ${line}`, grave }));
}

/** Without a ledger the acknowledged numbers alone must fit one line that starts at the initial value. */
function withoutLedger(story: RunStory, account: KeyAccount, storage: Storage): readonly Red[] {
  const { key, members, initial } = account;
  if (initial === null) return [];
  const { history, ledgers } = story;
  const acked = [...members].filter((index) => isAcknowledged(history, index));
  const legality = checkCounter({
    key,
    base: initial,
    history,
    members,
    ledger: new Int32Array(0),
    idOf: ledgers.idOf,
    deadBranches: acked.length > 0 ? [{ lost: acked, kept: 0 }] : [],
    strangers: strangersOf(story, key)?.most ?? 0,
  });
  return counterexample(key, legality, storage.ofKey(key));
}
