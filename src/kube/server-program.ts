import { asList, asMap, changeAt } from '../model/json-value.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { parseImageName } from './image-name.ts';
import { withSourceOf } from './manifest-source.ts';
import { podTemplatePath } from './pod-template.ts';

/**
 * The shipped manifests name their server's program, as a start script needs it. On an image of Valkey
 * that is `valkey-server`: the public one has `redis-server` as a link to it, but an image that was built
 * from packages may have both servers, and the wrong one would be tested without a word.
 */
export function withServerProgram(object: KubeObject): KubeObject {
  const path = podTemplatePath(object);
  if (path === null) return object;
  const changed = changeAt(object, [...path, 'spec', 'containers'], (containers) =>
    asList(containers).map((container) => {
      const { image, args } = asMap(container);
      if (typeof image !== 'string' || !isValkey(image) || !Array.isArray(args)) return container;
      const own = args.map((arg) => (arg === 'redis-server' ? 'valkey-server' : arg));
      return { ...asMap(container), args: own };
    }),
  ) as KubeObject;
  return withSourceOf(changed, object);
}

function isValkey(image: string): boolean {
  return /(^|[/-])valkey($|[/-])/.test(parseImageName(image).name);
}
