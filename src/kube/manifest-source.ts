import { type Position, UsageError } from '../model/errors.ts';
import type { KubeObject } from '../model/kube-object.ts';
import type { YamlDocument, YamlPath } from '../model/yaml-document.ts';

interface Source {
  readonly document: YamlDocument;
  /** Where in the document the object stands: `['items', 2]` in a List. */
  readonly prefix: YamlPath;
}

/** Beside the objects and not in them: what is applied must hold nothing of ours. */
const sources = new WeakMap<KubeObject, Source>();

export function rememberSource(object: KubeObject, source: Source): void {
  sources.set(object, source);
}

/** Gives a changed copy the position of its original. */
export function withSourceOf<T extends KubeObject>(copy: T, original: KubeObject): T {
  const source = sources.get(original);
  if (source) sources.set(copy, source);
  return copy;
}

/**
 * Where in the user's files `path` of this object stands (of its nearest existing parent, when the
 * field is absent); null for an object that was not loaded from a file.
 */
export function positionOf(object: KubeObject, path: YamlPath = []): Position | null {
  const source = sources.get(object);
  return source ? source.document.positionOf([...source.prefix, ...path]) : null;
}

/** As positionOf, but of the last key itself. */
export function positionOfKey(object: KubeObject, path: YamlPath): Position | null {
  const source = sources.get(object);
  return source ? source.document.positionOfKey([...source.prefix, ...path]) : null;
}

/** `StatefulSet redis-cluster`: how messages name an object. */
export function objectName(object: KubeObject): string {
  return `${object.kind} ${object.metadata.name}`;
}

/** A UsageError that starts with the position and names the object. */
export function objectError(
  object: KubeObject,
  path: YamlPath,
  message: string,
  at: 'value' | 'key' = 'value',
): UsageError {
  const position = at === 'key' ? positionOfKey(object, path) : positionOf(object, path);
  return new UsageError(`${objectName(object)}: ${message}`, position ? { position } : {});
}

/** `file:line:column`, for a message that needs a second position. */
export function formatPosition(position: Position | null): string {
  return position ? `${position.file}:${position.line}:${position.column}` : 'a generated object';
}
