/** Four words of 32 bits hold an id of up to 16 ASCII bytes, the contract's longest. */
const wordsPerId = 4;
/** In the first word: the id is kept as text. ASCII bytes never make it. */
const asText = 0xffff_ffff;

/** Op ids of a history, 16 bytes each instead of a string and a map entry, found by hash. */
export interface OpIds {
  idOf(index: number): string;
  /** Index of the operation with this id (the first of several), or -1. */
  find(id: string): number;
  /** How many operations carry an id that an earlier one has. */
  readonly repeated: number;
}

/** Takes ids in the order of the history; `finish` may put them into another one. */
export interface OpIdCollector {
  add(id: string): void;
  finish(order: Uint32Array | null): OpIds;
}

/** `expected`: for how many ids to make room at first. */
export function collectOpIds(expected: number): OpIdCollector {
  let words = new Uint32Array(wordsPerId * expected);
  const texts: string[] = [];
  let size = 0;
  const scratch = new Uint32Array(wordsPerId);
  return {
    add(id) {
      const at = size * wordsPerId;
      if (at === words.length) words = new Uint32Array(words.buffer.transfer(words.byteLength * 2));
      if (pack(id, scratch)) words.set(scratch, at);
      else {
        words[at] = asText;
        words[at + 1] = texts.push(id) - 1;
      }
      size++;
    },
    finish(order) {
      if (order) words = reordered(words, order);
      return indexed(words, size, texts);
    },
  };
}

function reordered(words: Uint32Array<ArrayBuffer>, order: Uint32Array): Uint32Array<ArrayBuffer> {
  const result = new Uint32Array(order.length * wordsPerId);
  let to = 0;
  for (const index of order) {
    const from = index * wordsPerId;
    result[to++] = words[from] ?? 0;
    result[to++] = words[from + 1] ?? 0;
    result[to++] = words[from + 2] ?? 0;
    result[to++] = words[from + 3] ?? 0;
  }
  words.buffer.transfer(0); // gives the memory back now
  return result;
}

/** Open addressing with linear probing over the packed words; places hold index + 1. */
function indexed(words: Uint32Array, size: number, texts: readonly string[]): OpIds {
  let capacity = 16;
  while (capacity < size * 1.6) capacity *= 2;
  const places = new Uint32Array(capacity);
  const byText = new Map<string, number>();
  const wanted = new Uint32Array(wordsPerId);
  const probe = (a: number, b: number, c: number, d: number): number => {
    let place = hash(a, b, c, d) & (capacity - 1);
    for (let entry = places[place] ?? 0; entry !== 0; entry = places[place] ?? 0) {
      const at = (entry - 1) * wordsPerId;
      const same =
        words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d;
      if (same) return place;
      place = (place + 1) & (capacity - 1);
    }
    return place;
  };
  let repeated = 0;
  for (let index = 0; index < size; index++) {
    const at = index * wordsPerId;
    const first = words[at] ?? 0;
    const second = words[at + 1] ?? 0;
    if (first === asText) {
      const text = texts[second] ?? '';
      if (byText.has(text)) repeated++;
      else byText.set(text, index);
      continue;
    }
    const place = probe(first, second, words[at + 2] ?? 0, words[at + 3] ?? 0);
    if (places[place] === 0) places[place] = index + 1;
    else repeated++;
  }
  return {
    repeated,
    idOf(index) {
      const at = index * wordsPerId;
      return words[at] === asText
        ? (texts[words[at + 1] ?? 0] ?? '')
        : unpack(words.subarray(at, at + wordsPerId));
    },
    find(id) {
      if (!pack(id, wanted)) return byText.get(id) ?? -1;
      const place = probe(wanted[0] ?? 0, wanted[1] ?? 0, wanted[2] ?? 0, wanted[3] ?? 0);
      return (places[place] ?? 0) - 1;
    },
  };
}

/** False when the id is longer than 16 bytes or not of ASCII letters alone. */
function pack(id: string, into: Uint32Array): boolean {
  if (id.length > 16) return false;
  into.fill(0);
  for (let at = 0; at < id.length; at++) {
    const code = id.charCodeAt(at);
    if (code === 0 || code > 126) return false;
    into[at >> 2] = (into[at >> 2] ?? 0) | (code << ((at & 3) * 8));
  }
  return true;
}

function unpack(words: Uint32Array): string {
  let text = '';
  for (const word of words) {
    for (let shift = 0; shift < 32; shift += 8) {
      const code = (word >>> shift) & 0xff;
      if (code === 0) return text;
      text += String.fromCharCode(code);
    }
  }
  return text;
}

/** MurmurHash3's mixing of four words and its finaliser (Appleby, public domain). */
function hash(a: number, b: number, c: number, d: number): number {
  let h = mixed(mixed(mixed(mixed(0, a), b), c), d);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function mixed(hashSoFar: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  let h = hashSoFar ^ Math.imul(k, 0x1b873593);
  h = (h << 13) | (h >>> 19);
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}
