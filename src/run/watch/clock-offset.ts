/** One echo: when it was sent and came back by our clock, and what the other clock said between. */
export interface EchoSample {
  readonly sentUs: number;
  readonly receivedUs: number;
  readonly remoteUs: number;
  /** Changes when the other side starts anew: its clock then has another zero. */
  readonly boot: string;
}

/** Ours = theirs + `offsetUs`, to within `errorUs`. */
export interface OffsetEstimate {
  readonly offsetUs: number;
  readonly errorUs: number;
}

/** Two monotonic clocks of one machine or two drift apart by no more than this (NTP assumes 500 ppm). */
const driftPerSecondUs = 100;

/**
 * Keeps the best estimate of the offset between two monotonic clocks (Cristian's algorithm: half the
 * round trip bounds the error). A slow echo does not replace a quick one; the bound grows with age.
 */
export function startClockOffset(): {
  add(sample: EchoSample): void;
  at(nowUs: number): OffsetEstimate;
} {
  let best = { offsetUs: 0, errorUs: Number.POSITIVE_INFINITY, atUs: 0 };
  let boot: string | null = null;
  const at = (nowUs: number) => ({
    offsetUs: best.offsetUs,
    errorUs: Math.ceil(best.errorUs + (Math.max(0, nowUs - best.atUs) / 1e6) * driftPerSecondUs),
  });
  return {
    add(sample) {
      const errorUs = Math.ceil((sample.receivedUs - sample.sentUs) / 2);
      if (sample.boot === boot && errorUs > at(sample.receivedUs).errorUs) return;
      boot = sample.boot;
      const offsetUs = Math.round((sample.sentUs + sample.receivedUs) / 2 - sample.remoteUs);
      best = { offsetUs, errorUs, atUs: sample.receivedUs };
    },
    at,
  };
}
