import { pause } from '../kubelet/node-context.ts';
import type { ProbeAction } from '../store/pod-objects.ts';
import type { RunningContainer } from './container-process.ts';
import type { AttemptOutcome } from './probe-attempt.ts';

/** The kubelet gives a container at least this long between SIGTERM and SIGKILL. */
const minimumGraceMs = 2000;
const forEverMs = 2 ** 31 - 1;

export interface StopRequest {
  readonly process: RunningContainer;
  /** The image's STOPSIGNAL. */
  readonly stopSignal: NodeJS.Signals;
  /** The grace period is over. */
  readonly kill: AbortSignal;
  readonly preStop: ProbeAction | null;
  readonly attempt: (hook: ProbeAction, signal: AbortSignal) => Promise<AttemptOutcome>;
  readonly onHookFailure: (message: string) => void;
}

/**
 * Ends a container as the kubelet does (killContainer): the preStop hook within the grace period,
 * SIGTERM, SIGKILL when the period is over, yet never within two seconds of the SIGTERM, not even
 * when it was deleted by force.
 */
export async function stopInstance(request: StopRequest): Promise<void> {
  const { process, kill, preStop } = request;
  const ended = new AbortController();
  void process.exited.then(() => ended.abort());
  if (preStop) {
    const outcome = await request.attempt(preStop, AbortSignal.any([kill, ended.signal]));
    if (!outcome.ok && !kill.aborted && !ended.signal.aborted) {
      request.onHookFailure(`PreStopHook failed: ${outcome.message}`);
    }
  }
  process.signal(request.stopSignal);
  await pause(minimumGraceMs, ended.signal);
  if (!ended.signal.aborted) await pause(forEverMs, AbortSignal.any([ended.signal, kill]));
  if (!ended.signal.aborted) process.signal('SIGKILL');
  await process.exited;
}
