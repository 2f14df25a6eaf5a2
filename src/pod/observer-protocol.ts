import type { NodeView } from '../model/view.ts';

/**
 * What the observer and the harness say to each other, in JSON over HTTP. Times are µs of the
 * observer's own monotonic clock, which `GET /echo` reads.
 */

/** `PUT /targets`: the servers to look at; replaces the set. */
export interface Targets {
  readonly targets: readonly Target[];
}

export interface Target {
  readonly pod: string;
  /** The identity: the pod's, or where it has several servers the server's, `PODUID/CONTAINER`. */
  readonly uid: string;
  /** `IP:PORT` of the pod's Redis, or of its Sentinel. */
  readonly address: string;
  /** Left out for data servers. */
  readonly kind?: 'sentinel';
}

/** `PUT /probes`: the counters that the observer itself increments every 100 ms; replaces the set. */
export interface Probes {
  readonly probes: readonly ProbeRequest[];
}

export interface ProbeRequest {
  readonly key: string;
  readonly slot: number;
  /** Outside cluster mode: the Sentinels' name of the master, needed where they know several. */
  readonly master?: string;
}

/** `POST /ask`: commands on a fresh connection of their own, each sent once. */
export interface AskRequest {
  /** `HOST:PORT`. */
  readonly address: string;
  /** One command… */
  readonly argv?: readonly string[];
  /** …or several, in one write. */
  readonly argvs?: readonly (readonly string[])[];
  readonly timeoutMs: number;
  /** False: the password is not sent. Default true. */
  readonly auth?: boolean;
  /** A Sentinel is asked with the Sentinels' password. */
  readonly kind?: 'sentinel';
}

/** RESP2 as JSON; an error reply inside a list becomes `{error: TEXT}`. */
export type JsonReply = null | string | number | readonly JsonReply[] | { readonly error: string };

export type AskReply =
  | { readonly ok: true; readonly reply: JsonReply }
  | {
      readonly ok: false;
      readonly error: {
        /** As the load's error classes: `NOAUTH`, `timeout`, `ECONNREFUSED`… */
        readonly class: string;
        readonly message: string;
        readonly outcome: 'rejected' | 'indeterminate';
      };
    };

/** The answer to `argv` is one AskReply, to `argvs` one for each, in order. */
export interface AskBatchReply {
  readonly replies: readonly AskReply[];
}

/**
 * `POST /read`: GET by a new client that knows only the seed and follows MOVED, 5 times at most; or whose
 * seed is a Sentinel, which it asks for the master.
 */
export interface ReadRequest {
  /** `HOST:PORT`. */
  readonly seed: string;
  readonly key: string;
  /** The master's name there: the seed is a Sentinel. */
  readonly sentinel?: string;
  /** Of each hop. Default 2000. */
  readonly timeoutMs?: number;
  readonly auth?: boolean;
}

export interface ReadReply {
  readonly value: string | null;
  /** `NODE_ID@IP:PORT` of who answered (outside cluster mode its run_id); null when nobody did. */
  readonly owner: string | null;
  /** Every address that was asked, the seed first. */
  readonly hops: readonly string[];
  readonly error: { readonly class: string; readonly message: string } | null;
}

/** `POST /greet`: does a server speak TLS? */
export interface GreetRequest {
  /** `HOST:PORT`. */
  readonly address: string;
  readonly timeoutMs: number;
}

export interface GreetReply {
  readonly tls: boolean;
  /** The protocol's version, or how it ended: an error's code, `closed`, `no answer`. */
  readonly detail: string;
}

/** `GET /echo`. */
export interface Echo {
  readonly monoUs: number;
  /** Differs after every start of the observer: its sequence and its clock start anew with it. */
  readonly boot: string;
}

/** A line of `GET /events?from=SEQ`. Those without `seq` are not kept: they are said as they come. */
export type ObserverLine = ObserverEvent | ObserverBeat | ObserverGap;

/** Kept, numbered 1, 2, 3… without holes. */
export type ObserverEvent = { readonly seq: number; readonly atUs: number } & ObserverEventBody;

/** Every 250 ms, so that silence means blindness. */
export interface ObserverBeat {
  readonly kind: 'beat';
  readonly atUs: number;
}

/** Events `from`..`to` are no longer kept: the reader came too late, or was too slow. */
export interface ObserverGap {
  readonly kind: 'gap';
  readonly atUs: number;
  readonly from: number;
  readonly to: number;
}

export type ObserverEventBody =
  | {
      readonly kind: 'view';
      readonly view: NodeView;
      /** The how manieth view of this uid it is, from 1 on without holes. */
      readonly turn: number;
    }
  | {
      /**
       * Each second: at which servers a look was completed since the last such line, the newest of them
       * `agoUs` before `atUs`, and which view it confirmed. Silence of a server here is blindness.
       */
      readonly kind: 'looks';
      readonly looks: readonly {
        readonly uid: string;
        readonly turn: number;
        readonly agoUs: number;
      }[];
      /** Share of that second in which the observer waited for a CPU; null where nobody counts it. */
      readonly runDelay: number | null;
    }
  | { readonly kind: 'target-gone'; readonly pod: string; readonly uid: string }
  | ProbeTransition
  | {
      /** As model/event.ts's OffsetEvent; `atUs` is when the server was asked. */
      readonly kind: 'offset';
      readonly uid: string;
      readonly role: 'master' | 'slave';
      readonly offset: number;
    };

/** As model/event.ts's ProbeEvent, `lastOkUs` in observer time. */
export interface ProbeTransition {
  readonly kind: 'probe';
  readonly key: string;
  readonly slot: number;
  readonly ok: boolean;
  readonly node: string | null;
  readonly error: string | null;
  readonly lastOkUs: number | null;
}
