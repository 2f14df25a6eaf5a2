import type { GeneratorEvent, HostEvent, LooksEvent, RunEvent } from '../model/event.ts';

/** A time in which programs of this machine did not get the CPU they asked for; µs since run start. */
export interface Standstill {
  readonly fromUs: number;
  readonly toUs: number;
  /** How much of it was lost: 1 is all. */
  readonly share: number;
}

/** The load generator or our own event loop was late by more than this in a sample: nothing ran, ms. */
const lateMs = 250;
/** Of all CPU time, given to somebody else by the hypervisor. */
const stolenShare = 0.2;
/**
 * Share of a second that a process of ours was ready to run and waited for a CPU
 * (/proc/self/schedstat, second number). Measured on two cores: once the pods are up a run's own process and
 * the observer wait 0.01 to 0.2, also beside builds and other runs that keep PSI `some` at 0.9 to 1 (0.3 to
 * 0.6 in the first seconds, when a run starts all its pods at once), and 0.65 to 0.85 beside eight busy
 * loops: what lies between counts in part.
 */
const queuedFrom = 0.25;
const queuedAll = 0.5;
/**
 * PSI `some` says that somebody waited, as on any busy machine of two CPUs, not that Redis or we did. It
 * counts in a second in which our own loop was late as well; and, in a report that does not tell how long
 * we waited for a CPU, where it lasted.
 */
const pressedShare = 0.9;
const pressedLagMs = 100;
const pressedSamples = 10;
/** What a sample speaks of when there is none before it, µs. */
const sampleUs = 1_000_000;

/** The standstills of a run by its own samples, ascending, none overlapping another. */
export function standstills(events: readonly RunEvent[]): readonly Standstill[] {
  const hosts: (HostEvent & { atUs: number })[] = [];
  const generators: (GeneratorEvent & { atUs: number })[] = [];
  const observers: (LooksEvent & { atUs: number })[] = [];
  for (const event of events) {
    if (event.kind === 'host') hosts.push(event);
    else if (event.kind === 'generator') generators.push(event);
    else if (event.kind === 'looks') observers.push(event);
  }
  const pressed = lastingPressure(hosts);
  return disjoint([
    ...spans(hosts, (host, index) => shareOfHost(host, pressed[index] ?? false)),
    ...spans(generators, ({ maxLagUs }) => (maxLagUs > lateMs * 1000 ? 1 : 0)),
    ...spans(observers, ({ runDelay }) => queued(runDelay)),
  ]);
}

/** How much of a time was lost, µs. */
export function lostUs(stills: readonly Standstill[], fromUs: number, toUs: number): number {
  let sum = 0;
  for (const still of stills) {
    const overlap = Math.min(toUs, still.toUs) - Math.max(fromUs, still.fromUs);
    if (overlap > 0) sum += overlap * still.share;
  }
  return Math.round(sum);
}

/**
 * The moment at which so much time has passed that was not lost: where a deadline ends that a standstill
 * is no part of.
 */
export function afterUs(stills: readonly Standstill[], fromUs: number, lengthUs: number): number {
  let atUs = fromUs;
  let leftUs = lengthUs;
  for (const { fromUs: begin, toUs, share } of stills) {
    if (toUs <= atUs) continue;
    const clearUs = Math.max(0, begin - atUs);
    if (clearUs >= leftUs) break;
    leftUs -= clearUs;
    atUs += clearUs;
    const gainUs = (toUs - atUs) * (1 - share);
    if (gainUs >= leftUs) return Math.round(atUs + leftUs / (1 - share));
    leftUs -= gainUs;
    atUs = toUs;
  }
  return Math.round(atUs + leftUs);
}

function shareOfHost(host: HostEvent, pressed: boolean): number {
  const { loopLagMs, steal, cpuPressure, runDelay } = host;
  const still =
    loopLagMs > lateMs ||
    (steal ?? 0) > stolenShare ||
    ((cpuPressure ?? 0) > pressedShare && loopLagMs > pressedLagMs);
  if (still) return 1;
  return runDelay === undefined || runDelay === null ? (pressed ? 1 : 0) : queued(runDelay);
}

function queued(delay: number | null | undefined): number {
  return Math.min(1, Math.max(0, ((delay ?? 0) - queuedFrom) / (queuedAll - queuedFrom)));
}

/** Which samples lie in ten in a row whose pressure is high on the whole. */
function lastingPressure(hosts: readonly HostEvent[]): readonly boolean[] {
  const pressed = hosts.map(() => false);
  let sum = 0;
  for (const [index, { cpuPressure }] of hosts.entries()) {
    sum += cpuPressure ?? 0;
    sum -= hosts[index - pressedSamples]?.cpuPressure ?? 0;
    if (index + 1 < pressedSamples || sum / pressedSamples <= pressedShare) continue;
    pressed.fill(true, index + 1 - pressedSamples, index + 1);
  }
  return pressed;
}

/** What each sample says of the time since the one before. */
function spans<T extends { readonly atUs: number }>(
  samples: readonly T[],
  shareOf: (sample: T, index: number) => number,
): readonly Standstill[] {
  return samples.flatMap((sample, index) => {
    const share = shareOf(sample, index);
    const fromUs = samples[index - 1]?.atUs ?? sample.atUs - sampleUs;
    return share > 0 && sample.atUs > fromUs ? [{ fromUs, toUs: sample.atUs, share }] : [];
  });
}

/** Where several speak of the same time, the worst of them counts. */
function disjoint(spans: readonly Standstill[]): readonly Standstill[] {
  const cuts = [...new Set(spans.flatMap(({ fromUs, toUs }) => [fromUs, toUs]))].sort(
    (a, b) => a - b,
  );
  const byBegin = [...spans].sort((a, b) => a.fromUs - b.fromUs);
  const result: Standstill[] = [];
  let open: Standstill[] = [];
  let next = 0;
  for (const [index, fromUs] of cuts.entries()) {
    const toUs = cuts[index + 1];
    if (toUs === undefined) break;
    open = open.filter((span) => span.toUs > fromUs);
    for (let span = byBegin[next]; span && span.fromUs <= fromUs; span = byBegin[++next]) {
      open.push(span);
    }
    const share = open.reduce((worst, span) => Math.max(worst, span.share), 0);
    const last = result.at(-1);
    if (share === 0) continue;
    if (last && last.toUs === fromUs && last.share === share) {
      result[result.length - 1] = { ...last, toUs };
    } else result.push({ fromUs, toUs, share });
  }
  return result;
}
