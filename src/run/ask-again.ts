import type { AskReply } from '../pod/observer-protocol.ts';
import type { ObservedStage } from './stage.ts';

const attempts = 5;
const pauseMs = 300;

/**
 * A command that may be sent twice (a read, a SET of the same value), again where the first attempt got no
 * answer at all: on a machine without CPU that says nothing of the server. What is refused is an answer.
 */
export async function askAgain(
  { observer, clock, signal }: Pick<ObservedStage, 'observer' | 'clock' | 'signal'>,
  address: string,
  argv: readonly string[],
): Promise<AskReply> {
  for (let attempt = 1; ; attempt++) {
    const answer = await observer.ask(address, argv);
    if (answer.ok || answer.error.outcome !== 'indeterminate' || attempt === attempts)
      return answer;
    await clock.sleep(pauseMs, signal);
  }
}
