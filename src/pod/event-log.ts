import type { ServerResponse } from 'node:http';
import type { Clock } from '../platform/clock.ts';
import type { ObserverEvent, ObserverEventBody, ObserverLine } from './observer-protocol.ts';

const beatMs = 250;

/**
 * The newest events, numbered from 1, and those who read them as they come. A reader is a place in
 * the log: a slow one is fed as its connection drains, and told of a gap when it falls behind.
 */
export class EventLog {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #lines: string[] = [];
  readonly #readers = new Set<Reader>();
  readonly #beat: NodeJS.Timeout;
  #lastSeq = 0;

  constructor(clock: Clock, capacity = 100_000) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#beat = setInterval(() => this.#sendBeat(), beatMs);
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  append(body: ObserverEventBody, atUs: number = this.#clock.nowUs()): void {
    const event: ObserverEvent = { seq: ++this.#lastSeq, atUs, ...body };
    this.#lines[event.seq % this.#capacity] = toLine(event);
    for (const reader of this.#readers) this.#feed(reader);
  }

  /** Streams every event from this number on to the response, until either side ends it. */
  stream(response: ServerResponse, from: number): void {
    const reader: Reader = { response, next: from, blocked: false };
    response.writeHead(200, {
      'content-type': 'application/x-ndjson',
      'cache-control': 'no-store',
    });
    response.flushHeaders();
    response.on('drain', () => {
      reader.blocked = false;
      this.#feed(reader);
    });
    response.on('close', () => this.#readers.delete(reader));
    this.#readers.add(reader);
    this.#feed(reader);
  }

  close(): void {
    clearInterval(this.#beat);
    for (const { response } of this.#readers) response.end();
    this.#readers.clear();
  }

  #feed(reader: Reader): void {
    const oldest = Math.max(1, this.#lastSeq - this.#capacity + 1);
    if (reader.next < oldest && !reader.blocked) {
      const gap = { from: reader.next, to: oldest - 1 };
      reader.next = oldest;
      this.#write(reader, toLine({ kind: 'gap', atUs: this.#clock.nowUs(), ...gap }));
    }
    while (reader.next <= this.#lastSeq && !reader.blocked) {
      this.#write(reader, this.#lines[reader.next++ % this.#capacity] ?? '');
    }
  }

  #sendBeat(): void {
    const line = toLine({ kind: 'beat', atUs: this.#clock.nowUs() });
    for (const reader of this.#readers) if (!reader.blocked) this.#write(reader, line);
  }

  #write(reader: Reader, line: string): void {
    reader.blocked = !reader.response.write(line);
  }
}

interface Reader {
  readonly response: ServerResponse;
  next: number;
  /** Its connection takes no more just now. */
  blocked: boolean;
}

const toLine = (line: ObserverLine): string => `${JSON.stringify(line)}\n`;
