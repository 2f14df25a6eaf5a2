import { AsyncLocalStorage } from 'node:async_hooks';
import { availableParallelism } from 'node:os';
import { onTestFinished } from 'vitest';
import { waitFor } from '../../src/platform/wait.ts';
import type { KubeObject, Provider } from '../../src/provider/provider.ts';

/** A real cluster schedules, pulls from its own store and starts in seconds; busy, in tens of them. */
const patienceMs = 90_000;
const label = 'contract-test';

export interface PodStatus {
  readonly phase: string;
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: StateOf;
  readonly lastState: StateOf;
}

interface StateOf {
  readonly waiting?: { readonly reason: string };
  readonly running?: object;
  readonly terminated?: { readonly exitCode: number; readonly reason: string };
}

export interface PodSpec {
  readonly containers: readonly object[];
  readonly [field: string]: unknown;
}

/** Ends on SIGTERM at once, with exit code 0; runs for ever otherwise. */
export const idle = 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done';

/** A container of the Redis image that runs a shell script as PID 1. */
export function shell(script: string, more: object = {}): object {
  return { name: 'main', image: 'redis:8.0', command: ['sh', '-c', script], ...more };
}

/** What the tests do with the provider, in the words of the port. */
export class Workbench {
  provider!: Provider;
  /** Names that the test under way owns; several tests run side by side. */
  readonly #owned = new AsyncLocalStorage<string[]>();
  readonly #waiting: (() => void)[] = [];
  #free = 2 * availableParallelism();

  get signal(): AbortSignal {
    return AbortSignal.timeout(170_000);
  }

  /**
   * Around each test of a suite whose tests run side by side: a few at a time, since most of one is
   * waiting for pods; what it owned is removed after it.
   */
  readonly around = async (runTest: () => Promise<void>): Promise<void> => {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    const owned: string[] = [];
    try {
      await this.#owned.run(owned, runTest);
      for (const test of owned) await this.#removeAllOf(test);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  };

  /** Labels for a test's objects; they are removed when the test is over, also when it failed. */
  owns(test: string): Record<string, string> {
    const owned = this.#owned.getStore();
    if (owned) owned.push(test);
    else onTestFinished(() => this.#removeAllOf(test), 120_000);
    return { [label]: test };
  }

  async #removeAllOf(test: string): Promise<void> {
    await this.provider.remove(`${label}=${test}`, this.signal);
    for (const kind of [
      'Pod',
      'Service',
      'StatefulSet',
      'Deployment',
      'Job',
      'PersistentVolumeClaim',
    ]) {
      await this.until(`the ${kind}s of ${test} to be gone`, async () => {
        const left = await this.provider.list(kind, `${label}=${test}`, this.signal);
        return left.length === 0 ? true : left.map((object) => object.metadata.name).join();
      });
    }
  }

  async apply(...objects: KubeObject[]): Promise<void> {
    await this.provider.apply(objects, this.signal);
  }

  /** Looks until it is `true`; any other answer is what was seen. */
  async until(
    what: string,
    look: () => Promise<true | string>,
    timeoutMs = patienceMs,
  ): Promise<void> {
    await waitFor({ what, timeoutMs, everyMs: 100, signal: this.signal }, async () => {
      const seen = await look();
      return seen === true ? { done: true, value: undefined } : { done: false, seen };
    });
  }

  /** Looks again and again for a while: throws as soon as the look does. */
  async throughout(ms: number, look: () => Promise<void>): Promise<void> {
    const endMs = performance.now() + ms;
    while (performance.now() < endMs) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 20)); // a rest for those beside it
    }
  }

  async pods(test: string): Promise<readonly KubeObject[]> {
    return this.provider.list('Pod', `${label}=${test}`, this.signal);
  }

  /** The pod of this name; undefined when the API has none. */
  async find(name: string): Promise<KubeObject | undefined> {
    const all = await this.provider.list('Pod', null, this.signal);
    return all.find((pod) => pod.metadata.name === name);
  }

  /** Waits for a pod of this name that satisfies the test, and gives it. */
  async pod(
    name: string,
    what: string,
    test: (pod: KubeObject, status: PodStatus) => boolean,
    timeoutMs = patienceMs,
  ): Promise<KubeObject> {
    let found: KubeObject | undefined;
    await this.until(
      `pod ${name}: ${what}`,
      async () => {
        const pod = await this.find(name);
        if (!pod) return 'no such pod';
        if (!test(pod, statusOf(pod))) {
          return `${JSON.stringify(statusOf(pod))} deleted ${pod.metadata.deletionTimestamp}`;
        }
        found = pod;
        return true;
      },
      timeoutMs,
    );
    if (!found) throw new Error(`pod ${name} was seen and is gone`);
    return found;
  }

  /** Waits until the pod is ready; with `not`, until another one of its name is. */
  ready(name: string, not?: KubeObject): Promise<KubeObject> {
    return this.pod(
      name,
      not ? 'a ready successor' : 'ready',
      (pod, status) =>
        isReady(status) &&
        !pod.metadata.deletionTimestamp &&
        pod.metadata.uid !== not?.metadata.uid,
    );
  }

  async deletePod(pod: KubeObject, graceSeconds: number | null, hold = false) {
    const { name, uid = '' } = pod.metadata;
    return this.provider.deletePod({ name, uid }, { graceSeconds, hold }, this.signal);
  }

  /** Output of a shell script in a pod's container; it must exit 0. */
  async sh(pod: string, script: string): Promise<string> {
    const argv = ['sh', '-c', script];
    const result = await this.provider.exec(pod, 'main', argv, { timeoutMs: 20_000 }, this.signal);
    if (result.exitCode !== 0) {
      throw new Error(`${script} in ${pod} exited ${result.exitCode}: ${result.stderr}`);
    }
    return result.stdout.toString('utf8').trim();
  }

  logs(pod: string): Promise<string> {
    return this.provider.logs(pod, 'main', {}, this.signal);
  }
}

export function statusOf(pod: KubeObject): PodStatus {
  return pod.status as PodStatus;
}

export function isReady(status: PodStatus): boolean {
  return (status.conditions ?? []).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
}

export function containerOf(status: PodStatus): ContainerStatus | undefined {
  return status.containerStatuses?.find((container) => container.name === 'main');
}

export function barePod(name: string, labels: Record<string, string>, spec: PodSpec): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec };
}

export function statefulSet(
  name: string,
  labels: Record<string, string>,
  spec: { pod: PodSpec; replicas?: number; annotations?: Record<string, string> } & Record<
    string,
    unknown
  >,
): KubeObject {
  const { pod, annotations, ...rest } = spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, labels },
    spec: {
      serviceName: name,
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { ...labels, app: name }, ...(annotations ? { annotations } : {}) },
        spec: pod,
      },
      ...rest,
    },
  };
}

export function deployment(
  name: string,
  labels: Record<string, string>,
  spec: { pod: PodSpec } & Record<string, unknown>,
): KubeObject {
  const { pod, ...rest } = spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { ...labels, app: name } }, spec: pod },
      ...rest,
    },
  };
}

export function service(
  name: string,
  labels: Record<string, string>,
  spec: Record<string, unknown>,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels },
    spec: { selector: { app: name }, ...spec },
  };
}

/** A claim template `data` of 16 MiB, labelled so that it goes with its test. */
export function dataClaim(labels: Record<string, string>): object {
  return {
    metadata: { name: 'data', labels },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } },
  };
}

export const dataMount = { name: 'data', mountPath: '/data' };
