import { replyError } from './outcome.ts';

/** A reply in RESP2: text, number, null, a list of replies, or the Error of an error reply in its place. */
export type Reply = unknown;

/** Commands as the server reads them, one after the other: lists of bulk strings, in UTF-8. */
export function encodeCommands(argvs: readonly (readonly string[])[]): string {
  let text = '';
  for (const argv of argvs) {
    text += `*${argv.length}\r\n`;
    for (const word of argv) text += `$${Buffer.byteLength(word)}\r\n${word}\r\n`;
  }
  return text;
}

const cr = 0x0d;
const lf = 0x0a;
const [simple, error, integer, bulk, list] = [0x2b, 0x2d, 0x3a, 0x24, 0x2a];

/**
 * Reads RESP2 from a stream in pieces of any size (redis.io, "Redis serialization protocol
 * specification"). What is complete is kept as it comes: a long list is not read twice.
 */
export class RespReader {
  readonly #onReply: (reply: Reply) => void;
  /** The beginning of what is not complete yet; ours, as the caller may use its buffer again. */
  #rest: Buffer | null = null;
  /** Lists that still lack items, the innermost last. */
  readonly #open: { readonly items: Reply[]; left: number }[] = [];

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  /** @throws Error when it is not RESP2; nothing more can be read then. */
  read(bytes: Buffer): void {
    const data = this.#rest === null ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = null;
    let at = 0;
    while (at < data.length) {
      const next = this.#one(data, at);
      if (next < 0) {
        this.#rest = Buffer.from(data.subarray(at));
        return;
      }
      at = next;
    }
  }

  /** Takes what begins at `at`; where the next begins, or -1 when it is not all there. */
  #one(data: Buffer, at: number): number {
    const end = data.indexOf(cr, at);
    // of what is no RESP there may never be an end of line
    const type = data[at];
    const known =
      type === simple || type === error || type === integer || type === bulk || type === list;
    if (!known) throw notResp(data, at);
    if (end < 0 || end + 1 >= data.length) return -1;
    if (data[end + 1] !== lf) throw notResp(data, at);
    if (type === simple) this.#take(data.toString('utf8', at + 1, end));
    else if (type === error) this.#take(replyError(data.toString('utf8', at + 1, end)));
    else if (type === integer) this.#take(numberAt(data, at, end));
    else if (type === bulk) return this.#bulk(data, at, end);
    else this.#list(numberAt(data, at, end));
    return end + 2;
  }

  #bulk(data: Buffer, at: number, end: number): number {
    const length = numberAt(data, at, end);
    if (length < 0) {
      this.#take(null);
      return end + 2;
    }
    const from = end + 2;
    const to = from + length;
    if (to + 2 > data.length) return -1;
    if (data[to] !== cr || data[to + 1] !== lf) throw notResp(data, at);
    this.#take(data.toString('utf8', from, to));
    return to + 2;
  }

  #list(length: number): void {
    if (length > 0) this.#open.push({ items: [], left: length });
    else this.#take(length < 0 ? null : []);
  }

  #take(value: Reply): void {
    let whole = value;
    for (;;) {
      const open = this.#open.at(-1);
      if (!open) break;
      open.items.push(whole);
      if (--open.left > 0) return;
      this.#open.pop();
      whole = open.items;
    }
    this.#onReply(whole);
  }
}

function numberAt(data: Buffer, at: number, end: number): number {
  const text = data.toString('latin1', at + 1, end);
  if (!/^[+-]?\d+$/.test(text)) throw notResp(data, at);
  return Number(text);
}

function notResp(data: Buffer, at: number): Error {
  const seen = JSON.stringify(data.toString('latin1', at, at + 60));
  return new Error(`the server's answer is not RESP: ${seen}`);
}
