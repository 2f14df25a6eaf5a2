import type { EventBody } from '../../../src/model/event.ts';
import type { Operation } from '../../../src/model/operation.ts';
import { idOf, loadKeys, times } from './script-plan.ts';

/** What the clients saw and what the final owners hold. */
export interface History {
  operations: Operation[];
  /** Op ids by key, as the final owner has them. */
  readonly ledgers: Map<string, string[]>;
  readonly finals: Map<string, number>;
  readonly canaries: Map<string, string | null>;
}

/** Ten requests a second a key; on the victim's keys rejected while nobody serves them. */
export function writeHistory(endMs: number, writableMs: number | null): History {
  const operations: Operation[] = [];
  const ledgers = new Map<string, string[]>(loadKeys.map(({ key }) => [key, []]));
  let number = 0;
  for (let ms = 6000; ms < endMs; ms += 100) {
    for (const [lane, { key, slot }] of loadKeys.entries()) {
      const startUs = (ms + lane * 25) * 1000;
      const down =
        slot <= 5460 &&
        startUs >= times.stopped * 1000 &&
        startUs < (writableMs ?? Infinity) * 1000;
      const id = `o${number++}`;
      const ledger = ledgers.get(key) ?? [];
      if (!down) ledger.push(id);
      const owner = slot > 10_922 ? 2 : slot > 5460 ? 1 : startUs < times.stopped * 1000 ? 0 : 3;
      operations.push({
        id,
        key,
        worker: lane,
        intendedUs: startUs,
        startUs,
        endUs: startUs + 4000,
        outcome: down ? 'rejected' : 'ok',
        value: down ? null : ledger.length,
        error: down ? 'CLUSTERDOWN' : null,
        node: down ? null : `${idOf(owner)}@10.0.0.9:6379`,
      });
    }
  }
  return {
    operations,
    ledgers,
    finals: new Map(),
    canaries: new Map([
      ['c0', 'run/c0'],
      ['c1', 'run/c1'],
      ['c2', 'run/c2'],
    ]),
  };
}

export function tellAudit(
  at: (ms: number, ...bodies: EventBody[]) => void,
  ms: number,
  history: History,
  promoted: boolean,
): void {
  const owner = (slot: number) =>
    `${idOf(slot > 10_922 ? 2 : slot > 5460 ? 1 : promoted ? 3 : 0)}@x`;
  for (const { key, slot } of loadKeys) {
    const entries = history.ledgers.get(key) ?? [];
    const value = history.finals.get(key) ?? entries.length;
    at(ms, { kind: 'counter-read', key, stage: 'after', value, owner: owner(slot), error: null });
    const half = Math.floor(entries.length / 2);
    at(ms, {
      kind: 'ledger',
      key,
      owner: owner(slot),
      offset: 0,
      entries: entries.slice(0, half),
      last: false,
    });
    at(ms, {
      kind: 'ledger',
      key,
      owner: owner(slot),
      offset: half,
      entries: entries.slice(half),
      last: true,
    });
    for (let pod = 0; pod < 6; pod++) {
      at(ms, {
        kind: 'canary',
        purpose: 'counter',
        stage: 'after',
        seed: `redis-${pod}`,
        key,
        expected: String(value),
        value: String(value),
        owner: owner(slot),
        error: null,
      });
    }
  }
  for (const [index, [key, value]] of [...history.canaries].entries()) {
    const from = owner([100, 6000, 12_000][index] ?? 0);
    const expected = `run/${key}`;
    for (let pod = 0; pod < 6; pod++) {
      const common = {
        kind: 'canary',
        purpose: 'canary',
        seed: `redis-${pod}`,
        key,
        expected,
        error: null,
      } as const;
      at(5200, { ...common, stage: 'before', value: expected, owner: from });
      at(ms, { ...common, stage: 'after', value, owner: from });
    }
  }
}
