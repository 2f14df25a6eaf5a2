import { natureOf } from '../../fault/catalogue.ts';
import type { Finding } from '../../model/finding.ts';
import type { Violation } from '../../topology/state.ts';
import type { FaultStory } from '../run-story.ts';
import type { Recovery } from '../structure/convergence.ts';
import { type AppTrouble, appText, type KilledAfterGrace, killedText } from './ends.ts';

/** What the known signatures are told apart by. */
export interface Symptoms {
  readonly fault: FaultStory | null;
  /** What was wrong at the end of the fault's span. */
  readonly wrong: readonly Violation[];
  readonly findings: readonly Finding[];
  readonly wiped: boolean;
  readonly promoted: boolean;
  readonly killed: KilledAfterGrace | null;
  readonly app: AppTrouble | null;
}

export function symptomsOf(
  fault: FaultStory | null,
  recovery: Recovery | null,
  findings: readonly Finding[],
  outcome: Pick<Symptoms, 'wiped' | 'promoted' | 'killed' | 'app'>,
): Symptoms {
  return { fault, wrong: recovery?.parts.at(-1)?.violations ?? [], findings, ...outcome };
}

type Signature = (finding: Finding, symptoms: Symptoms) => string | null;

/** The field notes' table of broken set-ups, as sentences for somebody who meets it first. */
const signatures: Partial<Readonly<Record<Finding['id'], readonly Signature[]>>> = {
  'topology-formed': [
    (f) =>
      /no replica in sync|no replicas|has its link to/.test(f.observed)
        ? 'A master without a replica in sync cannot be replaced: there are no replicas, or they cannot copy from it (masterauth missing, an access rule, a closed port)'
        : null,
    (f) =>
      /crashed.*exit code 0\b|CrashLoopBackOff.*code 0\b/.test(f.observed)
        ? 'A server ends again and again without an error: the kubelet stops it (a liveness probe that fails), or the start script does not end in the server'
        : null,
    (f) =>
      /OOMKilled/.test(f.observed)
        ? 'A container needs more memory than its limit, and the kernel ends it for that: raise the limit, or set maxmemory well below it'
        : null,
    (f) =>
      /(exit )?code (137|143)\b/.test(f.observed)
        ? 'The kubelet ends a server again and again (exit code 137 is SIGKILL, 143 SIGTERM): its liveness probe fails, or comes before the server can answer'
        : null,
    (f) =>
      /restarts|CrashLoopBackOff|crashed/.test(f.observed)
        ? 'A pod crashes again and again: its reason and last log lines say why (a start script that fails, an unknown directive, a wrong address to bind)'
        : null,
    (f) =>
      /needs at least 3 masters/.test(f.observed)
        ? 'There are fewer Redis pods than a cluster needs: three masters, and a replica of each to take over'
        : null,
    (f) =>
      /Sentinel/.test(f.observed)
        ? 'The Sentinels and the servers never came to agree on one master: they watch an address at which nobody is, ask with another password, or each server believes that it is one'
        : null,
    (f) =>
      /form|slots to have a master/i.test(f.observed)
        ? 'The nodes could not be joined to a cluster: they announce an address at which nobody can meet them, or the bus port is closed'
        : null,
  ],
  'ip-rewrite': [
    (_, s) => placeholder(s),
    (_, s) => tooManyOctets(s),
    (_, s) =>
      oldAddress(s, 'SELF')
        ? 'No start script puts the new address into nodes.conf: the pod kept the address it had before, Redis never corrects its own, and as a master it hands that to clients'
        : null,
    (_, s) => newNode(s),
    (_, s) => rewritesEveryone(s),
    (f) =>
      /sends clients/.test(f.observed)
        ? 'Clients that ask this pod are sent to an address where nobody, or somebody else, answers'
        : null,
  ],
  'identity-kept': [(_, s) => newNode(s)],
  'topology-converged': [
    (_, s) => rewritesEveryone(s),
    (_, s) => newNode(s),
    (_, s) => allStale(s),
    (f) =>
      /cannot reach/.test(f.observed)
        ? 'Kubernetes calls the pod ready, and yet Redis does not answer on its address'
        : null,
  ],
  'slots-covered': [
    (f) =>
      /both claim/.test(f.observed)
        ? 'Split brain: two masters take writes for the same slots, and each keeps a counter of its own'
        : null,
    (_, s) => newNode(s),
    () =>
      'A shard has no master: no replica took over, and the pod did not come back as the node it was',
  ],
  'replication-restored': [
    (f) =>
      /follows itself/.test(f.evidence.join() + f.observed)
        ? 'Its start script asked who the master is, was told this pod’s own name or address, and made it a replica of itself: until somebody else is promoted nobody takes writes, and it copies from nobody'
        : null,
    (f, s) =>
      /dials/.test(f.evidence.join() + f.observed) && s.fault
        ? 'The replica dials the address that its master had before: when both were down together stock Redis never tells it the new one'
        : null,
    (_, s) => newNode(s),
    (f) =>
      /link to/.test(f.evidence.join() + f.observed)
        ? 'The replica knows the right master and cannot copy from it: most often masterauth is missing or wrong'
        : null,
  ],
  promotion: [
    (_, s) =>
      s.fault?.expectation.shards.some(({ replicas }) => replicas === 0)
        ? 'There was no replica in sync to take over'
        : null,
    (_, s) =>
      s.fault?.expectation.sentinels
        ? 'The Sentinels put nobody in its place: fewer of them saw it down than their quorum, none was elected by the majority of all that they list (ghosts count), or no replica was fit (its link was down for too long, its priority is 0)'
        : 'The replica did not stand for election or got no majority: its data was too old, its link to the master was down, or the other masters could not be reached',
  ],
  'one-owner': [
    (_, s) => rewritesEveryone(s),
    (_, s) => newNode(s),
    (f) =>
      /values|owners/.test(f.observed)
        ? 'Split brain: which value a client gets depends on the pod it asks first'
        : 'A client that happens to start at this pod gets nowhere',
  ],
  'counter-continuity': [
    (_, s) => removed(s),
    (_, s) => emptied(s),
    (f) => givenTwice(f),
    (f) => copiedAndLost(f),
    (f, s) => lostTail(f, s),
  ],
  'data-kept': [(_, s) => removed(s), (_, s) => emptied(s)],
  linearizable: [
    (_, s) => removed(s),
    (_, s) => emptied(s),
    (f) => givenTwice(f),
    (f) => copiedAndLost(f),
    (f, s) => lostTail(f, s),
  ],
  'no-duplicates': [
    (f) =>
      /more than the \d+ acknowledged and 0 unknown/.test(f.observed)
        ? 'No request was left without an answer, so nobody repeated one: something increments more than once for a hit, or hits the page beside the load (a probe, a crawler)'
        : null,
    () =>
      'Somebody between the client and Redis repeats requests whose answer was late, and Redis counts each',
  ],
  'outage-within-budget': [
    (_, s) =>
      s.findings.some(
        ({ id, observed }) =>
          id === 'load-sufficient' && /^before the fault only 0 acknowledged/.test(observed),
      )
        ? 'Not one request was acknowledged, even before the fault: the app does not get through to Redis (a client that does not follow MOVED, a wrong host or password), or its page shows no number'
        : null,
    (f) =>
      /stayed away after the promotion/.test(f.observed)
        ? 'The new master takes no write while one of its shard is missing (min-replicas-to-write answers NOREPLICAS, a quorum is not met): the shard is down for as long as the pod is, however soon a replica takes over'
        : null,
    (_, s) =>
      s.fault && natureOf(s.fault.name).class === 'shard'
        ? 'The shards that still had their masters stopped too: cluster-require-full-coverage is yes, which is the default'
        : null,
    (_, s) =>
      s.findings.some(({ id, verdict }) => id === 'promotion' && verdict === 'fail')
        ? 'Nothing was promoted, so the writes waited for the pod to come back'
        : null,
    (_, s) => (s.app ? appText(s.app) : null),
    () =>
      'Redis, or the clients that still dial the old address, took longer to recover than predicted',
  ],
  'single-master': [
    (f) =>
      /all say that they are masters/.test(f.observed + f.evidence.join())
        ? 'Split brain: two servers take writes, and what the one that is not named takes is lost when it is made a replica'
        : 'Nobody is the master: no replica was put in its place, and it did not come back as one',
  ],
  'sentinels-agree': [
    (f) =>
      /leads to no live pod/.test(f.observed + f.evidence.join())
        ? 'The Sentinels send clients to an address that is no pod of these any more: they go by addresses, and a pod that comes back has another'
        : 'Which master a client finds depends on the Sentinel that it asks',
  ],
  'no-ghosts': [
    () =>
      'The Sentinels list somebody who is no more: with random ids or by address each restart leaves one, and ghosts count for the majority that the next election needs',
  ],
  'endpoint-follows-master': [
    (f) =>
      /leads to \S+, \S+(, \S+)*, the master/.test(f.evidence.join() + f.observed)
        ? 'The Service selects more pods than the master: for a share of its connections somebody answers who takes no writes (READONLY)'
        : null,
    () =>
      'Clients of the Service still get to somebody who is not the master: what puts the role into the label of the pods does not follow the fail-over',
  ],
  'auth-enforced': [
    () => 'A client without a password is let in: requirepass is missing in that pod',
  ],
};

/** The finding with the sentence of the first signature that it matches. */
export function withWhy(finding: Finding, symptoms: Symptoms): Finding {
  if (finding.verdict !== 'fail') return finding;
  for (const signature of signatures[finding.id] ?? []) {
    const why = signature(finding, symptoms);
    if (why) return { ...finding, why };
  }
  return finding;
}

function ownAddresses({ wrong }: Symptoms): readonly string[] {
  return wrong
    .filter(({ code }) => code === 'SELF')
    .map(({ text }) => /own address is (\S*?),/.exec(text)?.[1] ?? '');
}

function placeholder(symptoms: Symptoms): string | null {
  return ownAddresses(symptoms).some((address) => /[{}$]/.test(address))
    ? 'The start script wrote its placeholder instead of the address (no $, or quotes that keep it literal), and Redis accepts that'
    : null;
}

function tooManyOctets(symptoms: Symptoms): string | null {
  return ownAddresses(symptoms).some((address) => /^(\d+\.){4,}\d+:/.test(address))
    ? "The start script's pattern covers only three of the four octets, so the address gets longer with every restart"
    : null;
}

function oldAddress({ wrong, fault }: Symptoms, code: Violation['code']): boolean {
  const old = fault?.targets.map(({ ip }) => ip) ?? [];
  return wrong.some(
    (violation) => violation.code === code && old.some((ip) => violation.text.includes(` ${ip}:`)),
  );
}

function newNode({ wrong, fault }: Symptoms): string | null {
  if (!wrong.some(({ code, text }) => code === 'ID' && /is node/.test(text))) return null;
  if (fault && natureOf(fault.name).takesClaim) {
    return 'The fault took the volume too, so an empty new node came back: somebody has to introduce it (CLUSTER MEET), make it a replica and have the old one forgotten';
  }
  return wrong.some(({ text }) => /both claim/.test(text))
    ? 'nodes.conf is not on the volume but the data is: the pod came back as a new node and claims the slots of its data alone'
    : 'The pod came back as a new node that nobody knows: nodes.conf is not on a volume that outlives the pod, or something removes it at the start';
}

/** One pod that has several others at one and the same address: its own. */
function rewritesEveryone({ wrong }: Symptoms): string | null {
  const places = wrong
    .filter(({ code }) => code === 'PEER')
    .map(({ pod, text }) => `${pod} ${/ at ([^ ,]+),/.exec(text)?.[1] ?? text}`);
  return new Set(places).size < places.length
    ? "The start script rewrites every node's address, not only the pod's own: the pod takes itself for all of them"
    : null;
}

/** Every pod has a wrong peer address, without any new node: nobody is left to tell the new ones. */
function allStale({ wrong, fault }: Symptoms): string | null {
  const pods = new Set(wrong.filter(({ code }) => code === 'PEER').map(({ pod }) => pod));
  return fault && fault.expectation.ids.size > 1 && pods.size >= fault.expectation.ids.size
    ? 'All pods got new addresses at once, so every stored peer address is stale and nobody can tell the new ones: it needs CLUSTER MEET'
    : null;
}

/** One pod was lost, every view is right again, and yet keys of several shards are not there. */
function removed({ fault, findings }: Symptoms): string | null {
  if (fault && natureOf(fault.name).class !== 'one-pod') return null;
  const red = (id: Finding['id']) =>
    findings.find((finding) => finding.id === id && finding.verdict === 'fail');
  if (red('topology-converged') || red('one-owner')) return null;
  const owners = red('data-kept')?.evidence.flatMap(
    (line) => /: nothing, .*, from ([0-9a-f]{40})@/.exec(line)?.[1] ?? [],
  );
  return new Set(owners).size > 1
    ? 'Keys vanished from shards that no fault touched: something removes them (maxmemory with an eviction policy, a time to live, a FLUSHALL in a sidecar, a hook or a job)'
    : null;
}

function emptied({ wiped, promoted, killed, fault }: Symptoms): string | null {
  if (!wiped) return null;
  if (killed) return killedText(killed);
  const shards = fault?.expectation.shards ?? [];
  if (shards.length > 0 && shards.every(({ members }) => members.length === 1)) {
    return 'The server came back empty, and there is no other copy: nothing is persisted on a volume that outlives the pod';
  }
  return promoted
    ? 'A replica that had never copied the data was promoted'
    : 'The master came back empty before anybody took over, and its replica copied the emptiness: nothing is persisted on a volume that outlives the pod';
}

function givenTwice({ observed }: Finding): string | null {
  return /got (\d+), after .* got \1$|got the same number/.test(observed)
    ? 'Two visitors got the same number: the app shows one without counting (a cache, an old number in place of an error), or reads it from a replica that is late'
    : null;
}

function copiedAndLost({ evidence }: Finding): string | null {
  return evidence.some((line) => /,? though .* had copied /.test(line))
    ? 'A replica had copied the write before its master died, so the dying did not lose it: older data came back and was copied over it (appendonly is off, or its file is not on a volume), or a copy that was behind took over'
    : null;
}

function lostTail({ observed }: Finding, { killed }: Symptoms): string | null {
  if (!/missing|does not have it|lost/.test(observed)) return null;
  return killed
    ? killedText(killed)
    : 'Redis acknowledges before its replica has a write: the last ones before the master went were never copied';
}
