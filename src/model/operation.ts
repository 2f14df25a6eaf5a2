/**
 * What became of one request.
 * - `ok`: acknowledged; the write was applied.
 * - `rejected`: surely not applied (refused, MOVED, CLUSTERDOWN, READONLY, LOADING, NOAUTH…).
 * - `indeterminate`: it may or may not have been applied (time-out, reset, EOF, 5xx without a class).
 */
export type Outcome = 'ok' | 'rejected' | 'indeterminate';

export const outcomes: readonly Outcome[] = ['ok', 'rejected', 'indeterminate'];

/** One request of the load, as a line of history.ndjson holds it. Times are µs since run start. */
export interface Operation {
  /** Unique in the run, 16 bytes at most: the entry it leaves in the key's ledger. */
  readonly id: string;
  readonly key: string;
  readonly worker: number;
  /** When the open-loop schedule wanted it to start. */
  readonly intendedUs: number;
  readonly startUs: number;
  readonly endUs: number;
  readonly outcome: Outcome;
  /** The counter's value the answer carried; null unless `ok`. */
  readonly value: number | null;
  /** Error class (`CLUSTERDOWN`, `timeout`, `ECONNREFUSED`, `http-502`…); null when `ok`. */
  readonly error: string | null;
  /** Who executed it, `NODE_ID@ADDRESS`, as the app said; null when nobody said. */
  readonly node: string | null;
}
