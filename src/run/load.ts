import { loadNeeds } from '../checker/load.ts';
import { openNdjson } from '../platform/ndjson-writer.ts';
import { waitFor } from '../platform/wait.ts';
import { openHttpTarget, ownPath } from '../workload/http-target.ts';
import { type OpenLoop, startOpenLoop } from '../workload/open-loop.ts';
import type { RunKeys } from './keys.ts';
import type { Stage } from './stage.ts';

/** The load through the LoadBalancer, and its history on disk. */
export interface Load extends AsyncDisposable {
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Ends the load and resolves when the last request and the history file are done. */
  drain(): Promise<void>;
}

export async function startLoad(stage: Stage, keys: RunKeys): Promise<Load> {
  const { plan, provider, recorder, signal } = stage;
  const { app } = stage.setup;
  recorder.record({ kind: 'app', own: app.own, service: app.service });
  const { host, port } = await provider.endpoint(app.service, signal);
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const history = openNdjson(`${stage.folder.path}/history.ndjson`);
  const target = openHttpTarget({
    origin,
    timeoutMs: plan.load.requestTimeoutMs,
    pattern: app.pattern,
    pathOf: app.own ? ownPath : () => '/',
  });
  const loop: OpenLoop = startOpenLoop({
    target,
    keys: keys.load,
    ratePerSecond: plan.load.rate,
    maxInFlight: plan.load.maxInFlight,
    idPrefix: `${stage.runId.slice(-5)}:`,
    nowUs: recorder.nowUs,
    clock: stage.clock,
    onOperation: (operation) => {
      stage.operations.push(operation);
      history.write(operation);
    },
    onSample: (sample) => recorder.record({ kind: 'generator', ...sample }),
  });
  let drained: Promise<void> | null = null;
  const drain = () => {
    drained ??= (async () => {
      await loop.drain();
      await target.close();
      await history.close();
    })();
    return drained;
  };
  return { acknowledged: loop.acknowledged, drain, [Symbol.asyncDispose]: drain };
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
