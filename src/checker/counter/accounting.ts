import { type History, type OpIndex, outcomeCodes } from '../history.ts';
import { ofKind, type RunStory } from '../run-story.ts';
import { type StaleReads, staleReads } from './stale.ts';

/** The part of a key's ledger that this run wrote, and the value the counter had right before it. */
export interface Ledger {
  /** An operation's index, or a negative number for what no operation of this key left. */
  readonly entries: Int32Array;
  readonly base: number;
  /** The counter or its ledger is shorter than when the load began: it was started anew. */
  readonly reset: boolean;
}

/** One key's history joined with its ledger by op id. */
export interface KeyAccount {
  readonly key: string;
  /** Its operations, sorted by start. */
  readonly members: Uint32Array;
  readonly counts: {
    readonly ok: number;
    readonly rejected: number;
    readonly indeterminate: number;
  };
  /** Null when the ledger was not, or not completely, read: then nothing below is known. */
  readonly ledger: Ledger | null;
  /** Value the counter had before the load; null when it was not read. */
  readonly initial: number | null;
  /** Value after the drain; null when it could not be read. */
  readonly final: number | null;
  /** Acknowledged, and missing from the ledger. */
  readonly lost: readonly OpIndex[];
  /** Rejected, and yet in the ledger. */
  readonly phantom: readonly OpIndex[];
  /** More than once in the ledger. */
  readonly duplicate: readonly OpIndex[];
  /** Of unknown fate, and in the ledger: how many. */
  readonly applied: number;
  /** Ledger entries that no operation of this run left: how many different ones. */
  readonly foreign: number;
  /** Different entries of the ledger, all in all. */
  readonly distinct: number;
  readonly stale: StaleReads;
}

/** Every load key's account. */
export function accountsOf(story: RunStory): readonly KeyAccount[] {
  const members = membersByKey(story.history);
  // How often each operation is in its key's ledger, up to twice.
  const times = new Uint8Array(story.history.size);
  return story.keys.map((key) => accountOf(story, key, members.get(key) ?? noMembers, times));
}

const noMembers = new Uint32Array(0);

function membersByKey({ size, key, keys }: History): ReadonlyMap<string, Uint32Array> {
  const counts = new Uint32Array(keys.length);
  for (let index = 0; index < size; index++) {
    const code = key[index] ?? 0;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  const lists = keys.map((_, code) => new Uint32Array(counts[code] ?? 0));
  counts.fill(0);
  for (let index = 0; index < size; index++) {
    const code = key[index] ?? 0;
    const place = counts[code] ?? 0;
    const list = lists[code];
    if (list) list[place] = index;
    counts[code] = place + 1;
  }
  return new Map(keys.map((name, code) => [name, lists[code] ?? noMembers]));
}

function accountOf(
  story: RunStory,
  key: string,
  members: Uint32Array,
  times: Uint8Array,
): KeyAccount {
  const { history } = story;
  const start = ofKind(story.events, 'initial').find((event) => event.key === key);
  const read = ofKind(story.events, 'counter-read').findLast(
    (event) => event.key === key && event.stage === 'after',
  );
  const whole = story.ledgers.entriesOf(key);
  const ledger = whole && cutLedger(whole, start ?? { value: 0, ledger: 0 });
  const foreign = new Set<number>();
  let own = 0;
  for (const entry of ledger?.entries ?? []) {
    if (entry < 0) foreign.add(entry);
    else {
      if (times[entry] === 0) own++;
      times[entry] = Math.min(2, (times[entry] ?? 0) + 1);
    }
  }
  const counts = { ok: 0, rejected: 0, indeterminate: 0 };
  const lost: OpIndex[] = [];
  const phantom: OpIndex[] = [];
  const duplicate: OpIndex[] = [];
  let applied = 0;
  for (const index of members) {
    // Where an id stands twice in the history nobody can tell which of the two was applied.
    const { ids } = history;
    const found = times[ids.repeated > 0 ? ids.find(ids.idOf(index)) : index] ?? 0;
    if (found > 1) duplicate.push(index);
    switch (history.outcome[index]) {
      case outcomeCodes.ok:
        counts.ok++;
        if (ledger !== null && found === 0) lost.push(index);
        break;
      case outcomeCodes.rejected:
        counts.rejected++;
        if (found > 0) phantom.push(index);
        break;
      default:
        counts.indeterminate++;
        if (found > 0) applied++;
    }
  }
  return {
    key,
    members,
    counts,
    ledger,
    initial: start?.value ?? null,
    final: read?.value ?? null,
    lost,
    phantom,
    duplicate,
    applied,
    foreign: foreign.size,
    distinct: own + foreign.size,
    stale: staleReads(history, members),
  };
}

function cutLedger(
  whole: Int32Array,
  start: { readonly value: number; readonly ledger: number },
): Ledger {
  const ours = whole.subarray(0, start.ledger).some((entry) => entry >= 0);
  const reset = ours || whole.length < start.ledger;
  return reset
    ? { entries: whole, base: 0, reset }
    : { entries: whole.subarray(start.ledger), base: start.value, reset };
}
