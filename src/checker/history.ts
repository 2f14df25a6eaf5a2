import type { Operation, Outcome } from '../model/operation.ts';
import { ascendingOrder } from './counter/ascending.ts';
import { collectOpIds, type OpIds } from './counter/op-ids.ts';

/** An operation's place in a history: histories are sorted by start. */
export type OpIndex = number;

/** The outcome column's codes. */
export const outcomeCodes = { ok: 0, rejected: 1, indeterminate: 2 } as const;
const outcomeNames: readonly Outcome[] = ['ok', 'rejected', 'indeterminate'];
/** The longest latency that is told apart: 71 minutes. */
const maxLatencyUs = 0xffff_ffff;
const maxNames = 65_536;

/**
 * The requests of a run in columns, sorted by start: about 60 bytes each, so that ten million fit where
 * objects would not. Times are µs since run start.
 */
export interface History {
  readonly size: number;
  readonly startUs: Float64Array;
  readonly endUs: Float64Array;
  /** The counter's value the answer carried; NaN for none. */
  readonly value: Float64Array;
  /** From when the schedule wanted it to start to its end, whole µs, at most 71 minutes. */
  readonly latencyUs: Uint32Array;
  /** `outcomeCodes`. */
  readonly outcome: Uint8Array;
  /** Index into `keys`. */
  readonly key: Uint16Array;
  readonly keys: readonly string[];
  /** Index into `nodes`. */
  readonly node: Uint16Array;
  /** `NODE_ID@ADDRESS`; null: nobody said. */
  readonly nodes: readonly (string | null)[];
  /** Index into `errors`. */
  readonly error: Uint16Array;
  readonly errors: readonly (string | null)[];
  readonly ids: OpIds;
}

/** Takes operations one by one, in any order. */
export interface HistoryBuilder {
  add(operation: Operation): void;
  finish(): History;
}

/** A history of what is already in memory. */
export function historyOf(operations: readonly Operation[]): History {
  const builder = buildHistory(operations.length);
  for (const operation of operations) builder.add(operation);
  return builder.finish();
}

/** `expected`: about how many operations will come; more are fine. */
export function buildHistory(expected = 0): HistoryBuilder {
  let capacity = Math.max(16, expected);
  let size = 0;
  let startUs = new Float64Array(capacity);
  let endUs = new Float64Array(capacity);
  let value = new Float64Array(capacity);
  let latencyUs = new Uint32Array(capacity);
  let outcome = new Uint8Array(capacity);
  let key = new Uint16Array(capacity);
  let node = new Uint16Array(capacity);
  let error = new Uint16Array(capacity);
  const keys = internedNames<string>();
  const nodes = internedNames<string | null>();
  const errors = internedNames<string | null>();
  const ids = collectOpIds(capacity);

  const grow = () => {
    capacity *= 2;
    // A transfer gives the old memory back at once, not when the collector finds time.
    startUs = new Float64Array(startUs.buffer.transfer(capacity * 8));
    endUs = new Float64Array(endUs.buffer.transfer(capacity * 8));
    value = new Float64Array(value.buffer.transfer(capacity * 8));
    latencyUs = new Uint32Array(latencyUs.buffer.transfer(capacity * 4));
    outcome = new Uint8Array(outcome.buffer.transfer(capacity));
    key = new Uint16Array(key.buffer.transfer(capacity * 2));
    node = new Uint16Array(node.buffer.transfer(capacity * 2));
    error = new Uint16Array(error.buffer.transfer(capacity * 2));
  };
  return {
    add(operation) {
      if (size === capacity) grow();
      startUs[size] = operation.startUs;
      endUs[size] = operation.endUs;
      value[size] = operation.value ?? Number.NaN;
      latencyUs[size] = Math.min(
        maxLatencyUs,
        Math.max(0, Math.round(operation.endUs - operation.intendedUs)),
      );
      outcome[size] = outcomeCodes[operation.outcome];
      key[size] = keys.codeOf(operation.key);
      node[size] = nodes.codeOf(operation.node);
      error[size] = errors.codeOf(operation.error);
      ids.add(operation.id);
      size++;
    },
    finish() {
      const order = ascendingOrder(startUs.subarray(0, size));
      const put = <T extends Column>(column: T): T => inOrder(column, order, size);
      startUs = put(startUs);
      endUs = put(endUs);
      value = put(value);
      latencyUs = put(latencyUs);
      outcome = put(outcome);
      key = put(key);
      node = put(node);
      error = put(error);
      return {
        size,
        startUs,
        endUs,
        value,
        latencyUs,
        outcome,
        key,
        keys: keys.names,
        node,
        nodes: nodes.names,
        error,
        errors: errors.names,
        ids: ids.finish(order),
      };
    },
  };
}

type Column =
  | Float64Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

function inOrder<T extends Column>(column: T, order: Uint32Array | null, size: number): T {
  if (order === null) return column.subarray(0, size) as T;
  const result = emptied(column, size);
  let to = 0;
  for (const index of order) result[to++] = column[index] ?? 0;
  column.buffer.transfer(0); // gives the memory back now
  return result;
}

/** A column of the same kind; `slice` would copy what is overwritten at once. */
function emptied<T extends Column>(column: T, size: number): T {
  const make = column.constructor as new (length: number) => T;
  return new make(size);
}

/** Few different names, one number each. */
function internedNames<T extends string | null>() {
  const names: T[] = [];
  const codes = new Map<T, number>();
  return {
    names,
    codeOf(name: T): number {
      const known = codes.get(name);
      if (known !== undefined) return known;
      if (names.length === maxNames) {
        throw new RangeError(`a history may name at most ${maxNames} keys, nodes or errors`);
      }
      codes.set(name, names.length);
      return names.push(name) - 1;
    },
  };
}

export function isAcknowledged(history: History, index: OpIndex): boolean {
  return history.outcome[index] === outcomeCodes.ok;
}

/** `a1f (12.345-12.350 s) got 17`: one operation, for people. */
export function describe(history: History, index: OpIndex): string {
  const from = ((history.startUs[index] ?? 0) / 1e6).toFixed(3);
  const to = ((history.endUs[index] ?? 0) / 1e6).toFixed(3);
  const outcome = outcomeNames[history.outcome[index] ?? 0] ?? 'ok';
  const error = history.errors[history.error[index] ?? 0];
  const end =
    outcome === 'ok'
      ? `got ${history.value[index]}`
      : `was ${outcome}${error ? ` (${error})` : ''}`;
  return `${history.ids.idOf(index)} (${from}-${to} s) ${end}`;
}
