import { recordEvent } from '../store/kube-events.ts';
import type { Container, Pod, Probe } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import type { AttemptOutcome } from './probe-attempt.ts';
import { startProbe } from './probe-worker.ts';

export interface ContainerProbesOptions {
  readonly store: ObjectStore;
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: (
    probe: Probe,
    timeoutMs: number,
    signal: AbortSignal,
  ) => Promise<AttemptOutcome>;
  readonly onStarted: () => void;
  readonly onReady: (ready: boolean) => void;
  /** Liveness or startup gave up: the container must be killed. */
  readonly onDead: (probe: Probe) => void;
}

export interface ContainerProbes {
  /** Ends all of them: the container has ended. */
  stop(): void;
  /** The pod is being deleted: only readiness goes on, as in the kubelet. */
  terminating(): void;
}

/** The probes of one container instance: startup first, then liveness and readiness. */
export function startProbes(options: ContainerProbesOptions): ContainerProbes {
  const { store, pod, container } = options;
  const stops: { readiness: boolean; stop: () => void }[] = [];
  let ended = false;
  let leaving = false;

  const run = (
    name: 'Startup' | 'Liveness' | 'Readiness',
    probe: Probe,
    onResult: (ok: boolean) => void,
  ) => {
    const readiness = name === 'Readiness';
    if (ended || (leaving && !readiness)) return;
    const stop = startProbe({
      probe,
      eager: name !== 'Liveness',
      attempt: (timeoutMs, signal) => options.attempt(probe, timeoutMs, signal),
      onFailure: (message) =>
        recordEvent(store, pod, 'Warning', 'Unhealthy', `${name} probe failed: ${message}`),
      onResult: (ok, message) => {
        if (!ok && !readiness) {
          recordEvent(
            store,
            pod,
            'Normal',
            'Killing',
            `Container ${container.name} failed ${name.toLowerCase()} probe, will be restarted: ${message}`,
          );
        }
        onResult(ok);
      },
    });
    stops.push({ readiness, stop });
  };

  const afterStartup = () => {
    options.onStarted();
    const { livenessProbe, readinessProbe } = container;
    if (livenessProbe) run('Liveness', livenessProbe, (ok) => !ok && options.onDead(livenessProbe));
    if (readinessProbe) run('Readiness', readinessProbe, options.onReady);
    else options.onReady(true);
  };

  const { startupProbe } = container;
  if (startupProbe) {
    let passed = false;
    run('Startup', startupProbe, (ok) => {
      if (passed) return;
      if (!ok) return options.onDead(startupProbe);
      passed = true;
      for (const { stop } of stops.splice(0)) stop();
      afterStartup();
    });
  } else {
    afterStartup();
  }
  return {
    stop: () => {
      ended = true;
      for (const { stop } of stops) stop();
    },
    terminating: () => {
      leaving = true;
      for (const { readiness, stop } of stops) if (!readiness) stop();
    },
  };
}
