import type { FaultClass, FaultName, HoldMode } from './fault.ts';

export type ProviderName = 'embedded' | 'kind' | 'kubeconfig';
export const providerNames: readonly ProviderName[] = ['embedded', 'kind', 'kubeconfig'];

export type TopologyName =
  | 'cluster'
  | 'cluster-auth'
  | 'standalone'
  | 'sentinel'
  | 'sentinel-proxy';
export const topologyNames: readonly TopologyName[] = [
  'cluster',
  'cluster-auth',
  'standalone',
  'sentinel',
  'sentinel-proxy',
];

/** What is to be done, every default filled in and every duration parsed. */
export interface Plan {
  readonly provider: ProviderPlan;
  readonly setup: SetupPlan;
  readonly faults: FaultPlan;
  readonly load: LoadPlan;
  readonly assert: AssertPlan;
  readonly seed: number;
  readonly reportDir: string;
  readonly keep: 'always' | 'on-failure' | 'never';
}

export interface ProviderPlan {
  /** `auto`: embedded where it can run, else kind. */
  readonly name: ProviderName | 'auto';
  readonly nodes: number;
  /** When a lost node is given up, and when its pods are deleted; null: as on a real cluster. */
  readonly notReadyAfterMs: number | null;
  readonly evictAfterMs: number | null;
  readonly nodeImage: string | null;
  readonly kindVersion: string | null;
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly allowContext: string | null;
  readonly namespace: string | null;
  /** Local images to load into a kind cluster's nodes. */
  readonly loadImages: readonly string[];
}

/** Where a password is. */
export type PasswordSource =
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'secret'; readonly name: string; readonly key: string };

export interface SetupPlan {
  /** Null: read from the servers. */
  readonly topology: TopologyName | null;
  /** File, folder or kustomization of the user's; null: the shipped ones of the topology. */
  readonly manifests: string | null;
  /** Folder or packed file of the user's Helm chart, instead of manifests. */
  readonly chart: string | null;
  /** Values files of the chart; null, or one as a text, in reports of old versions. */
  readonly values: readonly string[];
  /** `KEY=VALUE`, as helm's `--set`; left out by old versions. */
  readonly set?: readonly string[];
  /** `NAME=NAME` pairs: run the same manifests on another image. */
  readonly images: readonly { readonly from: string; readonly to: string }[];
  /** node timeout (Sentinel: down-after) of the shipped manifests; null with the user's own. */
  readonly nodeTimeoutMs: number | null;
  readonly form: 'auto' | 'tool' | 'self';
  readonly auth: PasswordSource | null;
  /** The ACL user whose password that is; null, and left out by old versions: the default user. */
  readonly authUser?: string | null;
  /** The Sentinels' own password; null, and left out by old versions: as for the servers, if they ask for one. */
  readonly sentinelAuth?: PasswordSource | null;
  /** Label selector of the Redis pods; null: found by what answers on their Redis port. */
  readonly selector: string | null;
}

/** Whether what is tested is ours: the shipped manifests of a topology. */
export function isShipped({ manifests, chart }: Pick<SetupPlan, 'manifests' | 'chart'>): boolean {
  return manifests === null && chart === null;
}

export interface FaultPlan {
  readonly name: FaultName;
  readonly hold: HoldMode;
  /** How long a held victim stays down after its replica's promotion, ms; null: as `awayMs` of rules/ says. */
  readonly awayMs: number | null;
  /** Null: the pod's own terminationGracePeriodSeconds. */
  readonly graceSeconds: number | null;
  /** How many failovers, one after the other; null: as many as the topology needs to show itself. */
  readonly failovers: number | null;
  readonly assertOnly: boolean;
  readonly claims: readonly FaultClass[];
}

export interface LoadPlan {
  /** Requests a second over all keys, open loop. */
  readonly rate: number;
  readonly requestTimeoutMs: number;
  readonly maxInFlight: number;
  /** Name of the user's LoadBalancer Service; null: `hit-counter-lb`. */
  readonly service: string | null;
  /** Regular expression whose first group is the number on a user's page; null: our own app's. */
  readonly pattern: string | null;
  /** Name or number of the port of that Service that has the page; null: it is found. */
  readonly port: string | null;
  /** Path of a user's page; null: `/`. */
  readonly path: string | null;
  /** The key that a user's page counts under; null: it is found, `hits` first. */
  readonly key: string | null;
}

export interface AssertPlan {
  /** Null: the prediction's upper end + 3 s. */
  readonly outageBudgetMs: number | null;
  readonly loss: 'strict' | 'window';
}
