import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerRunner } from '../container/container-runner.ts';
import { podStopped } from '../controllers/deletion.ts';
import { forgetAddress } from '../image/sandbox.ts';
import { loadCutRules } from '../machines.ts';
import type { AnyObject } from '../store/objects.ts';
import type { Pod } from '../store/pod-objects.ts';
import type { Change } from '../store/store.ts';
import { type NodeContext, pause } from './node-context.ts';
import { folders } from './node-files.ts';
import { isTerminating } from './pod-facts.ts';
import { PodWorker } from './pod-worker.ts';
import { claimFolder, refreshVolumes } from './volumes.ts';

/** From a forced delete to the successor's first process on kind (measured: 520 to 530 ms). */
const realStartMs = 500;

function claimsOf({ spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : [],
  );
}

/** The nodes' kubelets: a worker for each pod, files for what comes and goes beside them. */
export class Kubelet {
  readonly #node: NodeContext;
  /** By uid: a pod deleted by force goes on stopping beside its successor. */
  readonly #workers = new Map<string, PodWorker>();
  /** Addresses that went dead with their machine, by node. */
  readonly #unplugged = new Map<string, readonly string[]>();

  constructor(node: NodeContext) {
    this.#node = node;
    node.store.subscribe((object, change) => this.#follow(object, change));
  }

  /** The container of a pod that the API knows; undefined when there is none yet. */
  container(pod: Pod, name: string): ContainerRunner | undefined {
    return this.#workers.get(pod.metadata.uid)?.runner(name);
  }

  #follow(object: AnyObject, change: Change): void {
    if (object.kind === 'Pod') this.#followPod(object as Pod, change);
    if (object.kind === 'PersistentVolumeClaim' && change === 'removed') {
      void rm(claimFolder(object.metadata.uid), { recursive: true, force: true });
    }
    if ((object.kind === 'ConfigMap' || object.kind === 'Secret') && change === 'updated') {
      for (const { pod } of this.#workers.values()) {
        refreshVolumes(this.#node.store, pod, !this.#node.rootless);
      }
    }
  }

  /**
   * The machine under a node is switched off, or cut off from everything outside of it. Its kubelet
   * neither hears nor says anything from now on.
   */
  async breakNode(name: string, how: 'stop' | 'cut'): Promise<void> {
    const { machines } = this.#node;
    machines.set(name, how === 'stop' ? 'stopped' : 'cut');
    const workers = this.#workersOn(name);
    if (how === 'cut') {
      for (const worker of workers) worker.setSilent(true);
      return this.#sever();
    }
    const addresses = await Promise.all(workers.map((worker) => worker.powerOff()));
    this.#unplugged.set(
      name,
      addresses.filter((ip) => ip !== null),
    );
    await this.#sever();
  }

  /**
   * The machine is back. After a loss of power its pods start again, in new sandboxes with new addresses,
   * less those that were deleted meanwhile; after a cut its kubelet catches up with what it missed.
   */
  async healNode(name: string): Promise<void> {
    const { machines, tools, store } = this.#node;
    if (machines.isUp(name)) return;
    machines.set(name, 'up');
    await this.#sever();
    const addresses = this.#unplugged.get(name) ?? [];
    this.#unplugged.delete(name);
    await Promise.all(addresses.map((ip) => forgetAddress(tools, ip)));
    for (const worker of this.#workersOn(name)) {
      const { pod } = worker;
      if (!store.holds(pod)) this.#followPod(pod, 'removed');
      else if (worker.isOff) this.#restart(pod);
      else {
        worker.setSilent(false);
        this.#followPod(pod, 'updated');
      }
    }
  }

  /** A pod that was deleted while its machine had no power has stopped: that is all there is to say. */
  #restart(pod: Pod): void {
    this.#workers.delete(pod.metadata.uid);
    if (isTerminating(pod)) podStopped(this.#node.store, pod);
    else this.#workers.set(pod.metadata.uid, new PodWorker(this.#node, pod));
  }

  /**
   * Settles when whoever still uses the pod's claims has stopped, or after as long as a real node takes to
   * start a pod: one deleted by force is gone from the API while it still runs, and its successor here is
   * up in 50 ms, before the last words of a server that was told to stop are on the volume.
   */
  async #predecessors(pod: Pod): Promise<void> {
    const claims = new Set(claimsOf(pod));
    const stopping = [...this.#workers.values()].filter(
      (worker) =>
        !this.#node.store.holds(worker.pod) &&
        claimsOf(worker.pod).some((claim) => claims.has(claim)),
    );
    const giveUp = new AbortController();
    const ended = Promise.all(stopping.map((worker) => worker.ended));
    await Promise.race([ended, pause(realStartMs, giveUp.signal)]);
    giveUp.abort();
  }

  #workersOn(name: string): PodWorker[] {
    return [...this.#workers.values()].filter(({ pod }) => pod.spec.nodeName === name);
  }

  async #sever(): Promise<void> {
    const { store, machines, tools } = this.#node;
    const cut = store
      .list('Node')
      .filter(({ metadata }) => machines.state(metadata.name) === 'cut');
    const addresses = cut.map(({ metadata }) =>
      this.#workersOn(metadata.name).flatMap(({ pod }) => pod.status.podIP ?? []),
    );
    await loadCutRules(tools, addresses);
  }

  #followPod(pod: Pod, change: Change): void {
    const { uid } = pod.metadata;
    if (change === 'created') {
      this.#workers.set(uid, new PodWorker(this.#node, pod, this.#predecessors(pod)));
      return;
    }
    const worker = this.#workers.get(uid);
    if (!worker || !this.#node.machines.isUp(pod.spec.nodeName)) return;
    if (change === 'removed') {
      worker.terminate(0);
      void worker.ended.then(() => {
        this.#workers.delete(uid);
        return rm(join(folders.logs, uid), { recursive: true, force: true });
      });
    } else if (pod.metadata.deletionTimestamp !== undefined) {
      worker.terminate(pod.metadata.deletionGracePeriodSeconds ?? 30);
    }
  }
}
