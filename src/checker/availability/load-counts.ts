import { masteredShard } from '../../model/fault.ts';
import { firstFrom } from '../counter/ascending.ts';
import { outcomeCodes } from '../history.ts';
import type { FaultStory, RunStory } from '../run-story.ts';
import type { Recovery } from '../structure/convergence.ts';

/** How much load there was around one fault. */
export interface LoadCounts {
  /** Acknowledged before the deed began, by key. */
  readonly before: ReadonlyMap<string, number>;
  /** From the injection until all was green; null without load or injection. */
  readonly during: {
    readonly scheduled: number;
    readonly started: number;
    /** Started for keys of the victim's shard; null when it had none. */
    readonly victims: number | null;
    /** Of the schedule, those for these keys. */
    readonly victimsScheduled: number;
  } | null;
  /** Acknowledged, over all keys, between all green and the end of the fault's span; null: never green. */
  readonly after: number | null;
}

export function loadCounts(story: RunStory, fault: FaultStory, recovery: Recovery): LoadCounts {
  return {
    // Both ends of the span count.
    before: new Map(
      story.keys.map((key) => [key, firstFrom(story.acknowledgedUs(key), fault.beginUs, true)]),
    ),
    during: during(story, fault, recovery),
    after: recovery.greenUs === null ? null : after(story, recovery.greenUs, fault.endUs),
  };
}

function during(story: RunStory, fault: FaultStory, recovery: Recovery): LoadCounts['during'] {
  const { load, history } = story;
  if (load === null || fault.injectedUs === null) return null;
  const fromUs = fault.injectedUs;
  const toUs = Math.min(recovery.greenUs ?? fault.endUs, load.toUs);
  const first = firstFrom(history.startUs, fromUs);
  const end = Math.max(first, firstFrom(history.startUs, toUs, true));
  const shards = fault.targets.flatMap((target) => masteredShard(target) ?? []);
  const isVictim = history.keys.map((key) => shards.some((shard) => story.covers(shard, key)));
  let victims = 0;
  for (let index = first; index < end; index++) {
    if (isVictim[history.key[index] ?? 0]) victims++;
  }
  // The schedule is open: what should have been is known from the rate, started or not.
  const scheduled = ((toUs - fromUs) / 1e6) * story.plan.load.rate;
  const share = isVictim.filter(Boolean).length / Math.max(1, isVictim.length);
  return {
    scheduled,
    started: end - first,
    victims: shards.length === 0 ? null : victims,
    victimsScheduled: scheduled * share,
  };
}

function after({ history }: RunStory, fromUs: number, toUs: number): number {
  const { size, outcome, startUs, endUs } = history;
  let count = 0;
  for (let index = firstFrom(startUs, fromUs); index < size; index++) {
    if (outcome[index] === outcomeCodes.ok && (endUs[index] ?? 0) <= toUs) count++;
  }
  return count;
}
