import { basename, dirname, join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { listFolder, pathKind, readTextOrNull } from '../platform/files.ts';
import { parseManifests, refuseDuplicates } from './manifest-text.ts';
import { buildKustomization } from './render/kustomization.ts';
import type { ProgramSearch } from './render/kustomize-program.ts';
import { kustomizationNames } from './render/kustomize-words.ts';
import { validateManifests } from './validate.ts';

/**
 * Loads a user's manifests: a file, a folder (its `*.yaml`, `*.yml`, `*.json` in order of name, not
 * its sub-folders, as `kubectl apply -f` does), or a folder with a kustomization, which kustomize or
 * kubectl builds. Kinds that we do not know pass through. Objects keep their position: see manifest-source.ts.
 * @throws UsageError with file, line and column for what is not a Kubernetes object, and for what
 * the API would refuse (see validate.ts).
 */
export async function loadManifests(
  path: string,
  search: Partial<ProgramSearch> = {},
): Promise<KubeObject[]> {
  if (/^[a-z+]+:\/\//.test(path)) {
    throw new UsageError(
      `manifests ${path}: a URL is not fetched; download it and give the file's path`,
    );
  }
  const objects = await loadPath(path, {
    env: process.env,
    log: () => {},
    signal: new AbortController().signal,
    ...search,
  });
  if (objects.length === 0) {
    throw new UsageError(`manifests ${path}: there is no Kubernetes object in it`);
  }
  refuseDuplicates(objects);
  validateManifests(objects);
  return objects;
}

async function loadPath(path: string, search: ProgramSearch): Promise<KubeObject[]> {
  const kind = await pathKind(path);
  if (kind === 'missing') {
    throw new UsageError(`manifests ${path}: there is no such file or folder`);
  }
  if (kind === 'file') {
    return kustomizationNames.includes(basename(path))
      ? buildKustomization(dirname(path), search)
      : loadFile(path);
  }
  const names = await listFolder(path);
  if (names.some((name) => kustomizationNames.includes(name))) {
    return buildKustomization(path, search);
  }
  const files = names.filter((name) => /\.(ya?ml|json)$/.test(name));
  if (files.length === 0) {
    throw new UsageError(
      `manifests ${path}: the folder has no *.yaml, *.yml or *.json (sub-folders are not searched)`,
    );
  }
  const loaded: KubeObject[] = [];
  for (const name of files) {
    const file = join(path, name);
    if ((await pathKind(file)) === 'file') loaded.push(...(await loadFile(file)));
  }
  return loaded;
}

async function loadFile(file: string): Promise<KubeObject[]> {
  const text = await readTextOrNull(file);
  if (text === null) throw new UsageError(`manifests ${file}: the file is gone`);
  return parseManifests(text, file);
}
