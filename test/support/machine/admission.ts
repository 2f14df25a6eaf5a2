/**
 * When one more run of the product may start on this machine. A run mostly waits (for pods, for node
 * timeouts, for what will not come), so several go side by side; its start costs the most, so starts are
 * kept apart; and where tasks already wait for a processor, more would only starve each other.
 */

export interface Machine {
  /** Runs under way. */
  readonly running: number;
  /** One of them asked for the machine to itself. */
  readonly taken: boolean;
  /** Since the last one started; infinite before the first. */
  readonly sinceStartMs: number;
  /** Share of the last seconds in which some task waited for a processor; null where nobody says. */
  readonly pressure: number | null;
  readonly cpus: number;
}

const startGapMs = 4000;
/** Other work may be what others wait for: then one a processor, each past its own start. */
const pressedGapMs = 15_000;
const pressureLimit = 0.5;
/** What a machine has while nothing of importance happens on it. */
const quietPressure = 0.2;
/** A machine that never gets quiet has that as its normal state. */
const quietPatienceMs = 60_000;

/** Whether the one that is next may start now. `waitedMs`: how long it has been the next one. */
export function mayStart(machine: Machine, alone: boolean, waitedMs: number): boolean {
  const { running, taken, sinceStartMs, pressure, cpus } = machine;
  if (taken) return false;
  if (alone) {
    return running === 0 && (quiet(pressure) || waitedMs >= quietPatienceMs);
  }
  if (running === 0) return true;
  const pressed = pressure === null || pressure > pressureLimit;
  return pressed
    ? running < cpus && sinceStartMs >= pressedGapMs
    : running < 2 * cpus && sinceStartMs >= startGapMs;
}

function quiet(pressure: number | null): boolean {
  return pressure === null || pressure <= quietPressure;
}
