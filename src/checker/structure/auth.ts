import type { Finding } from '../../model/finding.ts';
import { isShipped } from '../../model/plan.ts';
import {
  livePods,
  liveServerPods,
  podUidOf,
  serverName,
  type WorldState,
} from '../../topology/state.ts';
import { shortened } from '../evidence.ts';
import { spanAt } from '../guards/proof.ts';
import { type EventOf, type FaultStory, ofKind, type RunStory } from '../run-story.ts';

/** Shipped manifests that have a password. */
const shippedWithPassword: readonly RunStory['topologyName'][] = ['cluster-auth', 'sentinel'];

type Refusal = EventOf<'refusal'>;

/**
 * `auth-enforced`: every live server refuses a client without a password, before, during and after each
 * fault. Whom nobody asked makes it undecided (population.ts).
 */
export function authFinding(story: RunStory): Finding | null {
  const tries = ofKind(story.events, 'refusal');
  const { setup } = story.plan;
  const { auth } = setup;
  const shipped = isShipped(setup) && shippedWithPassword.includes(story.topologyName);
  const protectedSetup = shipped || story.topologyName === 'cluster-auth' || auth !== null;
  if (tries.length === 0 && !protectedSetup) return null;
  const open = tries.filter(({ refused }) => !refused);
  const lines = open.map(
    ({ pod, stage, answer }) => `${pod} took a command without a password (${stage}): ${answer}`,
  );
  return {
    id: 'auth-enforced',
    verdict: lines.length > 0 ? 'fail' : tries.length === 0 ? 'inconclusive' : 'pass',
    expected: 'every server refuses a client without a password, before, during and after a fault',
    observed:
      lines[0] ?? (tries.length === 0 ? 'nobody tried' : `${tries.length} tries, all refused`),
    evidence: shortened(
      lines.length > 0
        ? lines
        : tries.map(({ pod, stage, answer }) => `${pod} (${stage}) answered ${answer}`),
    ),
  };
}

/** The servers and stages of each fault of which there is no answer. */
export function missingRefusals(story: RunStory): readonly string[] {
  const tries = ofKind(story.events, 'refusal');
  return story.faults
    .filter(({ injectedUs }) => injectedUs !== null)
    .flatMap((fault) => {
      const asked = (uid: string, name: string, stage: Refusal['stage']) =>
        tries.some(
          (one) =>
            one.stage === stage &&
            // an old version said neither
            (one.uid ?? uid) === uid &&
            (one.faultId ?? fault.id) === fault.id &&
            one.pod === name,
        );
      const unasked = (pods: readonly { uid: string; name: string }[], stage: Refusal['stage']) =>
        pods
          .filter(({ uid, name }) => !asked(uid, name, stage))
          .map(({ name }) => `whether ${name} refuses a client without a password (${stage})`);
      return [
        ...unasked([...livePods(fault.before), ...guarded(story, fault.before)], 'before'),
        ...unasked(bystanders(story, fault), 'during'),
        ...unasked([...livePods(fault.after), ...guarded(story, fault.after)], 'after'),
      ];
    });
}

/** The Sentinels, where they are known to have a password; evidence of old versions tried none. */
function guarded(story: RunStory, world: WorldState): readonly { uid: string; name: string }[] {
  const { setup } = story.plan;
  const { sentinelAuth } = setup;
  const shipped = isShipped(setup) && sentinelAuth === null && story.topologyName === 'sentinel';
  if (!shipped && (sentinelAuth ?? null) === null) return [];
  return liveServerPods(world).flatMap(({ uid, name }) =>
    [...world.sentinels.keys()]
      .filter((id) => podUidOf(id) === uid)
      .map((id) => ({ uid: id, name: serverName({ uid, name }, id) })),
  );
}

/** Those that the fault did not aim at and that stayed: they can be asked while it lasts. */
function bystanders({ proof }: RunStory, fault: FaultStory) {
  const stayed = new Set(livePods(fault.after).map(({ uid }) => uid));
  const targets = new Set(fault.targets.map(({ uid }) => uid));
  return livePods(fault.before).filter(
    ({ uid }) =>
      stayed.has(uid) &&
      !targets.has(uid) &&
      spanAt(proof?.servers.get(uid) ?? [], fault.injectedUs ?? 0) === null,
  );
}
