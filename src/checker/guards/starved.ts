import { formatMs } from '../../model/duration.ts';
import { lostUs } from '../../rules/standstill.ts';
import type { RunStory } from '../run-story.ts';

/** A story's standstills, and nothing else of it. */
export type Starving = Pick<RunStory, 'standstills'>;

/** How much of a time the machine stood still, ms. */
export function lostMs({ standstills }: Starving, fromUs: number, toUs: number): number {
  return lostUs(standstills, fromUs, toUs) / 1000;
}

/** What a standstill leaves undecided, and what to do about it, for the end of a sentence. */
export function starvedText(ms: number): string {
  return `the generator or the host stalled for ${formatMs(ms)} of it; give the machine more CPU, a longer --node-timeout or a lower --rate`;
}

/** A machine that stood still for a fifth of a time explains what was slow in it. */
const slowShare = 0.2;

/** Whether the machine stood still for so much of a time that whatever was slow in it may be its doing. */
export function starvedIn(
  story: Starving,
  fromUs: number,
  toUs: number,
  share = slowShare,
): boolean {
  return toUs > fromUs && lostUs(story.standstills, fromUs, toUs) >= share * (toUs - fromUs);
}
