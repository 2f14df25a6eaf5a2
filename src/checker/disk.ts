import type { Finding } from '../model/finding.ts';
import { givesHostNames, staleBehindNames } from '../topology/cluster/host-names.ts';
import { look } from '../topology/cluster/sight.ts';
import { successorOf } from '../topology/cluster/successor.ts';
import { livePods } from '../topology/state.ts';
import { type FaultStory, ofKind, type RunStory } from './run-story.ts';

/**
 * Adds what nodes.conf says to `ip-rewrite`. A pod's own address on disk decides where no
 * `cluster-announce-ip` is set, because then a start script must have written it; where it is set the
 * runtime is right and the file only lags. Peers' addresses on disk lag in healthy set-ups too. Where clients
 * get host names the file says no more than CLUSTER NODES does, which is a note.
 */
export function withDisk(story: RunStory, fault: FaultStory, finding: Finding): Finding {
  const wrong = ofKind(story.events, 'snapshot')
    .filter(
      ({ stage, faultId, announceIp }) =>
        stage === 'after' && faultId === fault.id && announceIp === '',
    )
    .flatMap(({ pod, uid, diskMyselfIp }) => {
      const ips = fault.after.pods.get(uid)?.pod.ips;
      if (diskMyselfIp === null || ips === undefined || ips.includes(diskMyselfIp)) return [];
      const server = fault.after.views.get(uid)?.server;
      if (server && givesHostNames(server)) return [];
      return [
        `nodes.conf of ${pod} has ${diskMyselfIp || 'no address'} as its own, it is ${ips.join(' or ')}`,
      ];
    });
  if (wrong.length === 0) return finding;
  const evidence = [...finding.evidence, ...wrong].slice(0, 12);
  if (finding.verdict === 'fail') return { ...finding, evidence };
  return { ...finding, verdict: 'fail', observed: wrong[0] ?? '', evidence };
}

/** A note where a new pod got the old one's address: then nothing was put to the test. */
export function withAddressNote(fault: FaultStory, finding: Finding): Finding {
  if (finding.verdict !== 'pass') return finding;
  const same = livePods(fault.after).find((pod) =>
    fault.targets.some(
      (target) =>
        successorOf(fault.after, target)?.uid === pod.uid &&
        target.uid !== pod.uid &&
        pod.ips.includes(target.ip),
    ),
  );
  return same
    ? {
        ...finding,
        note: `${same.name} came back with its old address, so no rewrite was put to the test`,
      }
    : finding;
}

/** A note where clients get host names and an address beside them is stale. */
export function withHostNameNote(fault: FaultStory, finding: Finding): Finding {
  if (finding.verdict !== 'pass') return finding;
  const stale = staleBehindNames(look(fault.after, fault.expectation));
  if (stale.length === 0) return finding;
  const more = stale.length > 1 ? ` (and ${stale.length - 1} more)` : '';
  const note = `clients get host names, which lead to the right pods; but ${stale[0]}${more}, which is stale: whoever reads addresses there goes astray`;
  return {
    ...finding,
    note: finding.note === undefined ? note : `${finding.note}; ${note}`,
    evidence: [...finding.evidence, ...stale].slice(0, 12),
  };
}
