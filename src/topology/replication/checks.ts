import type { CheckId } from '../../model/finding.ts';
import type { Expectation, Looked, StructuralCheck } from '../topology.ts';
import { leading, namings } from './shards.ts';
import { hostText, look, type Sight } from './sight.ts';

type Told = (sight: Sight, looked: Pick<Looked, 'after' | 'expectation'>) => readonly string[];

interface Check {
  readonly expected: string;
  readonly told: Told;
  readonly applies?: (expectation: Expectation) => boolean;
}

const roles: Told = (sight) =>
  sight.seen.map(({ pod, server }) => {
    const { role, masterHost, masterPort } = server.replication;
    const of =
      role === 'slave' ? ` of ${hostText({ ip: masterHost ?? '', port: masterPort ?? 0 })}` : '';
    return `${pod.name} says ${role}${of}`;
  });

const single: Readonly<Partial<Record<CheckId, Check>>> = {
  'topology-converged': {
    expected: 'every pod of before is there, is ready and answers',
    told: roles,
  },
  'single-master': {
    expected: 'one server says that it is the master',
    told: (sight) => sight.masters.map(({ pod }) => `${pod.name} says master`),
  },
};

const restored: Check = {
  expected: 'as many replicas in sync as before, each dialling the master',
  told: (sight) =>
    sight.replicas.map(({ pod, server }) => {
      const { masterHost, masterPort, masterLink } = server.replication;
      return `${pod.name} dials ${masterHost}:${masterPort}, link ${masterLink}`;
    }),
};

const replicated: Readonly<Partial<Record<CheckId, Check>>> = {
  ...single,
  'replication-restored': restored,
  'sentinels-agree': {
    expected: 'every Sentinel names the same master, flags nothing, and that one says so itself',
    told: (sight) =>
      namings(sight).flatMap(({ name, who, by }) =>
        by.map(
          ({ called, entry }) =>
            `${called} names ${who} for ${name}, config epoch ${entry.configEpoch}`,
        ),
      ),
  },
  'no-ghosts': {
    expected:
      'every Sentinel knows the other Sentinels and the replicas that there are, and nobody else',
    told: (sight) =>
      sight.sentinels.flatMap(({ called, says }) =>
        says.masters.map(
          ({ name, sentinels, replicas }) =>
            `${called} knows ${sentinels.length} other Sentinels and ${replicas.length} replicas of ${name}`,
        ),
      ),
  },
  'endpoint-follows-master': {
    expected: "the master's Service leads to the present master alone",
    applies: ({ masterServices }) => (masterServices?.size ?? 0) > 0,
    told: (sight, { after, expectation }) =>
      [...(expectation.masterServices ?? [])].map(([service, shard]) => {
        const led = leading(sight).find(({ name }) => name === shard);
        return `Service ${service} leads to ${(after.endpoints.get(service) ?? []).join(', ')}, ${led?.master.pod.name ?? 'nobody'} is the master`;
      }),
  },
};

/** What is checked of a master that nobody replaces: of its replicas only where it had some in sync. */
export const singleChecks = listed({
  ...single,
  'replication-restored': {
    ...restored,
    applies: ({ shards }) => shards.some(({ replicas }) => replicas > 0),
  },
});
/** What is checked of a master with replicas and Sentinels. */
export const replicationChecks = listed(replicated);

function listed(checks: Readonly<Partial<Record<CheckId, Check>>>): readonly StructuralCheck[] {
  return (Object.entries(checks) as (readonly [CheckId, Check])[]).map(
    ([id, { expected, told, applies }]) => ({
      id,
      expected,
      ...(applies ? { applies } : {}),
      evidence: (looked) => told(look(looked.after, looked.expectation), looked),
    }),
  );
}
