import type { SnapshotEvent } from '../../model/event.ts';
import { parseNodesConf } from '../../redis/cluster-nodes.ts';

/** What a nodes.conf says, as far as the checks ask: in the run and when it is judged again. */
export type DiskFacts = Pick<SnapshotEvent, 'diskMyselfIp' | 'diskNodes'>;

export const nothingOnDisk: DiskFacts = { diskMyselfIp: null, diskNodes: [] };

export function diskFacts(text: string): DiskFacts {
  const { nodes } = parseNodesConf(text);
  return {
    diskMyselfIp: nodes.find((node) => node.flags.includes('myself'))?.ip ?? null,
    diskNodes: nodes.map(({ id, ip }) => ({ id, ip })),
  };
}

/** Where a snapshot's nodes.conf is kept, below the report folder. */
export function diskFile(snapshot: Pick<SnapshotEvent, 'faultId' | 'stage' | 'pod'>): string {
  return `nodes/${snapshot.faultId}-${snapshot.stage}/${snapshot.pod}.nodes.conf`;
}
