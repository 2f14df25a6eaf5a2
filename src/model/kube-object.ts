/**
 * A Kubernetes object as YAML gives it. Everything the port takes and returns has the shapes of the
 * Kubernetes API, whoever implements it.
 */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly {
      apiVersion?: string;
      kind: string;
      name: string;
      uid: string;
      controller?: boolean;
    }[];
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}
