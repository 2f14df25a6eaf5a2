import { InfrastructureError } from '../model/errors.ts';
import type { SentinelView } from '../model/view.ts';
import type { Connection, Reply } from '../redis/connection.ts';
import { parseInfo, serverInfo } from '../redis/info.ts';
import { isReplyError } from '../redis/outcome.ts';
import { masterNames, parseSentinelMasters, stableText } from '../redis/sentinel.ts';
import type { Examination } from './examination.ts';

/** Names of masters come and go by an operator's hand: not while one look is repeated so often. */
const maxRounds = 3;

/**
 * Looks at a Sentinel: SENTINEL MASTERS, and of each name SENTINEL REPLICAS and SENTINEL SENTINELS, in one
 * write with the names of the look before, so that all of it is of one moment; again at once when the names
 * turn out to be others. Its version and id stay as long as the process.
 * @throws InfrastructureError when the server is no Sentinel.
 */
export async function examineSentinel(connection: Connection): Promise<Examination> {
  const [infoText, myId] = await connection.pipeline([
    ['INFO', 'server'],
    ['SENTINEL', 'MYID'],
  ]);
  if (infoText instanceof Error) throw infoText;
  // before 6.2 there is no such subcommand: an error reply, and any other error is the transport's
  if (myId instanceof Error && !isReplyError(myId)) throw myId;
  const { version, mode } = serverInfo(parseInfo(String(infoText)));
  if (mode !== 'sentinel') {
    throw new InfrastructureError(`expected a Sentinel, got a data server ${version} (${mode})`);
  }
  const identity = { version, myId: typeof myId === 'string' ? myId : null };
  let names: readonly string[] = [];

  return {
    async ask() {
      for (let round = 1; ; round++) {
        const replies = await connection.pipeline(sentinelCommands(names));
        const [masters] = replies;
        if (masters instanceof Error) return replies;
        const found = masterNames(masters);
        if (found.join('\0') === names.join('\0')) return replies;
        if (round === maxRounds) {
          throw new InfrastructureError(
            `SENTINEL MASTERS named other masters each time in ${maxRounds} looks: ${found.join(', ')}`,
          );
        }
        names = found;
      }
    },
    digest: sentinelDigest,
    read: (replies) => ({ server: null, sentinel: readSentinel(identity, names, replies) }),
    offset: () => null,
  };
}

/** What is asked in each look of a Sentinel that knows these masters. */
export function sentinelCommands(names: readonly string[]): readonly (readonly string[])[] {
  return [
    ['SENTINEL', 'MASTERS'],
    ['INFO', 'sentinel'],
    ...names.flatMap((name) => [
      ['SENTINEL', 'REPLICAS', name],
      ['SENTINEL', 'SENTINELS', name],
    ]),
  ];
}

/** See Examination; of the replies to sentinelCommands. */
export function sentinelDigest(replies: readonly Reply[]): string | null {
  const [masters, info, ...lists] = replies;
  if (info instanceof Error) return null;
  const texts = [
    stableText(masters, 'masters'),
    isTilted(info) ? 'tilt' : '',
    ...lists.map((reply, index) => stableText(reply, index % 2 === 0 ? 'replicas' : 'sentinels')),
  ];
  return texts.includes(null) ? null : texts.join('\0\n');
}

/**
 * Reads the replies to sentinelCommands.
 * @throws the first error among them, or InfrastructureError when one is not of the form it should have.
 */
export function readSentinel(
  identity: Pick<SentinelView, 'version' | 'myId'>,
  names: readonly string[],
  replies: readonly Reply[],
): SentinelView {
  for (const reply of replies) if (reply instanceof Error) throw reply;
  const [masters, info, ...lists] = replies;
  const view = {
    ...identity,
    masters: parseSentinelMasters(masters, (name) => {
      const at = 2 * names.indexOf(name);
      return { replicas: lists[at], sentinels: lists[at + 1] };
    }),
  };
  return isTilted(info) ? { ...view, tilt: true } : view;
}

function isTilted(info: Reply): boolean {
  return /^sentinel_tilt:1\r?$/m.test(String(info));
}
