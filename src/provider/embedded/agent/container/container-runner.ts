import type { Image } from '../image/images.ts';
import type { Sandbox } from '../image/sandbox.ts';
import { type NodeContext, nextChange, pause } from '../kubelet/node-context.ts';
import type { MountedVolume } from '../kubelet/volumes.ts';
import { recordEvent } from '../store/kube-events.ts';
import type { Container, ContainerStatus, Pod, ProbeAction } from '../store/pod-objects.ts';
import { type ExecOutcome, execInContainer } from './container-exec.ts';
import { type Instance, launch, newLog } from './container-launch.ts';
import type { ContainerLog } from './container-log.ts';
import { type ContainerProbes, startProbes } from './container-probes.ts';
import { StartError } from './container-process.ts';
import { ContainerRecord } from './container-record.ts';
import { stopInstance } from './container-stop.ts';
import { ContainerConfigError } from './environment.ts';
import { attempt } from './probe-attempt.ts';
import { RestartBackoff } from './restart-backoff.ts';

const hookTimeoutMs = 24 * 3_600_000;

export interface RunnerOptions {
  readonly node: NodeContext;
  readonly pod: Pod;
  readonly container: Container;
  readonly restart: 'Always' | 'OnFailure' | 'Never';
  readonly sandbox: Sandbox;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** The container's status on the same pod before its machine lost power; null at first. */
  readonly earlier: ContainerStatus | null;
  readonly onChange: () => void;
}

/** Runs one container of a pod for the pod's life: start, probes, restarts with back-off, stop. */
export class ContainerRunner {
  readonly #record: ContainerRecord;
  /** Settles when the first instance has started, or is not going to start for now. */
  readonly firstStart: Promise<void>;
  readonly #options: RunnerOptions;
  readonly #backoff = new RestartBackoff();
  readonly #stopping = new AbortController();
  #firstStarted = () => {};
  #instance: Instance | null = null;
  #probes: ContainerProbes | null = null;
  #starting: Promise<void> = Promise.resolve();
  #log: ContainerLog | null = null;
  #previousLog: ContainerLog | null = null;
  #attempts = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.firstStart = new Promise((resolve) => {
      this.#firstStarted = resolve;
    });
    const { earlier } = options;
    this.#record = new ContainerRecord(options.container, earlier, () => options.onChange());
    this.#attempts = this.#record.status.restartCount;
  }

  /** Resolves when the container will not be started again: policy, or `stop`. */
  async run(): Promise<void> {
    const { node, pod, container } = this.#options;
    try {
      for (;;) {
        const image = await this.#image();
        if (!image || this.#stopping.signal.aborted) return;
        const exitCode = await this.#runInstance(image);
        if (exitCode === null && this.#stopping.signal.aborted) return;
        this.#firstStarted();
        if (this.#stopping.signal.aborted || !this.#restarts(exitCode)) return;
        const delayMs = this.#backoff.delayAfterExitMs(Date.now());
        if (delayMs > 0) {
          const message = `back-off ${delayMs < 60_000 ? `${delayMs / 1000}s` : `${delayMs / 60_000}m`} restarting failed container=${container.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
          recordEvent(node.store, pod, 'Warning', 'BackOff', message);
          this.#record.waiting('CrashLoopBackOff', message);
          await pause(delayMs, this.#stopping.signal);
          if (this.#stopping.signal.aborted) return;
        }
        this.#backoff.restarted(Date.now());
        this.#record.status.restartCount++;
      }
    } finally {
      this.#firstStarted();
    }
  }

  /**
   * Ends the container: preStop hook, SIGTERM, SIGKILL when `kill` aborts, yet never within two
   * seconds of the SIGTERM. It is not started again from the call on, but left alone until `after`.
   */
  async stop(kill: AbortSignal, after?: Promise<unknown>): Promise<void> {
    this.#stopping.abort();
    await this.#starting.catch(() => {});
    this.#probes?.terminating();
    await after;
    const instance = this.#instance;
    if (instance) await this.#end(instance, kill);
  }

  /** The power is gone: nobody asks the process, and nothing is started again. */
  kill(): void {
    this.#stopping.abort();
    this.#instance?.process.signal('SIGKILL');
  }

  get status(): ContainerStatus {
    return this.#record.status;
  }

  log(previous: boolean): ContainerLog | null {
    return previous ? this.#previousLog : this.#log;
  }

  /** Runs argv in the present instance; null when there is none. */
  exec(
    argv: readonly string[],
    options: {
      readonly stdin?: Uint8Array;
      readonly timeoutMs: number;
      readonly signal?: AbortSignal;
    },
  ): Promise<ExecOutcome> | null {
    if (!this.#instance) return null;
    return execInContainer(this.#options.node.tools, this.#instance.exec, argv, options);
  }

  /** PID 1 of the present instance as the node sees it; null when none runs. */
  get pid(): number | null {
    return this.#instance?.process.pid ?? null;
  }

  /** @returns the exit code; null when it could not be started */
  async #runInstance(image: Image): Promise<number | null> {
    let begun = () => {};
    this.#starting = new Promise((resolve) => {
      begun = resolve;
    });
    const { node } = this.#options;
    const startedAt = node.store.now();
    try {
      const instance = await this.#launch(image);
      if (!instance) return null;
      this.#instance = instance;
      begun();
      void this.#afterStart(instance);
      const exitCode = await instance.process.exited;
      this.#instance = null;
      this.#probes?.stop();
      this.#record.terminated(exitCode, startedAt, node.store.now());
      return exitCode;
    } catch (error) {
      const { store, log } = node;
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof StartError)) log(`container ${this.status.name}: ${message}`);
      recordEvent(store, this.#options.pod, 'Warning', 'Failed', `Error: ${message}`);
      this.#record.terminated(128, startedAt, node.store.now(), { reason: 'StartError', message });
      return 128;
    } finally {
      begun();
    }
  }

  /** Retries until the container can be configured; null when the pod stops first. */
  async #launch(image: Image): Promise<Instance | null> {
    const { node, pod, container, sandbox, volumes } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const log = newLog(pod, container, this.#attempts);
      try {
        const launched = launch({
          node,
          pod,
          container,
          image,
          sandbox,
          volumes,
          attempt: this.#attempts++,
          log,
        });
        this.#keepLog(log);
        return await launched;
      } catch (error) {
        log.end();
        if (!(error instanceof ContainerConfigError)) throw error;
        recordEvent(node.store, pod, 'Warning', 'Failed', `Error: ${error.message}`);
        this.#record.waiting('CreateContainerConfigError', error.message);
        this.#firstStarted();
        await nextChange(node.store, 5000, this.#stopping.signal);
      }
    }
    return null;
  }

  /** As the kubelet: the present instance's log and the one before it. */
  #keepLog(log: ContainerLog): void {
    if (this.#log) {
      this.#previousLog?.remove();
      this.#previousLog = this.#log;
    }
    this.#log = log;
  }

  /** The postStart hook, then Running and the probes. */
  async #afterStart(instance: Instance): Promise<void> {
    const { node, pod, container } = this.#options;
    const startedAt = node.store.now();
    const hook = container.lifecycle?.postStart;
    if (hook) {
      const ended = new AbortController();
      void instance.process.exited.then(() => ended.abort());
      const outcome = await this.#attempt(hook, hookTimeoutMs, ended.signal);
      if (this.#instance !== instance) return;
      if (!outcome.ok) {
        const message = `PostStartHook failed: ${outcome.message}`;
        recordEvent(node.store, pod, 'Warning', 'FailedPostStartHook', message);
        await this.#end(instance, AbortSignal.timeout(this.#graceMs(undefined)));
        return;
      }
    }
    this.#record.running(
      startedAt,
      `embedded://${pod.metadata.uid}.${container.name}.${this.#attempts}`,
    );
    this.#probes = startProbes({
      store: node.store,
      pod,
      container,
      attempt: (probe, timeoutMs, signal) => this.#attempt(probe, timeoutMs, signal),
      onStarted: () => this.#record.set({ started: true }),
      onReady: (ready) => this.#record.set({ ready }),
      onDead: (probe) => {
        if (this.#stopping.signal.aborted) return;
        const graceMs = this.#graceMs(probe.terminationGracePeriodSeconds);
        void this.#end(instance, AbortSignal.timeout(graceMs));
      },
    });
    this.#options.onChange();
    this.#firstStarted();
  }

  #end(instance: Instance, kill: AbortSignal): Promise<void> {
    const { node, pod, container } = this.#options;
    return stopInstance({
      process: instance.process,
      stopSignal: instance.stopSignal,
      kill,
      preStop: container.lifecycle?.preStop ?? null,
      attempt: (hook, signal) => this.#attempt(hook, hookTimeoutMs, signal),
      onHookFailure: (message) =>
        recordEvent(node.store, pod, 'Warning', 'FailedPreStopHook', message),
    });
  }

  #attempt(action: ProbeAction, timeoutMs: number, signal: AbortSignal) {
    const exec = async (argv: readonly string[], limitMs: number, stop: AbortSignal) => {
      const outcome = await this.exec(argv, { timeoutMs: limitMs, signal: stop });
      if (!outcome) return { exitCode: 1, output: 'the container is not running', timedOut: false };
      const output = Buffer.concat([outcome.stdout, outcome.stderr]).toString('utf8');
      return { exitCode: outcome.exitCode, output, timedOut: outcome.timedOut };
    };
    return attempt({ pod: this.#options.pod, exec }, action, timeoutMs, signal);
  }

  async #image(): Promise<Image | null> {
    const { node, pod, container } = this.#options;
    const image = await node.images.get(container.image);
    if (typeof image !== 'string') return image;
    const failed = (reason: string, message: string) => {
      recordEvent(node.store, pod, 'Warning', 'Failed', `Error: ${reason}`);
      this.#record.waiting(reason, message);
      this.#firstStarted();
    };
    recordEvent(node.store, pod, 'Warning', 'Failed', image);
    if (container.imagePullPolicy === 'Never') failed('ErrImageNeverPull', image);
    else {
      failed('ErrImagePull', image);
      await pause(1000, this.#stopping.signal);
      if (!this.#stopping.signal.aborted) {
        const message = `Back-off pulling image "${container.image}": ErrImagePull: ${image}`;
        recordEvent(node.store, pod, 'Normal', 'BackOff', message);
        this.#record.waiting('ImagePullBackOff', message);
      }
    }
    // Which programs this machine has does not change during a run.
    await pause(2 ** 31 - 1, this.#stopping.signal);
    return null;
  }

  #restarts(exitCode: number | null): boolean {
    const { restart } = this.#options;
    return restart === 'Always' || (restart === 'OnFailure' && exitCode !== 0);
  }

  #graceMs(seconds: number | undefined): number {
    return (seconds ?? this.#options.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }
}
