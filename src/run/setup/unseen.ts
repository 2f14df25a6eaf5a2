import { InfrastructureError } from '../../model/errors.ts';
import type { PodState } from '../../model/pod.ts';
import { livePods } from '../../topology/state.ts';
import { type SeenStage, SetupBroken, type Stage } from '../stage.ts';
import { type RedisServer, serverOf } from '../watch/world.ts';
import { listeningPorts } from './listening.ts';

/** Answers of a server that wants another login than ours, or none at all. */
const loginWords = /^(NOAUTH|WRONGPASS|NOPERM)\b/;

/**
 * What every live server asks of whoever logs in and this run was not given; null unless they all
 * refuse. One that refuses alone is the set-up's doing.
 */
function loginRefused({ recorder }: Pick<Stage, 'recorder'>): string | null {
  const views = livePods(recorder.world).map((pod) => recorder.world.views.get(pod.uid));
  const [first] = views;
  const all = views.every(
    (view) => view?.status === 'refused' && loginWords.test(view.error ?? ''),
  );
  return views.length > 0 && all ? `${first?.pod} answers ${first?.error}` : null;
}

/** The same of the Sentinels, who may have a password of their own. */
function sentinelsRefuse({ recorder }: Pick<Stage, 'recorder'>): string | null {
  const views = [...recorder.world.sentinels.values()];
  const all = views.every(
    ({ status, error }) => status === 'refused' && loginWords.test(error ?? ''),
  );
  const [first] = views;
  return first && all ? `the one in ${first.pod} answers ${first.error}` : null;
}

function sentinelLoginError(stage: Stage, refusal: string): InfrastructureError {
  return new InfrastructureError(
    `the Sentinels refuse ${stage.setup.sentinelPassword === null ? 'the password of the servers' : 'the password of --sentinel-auth'} (${refusal}); say where theirs is: --sentinel-auth env:VARIABLE or --sentinel-auth secret:NAME/KEY`,
  );
}

/** The password is there, or is not: what the user has to give, or cannot. */
function loginError(stage: Stage, refusal: string): InfrastructureError {
  const where = '--auth env:VARIABLE or --auth secret:NAME/KEY';
  if (stage.setup.password === null) {
    return new InfrastructureError(
      `the Redis servers ask for a password that the run was not given (${refusal}); say where it is: ${where}`,
    );
  }
  return new InfrastructureError(
    `the Redis servers refuse the login of --auth (${refusal}) as the ${stage.setup.user === null ? 'default user' : `user ${stage.setup.user}`}: see that it is the right password, and that the ACL has this user on, with all commands and keys (--auth-user NAME logs in as another)`,
  );
}

/** What the user has to give where every server, or every Sentinel, refuses our login; null where one does not. */
export function refusedLogin(stage: Stage): InfrastructureError | null {
  const refusal = loginRefused(stage);
  if (refusal !== null) return loginError(stage, refusal);
  const bySentinels = sentinelsRefuse(stage);
  return bySentinels === null ? null : sentinelLoginError(stage, bySentinels);
}

/**
 * Why the observer does not see a server, and whose matter that is: what this version cannot speak, a
 * port that was guessed wrong and a network that keeps us out are no fault of the set-up's.
 */
export async function whyUnseen(stage: SeenStage, waited: Error): Promise<Error> {
  const refused = refusedLogin(stage);
  if (refused !== null) return refused;
  const { world } = stage.recorder;
  const unreachable = livePods(world).filter(
    (pod) => pod.ready && world.views.get(pod.uid)?.status === 'unreachable',
  );
  for (const pod of unreachable) {
    const server = serverOf(pod, stage.setup.redisPorts);
    const reason = server === null ? null : await reasonOf(stage, pod, server);
    if (reason !== null) return reason;
  }
  return new SetupBroken(waited.message, { cause: waited });
}

async function reasonOf(
  stage: SeenStage,
  pod: PodState,
  server: RedisServer,
): Promise<Error | null> {
  const said = stage.recorder.world.views.get(pod.uid)?.error ?? 'no answer';
  const { address, port } = server;
  const { tls } = await stage.observer.greet(address);
  if (tls) {
    return new InfrastructureError(
      `${pod.name} speaks TLS at ${address}, and this version does not speak it; --tls is to come. Give the servers a plain port beside it`,
    );
  }
  // a server that takes the connection and then says nothing is not kept from us
  if (/^(closed|timeout|ECONNRESET)$/.test(said)) return null;
  const listening = await listeningPorts(stage, server);
  if (listening === null) return keptOut(pod, address, said);
  if (listening.loopback.includes(port)) {
    return new SetupBroken(
      `${pod.name} listens on port ${port} of 127.0.0.1 only, so that nobody outside of the pod reaches it: its configuration binds that address`,
    );
  }
  if (!listening.open.includes(port)) {
    const others = listening.open.length > 0 ? listening.open.join(', ') : 'none';
    return new InfrastructureError(
      `nothing listens on port ${port} of ${pod.name}, where its Redis server was looked for (ports that listen: ${others}); declare the server's port as a containerPort named redis`,
    );
  }
  return keptOut(pod, address, said);
}

function keptOut(pod: PodState, address: string, said: string): InfrastructureError {
  return new InfrastructureError(
    `the observer cannot reach ${pod.name} at ${address} (${said}), which Kubernetes calls ready; something between them keeps it out, such as a NetworkPolicy: let in the pods with the label redis-k8s-chaos/part`,
  );
}
