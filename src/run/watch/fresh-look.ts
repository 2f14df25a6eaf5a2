import type { RunEvent } from '../../model/event.ts';
import type { ObservedStage } from '../stage.ts';
import { waitPatiently } from './patience.ts';
import { redisServers } from './world.ts';

/** So old may the newest look at each server be when something is done to one of them, µs. */
const freshUs = 1_500_000;
/** Events are told late by less than this: older ones need not be looked through, µs. */
const tellingUs = 10_000_000;
const freshTimeoutMs = 10_000;

/**
 * Waits until every server has just been looked at: what a fault changed is told against what was there
 * right before it, and on a busy machine a look is late at times. Goes on without when that does not come
 * about: the checker says then what nobody looked at.
 */
export async function freshlySeen(stage: ObservedStage): Promise<void> {
  const { recorder } = stage;
  const wait = { what: 'a fresh look at every server', timeoutMs: freshTimeoutMs, everyMs: 50 };
  await waitPatiently(stage, wait, () => {
    const seen = newestLooks(recorder.events, recorder.nowUs() - tellingUs);
    const stale = redisServers(stage).filter(
      ({ uid }) => recorder.nowUs() - (seen.get(uid) ?? Number.NEGATIVE_INFINITY) > freshUs,
    );
    return stale.length === 0
      ? { done: true, value: undefined }
      : { done: false, seen: `${stale.map(({ pod }) => pod).join(', ')} not looked at just now` };
  }).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
  });
}

/** When each server's newest look ended, by uid, µs since run start. */
export function newestLooks(
  events: readonly RunEvent[],
  sinceUs: number,
): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  const saw = (uid: string, atUs: number) =>
    newest.set(uid, Math.max(atUs, newest.get(uid) ?? Number.NEGATIVE_INFINITY));
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at];
    if (!event || event.atUs < sinceUs) break;
    if (event.kind === 'view') saw(event.view.uid, event.atUs);
    if (event.kind !== 'looks') continue;
    for (const { uid, agoUs } of event.looks) saw(uid, event.atUs - agoUs);
  }
  return newest;
}
