import type { Probe } from '../store/pod-objects.ts';
import type { AttemptOutcome } from './probe-attempt.ts';

export interface ProbeWorkerOptions {
  readonly probe: Probe;
  readonly attempt: (timeoutMs: number, signal: AbortSignal) => Promise<AttemptOutcome>;
  /** The probe's result turned (or was reached for the first time). */
  readonly onResult: (ok: boolean, message: string) => void;
  readonly onFailure: (message: string) => void;
  /**
   * Look early and often until the first success. Harmless where the result starts as "not yet"
   * (readiness, startup): extra failures are not counted.
   */
  readonly eager: boolean;
}

/** Uncounted looks of an eager probe after its delay. */
const eagerMs = [25, 60, 120, 220, 350, 500, 700];
/** The kubelet sees a started container with its next relist, up to 1 s later. */
const relistMs = 1000;

/**
 * Runs one probe until stopped; results turn after `successThreshold` or `failureThreshold` equal
 * attempts in a row (pkg/kubelet/prober/worker.go).
 */
export function startProbe(options: ProbeWorkerOptions): () => void {
  const { probe } = options;
  const delayMs = (probe.initialDelaySeconds ?? 0) * 1000;
  const periodMs = Math.max(1, probe.periodSeconds ?? 10) * 1000;
  const timeoutMs = Math.max(1, probe.timeoutSeconds ?? 1) * 1000;
  const successes = probe.successThreshold ?? 1;
  const failures = probe.failureThreshold ?? 3;
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let wake = () => {};
  let result: boolean | null = null;
  let last: boolean | null = null;
  let inRow = 0;

  const look = async (counted: boolean) => {
    const outcome = await options.attempt(timeoutMs, stop.signal);
    if (stop.signal.aborted) return;
    if (!outcome.ok) {
      if (!counted) return;
      options.onFailure(outcome.message);
    }
    inRow = last === outcome.ok ? inRow + 1 : 1;
    last = outcome.ok;
    if (inRow < (outcome.ok ? successes : failures) || result === outcome.ok) return;
    result = outcome.ok;
    options.onResult(outcome.ok, outcome.message);
  };
  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      timer = setTimeout(resolve, ms);
    });

  const run = async () => {
    const startMs = performance.now();
    const firstCountedMs = delayMs + (delayMs === 0 ? Math.min(periodMs, relistMs) : 0);
    if (options.eager && successes <= 1) {
      for (const at of eagerMs) {
        if (delayMs + at >= firstCountedMs + relistMs || result === true) break;
        await wait(Math.max(0, startMs + delayMs + at - performance.now()));
        if (stop.signal.aborted) return;
        await look(false);
      }
    }
    for (let next = firstCountedMs; !stop.signal.aborted; next += periodMs) {
      const left = startMs + next - performance.now();
      if (left <= -periodMs) continue; // a slow attempt ate this turn, as a ticker drops it
      await wait(Math.max(0, left));
      if (!stop.signal.aborted) await look(true);
    }
  };
  void run();
  return () => {
    stop.abort();
    clearTimeout(timer);
    wake();
  };
}
