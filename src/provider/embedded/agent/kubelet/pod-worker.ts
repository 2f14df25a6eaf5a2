import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { waitingStatus } from '../container/container-record.ts';
import { ContainerRunner } from '../container/container-runner.ts';
import { podStopped } from '../controllers/deletion.ts';
import { placePod } from '../controllers/scheduler.ts';
import type { Sandbox } from '../image/sandbox.ts';
import { recordEvent } from '../store/kube-events.ts';
import type { Container, ContainerStatus, Pod } from '../store/pod-objects.ts';
import { type NodeContext, nextChange } from './node-context.ts';
import { folders } from './node-files.ts';
import { initPolicy, isSidecar } from './pod-facts.ts';
import { sandboxFor } from './pod-sandbox.ts';
import { podStatus } from './pod-status.ts';
import { MountError } from './volume-files.ts';
import { type MountedVolume, mountVolumes } from './volumes.ts';

/** pod_workers.go: "no matter what, we always supply a grace period of 1". */
const minimumGraceSeconds = 1;

/** The kubelet's worker for one pod, from scheduling to the last container's end. */
export class PodWorker {
  readonly pod: Pod;
  /** Settles when no container of the pod runs any more and its sandbox is gone. */
  readonly ended: Promise<void>;
  readonly #node: NodeContext;
  readonly #free: Promise<unknown>;
  /** What its containers were before the machine lost power. */
  readonly #earlier: readonly ContainerStatus[];
  readonly #terminating = new AbortController();
  readonly #kill = new AbortController();
  readonly #runners = new Map<string, ContainerRunner>();
  #killTimer: NodeJS.Timeout | undefined;
  #killAtMs = Number.POSITIVE_INFINITY;
  #sandbox: Sandbox | null = null;
  #startedAt: string | null = null;
  #unschedulable: string | null = null;
  #silent = false;
  #off = false;
  #initialized = false;
  #stopped = false;
  #done = false;

  /**
   * A pod that has a node already was on a machine that lost power and is back.
   * @param free settles when nobody else runs on the pod's claims any more
   */
  constructor(node: NodeContext, pod: Pod, free: Promise<unknown> = Promise.resolve()) {
    this.#node = node;
    this.#free = free;
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
    this.#earlier = pod.spec.nodeName ? [...initContainerStatuses, ...containerStatuses] : [];
    this.pod = pod;
    this.ended = this.#run().catch((error: unknown) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      node.log(`pod ${pod.metadata.name}: ${message}`);
      recordEvent(node.store, pod, 'Warning', 'FailedCreatePodSandBox', message);
    });
  }

  runner(container: string): ContainerRunner | undefined {
    return this.#runners.get(container);
  }

  /** Begins to stop the pod; called again, it can only shorten the time to SIGKILL. */
  terminate(graceSeconds: number): void {
    const graceMs = Math.max(minimumGraceSeconds, graceSeconds) * 1000;
    const atMs = performance.now() + graceMs;
    if (atMs < this.#killAtMs) {
      this.#killAtMs = atMs;
      clearTimeout(this.#killTimer);
      this.#killTimer = setTimeout(() => this.#kill.abort(), graceMs);
    }
    this.#terminating.abort();
    if (this.#done) void this.#finish();
  }

  /** Its machine was switched off under it: it has ended, and another goes on with the pod. */
  get isOff(): boolean {
    return this.#off;
  }

  /** Whether anybody hears what happens to the pod; once they do again, they are told how it is. */
  setSilent(silent: boolean): void {
    this.#silent = silent;
    if (!silent) this.#publish();
  }

  /**
   * The machine loses power: no farewell to anybody, and nothing is reported. What was on the pod's
   * claims and volumes stays.
   * @returns the address that must not answer any more; null when the pod had none yet.
   */
  async powerOff(): Promise<string | null> {
    this.#silent = true;
    this.#off = true;
    const ip = this.#sandbox?.ip ?? null;
    await this.#sandbox?.unplug();
    this.#terminating.abort();
    this.#kill.abort();
    for (const runner of this.#runners.values()) runner.kill();
    await this.ended;
    return ip;
  }

  async #run(): Promise<void> {
    try {
      if (await this.#schedule()) await this.#runContainers();
    } finally {
      await this.#tearDown();
    }
  }

  /** Waits for a node that may have the pod; false when the pod is deleted first. */
  async #schedule(): Promise<boolean> {
    const { store, machines } = this.#node;
    await new Promise((resolve) => setImmediate(resolve)); // the controllers' pass binds new claims
    while (!this.#terminating.signal.aborted) {
      const { nodeName } = this.pod.spec;
      const place = nodeName === undefined ? placePod(store, this.pod) : { node: nodeName };
      if ('node' in place) {
        this.pod.spec.nodeName = place.node;
        this.#unschedulable = null;
        this.#startedAt = this.pod.status.startTime ?? store.now();
        // The scheduler may not know yet that the machine is gone: its kubelet does nothing then.
        await Promise.race([machines.whenUp(place.node), this.#aborted()]);
        this.#publish();
        return !this.#terminating.signal.aborted;
      }
      if (this.#unschedulable !== place.why) {
        this.#unschedulable = place.why;
        recordEvent(store, this.pod, 'Warning', 'FailedScheduling', place.why);
        this.#publish();
      }
      await nextChange(store, 1000, this.#terminating.signal);
    }
    return false;
  }

  async #runContainers(): Promise<void> {
    const { pod } = this;
    this.#sandbox = await sandboxFor(this.#node, pod, this.#terminating.signal);
    if (!this.#sandbox) return;
    this.#publish();
    await Promise.race([this.#free, this.#aborted()]);
    const volumes = await this.#volumes();
    if (!volumes) return;
    const running: Promise<void>[] = [];
    for (const container of pod.spec.initContainers ?? []) {
      const sidecar = isSidecar(container);
      const runner = this.#runner(container, volumes, sidecar ? 'Always' : initPolicy(pod));
      const done = runner.run();
      if (sidecar) running.push(done);
      await Promise.race([sidecar ? this.#started(runner) : done, this.#aborted()]);
      if (this.#terminating.signal.aborted) return this.#stop([...running, done]);
      const failed = runner.status.state.terminated?.exitCode !== 0;
      if (!sidecar && failed) return this.#publish(); // restartPolicy Never: the pod has failed
    }
    this.#initialized = true;
    for (const container of pod.spec.containers) {
      const policy = pod.spec.restartPolicy ?? 'Always';
      const runner = this.#runner(container, volumes, policy);
      running.push(runner.run());
      // A postStart hook holds up the containers after it, as in the kubelet.
      await Promise.race([runner.firstStart, this.#aborted()]);
      if (this.#terminating.signal.aborted) break;
    }
    this.#publish();
    const main = Promise.all(running.slice(-pod.spec.containers.length));
    await Promise.race([main, this.#aborted()]);
    await this.#stop(running); // sidecars outlive the others by this
  }

  #runner(
    container: Container,
    volumes: ReadonlyMap<string, MountedVolume>,
    restart: 'Always' | 'OnFailure' | 'Never',
  ): ContainerRunner {
    if (!this.#sandbox) throw new Error('a container needs its sandbox first');
    const runner = new ContainerRunner({
      node: this.#node,
      pod: this.pod,
      container,
      restart,
      sandbox: this.#sandbox,
      volumes,
      earlier: this.#earlier.find(({ name }) => name === container.name) ?? null,
      onChange: () => this.#publish(),
    });
    this.#runners.set(container.name, runner);
    return runner;
  }

  /** Waits until everything that the volumes name is there; null when the pod is deleted first. */
  async #volumes(): Promise<Map<string, MountedVolume> | null> {
    const { store, rootless } = this.#node;
    while (!this.#terminating.signal.aborted) {
      try {
        return mountVolumes(store, this.pod, !rootless);
      } catch (error) {
        if (!(error instanceof MountError)) throw error;
        recordEvent(store, this.pod, 'Warning', 'FailedMount', error.message);
        await nextChange(store, 2000, this.#terminating.signal);
      }
    }
    return null;
  }

  async #started(runner: ContainerRunner): Promise<void> {
    while (!runner.status.started && !this.#terminating.signal.aborted) {
      await nextChange(this.#node.store, 50, this.#terminating.signal);
    }
  }

  async #stop(running: readonly Promise<void>[]): Promise<void> {
    const graceSeconds = this.pod.spec.terminationGracePeriodSeconds ?? 30;
    this.#killTimer ??= setTimeout(() => this.#kill.abort(), graceSeconds * 1000);
    const sidecars = new Set((this.pod.spec.initContainers ?? []).filter(isSidecar).map(nameOf));
    const runners = [...this.#runners];
    const main = runners.filter(([name]) => !sidecars.has(name));
    // As termination_order.go: sidecars last, the one that was started first as the very last.
    let before: Promise<unknown> = Promise.all(
      main.map(([, runner]) => runner.stop(this.#kill.signal)),
    );
    for (const [name, runner] of runners.reverse()) {
      if (sidecars.has(name)) before = runner.stop(this.#kill.signal, before);
    }
    await before;
    await Promise.all(running);
  }

  async #tearDown(): Promise<void> {
    clearTimeout(this.#killTimer);
    await this.#sandbox?.remove();
    this.#done = true;
    if (this.#terminating.signal.aborted) await this.#finish();
  }

  /** Everything has stopped and the pod is deleted: it may go from the API. */
  async #finish(): Promise<void> {
    clearTimeout(this.#killTimer);
    if (this.#silent) return; // whoever restores the machine or its network goes on from here
    this.#stopped = true;
    this.#publish();
    podStopped(this.#node.store, this.pod);
    const folder = join(folders.pods, this.pod.metadata.uid);
    await rm(folder, { recursive: true, force: true });
  }

  #aborted(): Promise<void> {
    const { signal } = this.#terminating;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #statuses(containers: readonly Container[]): ContainerStatus[] {
    const reason = this.pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating';
    return containers.map(
      (container) =>
        structuredClone(this.#runners.get(container.name)?.status) ??
        waitingStatus(container, reason),
    );
  }

  #publish(): void {
    if (this.#silent) return;
    const status = podStatus(
      this.pod,
      {
        scheduled: this.#startedAt !== null,
        unschedulable: this.#unschedulable,
        ip: this.#sandbox?.ip ?? null,
        startedAt: this.#startedAt,
        initialized: this.#initialized || !this.pod.spec.initContainers?.length,
        stopped: this.#stopped,
        init: this.#statuses(this.pod.spec.initContainers ?? []),
        main: this.#statuses(this.pod.spec.containers),
        sidecars: (this.pod.spec.initContainers ?? []).filter(isSidecar).map(nameOf),
      },
      this.#node.store.now(),
    );
    if (JSON.stringify(status) === JSON.stringify(this.pod.status)) return;
    this.pod.status = status;
    this.#node.store.changed(this.pod);
  }
}

function nameOf({ name }: Container): string {
  return name;
}
