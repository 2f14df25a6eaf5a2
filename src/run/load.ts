import { loadNeeds } from '../checker/load.ts';
import { waitFor } from '../platform/wait.ts';
import type { Page } from './find-page.ts';
import type { RunKeys } from './keys.ts';
import { type Load, startRecordedLoad } from './recorded-load.ts';
import type { Stage } from './stage.ts';

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

/** Waits until every key has as many more acknowledged requests as the checker asks for, or gives up. */
export async function acknowledgeEnough(stage: Stage, load: Load): Promise<boolean> {
  const before = new Map(load.acknowledged);
  const { signal, clock, plan } = stage;
  const { beforePerKey } = loadNeeds(plan, load.acknowledged.size);
  // at the planned rate, with as much again to spare
  const timeoutMs = 5000 + (2 * beforePerKey * load.acknowledged.size * 1000) / plan.load.rate;
  const startUs = clock.nowUs();
  const what = `${beforePerKey} acknowledged requests a key`;
  const wait = { what, timeoutMs: timeoutMs + 1000, everyMs: 50, signal, clock };
  return waitFor(wait, () => {
    const counts = [...load.acknowledged].map(([key, count]) => count - (before.get(key) ?? 0));
    const least = Math.min(...counts);
    stage.progress.status(`${least} of ${beforePerKey} acknowledged requests a key`);
    if (least >= beforePerKey) return { done: true, value: true };
    if (clock.nowUs() - startUs >= timeoutMs * 1000) return { done: true, value: false };
    return { done: false, seen: `${least} acknowledged` };
  });
}
