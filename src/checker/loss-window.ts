import { formatMs } from '../model/duration.ts';
import type { History, OpIndex } from './history.ts';
import { type FaultStory, ofKind, type RunStory } from './run-story.ts';
import type { Moments } from './timeline.ts';

/** When acknowledged writes may have been lost to asynchronous replication; µs since run start. */
export interface LossWindow {
  readonly faultId: string;
  readonly fromUs: number;
  readonly toUs: number;
  /** Node ids of those who were lost: only what they acknowledged may be missing. */
  readonly nodes: readonly string[];
  readonly text: string;
}

/** Redis sends its replication stream at once; this much may not have got out at a sudden death, ms. */
const suddenDeathMs = 1000;

/**
 * The window of contract.md for one fault; null where none is allowed: every delete, graceful or
 * forced, begins with SIGTERM, and Redis then hands over what it has. The minority side of a
 * partition goes on for up to 1.5 x node timeout + 1 s (cluster-spec, measured), a paused master
 * until it learns that it was demoted.
 */
export function lossWindow(
  story: RunStory,
  fault: FaultStory,
  moments: Moments,
): LossWindow | null {
  const { injectedUs } = fault;
  if (story.plan.assert.loss === 'strict' || injectedUs === null) return null;
  const nodes = fault.targets.filter(({ role }) => role === 'master').map(({ nodeId }) => nodeId);
  const window = (fromUs: number, toUs: number, text: string): LossWindow => ({
    faultId: fault.id,
    fromUs,
    toUs,
    nodes,
    text,
  });
  switch (fault.name) {
    case 'process-kill':
    case 'node-stop': {
      const deathUs = moments.stoppedUs ?? injectedUs;
      const fromUs = deathUs - suddenDeathMs * 1000;
      return window(fromUs, deathUs, `in the ${formatMs(suddenDeathMs)} before the sudden death`);
    }
    case 'partition':
    case 'bus-partition': {
      const lengthMs = 1.5 * story.nodeTimeoutMs + 1000;
      const text = `in the ${formatMs(lengthMs)} after the cut, by the master cut off`;
      return window(injectedUs, injectedUs + lengthMs * 1000, text);
    }
    case 'process-pause': {
      const toUs = demotedUs(story, fault) ?? fault.endUs;
      return window(injectedUs, toUs, 'until the paused master learnt that it was demoted');
    }
    default:
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
  const node = history.nodes[history.node[index] ?? 0]?.split('@')[0];
  return (
    node !== undefined &&
    window.nodes.includes(node) &&
    (history.endUs[index] ?? 0) >= window.fromUs - clockErrorUs &&
    (history.startUs[index] ?? 0) <= window.toUs + clockErrorUs
  );
}

/** The worst bound on the observer's clock against ours, µs; null when no echo was recorded. */
export function clockErrorUs(story: RunStory): number | null {
  const echoes = ofKind(story.events, 'clock').map(({ errorUs }) => errorUs);
  return echoes.length === 0 ? null : echoes.reduce((worst, us) => Math.max(worst, us), 0);
}

function demotedUs(story: RunStory, fault: FaultStory): number | null {
  const uids = fault.targets.map(({ uid }) => uid);
  const demoted = ofKind(story.events, 'view').find(
    ({ atUs, view }) =>
      atUs > fault.beginUs &&
      atUs <= fault.endUs &&
      uids.includes(view.uid) &&
      view.server?.replication.role === 'slave',
  );
  return demoted?.atUs ?? null;
}
