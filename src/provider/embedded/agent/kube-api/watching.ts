import type { AnyObject } from '../store/objects.ts';
import type { Change, ObjectStore } from '../store/store.ts';
import { ApiError } from './api-error.ts';
import { selection } from './reading.ts';
import { type ApiResource, apiVersionOf } from './resources.ts';
import { shown } from './shown-object.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: object;
}

/** Removals that a watch from an older version is still told of. */
const rememberedRemovals = 500;

/**
 * Tells a client of a resource's changes. There is no history: a watch from an older version is told
 * the present state of what has changed since, and of objects that have gone.
 */
export class Watches {
  readonly #store: ObjectStore;
  readonly #removed: AnyObject[] = [];
  /** The newest version whose removal is forgotten. */
  #forgotten: number;

  constructor(store: ObjectStore) {
    this.#store = store;
    this.#forgotten = store.version;
    store.subscribe((object, change) => {
      if (change !== 'removed') return;
      this.#removed.push(object);
      if (this.#removed.length <= rememberedRemovals) return;
      this.#forgotten = versionOf(this.#removed.shift());
    });
  }

  /**
   * @returns what ends the watch
   * @throws ApiError 400 for a selector that cannot be read, 410 for a version that is too old
   */
  open(
    resource: ApiResource,
    query: URLSearchParams,
    tell: (event: WatchEvent) => void,
  ): () => void {
    const store = this.#store;
    const wanted = selection(resource, query);
    const since = Number(query.get('resourceVersion') ?? 0) || 0;
    const initial = query.get('sendInitialEvents') === 'true';
    if (since > 0 && since < this.#forgotten && !initial) {
      const message = `too old resource version: ${since} (${this.#forgotten})`;
      throw new ApiError(410, 'Expired', message);
    }
    const known = new Set<string>();
    const follow = (object: AnyObject, change: Change) => {
      if (object.kind !== resource.kind) return;
      const { uid } = object.metadata;
      const had = known.has(uid);
      const has = change !== 'removed' && wanted(object);
      if (has) known.add(uid);
      else known.delete(uid);
      if (!had && !has) return;
      const type = !has ? 'DELETED' : had ? 'MODIFIED' : 'ADDED';
      tell({ type, object: shown(object, resource) });
    };
    if (since > 0 && !initial) this.#catchUp(resource, wanted, since, known, follow);
    else {
      for (const object of store.list(resource.kind)) follow(object, 'created');
      if (initial) tell(bookmark(resource, store.version));
    }
    return store.subscribe(follow);
  }

  #catchUp(
    resource: ApiResource,
    wanted: (object: AnyObject) => boolean,
    since: number,
    known: Set<string>,
    follow: (object: AnyObject, change: Change) => void,
  ): void {
    for (const object of this.#removed) {
      if (object.kind !== resource.kind || versionOf(object) <= since || !wanted(object)) continue;
      known.add(object.metadata.uid);
      follow(object, 'removed');
    }
    for (const object of this.#store.list(resource.kind)) {
      if (versionOf(object) > since) follow(object, 'updated');
      else if (wanted(object)) known.add(object.metadata.uid);
    }
  }
}

function versionOf(object: AnyObject | undefined): number {
  return Number(object?.metadata.resourceVersion ?? 0);
}

/** Says that all objects of the beginning have been sent (KEP-3157). */
function bookmark(resource: ApiResource, version: number): WatchEvent {
  const metadata = {
    resourceVersion: String(version),
    annotations: { 'k8s.io/initial-events-end': 'true' },
  };
  const { kind } = resource;
  return { type: 'BOOKMARK', object: { kind, apiVersion: apiVersionOf(resource), metadata } };
}
