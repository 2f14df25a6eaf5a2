/** An image reference taken apart: `docker.io/library/redis:8.0` is name `redis`, tag `8.0`. */
export interface ImageName {
  /** Without `docker.io/` and `library/`, which every runtime adds by itself. */
  readonly name: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

/**
 * Takes an image reference apart (distribution's reference grammar: a colon after the last slash
 * starts the tag, `@` the digest).
 */
export function parseImageName(image: string): ImageName {
  const [reference = '', digest = null] = image.split('@', 2);
  const slash = reference.lastIndexOf('/');
  const colon = reference.indexOf(':', slash + 1);
  const name = colon < 0 ? reference : reference.slice(0, colon);
  return {
    name: name.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, ''),
    tag: colon < 0 ? null : reference.slice(colon + 1),
    digest,
  };
}

/** True for what the embedded provider may run in place of an image: a program's path. */
export function isProgramPath(image: string): boolean {
  return /^(\/|\.\.?\/)/.test(image);
}
