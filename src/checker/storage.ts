import type { Contradiction, Finding } from '../model/finding.ts';
import { contains } from '../topology/cluster/slot-ranges.ts';
import type { KeyAccount } from './accounting.ts';
import type { OpIndex } from './history.ts';
import { type FaultStory, ofKind, type RunStory } from './run-story.ts';

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
  const ownerOf = (key: string) => {
    const slot = story.slotOf.get(key) ?? -1;
    return ({ slots }: Shard) => contains(slots, slot);
  };
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

/**
 * A shard's data outlives a fault in a member that the fault did not touch, or on the volume of one that
 * came back: nodes.conf lies in the same directory (`dir` of redis.conf) as the append-only file and
 * the snapshot, so a node that kept its id kept that directory, and the data where it persists any.
 */
function outlived(story: RunStory, fault: FaultStory, shard: Shard): Outlived {
  const targets = new Map(fault.targets.map((target) => [target.nodeId, target]));
  if (shard.members.some((id) => !targets.has(id))) return 'yes';
  const now = [...fault.after.views.values()];
  const fates = shard.members.map((id): Outlived => {
    const target = targets.get(id);
    const back = now.flatMap(({ pod, server }) => (pod === target?.pod && server?.myId) || []);
    if (back.includes(id)) return persists(story, fault, target?.uid);
    return back.length > 0 ? 'no' : 'unknown';
  });
  if (fates.includes('yes')) return 'yes';
  return fates.includes('unknown') ? 'unknown' : 'no';
}

function persists(story: RunStory, fault: FaultStory, uid: string | undefined): Outlived {
  const told = ofKind(story.events, 'snapshot').find(
    (taken) => taken.faultId === fault.id && taken.stage === 'before' && taken.uid === uid,
  )?.persists;
  if (told === undefined || told === null) return 'unknown';
  return told ? 'yes' : 'no';
}
