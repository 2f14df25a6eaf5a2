import {
  chmodSync,
  existsSync,
  mkdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { expand } from '../container/expansion.ts';
import { folders } from '../kubelet/node-files.ts';
import { writeEtc } from '../kubelet/pod-etc.ts';
import { serviceAccountPath, serviceAccountVolume } from '../kubelet/volume-files.ts';
import type { MountedVolume } from '../kubelet/volumes.ts';
import type { Container, Pod } from '../store/pod-objects.ts';
import { fstabPath, type Image } from './images.ts';

/** A new container's root folder and the mounts that complete it, as lines of an fstab. */
export interface RootFilesystem {
  readonly folder: string;
  readonly mounts: readonly string[];
  readonly workingDir: string;
}

/** A path of the container and the folder that is mounted there. */
interface Backing {
  readonly path: string;
  readonly folder: string;
}

const rootFolders = ['usr', 'etc', 'dev', 'proc', 'sys', 'run', 'root', 'mnt', 'opt', 'srv'];
const openFolders = {
  tmp: 0o1777,
  'var/tmp': 0o1777,
  data: 0o777,
  'home/node': 0o777,
  'var/lib/haproxy': 0o777,
};
const localFolders = ['bin', 'lib', 'libexec', 'etc', 'sbin', 'share', 'src'];

/**
 * Lays out the root: own /etc, /tmp, /run and home folders; the host's /usr read-only below the
 * image's /usr/local; nothing else of the host. The mounts happen inside the container's namespaces.
 * @param environment the container's: a subPathExpr may name its variables
 * @param folder an empty folder for this instance of the container
 * @throws Error with the runtime's reason when a volumeMount cannot be made
 */
export function layOutRoot(
  pod: Pod,
  container: Container,
  image: Image,
  volumes: ReadonlyMap<string, MountedVolume>,
  environment: Readonly<Record<string, string>>,
  folder: string,
): RootFilesystem {
  const root = join(folder, 'root');
  const local = join(folder, 'local');
  const source = join(folder, 'src');
  for (const name of rootFolders) mkdirSync(join(root, name), { recursive: true });
  for (const [name, mode] of Object.entries(openFolders)) {
    mkdirSync(join(root, name), { recursive: true });
    chmodSync(join(root, name), mode);
  }
  symlinkSync('../run', join(root, 'var/run'));
  for (const name of localFolders) mkdirSync(join(local, name), { recursive: true });
  mkdirSync(source);
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) linkAsOnHost(root, name);
  writeEtc(pod, join(root, 'etc'));

  const backings: Backing[] = [
    { path: '/', folder: root },
    { path: '/usr/local', folder: local },
    ...(existsSync('/usr/src') ? [{ path: '/usr/src', folder: source }] : []),
  ];
  if (image.ownFolder !== null) mkdirSync(join(root, image.ownFolder), { recursive: true });
  const at = (path: string) => fstabPath(join(root, path));
  const own = volumeMounts(mountsOf(container, volumes), volumes, environment, root, backings);
  const workingDir = container.workingDir ?? image.workingDir;
  mkdirSync(backingOf(workingDir, backings), { recursive: true });
  const plain = container.securityContext?.readOnlyRootFilesystem ? 'bind,ro' : 'bind';
  const mounts = [
    `${at('')} ${at('')} none ${plain} 0 0`,
    `/usr ${at('usr')} none rbind,ro 0 0`,
    ...backings
      .slice(1, existsSync('/usr/src') ? 3 : 2)
      .map(({ path, folder: from }) => `${fstabPath(from)} ${at(path)} none ${plain} 0 0`),
    ...['bin', 'lib', 'libexec'].map(
      (name) =>
        `${fstabPath(join(image.localFolder, name))} ${at(`usr/local/${name}`)} none rbind,ro 0 0`,
    ),
    `${folders.dev} ${at('dev')} none rbind,ro 0 0`,
    `tmpfs ${at('dev/shm')} tmpfs nosuid,nodev,noexec,mode=1777,size=64m 0 0`,
    `proc ${at('proc')} proc nosuid,nodev,noexec 0 0`,
    // root in a container may not turn the host's knobs
    `${at('proc/sys')} ${at('proc/sys')} none bind,ro 0 0`,
    ...(existsSync('/proc/sysrq-trigger')
      ? [`${at('proc/sysrq-trigger')} ${at('proc/sysrq-trigger')} none bind,ro 0 0`]
      : []),
    ...(existsSync('/etc/alternatives')
      ? [`${folders.alternatives} ${at('etc/alternatives')} none bind,ro 0 0`]
      : []),
    ...(image.ownFolder === null
      ? []
      : [`${fstabPath(image.ownFolder)} ${at(image.ownFolder)} none rbind,ro 0 0`]),
    ...own,
  ];
  return { folder: root, mounts, workingDir };
}

function linkAsOnHost(root: string, name: string): void {
  try {
    symlinkSync(readlinkSync(join('/', name)), join(root, name));
  } catch {
    // not a link into /usr on this host, or not there at all
  }
}

type VolumeMount = NonNullable<Container['volumeMounts']>[number];

/** The manifest's own and, unless something is mounted there, the service account's. */
function mountsOf(
  container: Container,
  volumes: ReadonlyMap<string, MountedVolume>,
): readonly VolumeMount[] {
  const own = container.volumeMounts ?? [];
  const { name } = serviceAccountVolume;
  if (!volumes.has(name) || own.some(({ mountPath }) => mountPath === serviceAccountPath)) {
    return own;
  }
  return [...own, { name, mountPath: serviceAccountPath, readOnly: true }];
}

function volumeMounts(
  wanted: readonly VolumeMount[],
  volumes: ReadonlyMap<string, MountedVolume>,
  environment: Readonly<Record<string, string>>,
  root: string,
  backings: Backing[],
): string[] {
  // Outer mount points first: /data before /data/conf.
  const mounts = [...wanted].sort((a, b) => a.mountPath.length - b.mountPath.length);
  return mounts.map((mount) => {
    const volume = volumes.get(mount.name);
    if (!volume) throw new Error(`volume "${mount.name}" is not defined in the pod`);
    const path = posix.normalize(`/${mount.mountPath}`).replace(/(.)\/$/, '$1');
    const inner = mount.subPathExpr ? expand(mount.subPathExpr, environment) : mount.subPath;
    const source = inner ? subPathOf(volume, inner) : volume.folder;
    createMountPoint(backingOf(path, backings), statSync(source).isDirectory());
    backings.push({ path, folder: source });
    const mode = mount.readOnly || volume.readOnly ? 'bind,ro' : 'bind';
    return `${fstabPath(source)} ${fstabPath(join(root, path))} none ${mode} 0 0`;
  });
}

/** Where a path of the container really is: in the innermost of what is mounted above it. */
function backingOf(path: string, backings: readonly Backing[]): string {
  let best: Backing = backings[0] ?? { path: '/', folder: '/' };
  for (const backing of backings) {
    const inside = path === backing.path || path.startsWith(`${backing.path}/`);
    if (inside && backing.path.length >= best.path.length) best = backing;
  }
  return join(best.folder, posix.relative(best.path, path));
}

function subPathOf(volume: MountedVolume, subPath: string): string {
  if (posix.normalize(subPath).startsWith('..')) {
    throw new Error(`subPath ${subPath} leads out of its volume`);
  }
  const source = join(volume.folder, subPath);
  if (!existsSync(source)) {
    if (volume.readOnly) throw new Error(`failed to prepare subPath ${subPath}: not in the volume`);
    mkdirSync(source, { recursive: true });
    chmodSync(source, 0o777);
  }
  return source;
}

function createMountPoint(target: string, directory: boolean): void {
  if (existsSync(target)) return;
  mkdirSync(directory ? target : dirname(target), { recursive: true });
  if (!directory) writeFileSync(target, '');
}
