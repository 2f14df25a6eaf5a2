import type { RefusalEvent } from '../model/event.ts';
import type { ObservedStage } from './stage.ts';
import { redisServers } from './world.ts';

/** Where a password is set: tries a command without it on every pod. What answers is open. */
export async function tryWithoutPassword(
  stage: ObservedStage,
  when: RefusalEvent['stage'],
): Promise<void> {
  if (stage.setup.password === null) return;
  await Promise.all(
    redisServers(stage).map(async ({ pod, address }) => {
      const answer = await stage.observer.ask(address, ['GET', 'hits'], { auth: false });
      // unreachable is not open: only an answer of the server counts
      if (!answer.ok && !/^(NOAUTH|NOPERM|WRONGPASS)$/.test(answer.error.class)) return;
      stage.recorder.record({
        kind: 'refusal',
        pod,
        stage: when,
        refused: !answer.ok,
        answer: answer.ok ? 'it answered' : answer.error.class,
      });
    }),
  );
}
