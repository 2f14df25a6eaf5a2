import { asList, asMap, changeAt, isMap, type JsonMap, valueAt } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';

/** Where a kind keeps its pod (a map of metadata and spec); `[]` for a Pod itself. */
const templatePaths: readonly (readonly string[])[] = [
  ['spec', 'template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
  ['template'],
];

/** Path of the pod template in an object of any kind, or null when it makes no pods. */
export function podTemplatePath(object: KubeObject): readonly string[] | null {
  if (object.kind === 'Pod') return [];
  const path = templatePaths.find((candidate) => {
    const spec = asMap(valueAt(object, candidate)).spec;
    return isMap(spec) && Array.isArray(spec.containers);
  });
  return path ?? null;
}

export interface ContainerImage {
  readonly container: string;
  readonly image: string;
}

const containerLists = ['initContainers', 'containers'] as const;

/** The images that an object's pods run. */
export function imagesOf(object: KubeObject): ContainerImage[] {
  const path = podTemplatePath(object);
  if (path === null) return [];
  const spec = asMap(valueAt(object, [...path, 'spec']));
  return containerLists.flatMap((list) =>
    asList(spec[list]).flatMap((container) => {
      const { name, image } = asMap(container);
      return typeof image === 'string' ? [{ container: String(name), image }] : [];
    }),
  );
}

/** A copy whose containers' images are replaced by `change(image)`. */
export function withImages(object: KubeObject, change: (image: string) => string): KubeObject {
  const path = podTemplatePath(object);
  if (path === null) return object;
  let copy: JsonMap = object;
  for (const list of containerLists) {
    copy = changeAt(copy, [...path, 'spec'], (spec) => {
      const containers = asMap(spec)[list];
      if (!Array.isArray(containers)) return spec;
      return { ...asMap(spec), [list]: containers.map((one) => withImage(one, change)) };
    });
  }
  return copy as KubeObject;
}

function withImage(container: unknown, change: (image: string) => string): unknown {
  if (!isMap(container) || typeof container.image !== 'string') return container;
  return { ...container, image: change(container.image) };
}
