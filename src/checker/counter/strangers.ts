import type { Visitor } from '../../model/event.ts';
import { ofKind, type RunStory } from '../run-story.ts';

/** Who else may have incremented a key of a user's app, and how often at most. */
export interface Strangers {
  readonly most: number;
  /** For people: `readinessProbe of web/app`. */
  readonly text: string;
}

/** What one prober may do beside its schedule: at a start of its pod, and at either edge of the time. */
const edge = 2;

/**
 * How many increments of a key somebody else may have made from its first to its last read: the
 * kubelet's probes of the page, by the manifests, and what went on at rest before the load. Null when
 * nobody looked for them (a report of an earlier version), zero when there were none.
 */
export function strangersOf(story: RunStory, key: string): Strangers | null {
  const app = ofKind(story.events, 'app').at(-1);
  if (app?.own) return { most: 0, text: '' };
  if (app?.visitors === undefined || app.rest === undefined) return null;
  const fromUs = ofKind(story.events, 'initial').find((event) => event.key === key)?.atUs;
  const toUs = ofKind(story.events, 'counter-read').findLast((event) => event.key === key)?.atUs;
  if (fromUs === undefined || toUs === undefined) return { most: 0, text: '' };
  const overMs = Math.max(0, toUs - fromUs) / 1000;
  const probed = app.visitors.reduce((sum, visitor) => sum + mostOf(visitor, overMs), 0);
  const { grown, overMs: restMs } = app.rest;
  // what was counted at rest is a sample: as much again as its own spread, scaled to the time of the run
  const atRest =
    grown === 0 ? 0 : Math.ceil(((grown + Math.sqrt(grown) + 1) * overMs) / Math.max(1, restMs));
  const text =
    app.visitors.length > 0
      ? app.visitors.map(({ name }) => name).join(', ')
      : `whoever made it grow by ${grown} in ${Math.round(restMs / 1000)} s before the load`;
  return { most: Math.max(probed, atRest), text };
}

function mostOf({ count, periodMs }: Visitor, overMs: number): number {
  return count * (Math.ceil(overMs / Math.max(1, periodMs)) + edge);
}
