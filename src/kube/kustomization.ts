import { join } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { describeValue, isMap, type JsonMap } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { didYouMean } from '../model/suggestion.ts';
import { parseYaml, type YamlDocument } from '../model/yaml-document.ts';
import { pathKind, readTextOrNull } from '../platform/files.ts';
import { type Generated, generateObjects } from './kustomize-generators.ts';
import { contentHash } from './kustomize-hash.ts';
import { setLabels, setNamespace, sortForApply, transform } from './kustomize-transformers.ts';
import { withSourceOf } from './manifest-source.ts';
import { parseManifests } from './manifest-text.ts';
import { renameObjects } from './name-references.ts';

/** The names that kustomize looks for. */
export const kustomizationNames: readonly string[] = [
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
];

const supported = [
  'apiVersion',
  'kind',
  'metadata',
  'resources',
  'namespace',
  'namePrefix',
  'nameSuffix',
  'labels',
  'commonLabels',
  'commonAnnotations',
  'images',
  'replicas',
  'configMapGenerator',
  'secretGenerator',
  'generatorOptions',
];

/**
 * Builds a kustomization as `kubectl kustomize` does (compared with kubectl 1.32), for the fields in
 * `supported`; every other field is refused, never passed over.
 * @throws UsageError with position.
 */
export async function loadKustomization(folder: string): Promise<KubeObject[]> {
  const { objects, hashed } = await build(folder, []);
  const renames = objects.flatMap((object) =>
    hashed.has(object) ? [{ object, name: `${object.metadata.name}-${contentHash(object)}` }] : [],
  );
  return sortForApply(renameObjects(objects, renames));
}

async function build(folder: string, parents: readonly string[]): Promise<Generated> {
  if (parents.includes(folder)) {
    throw new UsageError(`${folder}: the kustomization includes itself`);
  }
  const { document, root } = await readKustomization(folder);
  const parts: Generated[] = [];
  for (const [index, entry] of listOf(root, 'resources', document).entries()) {
    if (typeof entry !== 'string') {
      throw wrong(document, ['resources', index], `expected a path, got ${describeValue(entry)}`);
    }
    parts.push(await loadResource(folder, entry, document, index, [...parents, folder]));
  }
  parts.push(await generateObjects(folder, root, document));
  return transformAll(parts, root, document);
}

async function loadResource(
  folder: string,
  entry: string,
  document: YamlDocument,
  index: number,
  parents: readonly string[],
): Promise<Generated> {
  const path = join(folder, entry);
  const kind = /^[a-z+]+:\/\/|^git@|^github\.com\//.test(entry) ? 'remote' : await pathKind(path);
  if (kind === 'folder') return build(path, parents);
  const text = kind === 'file' ? await readTextOrNull(path) : null;
  if (text !== null) return { objects: parseManifests(text, path, 'kustomize'), hashed: new Set() };
  throw wrong(
    document,
    ['resources', index],
    kind === 'remote'
      ? `${entry} is elsewhere and is not fetched; ${instead(folder)}`
      : `there is no ${path}`,
  );
}

async function readKustomization(
  folder: string,
): Promise<{ document: YamlDocument; root: JsonMap }> {
  for (const name of kustomizationNames) {
    const file = join(folder, name);
    const text = await readTextOrNull(file);
    if (text === null) continue;
    const [document] = parseYaml(text, file, 'kubernetes');
    if (!document || !isMap(document.value)) {
      throw new UsageError(`${file}: expected a kustomization (a map)`);
    }
    for (const key of Object.keys(document.value)) {
      if (supported.includes(key)) continue;
      throw new UsageError(
        `kustomization field ${key} is not supported here${didYouMean(key, supported)}; ${instead(folder)}`,
        { position: document.positionOfKey([key]) },
      );
    }
    return { document, root: document.value };
  }
  throw new UsageError(`${folder}: a kustomization names this folder, but it holds none itself`);
}

function transformAll(
  parts: readonly Generated[],
  root: JsonMap,
  document: YamlDocument,
): Generated {
  const objects = parts.flatMap((part) => part.objects);
  const hashed = new Set(parts.flatMap((part) => [...part.hashed]));
  const steps = [setNamespace, transform, setLabels];
  let current = objects;
  for (const step of steps) current = step(current, root, document);
  const prefix = textOf(root, 'namePrefix', document);
  const suffix = textOf(root, 'nameSuffix', document);
  const renames = current
    .filter(({ kind }) => !['Namespace', 'CustomResourceDefinition', 'APIService'].includes(kind))
    .map((object) => ({ object, name: `${prefix}${object.metadata.name}${suffix}` }));
  const renamed = prefix || suffix ? renameObjects(current, renames) : current;
  const stillHashed = renamed.filter((_, index) => {
    const original = objects[index];
    return original !== undefined && hashed.has(original);
  });
  return {
    objects: renamed.map((object, index) => withSourceOf(object, objects[index] ?? object)),
    hashed: new Set(stillHashed),
  };
}

function textOf(root: JsonMap, field: string, document: YamlDocument): string {
  const value = root[field] ?? '';
  if (typeof value === 'string') return value;
  throw wrong(document, [field], `expected text, got ${describeValue(value)}`);
}

function listOf(root: JsonMap, field: string, document: YamlDocument): readonly unknown[] {
  const value = root[field] ?? [];
  if (Array.isArray(value)) return value;
  throw wrong(document, [field], `expected a list, got ${describeValue(value)}`);
}

function wrong(
  document: YamlDocument,
  path: readonly (string | number)[],
  message: string,
): UsageError {
  return new UsageError(`kustomization ${path.join('.')}: ${message}`, {
    position: document.positionOf(path),
  });
}

function instead(folder: string): string {
  return `build it yourself and give the file: kubectl kustomize ${folder} > all.yaml`;
}
