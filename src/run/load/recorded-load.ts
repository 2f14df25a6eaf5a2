import type { WriteError } from '../../model/errors.ts';
import type { Operation } from '../../model/operation.ts';
import type { LoadPlan } from '../../model/plan.ts';
import { openNdjson } from '../../platform/ndjson-writer.ts';
import { openHttpTarget, ownPath } from '../../workload/http-target.ts';
import { type GeneratorSample, startOpenLoop } from '../../workload/open-loop.ts';
import { warmUp } from '../../workload/warm-up.ts';

/** A load under way, and its history on disk. */
export interface Load extends AsyncDisposable {
  /** Acknowledged so far, by key. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Ends the load and resolves when the last request and the history file are done. */
  drain(): Promise<void>;
}

export interface RecordedLoadOptions {
  readonly origin: string;
  readonly load: Pick<LoadPlan, 'rate' | 'requestTimeoutMs' | 'maxInFlight'>;
  readonly app: { readonly own: boolean; readonly pattern: RegExp; readonly path: string };
  readonly keys: readonly string[];
  /** Prefix of the op ids, unique to the run. */
  readonly idPrefix: string;
  /** Where every operation becomes a line, in the order of their ends. */
  readonly historyPath: string;
  /** Run clock: µs since run start. */
  readonly nowUs: () => number;
  readonly onOperation: (operation: Operation) => void;
  /** The history cannot be written any more; the load goes on until it is drained. */
  readonly onWriteFailure: (error: WriteError) => void;
  readonly onSample: (sample: GeneratorSample) => void;
}

/** The open loop, its HTTP target and its history, together: a run's load without the run. */
export async function startRecordedLoad(options: RecordedLoadOptions): Promise<Load> {
  const { app, load } = options;
  await warmUp(load.rate, options.nowUs);
  const history = openNdjson(options.historyPath, options.onWriteFailure);
  const target = openHttpTarget({
    origin: options.origin,
    timeoutMs: load.requestTimeoutMs,
    pattern: app.pattern,
    pathOf: app.own ? ownPath : () => app.path,
  });
  const loop = startOpenLoop({
    target,
    keys: options.keys,
    ratePerSecond: load.rate,
    maxInFlight: load.maxInFlight,
    idPrefix: options.idPrefix,
    nowUs: options.nowUs,
    onOperation: (operation) => {
      options.onOperation(operation);
      history.write(operation);
    },
    onSample: options.onSample,
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
