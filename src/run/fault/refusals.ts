import type { RefusalEvent } from '../../model/event.ts';
import type { AskReply } from '../../pod/observer-protocol.ts';
import type { ObservedStage } from '../stage.ts';
import { type RedisServer, redisServers, sentinelServers } from '../watch/world.ts';

/**
 * What is tried: a command without a key, which a server that owns no slot answers too, and one with a key.
 * Redis checks the password (NOAUTH) and the user's rights (NOPERM) before it looks at slots, at its
 * state or at loading (server.c, processCommand): MOVED, CLUSTERDOWN or LOADING is the answer of an open one.
 */
const tries: readonly (readonly string[])[] = [['DBSIZE'], ['GET', 'hits']];
/** Who can ask for the masters can also send the set-up anywhere (SENTINEL FAILOVER, MONITOR). */
const sentinelTries: typeof tries = [['SENTINEL', 'MASTERS']];
/** NOPERM: the default user may connect and may not do this; DENIED: protected mode lets nobody in. */
const refusals: ReadonlySet<string> = new Set(['NOAUTH', 'NOPERM', 'WRONGPASS', 'DENIED']);
/** Said before the password is looked at: a command that was renamed away, or no room for a client. */
const saysNothing = /unknown command|max number of clients/i;

const timeoutMs = 5000;
const againMs = 200;

/** Where a password is set: asks every server (and Sentinel) without it, until each has answered or it is too late. */
export async function tryWithoutPassword(
  stage: ObservedStage,
  when: RefusalEvent['stage'],
  faultId: string,
): Promise<void> {
  const { password, sentinelPassword } = stage.setup;
  const guarded = [
    ...(password === null ? [] : redisServers(stage).map((server) => ({ ...server, tries }))),
    ...(sentinelPassword === null
      ? []
      : sentinelServers(stage).map((server) => ({
          ...server,
          pod: `${server.pod}/${server.container}`,
          tries: sentinelTries,
        }))),
  ];
  const { clock, signal } = stage;
  const untilUs = clock.nowUs() + timeoutMs * 1000;
  await Promise.all(
    guarded.map(async (server) => {
      for (;;) {
        const answer = await answerOf(stage, server);
        if (answer !== null) {
          const { pod, uid } = server;
          const body = { kind: 'refusal', pod, uid, faultId, stage: when, ...answer } as const;
          return stage.recorder.record(body);
        }
        // nobody answers: that is neither open nor closed
        if (clock.nowUs() >= untilUs) return;
        await clock.sleep(againMs, signal);
      }
    }),
  );
}

type Answer = Pick<RefusalEvent, 'refused' | 'answer'>;

async function answerOf(
  stage: ObservedStage,
  { address, tries }: Pick<RedisServer, 'address'> & { readonly tries: typeof sentinelTries },
): Promise<Answer | null> {
  const replies = await Promise.all(
    tries.map((argv) => stage.observer.ask(address, argv, { auth: false }).catch(() => null)),
  );
  return judged(replies.flatMap((reply) => reply ?? []));
}

/** One answer that is no refusal is enough for open; null when there was none that says anything. */
export function judged(replies: readonly AskReply[]): Answer | null {
  let refusal: string | null = null;
  for (const reply of replies) {
    if (reply.ok) return { refused: false, answer: 'it answered' };
    const { class: name, message } = reply.error;
    if (refusals.has(name)) refusal ??= name;
    else if (isReply(name) && !saysNothing.test(message))
      return { refused: false, answer: message };
  }
  return refusal === null ? null : { refused: true, answer: refusal };
}

/** Redis' own error codes are words in capitals; so are a socket's (ECONNREFUSED) and Node's (ERR_…). */
function isReply(name: string): boolean {
  return /^[A-Z][A-Z0-9_-]*$/.test(name) && !/^(E[A-Z]{3,}|ERR_.*)$/.test(name);
}
