import { UsageError } from '../model/errors.ts';
import type { KubeObject } from '../model/kube-object.ts';
import { type ImageName, isProgramPath, parseImageName } from './image-name.ts';
import { withSourceOf } from './manifest-source.ts';
import { imagesOf, withImages } from './pod-template.ts';

/** `--image FROM=TO`. */
export interface ImagePair {
  readonly from: string;
  readonly to: string;
}

/** One image that was replaced. */
export interface ImageUse extends ImagePair {
  /** As the manifest had it. */
  readonly image: string;
}

/**
 * Runs the same manifests on other images. An exact `name:tag` wins over a name alone, which maps
 * every tag of it; `docker.io/library/` is the same as nothing. When neither side of a pair has a tag,
 * the manifest's tag stays (a mirror: `redis=mirror.example/redis`).
 * @throws UsageError for a pair that matches no image, naming those that there are.
 */
export function mapImages(
  objects: readonly KubeObject[],
  pairs: readonly ImagePair[],
): { objects: KubeObject[]; used: ImageUse[] } {
  const rules = pairs.map((pair) => ({ pair, from: parseImageName(pair.from) }));
  for (const [index, rule] of rules.entries()) {
    if (rules.slice(0, index).some(({ from }) => sameImage(from, rule.from))) {
      throw new UsageError(`image ${rule.pair.from} is mapped twice; keep one of the two`);
    }
  }
  const used = new Map<string, ImageUse>();
  const change = (image: string): string => {
    const parsed = parseImageName(image);
    const rule =
      rules.find(({ from }) => sameImage(from, parsed)) ??
      rules.find(({ from }) => !from.tag && !from.digest && from.name === parsed.name);
    if (!rule) return image;
    const to = targetOf(rule.pair.to, rule.from, parsed);
    used.set(`${rule.pair.from} ${image}`, { from: rule.pair.from, to, image });
    return to;
  };
  const mapped = objects.map((object) => withSourceOf(withImages(object, change), object));
  for (const { pair } of rules) {
    if ([...used.values()].some((use) => use.from === pair.from)) continue;
    const present = [...new Set(objects.flatMap(imagesOf).map(({ image }) => image))].sort();
    throw new UsageError(
      `image ${pair.from}=${pair.to} matches nothing; the manifests use ${present.join(', ') || 'no image at all'}`,
    );
  }
  return { objects: mapped, used: [...used.values()] };
}

function sameImage(a: ImageName, b: ImageName): boolean {
  return a.name === b.name && a.tag === b.tag && a.digest === b.digest;
}

function targetOf(to: string, from: ImageName, image: ImageName): string {
  const { tag, digest } = parseImageName(to);
  const keepTag =
    !isProgramPath(to) && !tag && !digest && !from.tag && !from.digest && image.tag !== null;
  return keepTag ? `${to}:${image.tag}` : to;
}
