import type { PhaseName } from '../model/event.ts';
import type { Stage } from './stage.ts';

/** Runs one step of the story, its begin and end on record whatever becomes of it. */
export async function phase<T>(
  stage: Pick<Stage, 'recorder' | 'progress'>,
  name: PhaseName,
  step: () => Promise<T>,
  faultId?: string,
): Promise<T> {
  const of = faultId === undefined ? {} : { faultId };
  stage.progress.phase(name);
  stage.recorder.record({ kind: 'phase', name, edge: 'begin', ...of });
  try {
    return await step();
  } finally {
    stage.recorder.record({ kind: 'phase', name, edge: 'end', ...of });
  }
}
