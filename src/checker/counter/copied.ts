import type { FaultTarget } from '../../model/fault.ts';
import { type EventOf, type FaultStory, ofKind, type RunStory } from '../run-story.ts';

/**
 * Whether a replica demonstrably had a write that its master acknowledged by then: `yes` with who and
 * how, `no` as far as the last known offsets tell, `unknown` when nobody looked at them.
 */
export type Copied =
  | { readonly copied: 'yes'; readonly by: string }
  | { readonly copied: 'no' | 'unknown' };

/** Offsets are told each second and when a server goes; older ones say nothing of the last second. */
const freshUs = 1_500_000;

/**
 * Reads the replication offsets around a sudden death (INFO replication: `master_repl_offset` counts the
 * bytes that the master has put into its stream, `slave_repl_offset` those that the replica has
 * applied). A write that was acknowledged before the master was asked is within what it answered; a
 * replica that was later at least as far had it. Where one was promoted only its own word counts.
 */
export function copiedAt(
  story: RunStory,
  fault: FaultStory,
  victim: FaultTarget,
  { deathUs, promotedUid }: { readonly deathUs: number; readonly promotedUid: string | null },
): (acknowledgedUs: number) => Copied {
  const offsets = ofKind(story.events, 'offset');
  const own = offsets.filter(({ uid, atUs }) => uid === victim.uid && atUs <= deathUs);
  const backUs = backAgainUs(story, victim, deathUs);
  const uids = promotedUid === null ? replicaUids(story, fault, victim) : [promotedUid];
  const theirs = offsets.filter(
    ({ uid, role, atUs }) => uids.includes(uid) && role === 'slave' && atUs < backUs,
  );
  const last = own.at(-1);
  const known =
    uids.length === 0 ||
    (last !== undefined &&
      last.atUs >= deathUs - freshUs &&
      uids.every((uid) => theirs.some((one) => one.uid === uid && one.atUs >= last.atUs)));
  return (acknowledgedUs) => {
    const master = own.find(({ atUs }) => atUs > acknowledgedUs);
    const replica = master && theirs.find((one) => hadIt(one, master));
    if (replica) {
      const by = `${podOf(fault, replica.uid)} had copied up to ${replica.offset} of ${master.offset} bytes that its master had written then`;
      return { copied: 'yes', by };
    }
    return { copied: known ? 'no' : 'unknown' };
  };
}

function hadIt(replica: EventOf<'offset'>, master: EventOf<'offset'>): boolean {
  return replica.atUs >= master.atUs && replica.offset >= master.offset;
}

/** When a server of the victim's pod answered again: from then on its replicas follow another stream. */
function backAgainUs(story: RunStory, victim: FaultTarget, deathUs: number): number {
  const back = ofKind(story.events, 'view').find(
    ({ atUs, view }) =>
      atUs > deathUs &&
      view.pod === victim.pod &&
      (view.status === 'ok' || view.status === 'loading'),
  );
  return back?.atUs ?? Number.POSITIVE_INFINITY;
}

/** Who followed the victim right before the fault. */
function replicaUids(
  { topology }: Pick<RunStory, 'topology'>,
  { before, expectation }: FaultStory,
  victim: FaultTarget,
): string[] {
  const own = before.views.get(victim.uid);
  const ownId = victim.nodeId ?? (own ? topology.identityOf(own) : null);
  const shard = expectation.shards.find(({ members }) => members.includes(ownId ?? ''));
  return [...before.views.values()].flatMap((view) => {
    const id = topology.identityOf(view);
    return id && id !== ownId && shard?.members.includes(id) ? [view.uid] : [];
  });
}

function podOf({ before }: FaultStory, uid: string): string {
  return before.views.get(uid)?.pod ?? uid;
}
