import { natureOf } from '../../fault/catalogue.ts';
import { formatMs } from '../../model/duration.ts';
import type { FaultTarget } from '../../model/fault.ts';
import { acknowledgesAs } from '../../model/fault.ts';
import { type Moments, promotionOf } from '../availability/timeline.ts';
import type { History, OpIndex } from '../history.ts';
import { type FaultStory, ofKind, type RunStory } from '../run-story.ts';
import { type Copied, copiedAt } from './copied.ts';

/** When acknowledged writes may have been lost to asynchronous replication; µs since run start. */
export interface LossWindow {
  readonly faultId: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** Node id of the one who was lost: only what it acknowledged may be missing. */
  readonly node: string | null;
  readonly text: string;
  /** Whether a replica had what was acknowledged by then: that may not be missing either. */
  copiedAt(acknowledgedUs: number): Copied;
}

/** Redis sends its replication stream at once; this much may not have got out at a sudden death, ms. */
const suddenDeathMs = 1000;

/** Where the old master itself goes on there is nothing that its replicas could have had. */
const neverCopied = (): Copied => ({ copied: 'no' });

/**
 * The window of docs/design/contract.md for one victim; null where none is allowed: every delete, graceful or
 * forced, begins with SIGTERM, and Redis then hands over what it has. The minority side of a
 * partition goes on for up to 1.5 x node timeout + 1 s (cluster-spec, measured), a paused master
 * until it learns that it was demoted. After a sudden death what a replica had copied is not excused:
 * the one that was promoted had it, and a process that is killed leaves what it wrote to the kernel,
 * so one that restarts in place has it too. Only with its power a machine loses what was not yet
 * synced (`appendfsync everysec`, redis.conf), whoever had copied it.
 */
export function lossWindow(
  story: RunStory,
  fault: FaultStory,
  { target, moments }: { readonly target: FaultTarget; readonly moments: Moments },
): LossWindow | null {
  const { injectedUs } = fault;
  if (story.plan.assert.loss === 'strict' || injectedUs === null) return null;
  if (target.role !== 'master') return null;
  const window = (
    fromUs: number,
    toUs: number,
    text: string,
    copied: LossWindow['copiedAt'] = neverCopied,
  ): LossWindow => ({
    faultId: fault.id,
    fromUs,
    toUs,
    node: acknowledgesAs(target),
    text,
    copiedAt: copied,
  });
  const { losses } = natureOf(fault.name);
  switch (losses) {
    case 'sudden-death':
    case 'power': {
      const deathUs = moments.stoppedUs ?? injectedUs;
      // Not held, a machine lost its power some time between the begin of the deed and its end.
      const toUs = losses === 'power' ? Math.max(deathUs, injectedUs) : deathUs;
      const fromUs = deathUs - suddenDeathMs * 1000;
      const text = `in the ${formatMs(suddenDeathMs)} before the sudden death`;
      const promoted = promotionOf(story, fault, target);
      if (losses === 'power' && promoted === null) return window(fromUs, toUs, text);
      return window(
        fromUs,
        toUs,
        `${text} and copied by no replica`,
        copiedAt(story, fault, target, { deathUs, promotedUid: promoted?.uid ?? null }),
      );
    }
    case 'cut-off': {
      const lengthMs = 1.5 * story.timing.silenceMs + 1000;
      const text = `in the ${formatMs(lengthMs)} after the cut, by the master cut off`;
      return window(injectedUs, injectedUs + lengthMs * 1000, text);
    }
    case 'paused': {
      const toUs = demotedUs(story, fault, target) ?? fault.endUs;
      return window(injectedUs, toUs, 'until the paused master learnt that it was demoted');
    }
    case 'none':
      return null;
  }
}

/** Whether an acknowledged operation may be lost in this window, given the clocks' error bound. */
export function inWindow(
  window: LossWindow,
  history: History,
  index: OpIndex,
  clockErrorUs: number,
): boolean {
  return (
    window.node !== null &&
    window.node === acknowledgedBy(history, index) &&
    (history.endUs[index] ?? 0) >= window.fromUs - clockErrorUs &&
    (history.startUs[index] ?? 0) <= window.toUs + clockErrorUs
  );
}

/** Node id of who acknowledged it; undefined when nobody said. */
export function acknowledgedBy(history: History, index: OpIndex): string | undefined {
  return history.nodes[history.node[index] ?? 0]?.split('@')[0];
}

/** The worst bound on the observer's clock against ours, µs; null when no echo was recorded. */
export function clockErrorUs(story: RunStory): number | null {
  const echoes = ofKind(story.events, 'clock').map(({ errorUs }) => errorUs);
  return echoes.length === 0 ? null : echoes.reduce((worst, us) => Math.max(worst, us), 0);
}

function demotedUs(story: RunStory, fault: FaultStory, target: FaultTarget): number | null {
  const demoted = ofKind(story.events, 'view').find(
    ({ atUs, view }) =>
      atUs > fault.beginUs &&
      atUs <= fault.endUs &&
      view.uid === target.uid &&
      view.server?.replication.role === 'slave',
  );
  return demoted?.atUs ?? null;
}
