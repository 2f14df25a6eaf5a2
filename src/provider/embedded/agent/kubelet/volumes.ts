import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Pod, Volume } from '../store/pod-objects.ts';
import type { ObjectStore } from '../store/store.ts';
import { mountsToken } from './account-tokens.ts';
import { folders } from './node-files.ts';
import { MountError, serviceAccountVolume, type VolumeFile, volumeFiles } from './volume-files.ts';

export interface MountedVolume {
  readonly folder: string;
  readonly readOnly: boolean;
}

/** Where a claim's data lives: as long as the claim, and never on a disk. */
export function claimFolder(claimUid: string): string {
  return join(folders.claims, claimUid);
}

/**
 * Makes the folders of a pod's volumes, as the kubelet does before the first container.
 * @param mayChown false without root: owners then stay as they are
 * @throws MountError naming the ConfigMap, Secret or key that is not there
 */
export function mountVolumes(
  store: ObjectStore,
  pod: Pod,
  mayChown: boolean,
): Map<string, MountedVolume> {
  const mounted = new Map<string, MountedVolume>();
  const fsGroup = mayChown ? pod.spec.securityContext?.fsGroup : undefined;
  for (const volume of volumesOf(store, pod)) {
    const own = join(folders.pods, pod.metadata.uid, 'volumes', volume.name);
    const files = volumeFiles(store, pod, volume);
    if (files) {
      mkdirSync(own, { recursive: true });
      writeAtomically(own, files, fsGroup);
      mounted.set(volume.name, { folder: own, readOnly: true });
      continue;
    }
    const claim = volume.persistentVolumeClaim;
    const bound = claim && store.get('PersistentVolumeClaim', claim.claimName);
    const folder = bound ? claimFolder(bound.metadata.uid) : own;
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true });
      chmodSync(folder, 0o777);
    }
    if (fsGroup !== undefined) giveToGroup(folder, fsGroup);
    mounted.set(volume.name, { folder, readOnly: claim?.readOnly === true });
  }
  return mounted;
}

function volumesOf(store: ObjectStore, pod: Pod): readonly Volume[] {
  const account = mountsToken(store, pod) ? [serviceAccountVolume] : [];
  return [...(pod.spec.volumes ?? []), ...account];
}

/** Brings changed ConfigMaps, Secrets and labels to the volumes of a running pod. */
export function refreshVolumes(store: ObjectStore, pod: Pod, mayChown: boolean): void {
  const group = mayChown ? pod.spec.securityContext?.fsGroup : undefined;
  for (const volume of pod.spec.volumes ?? []) {
    const { configMap, secret, downwardAPI, projected } = volume;
    if (!configMap && !secret && !downwardAPI && !projected) continue;
    const folder = join(folders.pods, pod.metadata.uid, 'volumes', volume.name);
    if (!existsSync(folder)) continue;
    try {
      writeAtomically(folder, volumeFiles(store, pod, volume) ?? [], group);
    } catch (error) {
      if (!(error instanceof MountError)) throw error; // deleted meanwhile: the files stay as they were
    }
  }
}

let generation = 0;

/**
 * The kubelet's AtomicWriter: files in a folder of their own, `..data` swapped over to it, and links
 * to `..data/FILE`; a reader sees the old or the new set, never a mix.
 */
function writeAtomically(folder: string, files: readonly VolumeFile[], group?: number): void {
  const name = `..${Date.now()}.${generation++}`;
  const fresh = join(folder, name);
  mkdirSync(fresh);
  for (const file of files) {
    const target = join(fresh, file.path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, file.content);
    // fsGroup gets what the owner may read, as SetVolumeOwnership does
    chmodSync(target, group === undefined ? file.mode : file.mode | ((file.mode & 0o500) >> 3));
    if (group !== undefined) chownSync(target, 0, group);
  }
  const link = join(folder, '..data');
  symlinkSync(name, `${link}_tmp`);
  renameSync(`${link}_tmp`, link);
  const wanted = new Set(files.map((file) => file.path.split('/')[0] ?? ''));
  for (const entry of readdirSync(folder)) {
    if (entry === '..data' || entry === name) continue;
    if (!wanted.has(entry)) rmSync(join(folder, entry), { recursive: true });
    wanted.delete(entry);
  }
  for (const entry of wanted) symlinkSync(`..data/${entry}`, join(folder, entry));
}

/** SetVolumeOwnership of the kubelet: group owns, may read and write, folders pass the group on. */
function giveToGroup(path: string, group: number): void {
  const info = lstatSync(path);
  if (info.isSymbolicLink()) return;
  chownSync(path, info.uid, group);
  chmodSync(path, info.isDirectory() ? (info.mode & 0o777) | 0o2770 : (info.mode & 0o777) | 0o660);
  if (info.isDirectory())
    for (const entry of readdirSync(path)) giveToGroup(join(path, entry), group);
}
