import type { AnyObject, KnownKind, KnownKinds } from './objects.ts';
import type { Meta, NewObject } from './stored-object.ts';

export type Change = 'created' | 'updated' | 'removed';
export type ChangeListener = (object: AnyObject, change: Change) => void;

export interface StoreOptions {
  readonly namespace: string;
  readonly newUid: () => string;
  /** RFC 3339 time of now, whole seconds as the API prints them. */
  readonly now: () => string;
}

/**
 * The API server's memory: objects by kind and name, in order of creation. It stamps uid,
 * resourceVersion and creationTimestamp; what an object means is the controllers' affair.
 */
export class ObjectStore {
  readonly namespace: string;
  readonly #options: StoreOptions;
  readonly #kinds = new Map<string, Map<string, AnyObject>>();
  readonly #listeners = new Set<ChangeListener>();
  /** The resourceVersion of each kind's last change, a removal included. */
  readonly #kindVersions = new Map<string, number>();
  #version = 0;

  constructor(options: StoreOptions) {
    this.namespace = options.namespace;
    this.#options = options;
  }

  now(): string {
    return this.#options.now();
  }

  /** The resourceVersion of the last change. */
  get version(): number {
    return this.#version;
  }

  /** The resourceVersion of the last change to any object of this kind; 0 before the first. */
  versionOf(kind: string): number {
    return this.#kindVersions.get(kind) ?? 0;
  }

  get<K extends KnownKind>(kind: K, name: string): KnownKinds[K] | undefined;
  get(kind: string, name: string): AnyObject | undefined;
  get(kind: string, name: string): AnyObject | undefined {
    return this.#kinds.get(kind)?.get(name);
  }

  list<K extends KnownKind>(kind: K): KnownKinds[K][];
  list(kind: string): AnyObject[];
  list(kind: string): AnyObject[] {
    return [...(this.#kinds.get(kind)?.values() ?? [])];
  }

  kinds(): string[] {
    return [...this.#kinds.keys()];
  }

  /** True while exactly this object (not a later one of its name) is in the store. */
  holds(object: AnyObject): boolean {
    return this.get(object.kind, object.metadata.name) === object;
  }

  /** Adds a new object; the caller has checked that the name is free. */
  create<K extends KnownKind>(object: NewObject & { kind: K }): KnownKinds[K];
  create(object: NewObject): AnyObject;
  create(object: NewObject): AnyObject {
    const metadata: Meta = {
      labels: {},
      annotations: {},
      finalizers: [],
      ownerReferences: [],
      ...structuredClone(object.metadata),
      namespace: this.namespace,
      uid: this.#options.newUid(),
      resourceVersion: this.#nextVersion(object.kind),
      generation: 1,
      creationTimestamp: this.now(),
    };
    const stored = { ...structuredClone(object), metadata } as AnyObject;
    let named = this.#kinds.get(object.kind);
    if (!named) {
      named = new Map();
      this.#kinds.set(object.kind, named);
    }
    named.set(metadata.name, stored);
    this.#tell(stored, 'created');
    return stored;
  }

  /** Says that the object was changed in place. */
  changed(object: AnyObject): void {
    if (!this.holds(object)) return; // a pod deleted by force lives on for a moment outside the API
    object.metadata.resourceVersion = this.#nextVersion(object.kind);
    this.#tell(object, 'updated');
  }

  /** Takes the object out at once, whatever its finalizers. */
  remove(object: AnyObject): void {
    if (!this.holds(object)) return;
    this.#kinds.get(object.kind)?.delete(object.metadata.name);
    object.metadata.resourceVersion = this.#nextVersion(object.kind);
    this.#tell(object, 'removed');
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #nextVersion(kind: string): string {
    this.#kindVersions.set(kind, ++this.#version);
    return String(this.#version);
  }

  #tell(object: AnyObject, change: Change): void {
    for (const listener of [...this.#listeners]) listener(object, change);
  }
}
