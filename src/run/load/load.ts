import { loadNeeds } from '../../checker/guards/load.ts';
import { type Stage, TooLittleLoad } from '../stage.ts';
import { waitPatiently } from '../watch/patience.ts';
import type { Page } from './find-page.ts';
import type { RunKeys } from './keys.ts';
import { type Load, startRecordedLoad } from './recorded-load.ts';

/** Starts the plan's load through the LoadBalancer, with its history in the report's folder. */
export async function startLoad(stage: Stage, keys: RunKeys, page: Page): Promise<Load> {
  const { plan, recorder } = stage;
  const { path, pattern } = page;
  return startRecordedLoad({
    origin: page.origin,
    load: plan.load,
    app: { own: stage.setup.app.own, pattern, path },
    keys: keys.load,
    idPrefix: `${stage.runId.slice(-5)}:`,
    historyPath: `${stage.folder.path}/history.ndjson`,
    onWriteFailure: stage.onWriteFailure,
    nowUs: recorder.nowUs,
    onOperation: (operation) => stage.history.add(operation),
    onSample: (sample) => recorder.record({ kind: 'generator', ...sample }),
  });
}

/**
 * Nothing is broken before the load is on its way: what a run without it could show is that a load which
 * never ran stood still.
 * @throws TooLittleLoad when that does not come about; the checker says which key lacked what.
 */
export async function enoughBefore(stage: Stage, load: Load): Promise<void> {
  if (await acknowledgeEnough(stage, load)) return;
  throw new TooLittleLoad('the load did not get far enough before the fault: nothing was broken');
}

/** Waits until every key has as many more acknowledged requests as the checker asks for, or gives up. */
export async function acknowledgeEnough(stage: Stage, load: Load): Promise<boolean> {
  const before = new Map(load.acknowledged);
  const { plan } = stage;
  const { beforePerKey } = loadNeeds(plan, load.acknowledged.size);
  // three times as long as at the planned rate, and time for the app's first connections
  const timeoutMs = 15_000 + (3 * beforePerKey * load.acknowledged.size * 1000) / plan.load.rate;
  const what = `${beforePerKey} acknowledged requests a key`;
  return waitPatiently(stage, { what, timeoutMs, everyMs: 50 }, () => {
    const counts = [...load.acknowledged].map(([key, count]) => count - (before.get(key) ?? 0));
    const least = Math.min(...counts);
    stage.progress.status(`${least} of ${beforePerKey} acknowledged requests a key`);
    return least >= beforePerKey
      ? { done: true, value: true }
      : { done: false, seen: `${least} acknowledged` };
  }).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'DeadlineError') throw error;
    return false; // the checker finds the same in the history
  });
}
