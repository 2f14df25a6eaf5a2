/**
 * Outside cluster mode nothing in a key says where it is kept, and one set of Sentinels may know several
 * masters: keys of ours end in `@NAME`, the Sentinels' name of theirs.
 */
const marked = /^rkc:.*@([^@]+)$/;

/** The master's name that a key of ours carries; null for any other key. */
export function masterNameOf(key: string): string | null {
  return marked.exec(key)?.[1] ?? null;
}

/** @param prefix begins with `rkc:` */
export function keyOfMaster(prefix: string, name: string): string {
  return `${prefix}@${name}`;
}
