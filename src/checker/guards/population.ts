import { natureOf } from '../../fault/catalogue.ts';
import type { CheckId, Finding } from '../../model/finding.ts';
import { livePods, type WorldState } from '../../topology/state.ts';
import { shortened } from '../evidence.ts';
import { type FaultStory, ofKind, type RunStory, worldAt } from '../run-story.ts';
import { missingRefusals } from '../structure/auth.ts';
import { spanAt } from './proof.ts';

/**
 * What a check speaks of (every server, shard and key that there is) less what somebody looked at, each in
 * a few words. A check of one fault gets it.
 */
type Missing = (story: RunStory, fault: FaultStory | null) => readonly string[];

/** Proven by the very thing that makes it green: a moment, a view, a read. */
const nothing: Missing = () => [];
const before: Missing = (_story, fault) => (fault ? unknownBefore(_story, fault) : []);

/** One line a check, so that a new one has to say what it speaks of. */
const missing: Readonly<Record<CheckId, Missing>> = {
  'topology-formed': nothing, // judged over every live pod and every slot
  'fault-landed': (_, fault) => (fault ? unconfirmed(fault) : []),
  'load-sufficient': shardsWithoutLoad,
  promotion: nothing, // somebody said it
  'ip-rewrite': (story, fault) =>
    fault
      ? [
          ...unknownBefore(story, fault),
          ...story.topology.unread('ip-rewrite', fault, ofKind(story.events, 'snapshot')),
        ]
      : [],
  'identity-kept': before,
  'topology-converged': before,
  'slots-covered': before,
  'replication-restored': before,
  'one-owner': unreadKeys,
  'counter-continuity': uncounted,
  'no-duplicates': uncounted,
  linearizable: uncounted,
  'outage-within-budget': nothing, // judged by the load, which load-sufficient counts for each shard
  'data-kept': unplanted,
  'auth-enforced': missingRefusals,
  'single-master': nothing,
  'sentinels-agree': nothing,
  'no-ghosts': nothing,
  'endpoint-follows-master': nothing,
  metrics: nothing,
};

/** A green for which not everything was looked at is undecided: what nobody looked at may be red. */
export function asFarAsLooked(story: RunStory, finding: Finding): Finding {
  if (finding.verdict !== 'pass') return finding;
  const fault = story.faults.find(({ id }) => id === finding.faultId) ?? null;
  const gaps = missing[finding.id](story, fault);
  if (gaps.length === 0) return finding;
  const { note: _, ...rest } = finding;
  return {
    ...rest,
    verdict: 'inconclusive',
    observed: `nobody looked at ${gaps[0]}${gaps.length > 1 ? ` (and ${gaps.length - 1} more)` : ''}`,
    evidence: shortened([...gaps.map((gap) => `not looked at: ${gap}`), ...finding.evidence]),
  };
}

/** Servers of which nobody knew right before the deed who they were: then nothing can be "as before". */
function unknownBefore({ proof }: RunStory, fault: FaultStory): readonly string[] {
  const known = fault.expectation.ids;
  const hidden = livePods(fault.before).filter(
    ({ name, uid }) =>
      !known.has(name) || spanAt(proof?.servers.get(uid) ?? [], fault.beginUs) !== null,
  );
  const shards = fault.expectation.shards.length === 0 ? ['a shard before the fault'] : [];
  return [...hidden.map(({ name }) => `${name} right before the fault`), ...shards];
}

/** A fault that does something does it to somebody, who says so. */
function unconfirmed(fault: FaultStory): readonly string[] {
  if (natureOf(fault.name).harmless) return [];
  if (fault.targets.length === 0) return ['a target of the fault'];
  return fault.targets
    .filter(({ uid }) => !fault.confirmed.has(uid))
    .map(({ pod }) => `whether it hit ${pod}`);
}

function shardsOf(story: RunStory): readonly string[] {
  return story.faults[0]?.expectation.shards.map(({ name }) => name) ?? [];
}

/** A user's own app counts under one key, wherever that is; ours has one for each shard. */
function shardsWithoutLoad(story: RunStory): readonly string[] {
  if (!ownApp(story)) return story.keys.length > 0 ? [] : ['a key under load'];
  const keys = story.keys.filter((key) => story.slotOf.has(key));
  return shardsOf(story)
    .filter((shard) => !keys.some((key) => story.covers(shard, key)))
    .map((shard) => `a key of ${shard} under load`);
}

function ownApp(story: RunStory): boolean {
  return ofKind(story.events, 'app').every(({ own }) => own);
}

/** Who is to be asked at the end; null when nobody can tell. */
function podsAtTheEnd(story: RunStory): readonly string[] | null {
  if (story.proof && spanAt(story.proof.pods, story.endUs) !== null) return null;
  const world: WorldState = worldAt(story.events, story.endUs);
  return story.topology.seeds(world).map(({ name }) => name);
}

/** Reads after the load, through each pod, of keys that were not answered or not made. */
function unreadThroughPods(story: RunStory, keys: readonly string[]): readonly string[] {
  const pods = podsAtTheEnd(story);
  if (pods === null) return ['the pods at the end'];
  const answered = new Set(
    ofKind(story.events, 'canary')
      .filter(({ stage, error }) => stage === 'after' && error === null)
      .map(({ key, seed }) => `${key} ${seed}`),
  );
  return keys.flatMap((key) =>
    pods.filter((pod) => !answered.has(`${key} ${pod}`)).map((pod) => `${key} through ${pod}`),
  );
}

function unreadKeys(story: RunStory): readonly string[] {
  const canaries = canaryKeys(story);
  if (canaries.length === 0) return ['a canary'];
  return unreadThroughPods(story, [...story.keys, ...canaries]);
}

function canaryKeys(story: RunStory): readonly string[] {
  const reads = ofKind(story.events, 'canary').filter(({ purpose }) => purpose === 'canary');
  return [...new Set(reads.map(({ key }) => key))];
}

/** Canaries that nobody has seen before the fault, and shards without one. */
function unplanted(story: RunStory): readonly string[] {
  const keys = canaryKeys(story);
  const planted = new Set(
    ofKind(story.events, 'canary')
      .filter(({ purpose, stage }) => purpose === 'canary' && stage === 'before')
      .filter(({ value, expected }) => value !== null && value === expected)
      .map(({ key }) => key),
  );
  const bare = shardsOf(story).filter(
    (shard) => ![...planted].some((key) => story.covers(shard, key)),
  );
  return [
    ...keys.filter((key) => !planted.has(key)).map((key) => `${key} before the fault`),
    ...bare.map((shard) => `a canary of ${shard}`),
  ];
}

/** Load keys whose value before, value after or whole ledger nobody has read. */
function uncounted(story: RunStory): readonly string[] {
  const begun = new Set(ofKind(story.events, 'initial').map(({ key }) => key));
  const read = new Set(
    ofKind(story.events, 'counter-read')
      .filter(({ stage, value }) => stage === 'after' && value !== null)
      .map(({ key }) => key),
  );
  const ours = ownApp(story);
  return story.keys.flatMap((key) => [
    ...(begun.has(key) ? [] : [`${key} before the load`]),
    ...(read.has(key) ? [] : [`${key} after the load`]),
    ...(ours && story.ledgers.entriesOf(key) === null ? [`the whole ledger of ${key}`] : []),
  ]);
}
