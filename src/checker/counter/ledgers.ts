import type { LedgerEvent } from '../../model/event.ts';
import type { History } from '../history.ts';

/**
 * Every key's ledger as its final owner holds it, each entry as the operation's place in the history:
 * four bytes instead of a string. An entry of no operation of that key is a negative number.
 */
export interface Ledgers {
  /** Takes one slice; slices come in order, and a new reading (offset 0) replaces the one before. */
  add(event: LedgerEvent): void;
  /** All slices of the last reading without a hole; null when that was not had. */
  entriesOf(key: string): Int32Array | null;
  /** The op id that an entry holds, also of one that no operation left. */
  idOf(entry: number): string;
}

interface Reading {
  readonly owner: string;
  entries: Int32Array<ArrayBuffer>;
  size: number;
  state: 'reading' | 'complete' | 'broken';
}

export function openLedgers(history: History): Ledgers {
  const readings = new Map<string, Reading>();
  const foreign: string[] = [];
  const foreignCodes = new Map<string, number>();
  const codeOf = (id: string, keyCode: number): number => {
    const index = history.ids.find(id);
    if (index >= 0 && history.key[index] === keyCode) return index;
    let code = foreignCodes.get(id);
    if (code === undefined) {
      code = -foreign.push(id);
      foreignCodes.set(id, code);
    }
    return code;
  };
  return {
    add({ key, owner, offset, entries, last }) {
      if (offset === 0) {
        readings.set(key, { owner, entries: new Int32Array(16), size: 0, state: 'reading' });
      }
      const reading = readings.get(key);
      if (reading?.state !== 'reading') return;
      if (offset !== reading.size || owner !== reading.owner) {
        reading.state = 'broken';
        return;
      }
      const keyCode = history.keys.indexOf(key);
      for (const id of entries) {
        if (reading.size === reading.entries.length) {
          const bytes = reading.entries.byteLength * 2;
          reading.entries = new Int32Array(reading.entries.buffer.transfer(bytes));
        }
        reading.entries[reading.size++] = codeOf(id, keyCode);
      }
      if (last) reading.state = 'complete';
    },
    entriesOf(key) {
      const reading = readings.get(key);
      return reading?.state === 'complete' ? reading.entries.subarray(0, reading.size) : null;
    },
    idOf: (entry) => (entry >= 0 ? history.ids.idOf(entry) : (foreign[-entry - 1] ?? '')),
  };
}
