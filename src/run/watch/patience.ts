import type { RunEvent } from '../../model/event.ts';
import { type Look, waitFor } from '../../platform/wait.ts';
import { lostUs, standstills } from '../../rules/standstill.ts';
import type { Stage } from '../stage.ts';

/** However long the machine stands still, a wait takes no longer than so many times its deadline. */
const mostTimes = 2;

export interface PatientWait {
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs: number;
}

type Waiting = Pick<Stage, 'recorder' | 'clock' | 'signal'>;

/**
 * As `waitFor`, with a deadline that no standstill of the machine is a part of.
 * @throws DeadlineError naming what was awaited and what was seen last; the signal's reason when aborted.
 */
export async function waitPatiently<T>(
  stage: Waiting,
  wait: PatientWait,
  look: () => Look<T> | Promise<Look<T>>,
): Promise<T> {
  const { signal, clock } = stage;
  const more = stoodStill(stage, wait.timeoutMs);
  return waitFor({ ...wait, signal, clock, moreMs: more }, look);
}

/** Tells by how much a deadline that begins now is put off so far, ms. */
export function stoodStill({ recorder }: Pick<Stage, 'recorder'>, timeoutMs: number): () => number {
  const startUs = recorder.nowUs();
  let scanned = recorder.events.length;
  const samples: RunEvent[] = [];
  return () => {
    for (; scanned < recorder.events.length; scanned++) {
      const event = recorder.events[scanned];
      if (event && isSample(event)) samples.push(event);
    }
    const lostMs = lostUs(standstills(samples), startUs, recorder.nowUs()) / 1000;
    return Math.min(lostMs, (mostTimes - 1) * timeoutMs);
  };
}

function isSample({ kind }: RunEvent): boolean {
  return kind === 'host' || kind === 'generator' || kind === 'looks';
}
