import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerRunner } from './container-runner.ts';
import type { NodeContext } from './node-context.ts';
import { folders } from './node-files.ts';
import type { AnyObject } from './objects.ts';
import type { Pod } from './pod-objects.ts';
import { PodWorker } from './pod-worker.ts';
import type { Change } from './store.ts';
import { claimFolder, refreshVolumes } from './volumes.ts';

/** Follows the store: a worker for each pod, files for what comes and goes beside them. */
export class Kubelet {
  readonly #node: NodeContext;
  /** By uid: a pod deleted by force goes on stopping beside its successor. */
  readonly #workers = new Map<string, PodWorker>();

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

  #followPod(pod: Pod, change: Change): void {
    const { uid } = pod.metadata;
    if (change === 'created') {
      this.#workers.set(uid, new PodWorker(this.#node, pod));
      return;
    }
    const worker = this.#workers.get(uid);
    if (!worker) return;
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
