import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../image/images.ts';
import { layOutRoot } from '../image/root-filesystem.ts';
import type { Sandbox } from '../image/sandbox.ts';
import { containerCredentials } from '../kubelet/credentials.ts';
import type { NodeContext } from '../kubelet/node-context.ts';
import { folders } from '../kubelet/node-files.ts';
import type { MountedVolume } from '../kubelet/volumes.ts';
import type { Container, Pod } from '../store/pod-objects.ts';
import type { ExecTarget } from './container-exec.ts';
import { ContainerLog } from './container-log.ts';
import { type RunningContainer, StartError, startContainer } from './container-process.ts';
import { containerEnvironment } from './environment.ts';
import { expand } from './expansion.ts';

/** One running instance of a container and what an exec into it needs. */
export interface Instance {
  readonly process: RunningContainer;
  /** What asks it to end. */
  readonly stopSignal: NodeJS.Signals;
  readonly exec: ExecTarget;
}

export interface LaunchRequest {
  readonly node: NodeContext;
  readonly pod: Pod;
  readonly container: Container;
  readonly image: Image;
  readonly sandbox: Sandbox;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** Counts this container's instances in its pod, from 0. */
  readonly attempt: number;
  readonly log: ContainerLog;
}

/**
 * Starts one instance: environment, user, files, process.
 * @throws ContainerConfigError before anything is started; StartError when starting fails
 */
export async function launch(request: LaunchRequest): Promise<Instance> {
  const { node, pod, container, image } = request;
  const credentials = containerCredentials(pod, container, node.rootless, image.user);
  const environment = containerEnvironment(node.store, pod, container, credentials.uid);
  const entrypoint = container.command ?? [...image.entrypoint];
  const args = container.args ?? (container.command ? [] : [...image.command]);
  const argv = [...entrypoint, ...args].map((part) => expand(part, environment));
  const folder = join(folders.pods, pod.metadata.uid, container.name, String(request.attempt));
  mkdirSync(folder, { recursive: true });
  let root: ReturnType<typeof layOutRoot>;
  try {
    root = layOutRoot(pod, container, image, request.volumes, environment, folder);
  } catch (cause) {
    throw new StartError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  const { tools, fifos } = node;
  const process = await startContainer({
    tools,
    fifos,
    credentials,
    environment,
    argv,
    root,
    sandbox: request.sandbox,
    log: request.log,
  });
  void process.exited.then(() => rmSync(folder, { recursive: true, force: true }));
  return {
    process,
    stopSignal: image.stopSignal,
    exec: { pid: process.pid, credentials, environment, workingDir: root.workingDir },
  };
}

export function newLog(pod: Pod, container: Container, attempt: number): ContainerLog {
  const folder = join(folders.logs, pod.metadata.uid);
  mkdirSync(folder, { recursive: true });
  return new ContainerLog(join(folder, `${container.name}.${attempt}`));
}
