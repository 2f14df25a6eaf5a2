/**
 * The parts of Kubernetes objects that the embedded node reads and writes. They are mutable: the
 * store owns them, everything outside the agent gets copies.
 */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface Meta {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  finalizers: string[];
  ownerReferences: OwnerReference[];
  generateName?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
}

/** What a manifest or a controller gives: the store fills in the rest. */
export interface NewObject {
  apiVersion: string;
  kind: string;
  metadata: Partial<Meta> & { name: string };
  [field: string]: unknown;
}

export interface Stored<Kind extends string> {
  apiVersion: string;
  kind: Kind;
  metadata: Meta;
}

/** Which objects of a kind a controller, a Service's or a budget's rules are about. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}
