import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InfrastructureError, UsageError } from '../../../../src/model/errors.ts';
import {
  clusterConfig,
  refuseTakenName,
  undoKindCluster,
} from '../../../../src/provider/kind/cluster.ts';
import { findContainerRuntime } from '../../../../src/provider/kind/container-runtime.ts';
import { findKind } from '../../../../src/provider/kind/kind-program.ts';
import { containerIdOf } from '../../../../src/provider/kind/self-container.ts';

/** Goal: what is missing is said at once, with the next step. Method: programs of our own on PATH. */
const signal = new AbortController().signal;
let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'programs-'));
});
afterEach(() => rm(path, { recursive: true }));

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(path, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(path, name), 0o755);
}

async function failure(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(InfrastructureError);
  return (error as Error).message;
}

test('no container program: both named, how to install one', async () => {
  const message = await failure(findContainerRuntime(signal, { PATH: path }));
  expect(message).toMatch(/docker is not installed; podman is not installed.*docker\.io/);
});

test('a daemon that is not running: start it', async () => {
  await program('docker', 'echo "Cannot connect to the Docker daemon at X" >&2; exit 1');
  const message = await failure(findContainerRuntime(signal, { PATH: path }));
  expect(message).toMatch(/Cannot connect to the Docker daemon.*systemctl start docker/);
});

test('a socket that is not ours: the docker group', async () => {
  await program('docker', 'echo "permission denied while trying to connect" >&2; exit 1');
  expect(await failure(findContainerRuntime(signal, { PATH: path }))).toContain('docker group');
});

test('docker is direct where its containers can be reached', async () => {
  const says = (lines: string) => program('docker', `printf '${lines}'`);
  const ask = (env: NodeJS.ProcessEnv = {}) => findContainerRuntime(signal, { PATH: path, ...env });
  await says('28.0.1\\nDebian\\n["name=seccomp"]\\n');
  expect(await ask()).toEqual({ program: 'docker', version: '28.0.1', direct: true });
  expect(await ask({ DOCKER_HOST: 'tcp://elsewhere:2375' })).toMatchObject({ direct: false });
  await says('28.0.1\\nDebian\\n["name=seccomp","name=rootless"]\\n');
  expect(await ask()).toMatchObject({ direct: false });
  await says('28.0.1\\nDocker Desktop\\n[]\\n');
  expect(await ask()).toMatchObject({ direct: false });
});

test('podman is asked where docker is missing, or where kind is told to use it', async () => {
  const info = '{"host":{"security":{"rootless":true}},"version":{"Version":"5.4.0"}}';
  await program('podman', `echo '${info}'`);
  const rootless = { program: 'podman', version: '5.4.0', direct: false };
  expect(await findContainerRuntime(signal, { PATH: path })).toEqual(rootless);
  await program('docker', "printf '28.0.1\\nDebian\\n[]\\n'");
  const env = { PATH: path, KIND_EXPERIMENTAL_PROVIDER: 'podman' };
  expect(await findContainerRuntime(signal, env)).toEqual(rootless);
});

test('kind on PATH is taken when no version or its own is asked for', async () => {
  await program('kind', 'echo kind v0.31.0 go1.26.8 linux/amd64');
  const log = () => {};
  const found = { path: join(path, 'kind'), version: 'v0.31.0' };
  expect(await findKind(null, log, signal, { PATH: path })).toEqual(found);
  expect(await findKind('0.31.0', log, signal, { PATH: path })).toEqual(found);
});

test('a cluster name that is not ours, or taken, is refused', async () => {
  const runtime = { program: join(path, 'docker') as 'docker', version: '1', direct: true };
  await program('docker', 'echo 0a1b rkc-1-control-plane');
  await expect(refuseTakenName(runtime, 'mine', signal)).rejects.toThrow(UsageError);
  await expect(refuseTakenName(runtime, 'rkc-1', signal)).rejects.toThrow(/already/);
  await program('docker', 'true');
  await expect(refuseTakenName(runtime, 'rkc-1', signal)).resolves.toBeUndefined();
});

test('an undo never names a cluster that is not ours', async () => {
  const undo = { kind: 'kind-cluster', name: 'production', provider: 'docker', kubeconfig: '/x' };
  expect(await failure(undoKindCluster(undo, signal))).toContain('not a kind cluster of ours');
});

test('the configuration has one control plane, and ports only where they are needed', () => {
  const base = { name: 'rkc-1', nodeImage: null, kubeconfig: '/x' };
  expect(clusterConfig({ ...base, nodes: 3, mappedPorts: [] })).toMatchObject({
    nodes: [
      { role: 'control-plane', extraPortMappings: [] },
      { role: 'worker' },
      { role: 'worker' },
    ],
  });
  expect(clusterConfig({ ...base, nodes: 1, mappedPorts: [31801] })).toMatchObject({
    nodes: [{ extraPortMappings: [{ containerPort: 31801, listenAddress: '127.0.0.1' }] }],
  });
});

test('the own container is found by the mounts that docker makes for it', () => {
  const id = '2ba5d92450efee0ab3691824c09de9a3920b5162ef9551afe36da9516a43261c';
  const mount = (root: string, at: string) => `735 706 254:0 ${root} ${at} rw - ext4 /dev/vda rw`;
  expect(containerIdOf(mount(`/var/lib/docker/containers/${id}/hosts`, '/etc/hosts'))).toBe(id);
  expect(containerIdOf(mount(`/var/lib/docker/containers/${id}/hosts`, '/mnt'))).toBeNull();
  expect(containerIdOf(mount('/', '/etc/hosts'))).toBeNull();
});
