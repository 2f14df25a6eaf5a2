import type { Operation } from '../model/operation.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { HttpTarget } from './http-target.ts';

/** What the generator itself did over the past second: its own lateness is never Redis's. */
export interface GeneratorSample {
  readonly scheduled: number;
  readonly started: number;
  readonly maxLagUs: number;
  readonly inFlight: number;
}

export interface OpenLoopOptions {
  readonly target: HttpTarget;
  /** Keys, taken in turn: each gets `ratePerSecond / keys.length`. */
  readonly keys: readonly string[];
  readonly ratePerSecond: number;
  /** At this many in flight the next request waits: the generator is then late, and says so. */
  readonly maxInFlight: number;
  /** Prefix of the op ids, unique to the run. */
  readonly idPrefix: string;
  /** Run clock: µs since run start. */
  readonly nowUs: () => number;
  readonly onOperation: (operation: Operation) => void;
  readonly onSample: (sample: GeneratorSample) => void;
}

export interface OpenLoop {
  /** Acknowledged so far, by key. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** Stops starting requests and resolves when the last one in flight has ended. */
  drain(): Promise<void>;
}

/**
 * Sends requests at a fixed rate whether or not earlier ones were answered (an open loop), so that
 * an outage shows as the users would feel it instead of slowing the generator down. The schedule is
 * never shifted: a late start is recorded beside its intended one (no coordinated omission).
 */
export function startOpenLoop(options: OpenLoopOptions): OpenLoop {
  const intervalUs = 1_000_000 / options.ratePerSecond;
  const startedUs = options.nowUs();
  const acknowledged = new Map<string, number>(options.keys.map((key) => [key, 0]));
  const freeLanes: number[] = [];
  let lanes = 0;
  let next = 0;
  let inFlight = 0;
  let stopped = false;
  let drained: (() => void) | null = null;
  let sample = { scheduled: 0, started: 0, maxLagUs: 0 };

  const start = (index: number, intendedUs: number) => {
    const key = options.keys[index % options.keys.length] ?? '';
    const worker = freeLanes.pop() ?? lanes++;
    const id = `${options.idPrefix}${index.toString(36)}`;
    const startUs = options.nowUs();
    inFlight++;
    sample.started++;
    sample.maxLagUs = Math.max(sample.maxLagUs, startUs - intendedUs);
    const end = (answer: HttpAnswer) => {
      inFlight--;
      freeLanes.push(worker);
      if (answer.outcome === 'ok') acknowledged.set(key, (acknowledged.get(key) ?? 0) + 1);
      options.onOperation({
        id,
        key,
        worker,
        intendedUs: Math.round(intendedUs),
        startUs,
        endUs: options.nowUs(),
        ...answer,
      });
      if (stopped && inFlight === 0) drained?.();
    };
    options.target.hit(key, id, end);
  };

  const tick = () => {
    if (stopped) return;
    const now = options.nowUs();
    for (;;) {
      const intendedUs = startedUs + next * intervalUs;
      if (intendedUs > now) break;
      if (inFlight >= options.maxInFlight) {
        sample.maxLagUs = Math.max(sample.maxLagUs, now - intendedUs);
        break;
      }
      sample.scheduled++;
      start(next++, intendedUs);
    }
    const untilNextMs = (startedUs + next * intervalUs - options.nowUs()) / 1000;
    timer = setTimeout(tick, Math.max(0, Math.min(untilNextMs, 50)));
  };
  let timer = setTimeout(tick, 0);
  const sampler = setInterval(() => {
    options.onSample({ ...sample, inFlight });
    sample = { scheduled: 0, started: 0, maxLagUs: 0 };
  }, 1000);

  return {
    acknowledged,
    async drain() {
      stopped = true;
      clearTimeout(timer);
      clearInterval(sampler);
      options.onSample({ ...sample, inFlight });
      if (inFlight > 0)
        await new Promise<void>((resolve) => {
          drained = resolve;
        });
    },
  };
}
