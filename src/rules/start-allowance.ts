import type { KubeObject } from '../model/kube-object.ts';

/** How long healthy pods of some workloads may take to be ready, by what their manifests ask for; ms. */
export interface StartAllowance {
  /** One pod, from the start of its containers. */
  readonly podMs: number;
  /** All of them. */
  readonly allMs: number;
  /** A pod is made only when the one before it is ready. */
  readonly ordered: boolean;
}

/** What so many pods that went at once may take to be ready again, ms. */
export function restartMs({ podMs, ordered }: StartAllowance, pods: number): number {
  return podMs * (ordered ? Math.max(1, pods) : 1);
}

interface Probe {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
  readonly successThreshold?: number;
  readonly timeoutSeconds?: number;
}

interface Workload {
  readonly replicas?: number;
  readonly minReadySeconds?: number;
  readonly podManagementPolicy?: string;
  readonly template?: { readonly spec?: PodSpec };
}

interface PodSpec {
  readonly containers?: readonly {
    readonly startupProbe?: Probe;
    readonly readinessProbe?: Probe;
  }[];
}

/**
 * By the API's own defaults (core/v1 Probe: period 10 s, time-out 1 s, 3 failures, 1 success; apps/v1
 * StatefulSet: OrderedReady, one after the other, each available for minReadySeconds before the next).
 * What the program itself needs comes on top, and is the caller's guess.
 */
export function startAllowance(workloads: readonly KubeObject[]): StartAllowance {
  const each = workloads.map((object) => {
    const spec = (object.spec ?? {}) as Workload;
    const ordered = object.kind === 'StatefulSet' && spec.podManagementPolicy !== 'Parallel';
    const podMs = podReadyMs(spec.template?.spec) + 1000 * (spec.minReadySeconds ?? 0);
    return { podMs, allMs: podMs * (ordered ? Math.max(1, spec.replicas ?? 1) : 1), ordered };
  });
  return {
    podMs: Math.max(0, ...each.map(({ podMs }) => podMs)),
    allMs: Math.max(0, ...each.map(({ allMs }) => allMs)),
    ordered: each.some(({ ordered }) => ordered),
  };
}

/**
 * What startup probes allow on top before they give up, ms: room for a program that loads for long, of
 * which a healthy one mostly needs nothing. So it puts off no deadline but that of a first start.
 */
export function loadAllowanceMs(workloads: readonly KubeObject[]): number {
  const each = workloads.flatMap((object) => {
    const { template } = (object.spec ?? {}) as Workload;
    return (template?.spec?.containers ?? []).map(({ startupProbe }) =>
      startupProbe ? periodOf(startupProbe) * ((startupProbe.failureThreshold ?? 3) - 1) : 0,
    );
  });
  return 1000 * Math.max(0, ...each);
}

/** A startup probe passes at its first try where nothing is wrong; readiness is then asked at its own times. */
function podReadyMs(spec: PodSpec | undefined): number {
  const seconds = (spec?.containers ?? []).map(({ startupProbe, readinessProbe }) => {
    const started = startupProbe ? delayOf(startupProbe) + periodOf(startupProbe) : 0;
    if (!readinessProbe) return started;
    const { successThreshold = 1, timeoutSeconds = 1 } = readinessProbe;
    const answered = periodOf(readinessProbe) * (successThreshold + 1) + timeoutSeconds;
    return Math.max(started, delayOf(readinessProbe)) + answered;
  });
  return 1000 * Math.max(0, ...seconds);
}

function delayOf({ initialDelaySeconds = 0 }: Probe): number {
  return initialDelaySeconds;
}

function periodOf({ periodSeconds = 10 }: Probe): number {
  return periodSeconds;
}
