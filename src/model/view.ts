/** One line of CLUSTER NODES. Volatile fields (ping and pong times) are left out. */
export interface ClusterNode {
  readonly id: string;
  /** Address announced on that line, without port; `''` when the line has none. */
  readonly ip: string;
  readonly port: number;
  readonly busPort: number;
  /** e.g. `['myself', 'master']`, `['slave', 'fail?']`, `['handshake']`, `['noaddr']`. */
  readonly flags: readonly string[];
  /** Node id of its master; null for a master. */
  readonly masterId: string | null;
  readonly epoch: number;
  readonly linkState: 'connected' | 'disconnected';
  /** Slot ranges as printed, e.g. `0-5460`, `7`; migrating ones as `[93-<-ID]`. */
  readonly slots: readonly string[];
}

/** One entry of CLUSTER SLOTS: a slot range and who serves it, the master first. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly nodes: readonly { readonly ip: string; readonly port: number; readonly id: string }[];
}

/** What INFO replication of one server says, less its volatile counters. */
export interface ReplicationInfo {
  readonly role: 'master' | 'slave';
  readonly masterHost: string | null;
  readonly masterPort: number | null;
  readonly masterLink: 'up' | 'down' | null;
  readonly connectedReplicas: readonly {
    readonly ip: string;
    readonly port: number;
    readonly state: string;
  }[];
}

/** One master as one Sentinel knows it. What changes by itself (times of pings, offsets) is left out. */
export interface SentinelMaster {
  /** e.g. `mymaster`. */
  readonly name: string;
  /** As printed: an address, or a host name where those are announced. */
  readonly ip: string;
  readonly port: number;
  /** e.g. `['master']`, `['master', 'o_down', 's_down']`, with `failover_in_progress` or `disconnected`; sorted. */
  readonly flags: readonly string[];
  readonly configEpoch: number;
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  readonly replicas: readonly {
    readonly ip: string;
    readonly port: number;
    readonly flags: readonly string[];
    /** What the replica last told this Sentinel of its master; null before it told anything. */
    readonly masterHost: string | null;
    readonly masterPort: number | null;
    /** `ok` or `err`. */
    readonly masterLinkStatus: string | null;
  }[];
  /** The other Sentinels that this one knows. */
  readonly sentinels: readonly {
    readonly ip: string;
    readonly port: number;
    readonly runId: string;
    readonly flags: readonly string[];
  }[];
}

/** What one Sentinel says. */
export interface SentinelView {
  readonly version: string;
  /** SENTINEL MYID; null where it has none (before 6.2). */
  readonly myId: string | null;
  /** Sorted by name. */
  readonly masters: readonly SentinelMaster[];
  /** Its clock or its machine stood still: for 30 s it fails nothing over. Left out otherwise. */
  readonly tilt?: true;
}

/** What one Redis server says of itself and of the cluster, at one moment, asked on its pod's address. */
export interface NodeView {
  readonly pod: string;
  /** The pod's; of a Sentinel beside other servers `PODUID/CONTAINER`. */
  readonly uid: string;
  /** `IP:PORT` at which it was asked: the pod's real address. */
  readonly address: string;
  /**
   * `ok`: it answered. `loading`: it answers LOADING. `unreachable`: no connection or no answer
   * (which is not the same as wrong). `refused`: NOAUTH or another refusal; see `error`. `unreadable`: it
   * answered in a way that this tool does not understand. `unproven`: the checker's own word, there is
   * no proof that anybody looked.
   */
  readonly status: 'ok' | 'loading' | 'unreachable' | 'refused' | 'unreadable' | 'unproven';
  readonly error: string | null;
  /** Null unless `status` is `ok`, and always for a Sentinel. */
  readonly server: ServerView | null;
  /** Left out for data servers. */
  readonly kind?: 'sentinel';
  /** What a Sentinel says instead of `server`; left out unless `status` is `ok`. */
  readonly sentinel?: SentinelView;
}

export interface ServerView {
  /** From INFO server: `redis_version` or, for Valkey, `valkey_version` (`valkey 8.1.1`). */
  readonly version: string;
  readonly runId: string;
  readonly clusterEnabled: boolean;
  /** CLUSTER MYID; null outside cluster mode. */
  readonly myId: string | null;
  readonly nodes: readonly ClusterNode[];
  readonly slots: readonly SlotRange[];
  /** `cluster_state` of CLUSTER INFO; null outside cluster mode. */
  readonly clusterState: string | null;
  readonly currentEpoch: number | null;
  readonly replication: ReplicationInfo;
}
