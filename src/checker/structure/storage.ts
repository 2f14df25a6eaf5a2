import type { FaultTarget } from '../../model/fault.ts';
import type { Contradiction, Finding } from '../../model/finding.ts';
import type { KeyAccount } from '../counter/accounting.ts';
import type { OpIndex } from '../history.ts';
import { type FaultStory, ofKind, type RunStory } from '../run-story.ts';

/**
 * Whether what was lost may have gone with its storage. Data that had a place to outlive the fault and is
 * gone all the same is a contradiction, which no claim excuses; without such a place it is what the
 * fault took. Null: the storage is gone, the loss is explained.
 */
export interface Storage {
  /** A lost write: what an earlier write survived, the storage survived too. */
  ofWrite(account: KeyAccount, lost: OpIndex): Contradiction | null;
  /** Everything of a key. */
  ofKey(key: string): Contradiction | null;
  /** Everything that this node owned before the faults. */
  ofNode(nodeId: string | null): Contradiction | null;
}

type Outlived = 'yes' | 'no' | 'unknown';
type Shard = FaultStory['expectation']['shards'][number];

/** The gravest of several, as a field of a finding. */
export function gravest(found: readonly (Contradiction | null)[]): Pick<Finding, 'contradiction'> {
  if (found.includes('sure')) return { contradiction: 'sure' };
  return found.includes('possible') ? { contradiction: 'possible' } : {};
}

export function storageOf(story: RunStory): Storage {
  const { history } = story;
  const faults = story.faults.filter(({ injectedUs }) => injectedUs !== null);
  // Everything may be lost: each answer is found once.
  const fates = new Map<Shard, Outlived>();
  const fateOf = (fault: FaultStory, shard: Shard | undefined): Outlived => {
    if (!shard) return 'unknown';
    const fate = fates.get(shard) ?? outlived(story, fault, shard);
    fates.set(shard, fate);
    return fate;
  };
  const firstKept = new Map<KeyAccount, number>();
  const firstKeptOf = (account: KeyAccount): number => {
    const firstUs = firstKept.get(account) ?? firstKeptUs(story, account);
    firstKept.set(account, firstUs);
    return firstUs;
  };
  const over = (since: number, isMeant: (shard: Shard) => boolean): Contradiction | null => {
    const met = faults
      .filter(({ endUs }) => endUs >= since)
      .map((fault) => fateOf(fault, fault.expectation.shards.find(isMeant)));
    if (met.includes('no')) return null;
    return met.includes('unknown') ? 'possible' : 'sure';
  };
  const ownerOf =
    (key: string) =>
    ({ name }: Shard) =>
      story.covers(name, key);
  return {
    ofWrite(account, lost) {
      if (firstKeptOf(account) < (history.startUs[lost] ?? 0)) return 'sure';
      return over(history.endUs[lost] ?? 0, ownerOf(account.key));
    },
    ofKey: (key) => over(Number.NEGATIVE_INFINITY, ownerOf(key)),
    ofNode: (nodeId) =>
      over(Number.NEGATIVE_INFINITY, ({ members }) => members.includes(nodeId ?? '')),
  };
}

/** When the first of a key's writes that are still there had ended; infinite when there is none. */
function firstKeptUs({ history }: RunStory, { ledger }: KeyAccount): number {
  let firstUs = Number.POSITIVE_INFINITY;
  for (const entry of ledger?.entries ?? []) {
    // an entry that is nobody's is before the first column
    firstUs = Math.min(firstUs, history.endUs[entry] ?? firstUs);
  }
  return firstUs;
}

/** A shard's data outlives a fault in a member that the fault did not touch, or on the volume of one that came back. */
function outlived({ topology, events }: RunStory, fault: FaultStory, shard: Shard): Outlived {
  const idOf = (target: FaultTarget) => {
    const view = fault.before.views.get(target.uid);
    return target.nodeId ?? (view ? topology.identityOf(view) : null);
  };
  const targets = new Map(fault.targets.map((target) => [idOf(target), target]));
  const snapshots = ofKind(events, 'snapshot').filter(
    ({ faultId, stage }) => faultId === fault.id && stage === 'before',
  );
  const fates = shard.members.map((id): Outlived => {
    const target = targets.get(id);
    if (!target) return 'yes';
    const taken = snapshots.find(({ uid }) => uid === target.uid) ?? null;
    return topology.storage(fault, target, taken);
  });
  if (fates.includes('yes')) return 'yes';
  return fates.includes('unknown') ? 'unknown' : 'no';
}
