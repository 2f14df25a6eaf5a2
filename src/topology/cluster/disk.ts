import type { SnapshotEvent } from '../../model/event.ts';
import type { Finding } from '../../model/finding.ts';
import { livePods } from '../state.ts';
import { successorOf } from '../successor.ts';
import type { Looked } from '../topology.ts';
import { givesHostNames, staleBehindNames } from './host-names.ts';
import { isNode, nodeIdOf } from './owner.ts';
import { look } from './sight.ts';

/**
 * Adds what nodes.conf says to `ip-rewrite`. A pod's own address on disk decides where no
 * `cluster-announce-ip` is set, because then a start script must have written it; where it is set the
 * runtime is right and the file only lags. Peers' addresses on disk lag in healthy set-ups too. Where clients
 * get host names the file says no more than CLUSTER NODES does, which is a note.
 */
export function withDisk(
  fault: Looked,
  snapshots: readonly SnapshotEvent[],
  finding: Finding,
): Finding {
  const wrong = snapshots
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

/** How a server is told again: by its node id, which it keeps on its disk. */
const nodes = { isTarget: isNode, identityOf: nodeIdOf };

/** A note where a new pod got the old one's address: then nothing was put to the test. */
export function withAddressNote(fault: Looked, finding: Finding): Finding {
  if (finding.verdict !== 'pass') return finding;
  const same = livePods(fault.after).find((pod) =>
    fault.targets.some(
      (target) =>
        successorOf(nodes, fault.after, target, fault.expectation)?.uid === pod.uid &&
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
export function withHostNameNote(fault: Looked, finding: Finding): Finding {
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

/** Pods whose nodes.conf nobody has read, where that would have been a verdict. */
export function disksUnread(fault: Looked, snapshots: readonly SnapshotEvent[]): readonly string[] {
  const read = snapshots.filter(({ stage, faultId }) => stage === 'after' && faultId === fault.id);
  return livePods(fault.after).flatMap(({ name, uid, ips }) => {
    const server = fault.after.views.get(uid)?.server;
    // its clients get names: the file says no more than CLUSTER NODES does
    if (server && givesHostNames(server)) return [];
    const snapshot = read.findLast((event) => event.uid === uid);
    if (!snapshot) return [`nodes.conf of ${name} after the fault`];
    const { announceIp, diskMyselfIp } = snapshot;
    if (announceIp) return [];
    if (diskMyselfIp !== null) {
      // wrong or right by a setting that nobody could read
      const asked = announceIp !== null || ips.includes(diskMyselfIp);
      return asked ? [] : [`cluster-announce-ip of ${name}, whose nodes.conf has ${diskMyselfIp}`];
    }
    return [`nodes.conf of ${name}${snapshot.error ? `: ${snapshot.error}` : ''}`];
  });
}
