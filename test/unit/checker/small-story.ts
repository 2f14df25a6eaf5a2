import type { LossWindow } from '../../../src/checker/counter/loss-window.ts';
import { type FaultStory, type RunStory, tellStory } from '../../../src/checker/run-story.ts';
import type { EventBody, RunEvent } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { expectationOf } from '../../../src/topology/cluster/expectation.ts';
import { emptyWorld } from '../../../src/topology/state.ts';
import { proven } from './proven.ts';
import { plan, victim } from './script-plan.ts';

/** The few events and requests that one check looks at, as a story. */
export const storyOf = (
  events: readonly RunEvent[],
  operations: readonly Operation[] = [],
  change: (plan: Plan) => Plan = (same) => same,
): RunStory =>
  tellStory({ plan: change(plan), topology: 'cluster', events: proven(events), operations });

export const at = (ms: number, body: EventBody): RunEvent => ({ atUs: ms * 1000, ...body });

/** A request of `hits` that was acknowledged with 1, from 0 to 1 µs. */
export const request = (change: Partial<Operation> = {}): Operation => ({
  id: 'a',
  key: 'hits',
  worker: 0,
  intendedUs: change.startUs ?? 0,
  startUs: 0,
  endUs: (change.startUs ?? 0) + 1,
  outcome: 'ok',
  value: 1,
  error: null,
  node: null,
  ...change,
});

/** A master delete without a hold, from 10 s to 100 s, in an empty world. */
export const faultStory = (change: Partial<FaultStory> = {}): FaultStory => ({
  id: 'f1',
  name: 'master-delete',
  hold: 'none',
  held: false,
  targets: [victim],
  predicted: null,
  beginUs: 10e6,
  begun: true,
  injectedUs: 10e6,
  landing: { landed: true, detail: 'gone' },
  confirmed: new Set([victim.uid]),
  releaseUs: null,
  releasedUs: null,
  endUs: 100e6,
  before: emptyWorld,
  after: emptyWorld,
  expectation: expectationOf(emptyWorld),
  ...change,
});

/** From 100 to 200 µs, for what node `n` acknowledged and no replica had. */
export const lossWindowAt = (change: Partial<LossWindow> = {}): LossWindow => ({
  faultId: 'f1',
  fromUs: 100,
  toUs: 200,
  node: 'n',
  text: '',
  copiedAt: () => ({ copied: 'no' }),
  ...change,
});

/** The load key's value, slot and ledger length before the load. */
export const initial = (key: string, slot: number, value = 0, ledger = 0): EventBody => ({
  kind: 'initial',
  key,
  slot,
  value,
  ledger,
});

/** Of a fault that nobody saw do anything. */
export const noMoments = { promotedUs: null, lastAckUs: null, firstAckUs: null } as const;
